/* test_spawn.c: every way in which a worker can end, played by shell scripts that stand in for dlbench. */
#include <math.h>
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

#include "bench/run/spawn.h"

static char script_path[64];

static int make_path(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN); /* as main does: some scripts are gone before their request comes */
    strcpy(script_path, "/tmp/dlbench-spawn-XXXXXX");
    const int fd = mkstemp(script_path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(script_path);
}

/* Writes the script and runs it as a worker. */
static enum dlb_status run_script(const char *body, double timeout_s, bool (*stop)(void *),
                                  struct dlb_answer *answer,
                                  void (*news)(void *, const struct dlb_news *), void *user)
{
    FILE *file = fopen(script_path, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", body);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(script_path, 0700), 0);
    static const int cpus[] = {0};
    const struct dlb_spawn spawn = {.program = script_path,
                                    .threads = 1,
                                    .cpus = cpus,
                                    .wait_policy = "active",
                                    .timeout_s = timeout_s,
                                    .news = news,
                                    .stop_now = stop,
                                    .user = user};
    struct dlb_why why = {""};
    struct dlb_request request = {.task = DLB_TASK_MEASURE};
    assert_int_equal(
        dlb_case_parse("gemm:m=8@reference:0/t1/throughput/warm/random", &request.item, &why),
        DLB_OK);
    return dlb_spawn_run(&spawn, &request, answer);
}

#define PHASE(name) "echo '{\"event\":\"phase\",\"phase\":\"" name "\"}'\n"
#define DONE        "echo '{\"event\":\"done\",\"status\":\"unsupported\",\"reason\":\"no f16\"}'\n"

static void each_end_has_its_words(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        double timeout_s;
        enum dlb_status status;
        const char *words;
    } rows[] = {
        {"read request; " DONE, 10, DLB_UNSUPPORTED, "no f16"},
        {DONE "exit 3", 10, DLB_UNSUPPORTED, "no f16"},
        {PHASE("prepare") "kill -SEGV $$", 10, DLB_CRASHED, "SIGSEGV in prepare"},
        {PHASE("sample") "echo 'assertion failed' >&2; kill -ABRT $$", 10, DLB_CRASHED,
         "assertion failed"},
        {PHASE("sample") "kill -KILL $$", 10, DLB_CRASHED, "out of memory"},
        {"exit 7", 10, DLB_CRASHED, "exit code 7"},
        {PHASE("sample") "exec sleep 60", 0.3, DLB_TIMEOUT, "in sample"},
        {"echo rubbish; echo '{\"event\":'; echo '[]'; echo '{\"event\":\"dance\"}'; " DONE, 10,
         DLB_UNSUPPORTED, "no f16"},
        {"echo '{\"event\":\"done\",\"status\":\"magnificent\"}'", 10, DLB_FAILED, "magnificent"},
        {PHASE("verify") "echo '{\"event\":\"done\",\"median_ns\":NaN}'", 10, DLB_FAILED,
         "answered in verify what is no JSON: invalid token near 'NaN'"},
        {"echo '{\"event\":\"done\",\"median_ns\":1e999}'", 10, DLB_FAILED,
         "answered in start what is no JSON: real number overflow"},
        {"echo rubbish; exit 7", 10, DLB_CRASHED, "exit code 7"},
        {"head -c 300000 /dev/zero | tr '\\0' 'x' >&2; " DONE, 10, DLB_UNSUPPORTED, "no f16"},
        {"printf '{\"event\":\"done\",'; sleep 0.2; echo "
         "'\"status\":\"unsupported\",\"reason\":\"slow\"}'",
         10, DLB_UNSUPPORTED, "slow"},
        /* What goes on talking, but not as a worker does, is not waited for. */
        {PHASE("sample") "while :; do echo worker; done", 0.5, DLB_TIMEOUT, "in sample"},
        {PHASE("sample") "exec tr '\\0' x </dev/zero", 0.5, DLB_TIMEOUT, "in sample"},
        {PHASE("sample") "kill -40 $$", 10, DLB_CRASHED, "crashed: signal 40 in sample"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_answer answer;
        const enum dlb_status status =
            run_script(rows[i].script, rows[i].timeout_s, NULL, &answer, NULL, NULL);
        if (status != rows[i].status || answer.status != status ||
            strstr(answer.why.text, rows[i].words) == NULL)
            fail_msg("row %zu: %s, '%s'", i, dlb_status_name(status), answer.why.text);
        dlb_answer_free(&answer);
    }
}

static void missing_program_is_told(void **state)
{
    (void)state;
    struct dlb_answer answer;
    const struct dlb_spawn spawn = {.program = "/nonexistent/dlbench",
                                    .threads = 1,
                                    .cpus = (const int[]){0},
                                    .wait_policy = "active",
                                    .timeout_s = 5};
    struct dlb_request request = {.task = DLB_TASK_PROBE, .backend = "reference"};
    assert_int_equal(dlb_spawn_run(&spawn, &request, &answer), DLB_CRASHED);
    assert_non_null(strstr(answer.why.text, "cannot start /nonexistent/dlbench"));
    dlb_answer_free(&answer);
}

static bool always(void *user)
{
    (void)user;
    return true;
}

static void stopping_kills_at_once(void **state)
{
    (void)state;
    struct dlb_answer answer;
    assert_int_equal(run_script("exec sleep 60", 60, always, &answer, NULL, NULL), DLB_INTERRUPTED);
    dlb_answer_free(&answer);
}

static void keep_news(void *user, const struct dlb_news *news)
{
    struct dlb_news *last = user;
    if (news->n > 0)
        *last = *news;
}

static void news_arrives(void **state)
{
    (void)state;
    struct dlb_answer answer;
    struct dlb_news last = {.n = 0};
    run_script(PHASE("sample") "echo '{\"event\":\"progress\",\"n\":45,\"median_ns\":12.5}'\n" DONE,
               10, NULL, &answer, keep_news, &last);
    assert_int_equal(last.n, 45);
    assert_string_equal(last.phase, "sample");
    assert_true(last.median_ns == 12.5 && isnan(last.half_width));
    dlb_answer_free(&answer);
}

/* The environment is the same for every backend and depends on the case alone. */
static void threads_are_set_alike(void **state)
{
    (void)state;
    struct dlb_answer answer;
    run_script("echo "
               "\"{\\\"event\\\":\\\"done\\\",\\\"status\\\":\\\"failed\\\",\\\"reason\\\":\\\"$"
               "OMP_NUM_THREADS "
               "$OPENBLAS_NUM_THREADS $OMP_WAIT_POLICY $OMP_PROC_BIND $OMP_PLACES\\\"}\"",
               10, NULL, &answer, NULL, NULL);
    assert_string_equal(answer.why.text, "1 1 active true {0}");
    dlb_answer_free(&answer);
}

/* Another folder of plugins is for one worker; without it, the worker inherits what there is. */
static void plugins_may_come_from_elsewhere(void **state)
{
    (void)state;
    static const int cpus[] = {0};
    static const char *const folders[] = {"/opt/old plugins", NULL};
    static const char *const expected[] = {"/opt/old plugins", "/inherited"};
    setenv("DLBENCH_BACKENDS", "/inherited", 1);
    for (int i = 0; i < 2; i++) {
        FILE *file = fopen(script_path, "w");
        assert_non_null(file);
        fputs("#!/bin/sh\necho \"{\\\"event\\\":\\\"done\\\",\\\"status\\\":\\\"failed\\\","
              "\\\"reason\\\":\\\"$DLBENCH_BACKENDS\\\"}\"\n",
              file);
        assert_int_equal(fclose(file), 0);
        const struct dlb_spawn spawn = {.program = script_path,
                                        .backends = folders[i],
                                        .threads = 1,
                                        .cpus = cpus,
                                        .wait_policy = "active",
                                        .timeout_s = 10};
        const struct dlb_request request = {.task = DLB_TASK_PROBE};
        struct dlb_answer answer;
        dlb_spawn_run(&spawn, &request, &answer);
        assert_string_equal(answer.why.text, expected[i]);
        dlb_answer_free(&answer);
    }
    unsetenv("DLBENCH_BACKENDS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_end_has_its_words), cmocka_unit_test(missing_program_is_told),
        cmocka_unit_test(stopping_kills_at_once), cmocka_unit_test(news_arrives),
        cmocka_unit_test(threads_are_set_alike),  cmocka_unit_test(plugins_may_come_from_elsewhere),
    };
    return cmocka_run_group_tests_name("spawn", tests, make_path, remove_path);
}
