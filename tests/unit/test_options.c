/* test_options.c: option tables: each kind of value, each way to write it, and which source wins. Bad input is tested through
 * the program in tests/cli/usage.bats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/compiler.h"
#include "bench/cli/options.h"
#include "bench/cli/run_options.h"

struct target {
    bool flag;
    int count, choice, set;
    const char *text;
    struct dlb_texts texts;
    struct dlb_ints ints;
    int64_t number;
    uint64_t seed;
    double time_ns, share;
};

#define AT(field) .offset = offsetof(struct target, field), .group = "G", .help = "h"

static const struct dlb_option rows[] = {
    {.name = "flag", .letter = 'f', .kind = DLB_OPTION_FLAG, AT(flag)},
    {.name = "count", .letter = 'c', .kind = DLB_OPTION_COUNT, AT(count)},
    {.name = "text", .letter = 't', .kind = DLB_OPTION_TEXT, .argument = "T", AT(text)},
    {.name = "texts", .letter = 'l', .kind = DLB_OPTION_TEXTS, .argument = "T", AT(texts)},
    {.name = "choice",
     .kind = DLB_OPTION_CHOICE,
     .argument = "C",
     .choices = "red green blue",
     .default_text = "green",
     AT(choice)},
    {.name = "set", .kind = DLB_OPTION_CHOICES, .argument = "C", .choices = "a b c", AT(set)},
    {.name = "ints",
     .kind = DLB_OPTION_INTS,
     .argument = "N",
     .automatic = true,
     .default_text = "auto",
     .min = 1,
     .max = 64,
     AT(ints)},
    {.name = "number",
     .letter = 'n',
     .kind = DLB_OPTION_INT,
     .argument = "N",
     .min = -5,
     .max = 5,
     .default_text = "3",
     AT(number)},
    {.name = "seed", .kind = DLB_OPTION_SEED, .argument = "N", AT(seed)},
    {.name = "time", .kind = DLB_OPTION_TIME, .argument = "T", .max = 1e9, AT(time_ns)},
    {.name = "share", .kind = DLB_OPTION_FRACTION, .argument = "P", .max = 1, AT(share)},
    {.name = NULL},
};

struct fixture {
    struct dlb_parser parser;
    struct target target;
    struct dlb_why why;
};

static int open_parser(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.why = {""}};
    *state = &fixture;
    return dlb_parser_add(&fixture.parser, rows, &fixture.target, &fixture.why) == DLB_OK ? 0 : -1;
}

static int close_parser(void **state)
{
    struct fixture *f = *state;
    dlb_parser_free(&f->parser);
    return 0;
}

/* Arguments separated by blanks. */
static enum dlb_status parse(struct fixture *f, const char *line, bool leading, int *used)
{
    static char buffer[256];
    char *arguments[32];
    int count = 0;
    strncpy(buffer, line, sizeof buffer - 1);
    for (char *word = strtok(buffer, " "); word != NULL; word = strtok(NULL, " ")) {
        arguments[count++] = word;
    }
    return dlb_parser_arguments(&f->parser, count, arguments, leading, used, &f->why);
}

static void test_defaults(void **state)
{
    const struct fixture *f = *state;
    assert_int_equal(f->target.choice, 1);
    assert_int_equal(f->target.number, 3);
    assert_int_equal(f->target.ints.count, 0);
    assert_null(f->target.text);
    assert_int_equal(dlb_parser_source(&f->parser, "number"), DLB_SOURCE_DEFAULT);
    assert_int_equal(dlb_parser_source(&f->parser, "text"), DLB_SOURCE_NONE);
    assert_int_equal(dlb_parser_source(&f->parser, "nothing"), DLB_SOURCE_NONE);
}

static void test_every_kind(void **state)
{
    struct fixture *f = *state;
    int used = 0;
    assert_int_equal(
        parse(f,
              "--flag -cc --count --text=a=b -l x -ly --texts z --choice blue --set a,c "
              "--ints 1-4*2,7 -n -5 --seed 0x10 --time 2ms --share 5% one -- -f",
              false, &used),
        DLB_OK);
    const struct target *t = &f->target;
    assert_true(t->flag);
    assert_int_equal(t->count, 3);
    assert_string_equal(t->text, "a=b");
    assert_int_equal(t->texts.count, 3);
    assert_string_equal(t->texts.items[1], "y");
    assert_string_equal(t->texts.items[2], "z");
    assert_int_equal(t->choice, 2);
    assert_int_equal(t->set, 5);
    assert_int_equal(t->ints.count, 4);
    assert_int_equal(t->ints.items[2], 4);
    assert_int_equal(t->ints.items[3], 7);
    assert_int_equal(t->number, -5);
    assert_int_equal(t->seed, 16);
    assert_true(t->time_ns == 2e6);
    assert_true(t->share == 0.05);
    assert_int_equal(f->parser.arguments.count, 2);
    assert_string_equal(f->parser.arguments.items[1], "-f");
}

static void test_leading_stops_at_a_word(void **state)
{
    struct fixture *f = *state;
    int used = 0;
    assert_int_equal(parse(f, "-f --text x run --flag", true, &used), DLB_OK);
    assert_int_equal(used, 3);
    assert_int_equal(f->parser.arguments.count, 0);
}

static void test_lists_grow_within_a_source(void **state)
{
    struct fixture *f = *state;
    int used = 0;
    assert_int_equal(parse(f, "--set a --set b --ints 1 --ints 2,3", false, &used), DLB_OK);
    assert_int_equal(f->target.set, 3);
    assert_int_equal(f->target.ints.count, 3);
}

/* Whatever the order, the command line stands above the configuration, that above the suite, that above defaults. */
static void test_sources(void **state)
{
    struct fixture *f = *state;
    int used = 0;
    assert_int_equal(parse(f, "--number 1 --texts mine", false, &used), DLB_OK);
    assert_int_equal(dlb_parser_set(&f->parser, "number", "2", DLB_SOURCE_SUITE, &f->why), DLB_OK);
    assert_int_equal(dlb_parser_set(&f->parser, "texts", "its", DLB_SOURCE_SUITE, &f->why), DLB_OK);
    assert_int_equal(dlb_parser_set(&f->parser, "choice", "red", DLB_SOURCE_SUITE, &f->why),
                     DLB_OK);
    assert_int_equal(dlb_parser_set(&f->parser, "choice", "blue", DLB_SOURCE_CONFIG, &f->why),
                     DLB_OK);
    assert_int_equal(dlb_parser_set(&f->parser, "choice", "red", DLB_SOURCE_SUITE, &f->why),
                     DLB_OK);
    assert_int_equal(f->target.number, 1);
    assert_int_equal(f->target.texts.count, 1);
    assert_string_equal(f->target.texts.items[0], "mine");
    assert_int_equal(f->target.choice, 2);
    assert_string_equal(dlb_parser_text(&f->parser, "choice"), "blue");
}

static void test_refusals_leave_the_value(void **state)
{
    struct fixture *f = *state;
    static const char *const lines[] = {
        "--number 6", "--number",  "--number x", "--numbr 1", "--choice pink", "--set a,,b",
        "--ints 0",   "--ints 65", "--time 2s",  "--time 2",  "--share 101%",  "--flag=yes",
        "--seed -1",  "-x",        "--text=",    "-n",        "--number 1.5",  "--seed 1x",
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(lines); i++) {
        int used = 0;
        f->why.text[0] = '\0';
        if (parse(f, lines[i], false, &used) != DLB_INVALID || f->why.text[0] == '\0') {
            fail_msg("taken: %s", lines[i]);
        }
    }
    assert_int_equal(f->target.number, 3);
    assert_int_equal(f->target.choice, 1);
    assert_int_equal(f->target.ints.count, 0);
    assert_int_equal(f->target.set, 0);
}

static void test_twice(void **state)
{
    struct fixture *f = *state;
    int used = 0;
    assert_int_equal(parse(f, "--number 1 --number 1", false, &used), DLB_OK);
    assert_int_equal(parse(f, "--number 2", false, &used), DLB_INVALID);
    assert_non_null(strstr(f->why.text, "given twice"));
}

/* The real table: every row has its help, group, limits, and a default that its own reader takes. */
static void test_run_table(void **state)
{
    (void)state;
    struct dlb_parser parser = {0};
    struct dlb_run_options options;
    struct dlb_why why = {""};
    int letters[128] = {0};
    memset(&options, 0, sizeof options);
    assert_int_equal(dlb_parser_add(&parser, dlb_run_option_rows, &options, &why), DLB_OK);
    for (const struct dlb_option *row = dlb_run_option_rows; row->name != NULL; row++) {
        const bool valued = row->kind != DLB_OPTION_FLAG && row->kind != DLB_OPTION_COUNT;
        assert_non_null(row->group);
        assert_non_null(row->help);
        assert_true(strlen(row->help) < 100);
        assert_true(valued == (row->argument != NULL));
        assert_ptr_equal(dlb_option_find(dlb_run_option_rows, row->name), row);
        if (row->letter != 0) {
            assert_int_equal(letters[(int)row->letter]++, 0);
        }
    }
    assert_true(options.precision == 0.01);
    assert_true(options.max_time_ns == 10e9);
    assert_true(options.batch_ns == 5e6);
    assert_int_equal(options.max_samples, 2000);
    assert_int_equal(options.invocations, 3);
    dlb_parser_free(&parser);
}

int main(void)
{
#define WITH_PARSER(test) cmocka_unit_test_setup_teardown(test, open_parser, close_parser)
    const struct CMUnitTest tests[] = {
        WITH_PARSER(test_defaults),
        WITH_PARSER(test_every_kind),
        WITH_PARSER(test_leading_stops_at_a_word),
        WITH_PARSER(test_lists_grow_within_a_source),
        WITH_PARSER(test_sources),
        WITH_PARSER(test_refusals_leave_the_value),
        WITH_PARSER(test_twice),
        cmocka_unit_test(test_run_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
