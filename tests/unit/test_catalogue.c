/* test_catalogue.c: the project's own catalogue, who is matched by a name, and what validation sees: each slip of section 6 is made on purpose. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/base/compiler.h"
#include "bench/store/catalogue.h"
#include "tests/unit/store_sample.h"

#define OWN "bench/store/data/catalogue.json"

/* ---- reading ---- */

struct said {
    int wrong, doubts;
    char id[48];
    char all[8192];
};

static void listen(void *user, const struct dlb_catalogue_entry *entry, bool wrong,
                   const char *what)
{
    struct said *said = user;
    const size_t used = strlen(said->all);
    said->wrong += wrong;
    said->doubts += !wrong;
    snprintf(said->id, sizeof said->id, "%s", entry->id);
    snprintf(said->all + used, sizeof said->all - used, "%s: %s\n", entry->id, what);
}

static void load_own(struct dlb_catalogue *catalogue)
{
    struct dlb_why why = {""};
    if (dlb_catalogue_load(OWN, NULL, catalogue, &why) != DLB_OK)
        fail_msg("%s", why.text);
}

/* All 70 are there with their sources, nothing in them is wrong, and the doubts are those that are known: prices without a date, and the one peak that counts
 * sparsity. */
static void test_own(void **state)
{
    struct dlb_catalogue catalogue;
    struct said said = {0};
    (void)state;
    load_own(&catalogue);
    assert_int_equal(catalogue.count, 70);
    for (int i = 0; i < catalogue.count; i++) {
        const struct dlb_catalogue_entry *entry = &catalogue.items[i];
        if (entry->source[0] == '\0' || entry->evidence[0] == '\0' || entry->confidence[0] == '\0')
            fail_msg("%s lacks source, evidence or confidence", entry->id);
    }
    assert_int_equal(dlb_catalogue_validate(&catalogue, listen, &said), 0);
    for (char *line = strtok(said.all, "\n"); line != NULL; line = strtok(NULL, "\n"))
        if (strstr(line, "price_as_of") == NULL && strstr(line, "asic-wse3") == NULL)
            fail_msg("an unexpected doubt: %s", line);
    assert_true(said.doubts > 10);
    dlb_catalogue_free(&catalogue);
}

static void test_figures(void **state)
{
    struct dlb_catalogue catalogue;
    (void)state;
    load_own(&catalogue);
    const struct dlb_catalogue_entry *h100 = dlb_catalogue_find(&catalogue, "gpu-h100-sxm");
    assert_non_null(h100);
    assert_true(dlb_catalogue_peak(h100, "f32") == 67e12);
    assert_true(dlb_catalogue_peak(h100, "bf16") == 989e12);
    assert_true(dlb_catalogue_peak(h100, "u8") == 1979e12);
    assert_true(isnan(dlb_catalogue_peak(h100, "f64")));
    assert_true(dlb_catalogue_bandwidth(h100) == 3350e9);
    assert_true(h100->price_hour == 6.88);
    assert_string_equal(h100->price_as_of, "2025-07");
    assert_null(dlb_catalogue_find(&catalogue, "gpu-h1000"));
    assert_true(isnan(dlb_catalogue_peak(dlb_catalogue_find(&catalogue, "cpu-8180"), "s8")));
    dlb_catalogue_free(&catalogue);
}

/* ---- matching ---- */

static const struct {
    const char *kind, *vendor, *name, *id; /* id NULL: none; "?": several */
} names[] = {
    {"cpu", "GenuineIntel", "Intel(R) Xeon(R) Platinum 8480+", "cpu-8480p"},
    {"cpu", "", "Intel(R) Xeon(R) CPU E5-2699 v3 @ 2.30GHz", "cpu-e5-2699v3"},
    {"cpu", "", "Intel(R) Xeon(R) CPU E5-2699 v4 @ 2.20GHz", NULL},
    {"cpu", "AuthenticAMD", "AMD EPYC 9654 96-Core Processor", "cpu-9654"},
    {"cpu", "AMD", "AMD EPYC", NULL},
    {"cpu", "", "Intel Xeon Processor (Skylake)", NULL},
    {"cpu", "", "AMD EPYC 9R14", NULL},
    {"cpu", "", "", NULL},
    {"gpu", "NVIDIA Corporation", "NVIDIA H100 80GB HBM3", "gpu-h100-sxm"},
    {"gpu", "NVIDIA", "NVIDIA H100 PCIe", "gpu-h100-pcie"},
    {"gpu", "NVIDIA", "NVIDIA H100 NVL", NULL},
    {"gpu", "NVIDIA", "NVIDIA H100", "?"},
    {"gpu", "NVIDIA", "NVIDIA A100-SXM4-80GB", "gpu-a100-80"},
    {"gpu", "NVIDIA", "NVIDIA A100-SXM4-40GB", "gpu-a100-40"},
    {"gpu", "NVIDIA", "NVIDIA A100", "?"},
    {"gpu", "NVIDIA", "Tesla V100-SXM2-16GB", "gpu-v100"},
    {"gpu", "NVIDIA", "Tesla V100-SXM2-32GB", NULL},
    {"gpu", "NVIDIA", "Tesla T4", "gpu-t4"},
    {"gpu", "NVIDIA", "NVIDIA GeForce RTX 3090", "gpu-rtx3090"},
    {"gpu", "NVIDIA", "NVIDIA GeForce RTX 3090 Ti", NULL},
    {"gpu", "NVIDIA", "NVIDIA GeForce RTX 4090 Laptop GPU", NULL},
    {"cpu", "NVIDIA", "Tesla T4", NULL}, /* another kind */
    {"gpu", "Apple", "Apple M2 Ultra", "soc-m2ultra"},
    {"gpu", "Apple", "Apple M2", NULL},
    {"gpu", "Advanced Micro Devices, Inc.", "AMD Instinct MI300X", "gpu-mi300x"},
    {"gpu", "NVIDIA", "AMD Instinct MI300X", NULL}, /* another maker */
    {"fpga", "AMD", "AMD Alveo U280", "fpga-u280"},
    {"fpga", "Intel", "Intel Arria 10 GX 1150 (PAC)", "fpga-a10-1150"},
    {"fpga", "Intel", "Intel Stratix 10 GX 2800 (PAC D5005)", "fpga-s10-2800"},
    {"fpga", "Intel", "Intel Agilex 7 AGI 027", NULL},
    {NULL, NULL, "AWS Trainium2", "asic-trn2"},
    {NULL, NULL, "AWS Trainium", "asic-trn1"},
    {NULL, NULL, "Gaudi 2", "asic-gaudi2"},
    {NULL, NULL, "some processor 2", NULL},
    {NULL, NULL, "TPU v5e", "tpu-v5e"},
};

static void test_match(void **state)
{
    struct dlb_catalogue catalogue;
    (void)state;
    load_own(&catalogue);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(names); i++) {
        const struct dlb_catalogue_entry *entry = NULL;
        struct dlb_why why = {""};
        const enum dlb_status status = dlb_catalogue_match(
            &catalogue, names[i].kind, names[i].vendor, names[i].name, &entry, &why);
        const char *wanted = names[i].id;
        const enum dlb_status expected = wanted == NULL             ? DLB_UNAVAILABLE
                                         : strcmp(wanted, "?") == 0 ? DLB_INVALID
                                                                    : DLB_OK;
        if (status != expected || (status == DLB_OK && strcmp(entry->id, wanted) != 0))
            fail_msg("'%s': wanted %s, found %s (%s)", names[i].name,
                     wanted != NULL ? wanted : "none", status == DLB_OK ? entry->id : "none",
                     why.text);
    }
    struct dlb_why why = {""};
    const struct dlb_catalogue_entry *entry;
    dlb_catalogue_match(&catalogue, "gpu", "NVIDIA", "NVIDIA A100", &entry, &why);
    assert_non_null(strstr(why.text, "gpu-a100-40, gpu-a100-80"));
    dlb_catalogue_free(&catalogue);
}

/* ---- files ---- */

static void write_file(const char *folder, const char *name, const char *text, char *path,
                       size_t size)
{
    snprintf(path, size, "%s/%s", folder, name);
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fputs(text, stream);
    fclose(stream);
}

#define DOCUMENT(entries) "{\"schema\": \"dlbench-catalogue/1\", \"processors\": [" entries "]}"
#define GOOD                                                                                       \
    "{\"id\": \"gpu-x\", \"name\": \"X 1000\", \"kind\": \"gpu\", \"vendor\": \"Acme\", "          \
    "\"f32_tflops\": 10, \"mem_gb\": 16, \"mem_gb_s\": 500, \"tdp_w\": 200, \"source\": \"me\", "  \
    "\"colour\": \"green\"}"

/* What is no catalogue is refused with the file, the entry and the field. */
static void test_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } files[] = {
        {"", "empty; wanted a catalogue"},
        {"{\"schema\": \"dlbench-result/1\"}", "schema: wanted dlbench-catalogue/1"},
        {"[1]", "schema: wanted"},
        {"{\"schema\": \"dlbench-catalogue/1\"}", "processors: wanted an array, found nothing"},
        {"{\"schema\": \"dlbench-catalogue/12\", \"processors\": []}", "schema: wanted"},
        {DOCUMENT("3"), "processors[0]: wanted an object"},
        {DOCUMENT("{}"), "processors[0]: id: wanted a text"},
        {DOCUMENT("{\"id\": \"a\", \"tdp_w\": \"300\"}"),
         "processors[0] (a): tdp_w: wanted a number, found a text"},
        {DOCUMENT("{\"id\": 7}"), "id: wanted a text"},
        {DOCUMENT(GOOD "," GOOD), "processors[1]: id: 'gpu-x' stands twice"},
        {DOCUMENT("{\"id\": \"a\", \"name\": \"A\", \"kind\": \"gpu\", \"tdp_w\": -5}"), "a: "},
        {DOCUMENT("{\"id\": \"a\", \"tdp_w\": 1e999}"), "line 1"},
        {DOCUMENT("{\"id\": \"a\", \"tdp_w\": NaN}"), "line 1"},
        {DOCUMENT("{\"id\": \"a\", \"id\": \"b\"}"), "duplicate"},
    };
    char folder[256], path[300];
    (void)state;
    sample_make_folder(folder, sizeof folder);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(files); i++) {
        struct dlb_catalogue catalogue = {0};
        struct dlb_why why = {""};
        write_file(folder, "c.json", files[i].text, path, sizeof path);
        const enum dlb_status status = dlb_catalogue_load(path, NULL, &catalogue, &why);
        if (status != DLB_INVALID || strstr(why.text, files[i].why) == NULL ||
            strstr(why.text, "c.json") == NULL || strchr(why.text, '\n') != NULL)
            fail_msg("%s: wanted '%s', found %s: %s", files[i].text, files[i].why,
                     dlb_status_name(status), why.text);
    }
    struct dlb_catalogue catalogue;
    struct dlb_why why;
    snprintf(path, sizeof path, "%s/none.json", folder);
    assert_int_equal(dlb_catalogue_load(path, NULL, &catalogue, &why), DLB_IO);
    sample_remove_folder(folder);
}

/* The user's entry wins, the others stay; what no field knows is kept when an entry is added. */
static void test_user(void **state)
{
    char folder[256], path[300];
    struct dlb_catalogue catalogue = {0};
    struct dlb_why why = {""};
    (void)state;
    sample_make_folder(folder, sizeof folder);
    write_file(folder, "first.json", DOCUMENT(GOOD), path, sizeof path);
    assert_int_equal(dlb_catalogue_load(path, NULL, &catalogue, &why), DLB_OK);
    struct dlb_catalogue_entry entry = catalogue.items[0];
    snprintf(path, sizeof path, "%s/deep/er/catalogue.json", folder);
    assert_int_equal(dlb_catalogue_add(path, &entry, &why), DLB_OK);
    snprintf(entry.id, sizeof entry.id, "gpu-t4");
    entry.price_hour = 0;
    snprintf(entry.currency, sizeof entry.currency, "EUR");
    assert_int_equal(dlb_catalogue_add(path, &entry, &why), DLB_OK);
    entry.tdp_w = 123;
    assert_int_equal(dlb_catalogue_add(path, &entry, &why), DLB_OK); /* replaces its own */
    dlb_catalogue_free(&catalogue);

    if (dlb_catalogue_load(OWN, path, &catalogue, &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_int_equal(catalogue.count, 71);
    const struct dlb_catalogue_entry *mine = dlb_catalogue_find(&catalogue, "gpu-t4");
    assert_true(mine->tdp_w == 123);
    assert_true(mine->price_hour == 0);
    assert_string_equal(mine->file, path);
    assert_string_equal(json_string_value(json_object_get(mine->unknown, "colour")), "green");
    assert_string_equal(dlb_catalogue_find(&catalogue, "gpu-v100")->file, OWN);
    dlb_catalogue_free(&catalogue);

    snprintf(path, sizeof path, "%s/absent.json", folder);
    assert_int_equal(dlb_catalogue_load(OWN, path, &catalogue, &why), DLB_OK);
    assert_int_equal(catalogue.count, 70);
    dlb_catalogue_free(&catalogue);
    write_file(folder, "bad.json", "{", path, sizeof path);
    assert_int_equal(dlb_catalogue_load(OWN, path, &catalogue, &why), DLB_INVALID);
    assert_int_equal(dlb_catalogue_add(path, &entry, &why), DLB_INVALID); /* never overwritten */
    sample_remove_folder(folder);
}

/* ---- validation ---- */

/* A sound entry, for one thing to be put wrong in it. */
static struct dlb_catalogue_entry sound(void)
{
    struct dlb_catalogue_entry entry = {.id = "gpu-x",
                                        .name = "X 1000",
                                        .kind = "gpu",
                                        .vendor = "Acme",
                                        .year = 2024,
                                        .f32_tflops = 20,
                                        .tf32_tflops = 40,
                                        .bf16_f16_tflops = 80,
                                        .fp8_tflops = 160,
                                        .int8_tops = 160,
                                        .mem_gb = 16,
                                        .mem_gb_s = 500,
                                        .tdp_w = 200,
                                        .list_price = 1000,
                                        .price_hour = 1,
                                        .currency = "USD",
                                        .price_as_of = "2025-01",
                                        .source = "datasheet, dense"};
    return entry;
}

static struct said validate(struct dlb_catalogue_entry *entry, const struct dlb_catalogue *known)
{
    const struct dlb_catalogue one = {.count = 1, .items = entry};
    struct said said = {0};
    const int wrong = dlb_catalogue_validate_beside(&one, known, listen, &said);
    assert_int_equal(wrong, said.wrong);
    return said;
}

static void test_sound(void **state)
{
    struct dlb_catalogue_entry entry = sound();
    (void)state;
    const struct said said = validate(&entry, NULL);
    if (said.wrong + said.doubts != 0)
        fail_msg("a sound entry: %s", said.all);
}

static const struct slip {
    size_t offset;
    double value;
    bool wrong;
    const char *word; /* in what is said */
} slips[] = {
    {offsetof(struct dlb_catalogue_entry, tdp_w), -1, true, "tdp_w: wanted more than 0"},
    {offsetof(struct dlb_catalogue_entry, tdp_w), 0, true, "leave it out"},
    {offsetof(struct dlb_catalogue_entry, price_hour), -1, true, "price_hour: wanted 0 or more"},
    {offsetof(struct dlb_catalogue_entry, price_hour), 2000, false, "a whole server"},
    {offsetof(struct dlb_catalogue_entry, list_price), 1.5, false, "in thousands"},
    {offsetof(struct dlb_catalogue_entry, mem_gb), 17.18, false, "16 GiB"},
    {offsetof(struct dlb_catalogue_entry, mem_gb), 16384, false, "megabytes"},
    {offsetof(struct dlb_catalogue_entry, mem_gb_s), 4000, false, "gigabits"},
    {offsetof(struct dlb_catalogue_entry, mem_gb_s), 0.5, false, "terabytes"},
    {offsetof(struct dlb_catalogue_entry, tdp_w), 200000, false, "milliwatts"},
    {offsetof(struct dlb_catalogue_entry, tdp_w), 10, false, "a watt"},
    {offsetof(struct dlb_catalogue_entry, int8_tops), 640, false, "sparsity"},
    {offsetof(struct dlb_catalogue_entry, fp8_tflops), 640, false, "sparsity"},
    {offsetof(struct dlb_catalogue_entry, tf32_tflops), 160, false, "above bf16_f16_tflops"},
    {offsetof(struct dlb_catalogue_entry, f32_tflops), 800, false, "in the wrong place"},
    {offsetof(struct dlb_catalogue_entry, bf16_f16_tflops), 8e5, false, "giga instead of tera"},
};

static void test_slips(void **state)
{
    (void)state;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(slips); i++) {
        struct dlb_catalogue_entry entry = sound();
        memcpy((char *)&entry + slips[i].offset, &slips[i].value, sizeof slips[i].value);
        const struct said said = validate(&entry, NULL);
        if (strstr(said.all, slips[i].word) == NULL || (said.wrong > 0) != slips[i].wrong)
            fail_msg("slip %zu: wanted '%s', found: %s", i, slips[i].word, said.all);
    }
}

/* Hostile and broken texts. */
static void test_texts(void **state)
{
    static const struct {
        size_t offset;
        const char *text, *word;
        bool wrong;
    } texts[] = {
        {offsetof(struct dlb_catalogue_entry, id), "../etc", "id: wanted letters", true},
        {offsetof(struct dlb_catalogue_entry, id), "-x", "id: wanted letters", true},
        {offsetof(struct dlb_catalogue_entry, id), "gpu x", "id: wanted letters", true},
        {offsetof(struct dlb_catalogue_entry, name), "", "name: wanted", true},
        {offsetof(struct dlb_catalogue_entry, name), "X\033[2J", "control characters", true},
        {offsetof(struct dlb_catalogue_entry, name), "X\xE2\x80\xAE", "turn the writing", true},
        {offsetof(struct dlb_catalogue_entry, source), "dense\na b", "control characters", true},
        {offsetof(struct dlb_catalogue_entry, source), "", "source: none", false},
        {offsetof(struct dlb_catalogue_entry, source), "with sparsity", "speaks of sparsity",
         false},
        {offsetof(struct dlb_catalogue_entry, kind), "toaster", "kind: wanted", true},
        {offsetof(struct dlb_catalogue_entry, currency), "usd", "currency: wanted", true},
        {offsetof(struct dlb_catalogue_entry, currency), "", "currency: wanted", true},
        {offsetof(struct dlb_catalogue_entry, price_as_of), "", "without a date", false},
        {offsetof(struct dlb_catalogue_entry, price_as_of), "2026-13", "price_as_of: wanted", true},
        {offsetof(struct dlb_catalogue_entry, price_as_of), "1.3.2026", "price_as_of: wanted",
         true},
        {offsetof(struct dlb_catalogue_entry, price_as_of), "9999", "is to come", false},
        {offsetof(struct dlb_catalogue_entry, price_as_of), "9999-01-31", "is to come", false},
    };
    (void)state;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(texts); i++) {
        struct dlb_catalogue_entry entry = sound();
        strcpy((char *)&entry + texts[i].offset, texts[i].text);
        const struct said said = validate(&entry, NULL);
        if (strstr(said.all, texts[i].word) == NULL || (said.wrong > 0) != texts[i].wrong)
            fail_msg("'%s': wanted '%s', found: %s", texts[i].text, texts[i].word, said.all);
        for (const char *c = said.all; *c != '\0'; c++)
            if ((unsigned char)*c < 0x20 && *c != '\n')
                fail_msg("'%s' was said with a control character", texts[i].text);
    }
    struct dlb_catalogue_entry empty = sound();
    empty.f32_tflops = empty.tf32_tflops = empty.bf16_f16_tflops = empty.fp8_tflops = NAN;
    empty.int8_tops = empty.mem_gb = empty.mem_gb_s = empty.tdp_w = NAN;
    assert_non_null(strstr(validate(&empty, NULL).all, "nothing to compare with"));
}

/* Beside the entry of the same processor, a slip is seen by its factor, though the figure is possible by itself. */
static void test_beside(void **state)
{
    static const struct {
        size_t offset;
        double factor;
        const char *word;
    } factors[] = {
        {offsetof(struct dlb_catalogue_entry, bf16_f16_tflops), 2, "a sparse peak"},
        {offsetof(struct dlb_catalogue_entry, mem_gb_s), 1.073741824, "GiB against GB"},
        {offsetof(struct dlb_catalogue_entry, mem_gb_s), 1 / 8., "gigabits"},
        {offsetof(struct dlb_catalogue_entry, f32_tflops), 1000, "giga against tera"},
        {offsetof(struct dlb_catalogue_entry, tdp_w), 1000, "milliwatts"},
    };
    struct dlb_catalogue_entry mine = sound();
    const struct dlb_catalogue known = {.count = 1, .items = &mine};
    (void)state;
    assert_int_equal(validate(&mine, &known).doubts, 0);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(factors); i++) {
        struct dlb_catalogue_entry entry = sound();
        double value;
        snprintf(entry.id, sizeof entry.id, "mine"); /* found by its name */
        memcpy(&value, (char *)&entry + factors[i].offset, sizeof value);
        value *= factors[i].factor;
        memcpy((char *)&entry + factors[i].offset, &value, sizeof value);
        const struct said said = validate(&entry, &known);
        if (strstr(said.all, factors[i].word) == NULL || strstr(said.all, "entry gpu-x") == NULL)
            fail_msg("factor %g: wanted '%s', found: %s", factors[i].factor, factors[i].word,
                     said.all);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own),    cmocka_unit_test(test_figures),
        cmocka_unit_test(test_match),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_user),   cmocka_unit_test(test_sound),
        cmocka_unit_test(test_slips),  cmocka_unit_test(test_texts),
        cmocka_unit_test(test_beside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
