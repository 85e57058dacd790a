/* test_session.c: blocks, gates, re-queueing, stops and resuming, with a shell script in the place of the worker.
 *
 * The script hands out prepared answers, answer.1, answer.2, ..., the last one for ever, and logs which case asked. */
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

#include "bench/run/session.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/dlbench-session-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static void path_in(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", folder, name);
}

static int clear_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static FILE *open_file(const char *name, const char *mode)
{
    char path[128];
    path_in(path, sizeof path, name);
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    return file;
}

static void write_script(void)
{
    FILE *file = open_file("worker", "w");
    fprintf(file,
            "#!/bin/sh\ncd '%s'\nread -r request\necho \"$request\" >>requests\n"
            "n=$(wc -l <requests)\nwhile [ ! -e answer.$n ]; do n=$((n - 1)); done\n"
            ". ./answer.$n\n",
            folder);
    assert_int_equal(fclose(file), 0);
    char path[128];
    path_in(path, sizeof path, "worker");
    assert_int_equal(chmod(path, 0700), 0);
}

/* Answer number `n` is a measured invocation whose run-queue gate reads `run_queue` (a share of the time). */
static void prepare_measured(int n, double run_queue)
{
    struct dlb_answer answer = {.status = DLB_OK, .evidence = "measured", .measured = true};
    static const double samples[] = {100, 101, 102, 103, 104, 105, 106, 107};
    struct dlb_invocation *invocation = &answer.invocation;
    invocation->k = 1;
    invocation->n = 8;
    strcpy(invocation->stop_reason, "precision");
    strcpy(invocation->t_start_utc, "2026-01-01T00:00:00Z");
    invocation->samples_ns = malloc(sizeof samples);
    assert_non_null(invocation->samples_ns);
    memcpy(invocation->samples_ns, samples, sizeof samples);
    invocation->gate_count = DLB_GATE_COUNT;
    for (int i = 0; i < DLB_GATE_COUNT; i++) {
        snprintf(invocation->gates[i].name, sizeof invocation->gates[i].name, "%s",
                 dlb_gate_name((enum dlb_gate)i));
        invocation->gates[i].value = i == DLB_GATE_RUN_QUEUE ? run_queue : (double)NAN;
    }
    dlb_invocation_summarise(invocation);
    json_t *json = dlb_answer_to_json(&answer);
    char *text = json_dumps(json, JSON_COMPACT);
    char name[32];
    snprintf(name, sizeof name, "answer.%d", n);
    FILE *file = open_file(name, "w");
    fprintf(file, "cat <<'END'\n%s\nEND\n", text);
    assert_int_equal(fclose(file), 0);
    free(text);
    json_decref(json);
    dlb_answer_free(&answer);
}

static void prepare_script(int n, const char *body)
{
    char name[32];
    snprintf(name, sizeof name, "answer.%d", n);
    FILE *file = open_file(name, "w");
    fprintf(file, "%s\n", body);
    assert_int_equal(fclose(file), 0);
}

/* How often the worker was asked for a case whose key contains `text`. */
static int asked(const char *text)
{
    FILE *file = open_file("requests", "r");
    char line[16384];
    int count = 0;
    while (fgets(line, sizeof line, file) != NULL)
        count += strstr(line, text) != NULL;
    fclose(file);
    return count;
}

#define CASES 3
static const char *const keys[CASES] = {"gemm:m=5@reference:0/t1/throughput/warm/random",
                                        "gemm:m=6@reference:0/t1/throughput/warm/random",
                                        "gemm:m=7@reference:0/t1/throughput/warm/random"};

struct fixture {
    struct dlb_case cases[CASES];
    struct dlb_result result;
    struct dlb_session_options options;
    struct dlb_session_watch watch;
    int finished, stop_after;
    char program[128];
};

static void count_finished(void *user, const struct dlb_session_state *state,
                           const struct dlb_record *record)
{
    (void)state;
    (void)record;
    ((struct fixture *)user)->finished++;
}

static int stop_when_enough(void *user)
{
    const struct fixture *f = user;
    return f->stop_after > 0 && f->finished >= f->stop_after ? 1 : 0;
}

static void set_up(struct fixture *f, int invocations)
{
    static const int cpus[] = {0};
    char path[128];
    path_in(path, sizeof path, "requests");
    unlink(path);
    memset(f, 0, sizeof *f);
    struct dlb_why why = {""};
    dlb_result_init(&f->result);
    for (int i = 0; i < CASES; i++) {
        struct dlb_record record;
        assert_int_equal(dlb_case_parse(keys[i], &f->cases[i], &why), DLB_OK);
        assert_int_equal(dlb_record_init(&record, &f->cases[i], &why), DLB_OK);
        assert_int_equal(dlb_result_add(&f->result, &record), DLB_OK);
    }
    path_in(f->program, sizeof f->program, "worker");
    f->options = (struct dlb_session_options){
        .spawn = {.program = f->program, .wait_policy = "active", .timeout_s = 20},
        .request = {.sampling = {.slowdown = 1}},
        .cpus = cpus,
        .invocations = invocations,
        .seed = 7,
        .gates = true};
    f->watch =
        (struct dlb_session_watch){.user = f, .finished = count_finished, .stop = stop_when_enough};
}

static enum dlb_status run(struct fixture *f)
{
    struct dlb_why why = {""};
    return dlb_session_run(&f->options, f->cases, CASES, &f->watch, &f->result, &why);
}

static void every_case_gets_its_invocations(void **state)
{
    (void)state;
    prepare_measured(1, 0.0);
    struct fixture f;
    set_up(&f, 2);
    assert_int_equal(run(&f), DLB_OK);
    assert_int_equal(f.finished, CASES);
    for (int i = 0; i < CASES; i++) {
        const struct dlb_record *record = &f.result.records[i];
        assert_int_equal(record->status, DLB_OK);
        assert_int_equal(record->invocation_count, 2);
        assert_false(dlb_record_has_flag(record, "noisy"));
        assert_true(record->summary.median_ns == 103.5);
        /* a block holds every case once: the second invocation comes after all first ones */
        assert_true(record->invocations[0].order < CASES);
        assert_true(record->invocations[1].order >= CASES);
    }
    dlb_result_free(&f.result);
}

/* Finds what is told of a case on the disk, as far as the journal knows it. */
static void wants_it_in_the_journal(void *user, const struct dlb_session_state *state,
                                    const struct dlb_record *record)
{
    struct fixture *f = user;
    struct dlb_result back;
    struct dlb_why why = {""};
    bool found = false;
    (void)state;
    f->finished++;
    if (dlb_result_load(f->options.result_path, &back, &why) != DLB_OK)
        fail_msg("%s", why.text);
    for (int i = 0; i < back.record_count; i++) {
        const struct dlb_record *known = &back.records[i];
        if (strcmp(known->key, record->key) != 0)
            continue;
        found = true;
        assert_int_equal(known->status, record->status);
        assert_int_equal(known->invocation_count, record->invocation_count);
        assert_int_equal(dlb_record_has_flag(known, "noisy"), dlb_record_has_flag(record, "noisy"));
        for (int j = 0; j < record->invocation_count; j++)
            assert_int_equal(known->invocations[j].gated, record->invocations[j].gated);
    }
    assert_true(found);
    dlb_result_free(&back);
}

/* Killed right after it said that a case is finished: all of the case is on the disk. */
static void what_is_told_is_in_the_journal(void **state)
{
    (void)state;
    char path[128];
    struct dlb_why why = {""};
    struct fixture f;
    prepare_measured(1, 0.5); /* always noisy: the least noisy ones are let in at the end */
    set_up(&f, 2);
    path_in(path, sizeof path, "r.json");
    f.options.result_path = path;
    assert_int_equal(dlb_journal_lock(path, &f.options.journal, &why), DLB_OK);
    assert_int_equal(dlb_journal_begin(f.options.journal, f.result.run_id, &why), DLB_OK);
    assert_int_equal(dlb_result_save(&f.result, path, &why), DLB_OK);
    f.watch.finished = wants_it_in_the_journal;
    assert_int_equal(run(&f), DLB_OK);
    assert_int_equal(f.finished, CASES);
    dlb_journal_close(f.options.journal, true);
    dlb_result_free(&f.result);
}

/* Where a time is the same in every process one is enough; the others still get theirs. */
static void a_prediction_is_made_once(void **state)
{
    (void)state;
    prepare_measured(1, 0.0);
    struct fixture f;
    set_up(&f, 3);
    f.cases[1].once = true;
    assert_int_equal(run(&f), DLB_OK);
    assert_int_equal(f.finished, CASES);
    for (int i = 0; i < CASES; i++)
        assert_int_equal(f.result.records[i].invocation_count, i == 1 ? 1 : 3);
    assert_int_equal(asked("measure"), 3 + 1 + 3);
    assert_int_equal(run(&f), DLB_OK); /* nothing is missing */
    assert_int_equal(asked("measure"), 3 + 1 + 3);
    dlb_result_free(&f.result);
}

/* Nothing was watched while a prediction was made, so nothing can have been noisy; what the device tells is kept. */
static void an_answer_without_gates_is_not_judged(void **state)
{
    (void)state;
    prepare_script(1, "echo '{\"event\":\"done\",\"status\":\"ok\",\"evidence\":\"modelled\","
                      "\"parameters\":\"rows=2\",\"cycles\":77,\"verified\":{},\"invocation\":"
                      "{\"k\":1,\"n\":1,\"median_ns\":5,\"samples_ns\":[5],\"build_ns\":8,"
                      "\"stop_reason\":\"modelled\"}}'");
    for (int n = 2; n <= 12; n++)
        prepare_script(n, ". ./answer.1");
    struct fixture f;
    set_up(&f, 1);
    assert_int_equal(run(&f), DLB_OK);
    for (int i = 0; i < CASES; i++) {
        const struct dlb_record *record = &f.result.records[i];
        assert_int_equal(record->invocation_count, 1);
        assert_false(record->invocations[0].gated);
        assert_true(record->invocations[0].build_ns == 8);
        assert_string_equal(record->parameters, "rows=2");
        assert_true(record->cycles == 77 && record->summary.median_ns == 5);
        assert_true(dlb_record_has_flag(record, "modelled"));
        assert_false(dlb_record_has_flag(record, "noisy"));
        assert_string_equal(record->summary.ci_kind, "none");
    }
    for (int n = 2; n <= 12; n++)
        prepare_measured(n, 0.0);
    dlb_result_free(&f.result);
}

static void noisy_invocation_is_repeated(void **state)
{
    (void)state;
    prepare_measured(1, 0.5); /* the first asked waits in the run queue half of its time */
    prepare_measured(2, 0.0);
    struct fixture f;
    set_up(&f, 1);
    assert_int_equal(run(&f), DLB_OK);
    int invocations = 0, gated = 0;
    for (int i = 0; i < CASES; i++) {
        const struct dlb_record *record = &f.result.records[i];
        invocations += record->invocation_count;
        for (int j = 0; j < record->invocation_count; j++)
            gated += record->invocations[j].gated;
        assert_false(dlb_record_has_flag(record, "noisy"));
    }
    assert_int_equal(invocations, CASES + 1);
    assert_int_equal(gated, 1);
    assert_int_equal(f.finished, CASES);
    dlb_result_free(&f.result);
}

static void always_noisy_ends_with_the_least_noisy(void **state)
{
    (void)state;
    for (int n = 1; n <= 12; n++)
        prepare_measured(n, 0.9 - 0.01 * n);
    struct fixture f;
    set_up(&f, 1);
    assert_int_equal(run(&f), DLB_OK);
    int invocations = 0;
    for (int i = 0; i < CASES; i++) {
        const struct dlb_record *record = &f.result.records[i];
        assert_true(dlb_record_has_flag(record, "noisy"));
        assert_int_equal(record->status, DLB_OK);
        assert_false(record->invocations[record->invocation_count - 1].gated);
        assert_true(record->summary.median_ns == 103.5);
        invocations += record->invocation_count;
    }
    assert_true(invocations > CASES && invocations <= 3 * CASES);
    for (int n = 1; n <= 12; n++)
        prepare_measured(n, 0.0);
    dlb_result_free(&f.result);
}

static void crash_is_a_row_and_the_run_goes_on(void **state)
{
    (void)state;
    prepare_script(1, "kill -SEGV $$");
    prepare_measured(2, 0.0);
    struct fixture f;
    set_up(&f, 2);
    assert_int_equal(run(&f), DLB_OK);
    int crashed = 0, ok = 0;
    for (int i = 0; i < CASES; i++) {
        crashed +=
            f.result.records[i].status == DLB_CRASHED && f.result.records[i].invocation_count == 0;
        ok += f.result.records[i].status == DLB_OK && f.result.records[i].invocation_count == 2;
    }
    assert_int_equal(crashed, 1);
    assert_int_equal(ok, CASES - 1);
    assert_int_equal(asked("measure"), 1 + 2 * (CASES - 1));
    dlb_result_free(&f.result);
}

static void stopping_keeps_what_is_there_and_resume_adds_the_rest(void **state)
{
    (void)state;
    prepare_measured(1, 0.0);
    struct fixture f;
    set_up(&f, 1);
    f.stop_after = 1;
    assert_int_equal(run(&f), DLB_INTERRUPTED);
    int pending = 0;
    for (int i = 0; i < CASES; i++)
        pending += f.result.records[i].status == DLB_INTERRUPTED;
    assert_int_equal(pending, CASES - 1);
    f.stop_after = 0;
    assert_int_equal(run(&f), DLB_OK);
    for (int i = 0; i < CASES; i++)
        assert_int_equal(f.result.records[i].invocation_count, 1);
    assert_int_equal(asked("measure"), CASES);
    dlb_result_free(&f.result);
}

static void order_follows_the_seed(void **state)
{
    (void)state;
    int64_t orders[3][CASES];
    for (int round = 0; round < 3; round++) {
        prepare_measured(1, 0.0);
        struct fixture f;
        set_up(&f, 1);
        f.options.seed = round < 2 ? 1 : 4;
        assert_int_equal(run(&f), DLB_OK);
        for (int i = 0; i < CASES; i++)
            orders[round][i] = f.result.records[i].invocations[0].order;
        dlb_result_free(&f.result);
    }
    assert_memory_equal(orders[0], orders[1], sizeof orders[0]);
    assert_memory_not_equal(orders[0], orders[2], sizeof orders[0]);
}

static int make_worker(void **state)
{
    if (make_folder(state) != 0)
        return -1;
    write_script();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_gets_its_invocations),
        cmocka_unit_test(what_is_told_is_in_the_journal),
        cmocka_unit_test(a_prediction_is_made_once),
        cmocka_unit_test(an_answer_without_gates_is_not_judged),
        cmocka_unit_test(noisy_invocation_is_repeated),
        cmocka_unit_test(always_noisy_ends_with_the_least_noisy),
        cmocka_unit_test(crash_is_a_row_and_the_run_goes_on),
        cmocka_unit_test(stopping_keeps_what_is_there_and_resume_adds_the_rest),
        cmocka_unit_test(order_follows_the_seed),
    };
    return cmocka_run_group_tests_name("session", tests, make_worker, clear_folder);
}
