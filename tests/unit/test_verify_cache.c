/* test_verify_cache.c: the results of a forward pass are found again, never when damaged or of another build, and the
 * folder stays small. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/verify_subject.h"

static void only_file(const char *folder, char *path, size_t size)
{
    char command[200];
    snprintf(command, sizeof command, "ls %s/*", folder);
    FILE *list = popen(command, "r");
    assert_non_null(list);
    assert_non_null(fgets(path, (int)size, list));
    path[strcspn(path, "\n")] = '\0';
    assert_null(fgets(command, sizeof command, list));
    pclose(list);
}

/* Opens lenet with a cache folder; its answer must be right. Returns the inode of the cache file. */
static ino_t open_cached(const char *folder, uint64_t seed, const char *path)
{
    struct subject s;
    subject_open_cached(&s, "lenet:batch=2", seed, folder);
    subject_answer_by_ops(&s);
    subject_expect_right(&s, "with a cache");
    subject_close(&s);
    struct stat info = {0};
    if (path != NULL)
        assert_int_equal(stat(path, &info), 0);
    return info.st_ino;
}

static void test_cache(void **state)
{
    (void)state;
    char folder[] = "/tmp/dlbench-oracle-XXXXXX", path[256], command[300];
    assert_non_null(mkdtemp(folder));
    open_cached(folder, 1, NULL);
    only_file(folder, path, sizeof path);
    const ino_t first = open_cached(folder, 1, path);
    assert_int_equal(open_cached(folder, 1, path), first); /* read, not written again */
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, -5, SEEK_END);
    fputc('x', file);
    fclose(file);
    assert_int_not_equal(open_cached(folder, 1, path), first); /* damage is noticed and mended */
    assert_int_equal(truncate(path, 100), 0);
    open_cached(folder, 1, path);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_true(info.st_size > 100);
    /* Results of another build under this name: the first byte of the text behind the header. */
    file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, 24 + 3 * 8, SEEK_SET);
    assert_int_equal(fgetc(file), 'd');
    fseek(file, 24 + 3 * 8, SEEK_SET);
    fputc('D', file);
    fclose(file);
    const ino_t mended = open_cached(folder, 1, path);
    file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 24 + 3 * 8, SEEK_SET);
    assert_int_equal(fgetc(file), 'd');
    fclose(file);
    assert_int_equal(open_cached(folder, 1, path), mended);
    open_cached(folder, 2, path); /* another seed is another file */
    snprintf(command, sizeof command, "test $(ls %s | wc -l) = 2", folder);
    assert_int_equal(system(command), 0);
    open_cached("/proc/no/such/folder", 3,
                NULL); /* a cache that cannot be written costs time only */
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

/* A fresh home has none of the folders; those made are for the user alone. */
static void test_cache_makes_folders(void **state)
{
    (void)state;
    char root[] = "/tmp/dlbench-oracle-XXXXXX", folder[100], path[256], command[300];
    assert_non_null(mkdtemp(root));
    snprintf(folder, sizeof folder, "%s/.cache/dlbench/oracle", root);
    open_cached(folder, 1, NULL);
    only_file(folder, path, sizeof path);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(open_cached(folder, 1, path), info.st_ino);
    for (char *slash = strrchr(path, '/'); slash > path + strlen(root);
         slash = strrchr(path, '/')) {
        *slash = '\0';
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0700);
    }
    snprintf(command, sizeof command, "rm -r %s", root);
    assert_int_equal(system(command), 0);
}

static void make_entry(const char *folder, const char *name, int64_t bytes, int64_t age_s)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), bytes), 0); /* sparse */
    const struct timespec when = {.tv_sec = time(NULL) - age_s};
    assert_int_equal(futimens(fileno(file), (const struct timespec[]){when, when}), 0);
    fclose(file);
}

static bool has_entry(const char *folder, const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

struct entry_case {
    const char *name;
    int64_t megabytes, age_s;
    bool stays;
};

/* Opening an oracle with these files in its folder. */
static void check_pruning(const struct entry_case *cases, size_t count)
{
    char folder[] = "/tmp/dlbench-oracle-XXXXXX", command[300];
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < count; i++)
        make_entry(folder, cases[i].name, cases[i].megabytes << 20, cases[i].age_s);
    open_cached(folder, 1, NULL);
    for (size_t i = 0; i < count; i++)
        if (has_entry(folder, cases[i].name) != cases[i].stays)
            fail_msg("%s should %s", cases[i].name, cases[i].stays ? "stay" : "go");
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

/* Whatever was not used for a day goes; files of other names stay, in a folder that may be anyone's. */
static void test_old_entries_go(void **state)
{
    (void)state;
    static const struct entry_case cases[] = {
        {"0000000000000001.oracle", 1, 80000, true},
        {"0000000000000002.oracle", 1, 90000, false},
        {"0000000000000003.oracle.4711", 0, 90000, false}, /* left by a process that died */
        {"0000000000000004.oracle.txt", 300, 90000, true},
        {"0000000000000005.oracles", 0, 90000, true},
        {"000000000000006.oracle", 0, 90000, true},
        {"notes.oracle", 0, 90000, true},
        {"0000000000000001.json", 300, 90000, true},
    };
    check_pruning(cases, sizeof cases / sizeof cases[0]);
}

static void test_most_recent_256_mib_stay(void **state)
{
    (void)state;
    static const struct entry_case cases[] = {
        {"000000000000000a.oracle", 100, 30, false}, /* the third hundred */
        {"000000000000000b.oracle", 100, 10, true},
        {"000000000000000c.oracle", 1, 40, false},
        {"000000000000000d.oracle", 100, 20, true},
        {"000000000000000e.oracle.txt", 300, 1, true}, /* not counted */
    };
    check_pruning(cases, sizeof cases / sizeof cases[0]);
}

/* A hit renews the time of the file, so that it is not what goes first. */
static void test_cache_hit_is_recent(void **state)
{
    (void)state;
    char folder[] = "/tmp/dlbench-oracle-XXXXXX", path[256], command[300];
    assert_non_null(mkdtemp(folder));
    open_cached(folder, 1, NULL);
    only_file(folder, path, sizeof path);
    const time_t before = time(NULL) - 80000;
    const struct timespec when = {.tv_sec = before};
    assert_int_equal(utimensat(AT_FDCWD, path, (const struct timespec[]){when, when}, 0), 0);
    open_cached(folder, 1, path);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_true(info.st_mtim.tv_sec > before + 70000);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cache),
        cmocka_unit_test(test_cache_makes_folders),
        cmocka_unit_test(test_old_entries_go),
        cmocka_unit_test(test_most_recent_256_mib_stay),
        cmocka_unit_test(test_cache_hit_is_recent),
    };
    return cmocka_run_group_tests_name("verify_cache", tests, NULL, NULL);
}
