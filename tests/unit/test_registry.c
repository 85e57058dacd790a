/* test_registry.c: plugins that load, and each way in which a file can fail to be one. */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backends/registry.h"

static char folder[64];   /* of the test's own */
static char plugins[600]; /* where the fake backend was built: tests/backends beside tests/unit */

static int set_up(void **state)
{
    (void)state;
    char program[512];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return -1;
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    snprintf(plugins, sizeof plugins, "%s/../backends", program);
    strcpy(folder, "/tmp/dlbench-registry-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void link_as(const char *target, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(symlink(target, path), 0);
}

static struct dlb_registry registry;

/* Loads with DLBENCH_BACKENDS set to the folders given. */
static const struct dlb_loaded_backend *load(const char *folders, const char *name)
{
    setenv("DLBENCH_BACKENDS", folders, 1);
    dlb_registry_load(&registry);
    unsetenv("DLBENCH_BACKENDS");
    const struct dlb_loaded_backend *found = dlb_registry_find(&registry, name);
    if (found == NULL)
        fail_msg("no backend %s in %s", name, folders);
    return found;
}

static void test_loads(void **state)
{
    (void)state;
    const struct dlb_loaded_backend *fake = load(plugins, "fake");
    if (fake->status != DLB_OK)
        fail_msg("%s: %s", fake->path, fake->why.text);
    assert_string_equal(fake->table->name, "fake");
    assert_non_null(strstr(fake->path, "/fake.so"));
    for (int i = 1; i < registry.count; i++)
        assert_true(strcmp(registry.items[i - 1].name, registry.items[i].name) < 0);
    assert_null(dlb_registry_find(&registry, "nonesuch"));
}

/* Backends that were not built stand there with what to do. */
static void test_known(void **state)
{
    (void)state;
    const struct dlb_loaded_backend *onednn = load("", "onednn");
    assert_int_equal(onednn->status, DLB_UNAVAILABLE);
    assert_null(onednn->table);
    assert_non_null(strstr(onednn->why.text, "scripts/setup"));
    assert_non_null(dlb_registry_find(&registry, "openblas"));
    assert_non_null(dlb_registry_find(&registry, "opencl"));
    assert_int_equal(registry.count, 5);
}

static void test_not_a_library(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/openblas.so", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("this is text\n", file);
    fclose(file);
    const struct dlb_loaded_backend *item = load(folder, "openblas");
    assert_int_equal(item->status, DLB_UNAVAILABLE);
    assert_null(item->table);
    assert_non_null(strstr(item->why.text, "openblas.so")); /* what the loader said */
    assert_non_null(strstr(item->why.text, "scripts/setup"));
    link_as("/nowhere/at/all.so", "dangling.so");
    item = load(folder, "dangling");
    assert_int_equal(item->status, DLB_UNAVAILABLE);
    assert_non_null(strstr(item->why.text, "cannot load"));
}

static void test_not_a_backend(void **state)
{
    (void)state;
    Dl_info info;
    assert_int_not_equal(dladdr(dlsym(RTLD_DEFAULT, "puts"), &info), 0); /* libc itself */
    link_as(info.dli_fname, "stranger.so");
    const struct dlb_loaded_backend *item = load(folder, "stranger");
    assert_int_equal(item->status, DLB_INVALID);
    assert_non_null(strstr(item->why.text, "dlb_backend"));
}

static void test_other_name(void **state)
{
    (void)state;
    char target[700];
    snprintf(target, sizeof target, "%s/fake.so", plugins);
    link_as(target, "renamed.so");
    const struct dlb_loaded_backend *item = load(folder, "renamed");
    assert_int_equal(item->status, DLB_INVALID);
    assert_non_null(strstr(item->why.text, "calls itself fake"));
    assert_null(item->table);
}

/* The first folder wins a name; folders that are not there, and files that are no .so, are passed over. */
static void test_folders(void **state)
{
    (void)state;
    char folders[1400];
    FILE *file;
    snprintf(folders, sizeof folders, "%s/fake.so", folder);
    file = fopen(folders, "w");
    assert_non_null(file);
    fclose(file);
    snprintf(folders, sizeof folders, "%s/README", folder);
    file = fopen(folders, "w");
    assert_non_null(file);
    fclose(file);
    snprintf(folders, sizeof folders, "%s:%s", folder, plugins);
    assert_int_equal(load(folders, "fake")->status, DLB_UNAVAILABLE);
    assert_null(dlb_registry_find(&registry, "README"));
    snprintf(folders, sizeof folders, ":/no/such/folder::%s:%s", plugins, folder);
    assert_int_equal(load(folders, "fake")->status, DLB_OK);
}

/* Tables that must not be called. */
static void test_tables(void **state)
{
    (void)state;
    const struct dlb_backend good = *load(plugins, "fake")->table;
    struct dlb_why why = {""};
    assert_int_equal(dlb_registry_check(&good, "fake", &why), DLB_OK);
    struct dlb_backend bad = good;
    bad.abi = DLB_BACKEND_ABI + 1;
    bad.name = NULL; /* an unknown layout: nothing behind abi may be looked at */
    assert_int_equal(dlb_registry_check(&bad, "fake", &why), DLB_INVALID);
    assert_non_null(strstr(why.text, "abi"));
    bad = good;
    bad.kind = DLB_KIND_COUNT;
    assert_int_equal(dlb_registry_check(&bad, "fake", &why), DLB_INVALID);
    bad = good;
    bad.estimate = NULL; /* these are optional */
    bad.elapsed = NULL;
    bad.options = NULL;
    assert_int_equal(dlb_registry_check(&bad, "fake", &why), DLB_OK);

#define WITHOUT(member)                                                                            \
    do {                                                                                           \
        bad = good;                                                                                \
        bad.member = NULL;                                                                         \
        assert_int_equal(dlb_registry_check(&bad, "fake", &why), DLB_INVALID);                     \
        assert_non_null(strstr(why.text, "member " #member));                                      \
    } while (0)
    WITHOUT(name);
    WITHOUT(summary);
    WITHOUT(probe);
    WITHOUT(device_count);
    WITHOUT(open);
    WITHOUT(close);
    WITHOUT(describe);
    WITHOUT(supports);
    WITHOUT(prepare);
    WITHOUT(discard);
    WITHOUT(info);
    WITHOUT(write);
    WITHOUT(read);
    WITHOUT(submit);
    WITHOUT(wait);
#undef WITHOUT
}

static void test_names(void **state)
{
    (void)state;
    for (int i = 0; i < DLB_KIND_COUNT; i++)
        assert_true(strlen(dlb_device_kind_name((enum dlb_device_kind)i)) > 1);
    for (int i = 0; i < DLB_EVIDENCE_COUNT; i++)
        assert_true(strlen(dlb_evidence_name((enum dlb_evidence)i)) > 1);
    assert_string_equal(dlb_device_kind_name(DLB_KIND_COUNT), "?");
    assert_string_equal(dlb_evidence_name(DLB_EVIDENCE_COUNT), "?");
}

static void test_options(void **state)
{
    (void)state;
    const struct dlb_backend_option list[] = {
        {"library", "libx.so", ""}, {"lib", "", ""}, {NULL, NULL, NULL}};
    const char *given[] = {"library=a", "lib=b=c", "library=d"};
    const struct dlb_backend_config config = {.option_count = 3, .options = given};
    const struct dlb_backend_config none = {.threads = 1};
    assert_string_equal(dlb_backend_option_value(list, &config, "library"), "d");
    assert_string_equal(dlb_backend_option_value(list, &config, "lib"), "b=c");
    assert_string_equal(dlb_backend_option_value(list, &none, "library"), "libx.so");
    assert_null(dlb_backend_option_value(list, &none, "other"));
    assert_null(dlb_backend_option_value(NULL, &none, "other"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_loads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_a_library, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_a_backend, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tables, set_up, tear_down),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
