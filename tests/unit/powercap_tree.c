/* powercap_tree.c: writes the files that Linux shows of RAPL. */
#include "tests/unit/powercap_tree.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define CLASS "sys/class/powercap"

static char root[64];

static void path_of(char path[256], const char *folder, const char *file)
{
    snprintf(path, 256, "%s/" CLASS "/%s%s%s", root, folder, file[0] != '\0' ? "/" : "", file);
}

const char *dlb_tree_make(void)
{
    static const char *const parts[] = {"sys", "sys/class", CLASS};
    strcpy(root, "/tmp/dlb-powercap-XXXXXX");
    assert_non_null(mkdtemp(root));
    assert_int_equal(chmod(root, 0755),
                     0); /* also for who has no rights: see the test of permissions */
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", root, parts[i]);
        assert_int_equal(mkdir(path, 0755), 0);
    }
    return root;
}

static void remove_below(const char *path)
{
    DIR *directory = opendir(path);
    if (directory != NULL) {
        for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
            char inner[512];
            snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
            if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                remove_below(inner);
        }
        closedir(directory);
    }
    remove(path);
}

void dlb_tree_remove(void)
{
    if (root[0] != '\0')
        remove_below(root);
    root[0] = '\0';
}

void dlb_tree_set(const char *folder, const char *file, const char *text)
{
    char path[256];
    path_of(path, folder, file);
    if (text == NULL) {
        remove_below(path);
        return;
    }
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fprintf(stream, "%s\n", text);
    assert_int_equal(fclose(stream), 0);
}

void dlb_tree_energy(const char *folder, int64_t energy_uj)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)energy_uj);
    dlb_tree_set(folder, "energy_uj", text);
}

static int64_t number_in(const char *folder, const char *file)
{
    char path[256];
    long long number = 0;
    path_of(path, folder, file);
    FILE *stream = fopen(path, "r");
    if (stream == NULL)
        return 0;
    assert_int_equal(fscanf(stream, "%lld", &number), 1);
    fclose(stream);
    return number;
}

void dlb_tree_add(const char *folder, int64_t energy_uj)
{
    const int64_t range = number_in(folder, "max_energy_range_uj");
    const int64_t sum = number_in(folder, "energy_uj") + energy_uj;
    dlb_tree_energy(folder, range > 0 && sum >= range ? sum - range : sum);
}

void dlb_tree_zone(const char *folder, const char *name, int64_t energy_uj, int64_t range_uj)
{
    char path[256], text[32];
    path_of(path, folder, "");
    assert_int_equal(mkdir(path, 0755), 0);
    dlb_tree_set(folder, "name", name);
    dlb_tree_energy(folder, energy_uj);
    snprintf(text, sizeof text, "%lld", (long long)range_uj);
    if (range_uj > 0)
        dlb_tree_set(folder, "max_energy_range_uj", text);
}

void dlb_tree_block(const char *folder, const char *file)
{
    char path[256];
    dlb_tree_set(folder, file, NULL);
    path_of(path, folder, file);
    assert_int_equal(mkdir(path, 0755), 0);
}

void dlb_tree_file(const char *file, const char *text)
{
    char path[256];
    const size_t begin = strlen(root) + 1;
    assert_true(snprintf(path, sizeof path, "%s/%s", root, file) < (int)sizeof path);
    for (char *slash = strchr(path + begin, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
        *slash = '/';
    }
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fprintf(stream, "%s\n", text);
    assert_int_equal(fclose(stream), 0);
}
