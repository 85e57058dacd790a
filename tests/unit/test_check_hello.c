/* test_check_hello.c: programs that can be spoken to, and all that cannot: recorded workers of other versions, made-up ones, things
 * that are no programs. Runs from the root of the tree. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/check_workers.h"

#define WORKERS "tests/recordings/workers/"
#define M8      "gemm:m=8,n=8,k=8,dtype=f32@reference:0/t1/throughput/warm/random"

static char folder[64], program[600];

/* The program that was built lies above tests/unit. */
static int set_up(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN); /* as main does: some programs are gone before their request comes */
    const ssize_t length = readlink("/proc/self/exe", program, 500);
    if (length <= 0)
        return -1;
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    strcat(program, "/../../dlbench");
    strcpy(folder, "/tmp/dlbench-hello-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static const char *make_file(const char *name, const char *content, mode_t mode)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static void refused(const char *path, const char *words)
{
    struct dlb_check_side side = {.program = path};
    struct dlb_why why = {""};
    const enum dlb_status status = dlb_check_hello(&side, "--a", &why);
    if (status != DLB_UNAVAILABLE || strstr(why.text, words) == NULL ||
        strncmp(why.text, "--a: ", 5) != 0 || strchr(why.text, '\n') != NULL)
        fail_msg("%s: %s '%s'; wanted '%s'", path, dlb_status_name(status), why.text, words);
    assert_null(side.about);
}

static void this_program_tells_all_of_itself(void **state)
{
    (void)state;
    struct dlb_check_side side = {.program = program};
    struct dlb_why why = {""};
    if (dlb_check_hello(&side, "--a", &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_string_equal(json_string_value(json_object_get(side.about, "program")), program);
    assert_true(json_is_null(json_object_get(side.about, "backends")));
    assert_true(json_string_length(json_object_get(side.about, "version")) > 0);
    assert_true(json_string_length(json_object_get(side.about, "git")) > 0);
    assert_int_equal(json_integer_value(json_object_get(side.about, "protocol")),
                     DLB_PROTOCOL_VERSION);
    assert_true(json_is_true(json_object_get(side.about, "verifies_on_demand")));
    json_decref(side.about);
}

/* Asked twice, the later answer stands; nothing leaks. */
static void asking_again_replaces_the_answer(void **state)
{
    (void)state;
    struct dlb_check_side side = {.program = WORKERS "protocol-1"};
    struct dlb_why why = {""};
    assert_int_equal(dlb_check_hello(&side, "--a", &why), DLB_OK);
    side.program = WORKERS "protocol-3-reads-1";
    assert_int_equal(dlb_check_hello(&side, "--a", &why), DLB_OK);
    assert_string_equal(json_string_value(json_object_get(side.about, "version")), "3.0.0");
    json_decref(side.about);
}

static void the_recorded_worker_is_understood(void **state)
{
    (void)state;
    struct dlb_check_side side = {.program = WORKERS "protocol-1"};
    struct dlb_why why = {""};
    if (dlb_check_hello(&side, "--a", &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_int_equal(json_integer_value(json_object_get(side.about, "protocol")), 1);
    assert_true(json_is_null(json_object_get(side.about, "version")));
    assert_true(json_is_false(json_object_get(side.about, "verifies_on_demand")));
    json_decref(side.about);
}

static void strangers_are_refused_in_one_line(void **state)
{
    (void)state;
    refused(WORKERS "protocol-99", "speaks protocol 90 to 99, this dlbench speaks 1 to 1");
    refused(WORKERS "protocol-99", "(dlbench 9.9.0)");
    refused(WORKERS "not-a-worker", "ended with exit code 1; it last wrote: frobnicate");
    refused("/bin/cat", "does not greet as a dlbench worker");
    refused("/bin/true", "ended with exit code 0");
    refused(folder, "is a folder; name the program in it");
    refused("/nonexistent/dlbench", "No such file");
    refused("/dev/null", "is not a file");
    refused(make_file("text", "no program\n", 0600), "chmod +x");
    refused(make_file("binary", "\177ELF rubbish", 0700), "Exec format error");
    refused(make_file("loose", "#!/nonexistent/sh\n", 0700), "No such file");
    refused(make_file("dies", "#!/bin/sh\nkill -SEGV $$\n", 0700), "died of SIGSEGV");
    refused(make_file("vague", "#!/bin/sh\necho '{\"event\":\"hello\"}'\n", 0700),
            "must tell its protocol");
    refused(make_file("lone", "#!/bin/sh\necho '{\"event\":\"hello\",\"protocol\":2}'\n", 0700),
            "speaks protocol 2, this");
}

static void silence_ends_after_a_while(void **state)
{
    (void)state;
    const struct dlb_spawn spawn = {.program = WORKERS "silent", .timeout_s = 0.2};
    struct dlb_hello hello;
    struct dlb_why why = {""};
    assert_int_equal(dlb_spawn_hello(&spawn, &hello, &why), DLB_UNAVAILABLE);
    if (strstr(why.text, "said nothing of the kind for 0.2 s") == NULL)
        fail_msg("%s", why.text);
}

/* Like yes(1): lines without end, and none of them a greeting. */
static void talk_ends_after_a_while(void **state)
{
    (void)state;
    const struct dlb_spawn spawn = {
        .program = make_file("talks", "#!/bin/sh\nwhile :; do echo worker; done\n", 0700),
        .timeout_s = 0.5};
    struct dlb_hello hello;
    struct dlb_why why = {""};
    assert_int_equal(dlb_spawn_hello(&spawn, &hello, &why), DLB_UNAVAILABLE);
    if (strstr(why.text, "said nothing of the kind for 0.5 s") == NULL)
        fail_msg("%s", why.text);
}

static void folders_of_plugins_are_looked_at(void **state)
{
    (void)state;
    char colon[128];
    snprintf(colon, sizeof colon, "%s/a:b", folder);
    assert_int_equal(mkdir(colon, 0700), 0);
    const struct {
        const char *program, *backends, *words;
    } rows[] = {
        {program, "/nonexistent", "--b-lib: there is no folder of plugins /nonexistent"},
        {program, "/dev/null", "there is no folder of plugins"},
        {program, colon, "cannot hold a colon"},
        {WORKERS "protocol-1", "/tmp", "too old to take plugins from another folder"},
    };
    struct dlb_check_side side;
    struct dlb_why why = {""};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        side = (struct dlb_check_side){.program = rows[i].program, .backends = rows[i].backends};
        assert_int_equal(dlb_check_hello(&side, "--b-lib", &why), DLB_UNAVAILABLE);
        if (strstr(why.text, rows[i].words) == NULL)
            fail_msg("%s", why.text);
    }
    side = (struct dlb_check_side){.program = program, .backends = folder};
    assert_int_equal(dlb_check_hello(&side, "--b-lib", &why), DLB_OK);
    assert_string_equal(json_string_value(json_object_get(side.about, "backends")), folder);
    json_decref(side.about);
}

/* ---- measuring with them ---- */

struct pair_of_programs {
    struct dlb_case item;
    struct dlb_result result;
    struct dlb_check_options options;
};

static void open_pair(struct pair_of_programs *p, const char *a, const char *b, const char *key)
{
    static const int cpus[] = {0};
    struct dlb_why why = {""};
    struct dlb_record record;
    *p = (struct pair_of_programs){.options = {.a = {.program = a},
                                               .b = {.program = b},
                                               .spawn = {.wait_policy = "active", .timeout_s = 20},
                                               .request = {.sampling = {.precision = 0.05,
                                                                        .max_time_ns = 2e7,
                                                                        .max_samples = 20,
                                                                        .batch_ns = 2e5,
                                                                        .warmup_ns = 1e6,
                                                                        .slowdown = 1}},
                                               .cpus = cpus,
                                               .rule = dlb_rule_default,
                                               .seed = 7}};
    dlb_result_init(&p->result);
    assert_int_equal(dlb_case_parse(key, &p->item, &why), DLB_OK);
    assert_int_equal(dlb_record_init(&record, &p->item, &why), DLB_OK);
    assert_int_equal(dlb_result_add(&p->result, &record), DLB_OK);
    if (dlb_check_hello(&p->options.a, "--a", &why) != DLB_OK ||
        dlb_check_hello(&p->options.b, "--b", &why) != DLB_OK)
        fail_msg("%s", why.text);
}

static const struct dlb_verdict_row *run_pair(struct pair_of_programs *p)
{
    const struct dlb_check_watch watch = {0};
    struct dlb_why why = {""};
    assert_int_equal(dlb_check_run(&p->options, &p->item, 1, &watch, &p->result, &why), DLB_OK);
    assert_int_equal(p->result.verdict_count, 1);
    return &p->result.verdicts[0];
}

static void close_pair(struct pair_of_programs *p)
{
    json_decref(p->options.a.about);
    json_decref(p->options.b.about);
    dlb_result_free(&p->result);
}

/* It says the same word by word each time, so there is no difference at all. */
static void the_recorded_worker_against_itself(void **state)
{
    (void)state;
    struct pair_of_programs p;
    open_pair(&p, WORKERS "protocol-1", WORKERS "protocol-3-reads-1", M8);
    p.options.gates = true; /* those that were recorded are quiet */
    const struct dlb_verdict_row *row = run_pair(&p);
    if (row->verdict != DLB_VERDICT_PASS || row->effect != 0 || row->r1 != 10)
        fail_msg("%s: %s", dlb_verdict_name(row->verdict), row->reason);
    assert_true(row->median_a_ns == row->median_b_ns && row->rejected_a == 0);
    assert_string_equal(p.result.records[0].implementation, "ref_gemm");
    close_pair(&p);
}

/* Years apart, and still measured and judged: its request is one that the old program takes. */
static void the_recorded_worker_against_this_program(void **state)
{
    (void)state;
    struct pair_of_programs p;
    open_pair(&p, WORKERS "protocol-1", program, M8);
    const struct dlb_verdict_row *row = run_pair(&p);
    if (row->r1 != 10 || !(row->median_a_ns > 0 && row->median_b_ns > 0))
        fail_msg("%s: %s", dlb_verdict_name(row->verdict), row->reason);
    close_pair(&p);
}

static void what_the_old_one_does_not_know_is_new(void **state)
{
    (void)state;
    struct pair_of_programs p;
    open_pair(&p, WORKERS "protocol-1", program,
              "gemm:m=9,n=9,k=9,dtype=f32@reference:0/t1/throughput/warm/random");
    const struct dlb_verdict_row *row = run_pair(&p);
    if (row->verdict != DLB_VERDICT_NEW || strstr(row->reason, "no workload") == NULL)
        fail_msg("%s: %s", dlb_verdict_name(row->verdict), row->reason);
    assert_int_equal(p.result.records[0].invocation_count, 1);
    close_pair(&p);
}

/* A script of two lines stands for a slower program. */
static void a_wrapper_makes_a_slower_program(void **state)
{
    (void)state;
    struct pair_of_programs p;
    char text[800], slower[128];
    snprintf(text, sizeof text, "#!/bin/sh\nDLBENCH_SLOWDOWN=300%%:gemm* exec '%s' \"$@\"\n",
             program);
    snprintf(slower, sizeof slower, "%s", make_file("slower", text, 0700));
    open_pair(&p, program, slower, M8);
    const struct dlb_verdict_row *row = run_pair(&p);
    if (row->verdict != DLB_VERDICT_REGRESSED || !row->slowdown)
        fail_msg("%s: effect %g, p %g, %s", dlb_verdict_name(row->verdict), row->effect, row->p,
                 row->reason);
    assert_true(row->effect > 1 && row->stage == 2);
    assert_true(dlb_record_has_flag(&p.result.records[0], "slowdown"));
    close_pair(&p);
}

static void a_wrapper_with_nonsense_fails_its_case(void **state)
{
    (void)state;
    struct pair_of_programs p;
    char text[800], wrong[128];
    snprintf(text, sizeof text, "#!/bin/sh\nDLBENCH_SLOWDOWN=fast exec '%s' \"$@\"\n", program);
    snprintf(wrong, sizeof wrong, "%s", make_file("wrong", text, 0700));
    open_pair(&p, program, wrong, M8);
    const struct dlb_verdict_row *row = run_pair(&p);
    assert_int_equal(row->verdict, DLB_VERDICT_FAILED);
    if (strstr(row->reason, "DLBENCH_SLOWDOWN: a slowdown is PCT[:GLOB]") == NULL)
        fail_msg("%s", row->reason);
    close_pair(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_program_tells_all_of_itself),
        cmocka_unit_test(asking_again_replaces_the_answer),
        cmocka_unit_test(the_recorded_worker_is_understood),
        cmocka_unit_test(strangers_are_refused_in_one_line),
        cmocka_unit_test(silence_ends_after_a_while),
        cmocka_unit_test(talk_ends_after_a_while),
        cmocka_unit_test(folders_of_plugins_are_looked_at),
        cmocka_unit_test(the_recorded_worker_against_itself),
        cmocka_unit_test(the_recorded_worker_against_this_program),
        cmocka_unit_test(what_the_old_one_does_not_know_is_new),
        cmocka_unit_test(a_wrapper_makes_a_slower_program),
        cmocka_unit_test(a_wrapper_with_nonsense_fails_its_case),
    };
    return cmocka_run_group_tests_name("check_hello", tests, set_up, tear_down);
}
