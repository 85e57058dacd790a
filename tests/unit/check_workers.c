/* check_workers.c: writes the scripts, runs the check, reads what they were asked. See check_workers.h. */
#include "tests/unit/check_workers.h"

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

static FILE *open_file(const struct check_bench *bench, const char *name, const char *mode)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", bench->folder, name);
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    return file;
}

/* `log` gets a letter for each process of either side: who ran when. */
static void write_worker(const struct check_bench *bench, const char *side, const char *rules)
{
    char path[160];
    FILE *file = open_file(bench, side, "w");
    fprintf(file,
            "#!/bin/sh\ncd '%s' || exit 9\nread -r request || exit 9\n"
            "echo \"$request\" >>requests.%s\nprintf %s >>log\nn=0\n"
            "while read -r _; do n=$((n + 1)); done <requests.%s\n"
            "case=${request##*'\"case\":\"'}; case=${case%%%%'@'*}\n"
            "median=1000000 noise=0.0 evidence=measured implementation=same more= phase=%d\n",
            bench->folder, side, side, side, side[0] == 'a' ? 0 : 5000);
    fprintf(file,
            "answer() { # STATUS REASON\n"
            "    echo "
            "\"{\\\"event\\\":\\\"done\\\",\\\"status\\\":\\\"$1\\\",\\\"reason\\\":\\\"$2\\\"}\"\n"
            "    exit 0\n}\n%s\n"
            "cat <<END\n{\"event\":\"done\",\"status\":\"ok\",\"reason\":\"\","
            "\"implementation\":\"$implementation\",\"evidence\":\"$evidence\",\"cache_sets\":1,"
            "\"verified\":{\"checked\":true,\"ok\":true,\"method\":\"full\"},$more"
            "\"invocation\":{\"k\":1,\"n\":20,\"median_ns\":$median,\"mean_ns\":$median,"
            "\"sd_rel\":0.01,\"stop_reason\":\"precision\",\"t_start_utc\":"
            "\"2026-01-01T00:00:00Z\",\"gates\":{\"run_queue\":$noise}}}\nEND\n",
            rules);
    assert_int_equal(fclose(file), 0);
    snprintf(path, sizeof path, "%s/%s", bench->folder, side);
    assert_int_equal(chmod(path, 0700), 0);
}

static void count_finished(void *user, const struct dlb_check_state *state,
                           const struct dlb_verdict_row *row)
{
    struct check_bench *bench = user;
    assert_non_null(state->item);
    assert_true(row->key[0] != '\0');
    bench->finished++;
}

static int stop_when_enough(void *user)
{
    const struct check_bench *bench = user;
    if (bench->stop_after == 0)
        return 0;
    return check_bench_asked(bench, "b", "case") >= bench->stop_after ? bench->stop_how : 0;
}

void check_bench_open(struct check_bench *bench, int cases, const char *rules_a,
                      const char *rules_b)
{
    static const int cpus[] = {0};
    memset(bench, 0, sizeof *bench);
    strcpy(bench->folder, "/tmp/dlbench-check-XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    write_worker(bench, "a", rules_a);
    write_worker(bench, "b", rules_b != NULL ? rules_b : rules_a);
    snprintf(bench->program_a, sizeof bench->program_a, "%s/a", bench->folder);
    snprintf(bench->program_b, sizeof bench->program_b, "%s/b", bench->folder);
    snprintf(bench->result_path, sizeof bench->result_path, "%s/r.json", bench->folder);
    dlb_result_init(&bench->result);
    bench->case_count = cases;
    for (int i = 0; i < cases; i++) {
        char key[96];
        struct dlb_record record;
        snprintf(key, sizeof key, "gemm:m=%d@reference:0/t1/throughput/warm/random", 5 + i);
        assert_int_equal(dlb_case_parse(key, &bench->cases[i], &bench->why), DLB_OK);
        assert_int_equal(dlb_record_init(&record, &bench->cases[i], &bench->why), DLB_OK);
        assert_int_equal(dlb_result_add(&bench->result, &record), DLB_OK);
    }
    bench->options = (struct dlb_check_options){.a = {.program = bench->program_a},
                                                .b = {.program = bench->program_b},
                                                .spawn = {.wait_policy = "active", .timeout_s = 20},
                                                .request = {.sampling = {.slowdown = 1}},
                                                .cpus = cpus,
                                                .rule = dlb_rule_default,
                                                .seed = 7,
                                                .gates = true};
    bench->watch = (struct dlb_check_watch){
        .user = bench, .finished = count_finished, .stop = stop_when_enough};
}

enum dlb_status check_bench_run(struct check_bench *bench)
{
    return dlb_check_run(&bench->options, bench->cases, bench->case_count, &bench->watch,
                         &bench->result, &bench->why);
}

void check_bench_close(struct check_bench *bench)
{
    char command[128];
    dlb_result_free(&bench->result);
    snprintf(command, sizeof command, "rm -rf '%s'", bench->folder);
    assert_int_equal(system(command), 0);
}

const struct dlb_verdict_row *check_bench_row(const struct check_bench *bench, int index)
{
    assert_int_equal(bench->result.verdict_count, bench->case_count);
    assert_string_equal(bench->result.verdicts[index].key, bench->result.records[index].key);
    return &bench->result.verdicts[index];
}

int check_bench_asked(const struct check_bench *bench, const char *side, const char *text)
{
    char path[160], line[16384];
    int count = 0;
    snprintf(path, sizeof path, "%s/requests.%s", bench->folder, side);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        count += strstr(line, text) != NULL;
    if (file != NULL)
        fclose(file);
    return count;
}

char *check_bench_read(const struct check_bench *bench, const char *name)
{
    FILE *file = open_file(bench, name, "r");
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    const long size = ftell(file);
    assert_true(size >= 0);
    rewind(file);
    char *text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), (size_t)size);
    fclose(file);
    return text;
}
