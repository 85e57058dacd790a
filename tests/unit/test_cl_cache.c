/* test_cl_cache.c: the folder of what is kept between runs: found, refused, read and replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "backends/cl/cl_cache.h"

static char root[64]; /* a temporary folder, "" between tests */

static int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/test_cl_cache.XXXXXX");
    return mkdtemp(root) == NULL;
}

static int remove_root(void **state)
{
    char command[96];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command);
}

/* Vectors of the FNV reference (http://www.isthe.com/chongo/tech/comp/fnv/). */
static void test_hash(void **state)
{
    (void)state;
    assert_int_equal(dlb_cl_hash(DLB_CL_HASH_START, "", 0), UINT64_C(0xcbf29ce484222325));
    assert_int_equal(dlb_cl_hash(DLB_CL_HASH_START, "a", 1), UINT64_C(0xaf63dc4c8601ec8c));
    assert_int_equal(dlb_cl_hash(DLB_CL_HASH_START, "foobar", 6), UINT64_C(0x85944171f73967e8));
    const uint64_t half = dlb_cl_hash(DLB_CL_HASH_START, "foo", 3);
    assert_int_equal(dlb_cl_hash(half, "bar", 3), UINT64_C(0x85944171f73967e8));
}

/* The environment decides where nothing is wanted; a relative XDG_CACHE_HOME does not count. */
static void test_default_folder(void **state)
{
    static const struct {
        const char *xdg, *folder;
    } cases[] = {
        {NULL, "%s/home/.cache/dlbench"},
        {"relative", "%s/home/.cache/dlbench"},
        {"", "%s/home/.cache/dlbench"},
        {"/xdg", "%s/xdg/dlbench"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char home[96], xdg[96], wanted[128];
        struct dlb_cl_cache cache;
        snprintf(home, sizeof home, "%s/home", root);
        setenv("HOME", home, 1);
        unsetenv("XDG_CACHE_HOME");
        if (cases[i].xdg != NULL) {
            snprintf(xdg, sizeof xdg, "%s%s", cases[i].xdg[0] == '/' ? root : "", cases[i].xdg);
            setenv("XDG_CACHE_HOME", xdg, 1);
        }
        dlb_cl_cache_open(&cache, i % 2 == 0 ? NULL : "");
        snprintf(wanted, sizeof wanted, "%s%s", root, cases[i].folder + 2);
        assert_string_equal(cache.folder, wanted);
        assert_string_equal(cache.warning.text, "");
        assert_int_equal(access(wanted, W_OK), 0);
    }
}

static void test_no_home(void **state)
{
    struct dlb_cl_cache cache;
    (void)state;
    unsetenv("HOME");
    unsetenv("XDG_CACHE_HOME");
    dlb_cl_cache_open(&cache, "");
    assert_string_equal(cache.folder, "");
    assert_non_null(strstr(cache.warning.text, "HOME"));
}

static void test_off(void **state)
{
    struct dlb_cl_cache cache;
    char *bytes = NULL;
    size_t size;
    (void)state;
    dlb_cl_cache_open(&cache, "off");
    assert_string_equal(cache.folder, "");
    assert_string_equal(cache.warning.text, "");
    assert_false(dlb_cl_cache_write(&cache, "x", "y", 1));
    assert_false(dlb_cl_cache_read(&cache, "x", &bytes, &size));
    const int lock = dlb_cl_cache_lock(&cache);
    assert_int_equal(lock, -1);
    dlb_cl_cache_unlock(lock);
}

/* A folder that cannot be: below a file, and with a name that is too long. */
static void test_refused(void **state)
{
    struct dlb_cl_cache cache;
    char path[96], *longer = malloc(2000);
    (void)state;
    snprintf(path, sizeof path, "%s/file", root);
    fclose(fopen(path, "w"));
    dlb_cl_cache_open(&cache, path);
    assert_string_equal(cache.folder, "");
    assert_non_null(strstr(cache.warning.text, "Not a directory"));
    snprintf(path, sizeof path, "%s/file/below", root);
    dlb_cl_cache_open(&cache, path);
    assert_string_equal(cache.folder, "");
    assert_non_null(strstr(cache.warning.text, path));
    memset(longer, 'x', 1999);
    longer[1999] = '\0';
    dlb_cl_cache_open(&cache, longer);
    assert_string_equal(cache.folder, "");
    assert_non_null(strstr(cache.warning.text, "longer than"));
    free(longer);
}

/* Files come back whole, zeros and all; a second write replaces; nothing temporary is left. */
static void test_files(void **state)
{
    static const char first[] = "one\0two", second[] = "";
    struct dlb_cl_cache cache;
    char folder[96], command[160], *bytes;
    size_t size;
    (void)state;
    snprintf(folder, sizeof folder, "%s/a/b/c", root);
    dlb_cl_cache_open(&cache, folder);
    assert_string_equal(cache.folder, folder);
    assert_false(dlb_cl_cache_read(&cache, "name", &bytes, &size));
    assert_true(dlb_cl_cache_write(&cache, "name", first, sizeof first));
    assert_true(dlb_cl_cache_read(&cache, "name", &bytes, &size));
    assert_int_equal(size, sizeof first);
    assert_memory_equal(bytes, first, sizeof first);
    assert_int_equal(bytes[size], 0);
    free(bytes);
    assert_true(dlb_cl_cache_write(&cache, "name", second, 0));
    assert_true(dlb_cl_cache_read(&cache, "name", &bytes, &size));
    assert_int_equal(size, 0);
    assert_string_equal(bytes, "");
    free(bytes);
    snprintf(command, sizeof command, "test \"$(ls '%s')\" = name", folder);
    assert_int_equal(system(command), 0);
    assert_string_equal(cache.warning.text, "");
}

/* A write that fails warns, and leaves the old file. */
static void test_failed_write(void **state)
{
    struct dlb_cl_cache cache;
    char path[96];
    (void)state;
    dlb_cl_cache_open(&cache, root);
    snprintf(path, sizeof path, "%s/name", root);
    assert_int_equal(mkdir(path, 0777), 0); /* rename cannot put a file over a folder */
    assert_false(dlb_cl_cache_write(&cache, "name", "x", 1));
    assert_non_null(strstr(cache.warning.text, path));
}

/* Four processes count to 50 each in one file: under the lock none loses a step. */
static void test_lock(void **state)
{
    enum { PROCESSES = 4, STEPS = 50 };
    struct dlb_cl_cache cache;
    char *bytes;
    size_t size;
    (void)state;
    dlb_cl_cache_open(&cache, root);
    assert_true(dlb_cl_cache_write(&cache, "count", "0", 1));
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() != 0)
            continue;
        for (int step = 0; step < STEPS; step++) {
            char text[16];
            const int lock = dlb_cl_cache_lock(&cache);
            if (lock < 0 || !dlb_cl_cache_read(&cache, "count", &bytes, &size))
                _exit(1);
            const int length = snprintf(text, sizeof text, "%d", atoi(bytes) + 1);
            free(bytes);
            if (!dlb_cl_cache_write(&cache, "count", text, (size_t)length))
                _exit(1);
            dlb_cl_cache_unlock(lock);
        }
        _exit(0);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = -1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_true(dlb_cl_cache_read(&cache, "count", &bytes, &size));
    assert_int_equal(atoi(bytes), PROCESSES * STEPS);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash),
        cmocka_unit_test_setup_teardown(test_default_folder, make_root, remove_root),
        cmocka_unit_test(test_no_home),
        cmocka_unit_test(test_off),
        cmocka_unit_test_setup_teardown(test_refused, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_files, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_failed_write, make_root, remove_root),
        cmocka_unit_test_setup_teardown(test_lock, make_root, remove_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
