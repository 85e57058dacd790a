/* command_selftest.c: `dlbench selftest timer|stats|gates|aa`: holds the measuring itself against what it promises.
 *
 * timer: the clock of this machine. stats: the regression rule, the change points and the stop rule on simulated machines, against the table of
 * targets. gates: makes noise on purpose (two processes on one CPU) and expects to see it. aa: whole checks of this program against itself
 * (selftest_aa.c). A check that fails is exit code 3. */
#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/text.h"
#include "bench/cli/command.h"
#include "bench/cli/selftest_aa.h"
#include "bench/measure/gates.h"
#include "bench/measure/timer.h"
#include "bench/stats/paired.h"
#include "bench/stats/selftest_stats.h"

#define STATS_SEED  4711
#define TIMER_LOOPS 1000000
#define SLEEP_NS    INT64_C(50000000)
#define SPIN_NS     INT64_C(300000000)
#define RIVALS      2

#define AGAINST_ITSELF "Against itself"

struct selftest_options {
    int format;
    bool full;
    int64_t runs;
    struct dlb_selftest_aa aa;
};

static const struct dlb_option options[] = {
    {.name = "full",
     .kind = DLB_OPTION_FLAG,
     .group = "Simulation",
     .help = "stats: twice the runs with nothing changed, three times those with a change",
     .offset = offsetof(struct selftest_options, full)},
    {.name = "runs",
     .kind = DLB_OPTION_INT,
     .argument = "N",
     .default_text = "auto",
     .automatic = true,
     .min = 100,
     .max = 1000000,
     .group = "Simulation",
     .help = "stats: checks per kind of noise instead of 2000, all else in proportion",
     .offset = offsetof(struct selftest_options, runs)},
    {.name = "repeat",
     .kind = DLB_OPTION_INT,
     .argument = "N",
     .default_text = "3",
     .min = 1,
     .max = 1000,
     .group = AGAINST_ITSELF,
     .help = "aa: so many checks",
     .offset = offsetof(struct selftest_options, aa.repeat)},
    {.name = "pairs",
     .kind = DLB_OPTION_INT,
     .argument = "N",
     .default_text = "10",
     .min = 7,
     .max = DLB_PAIRS_MAX,
     .group = AGAINST_ITSELF,
     .help = "aa: pairs of processes per case",
     .offset = offsetof(struct selftest_options, aa.pairs)},
    {.name = "device",
     .letter = 'd',
     .kind = DLB_OPTION_TEXTS,
     .argument = "LIST",
     .group = AGAINST_ITSELF,
     .help = "aa: as for check",
     .completion = DLB_COMPLETE_DEVICES,
     .offset = offsetof(struct selftest_options, aa.devices)},
    {.name = "workload",
     .letter = 'w',
     .kind = DLB_OPTION_TEXTS,
     .argument = "GLOB",
     .group = AGAINST_ITSELF,
     .help = "aa: as for check",
     .completion = DLB_COMPLETE_WORKLOADS,
     .offset = offsetof(struct selftest_options, aa.workloads)},
    {.name = "suite",
     .kind = DLB_OPTION_TEXT,
     .argument = "NAME",
     .group = AGAINST_ITSELF,
     .help = "aa: as for check (default: ci, when no -w is given)",
     .completion = DLB_COMPLETE_SUITES,
     .offset = offsetof(struct selftest_options, aa.suite)},
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "text",
     .choices = DLB_FORMATS_PLAIN,
     .group = "Output",
     .help = "text or json",
     .offset = offsetof(struct selftest_options, format)},
    {.name = NULL},
};

struct checks {
    json_t
        *rows; /* [{name, ok, found}]; shares also {measured, target_low, ..., limit_high, runs} */
    int failed;
    bool shares;
};

static void add(struct checks *checks, bool ok, const char *name, const char *format, ...)
    DLB_PRINTF(4, 5);
static void add(struct checks *checks, bool ok, const char *name, const char *format, ...)
{
    char found[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(found, sizeof found, format, arguments);
    va_end(arguments);
    checks->failed += !ok;
    json_array_append_new(checks->rows, json_pack("{s:s, s:b, s:o}", "name", name, "ok", ok,
                                                  "found", dlb_json_text(found)));
}

static void test_timer(struct checks *checks, const struct selftest_options *wanted, uint64_t seed)
{
    (void)wanted;
    (void)seed;
    struct dlb_timer first;
    struct dlb_timer second;
    int64_t backward = 0;
    int64_t last = dlb_clock_ns();
    for (int i = 0; i < TIMER_LOOPS; i++) {
        const int64_t now = dlb_clock_ns();
        backward += now < last;
        last = now;
    }
    add(checks, backward == 0, "never runs backwards", "%lld steps back in %d reads",
        (long long)backward, TIMER_LOOPS);
    dlb_timer_calibrate(&first);
    dlb_timer_calibrate(&second);
    add(checks, first.step_ns > 0 && first.step_ns <= 1000, "step at most 1 us", "%.3g ns",
        first.step_ns);
    add(checks, first.overhead_ns > 0 && first.overhead_ns <= 2000,
        "a pair of reads costs at most 2 us", "%.3g ns", first.overhead_ns);
    const double ratio = second.overhead_ns / first.overhead_ns;
    add(checks, ratio > 0.5 && ratio < 2, "calibration repeats within a factor of 2", "%.3g",
        ratio);
    const int64_t raw = dlb_clock_ns();
    const int64_t boot = dlb_clock_boot_ns();
    dlb_clock_sleep_ns(SLEEP_NS);
    const double raw_ns = (double)(dlb_clock_ns() - raw);
    const double boot_ns = (double)(dlb_clock_boot_ns() - boot);
    add(checks, raw_ns >= 0.99 * (double)SLEEP_NS, "a sleep of 50 ms is not shorter", "%.4g ms",
        raw_ns * 1e-6);
    /* Monotonic raw runs free, boot time is slewed by NTP: at most 500 ppm (RFC 5905), and the calls between. */
    add(checks, fabs(boot_ns - raw_ns) < 1e-3 * raw_ns + 1e6, "agrees with the boot clock",
        "%.3g us apart over 50 ms", (boot_ns - raw_ns) * 1e-3);
}

/* ">= 0.99", "<= 0.01", "0.45 to 0.55"; a bound that there is none of is infinite. */
static void print_range(char *text, size_t size, double low, double high)
{
    if (isinf(low)) {
        snprintf(text, size, "<= %.4f", high);
    } else if (isinf(high)) {
        snprintf(text, size, ">= %.4f", low);
    } else {
        snprintf(text, size, "%.4f to %.4f", low, high);
    }
}

static json_t *bound(double value)
{
    return isinf(value) ? json_null() : json_real(value);
}

static void add_share(struct checks *checks, const struct dlb_stats_check *check)
{
    char target[64];
    char limit[64];
    print_range(target, sizeof target, check->target_low, check->target_high);
    print_range(limit, sizeof limit, check->limit_low, check->limit_high);
    add(checks, check->ok, check->name, "%.4f (target %s, limit %s)", check->measured, target,
        limit);
    json_t *row = json_array_get(checks->rows, json_array_size(checks->rows) - 1);
    json_object_update_new(
        row,
        json_pack("{s:f, s:s, s:s, s:o, s:o, s:o, s:o, s:I}", "measured", check->measured, "target",
                  target, "limit", limit, "target_low", bound(check->target_low), "target_high",
                  bound(check->target_high), "limit_low", bound(check->limit_low), "limit_high",
                  bound(check->limit_high), "runs", (json_int_t)check->runs));
}

static struct dlb_stats_size stats_size(const struct selftest_options *wanted)
{
    struct dlb_stats_size size = wanted->full ? dlb_stats_size_full : dlb_stats_size_ci;
    if (wanted->runs > 0) {
        size.effect_runs = wanted->runs * size.effect_runs / size.null_runs;
        size.trials = wanted->runs * size.trials / size.null_runs;
        size.series = wanted->runs * size.series / size.null_runs;
        size.null_runs = wanted->runs;
    }
    return size;
}

static int usable_cpus(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

static void test_stats(struct checks *checks, const struct selftest_options *wanted, uint64_t seed)
{
    struct dlb_stats_check rows[DLB_STATS_CHECKS];
    const struct dlb_stats_size size = stats_size(wanted);
    int count = dlb_stats_check_rule(&size, seed, usable_cpus(), rows, DLB_STATS_CHECKS);
    count += dlb_stats_check_trend(size.series, seed, rows + count, DLB_STATS_CHECKS - count);
    count += dlb_stats_check_stop_rule(size.trials, seed, rows + count, DLB_STATS_CHECKS - count);
    for (int i = 0; i < count; i++) {
        add_share(checks, &rows[i]);
    }
    checks->shares = true;
    if (count < DLB_STATS_CHECKS) {
        add(checks, false, "every row was simulated", "%d of %d: memory ran out", count,
            DLB_STATS_CHECKS);
    }
}

static void spin(int64_t ns)
{
    const int64_t end = dlb_clock_ns() + ns;
    while (dlb_clock_ns() < end) {
    }
}

static void observe(struct dlb_gate_reading *reading)
{
    struct dlb_gate_snapshot before;
    struct dlb_gate_snapshot after;
    dlb_gate_take("", &before);
    spin(SPIN_NS);
    dlb_gate_take("", &after);
    dlb_gate_difference(&before, &after, reading);
}

/* Shares out of [0, 1] (with a tick of slack) or counters that fell: the source is misread. */
static void check_values(struct checks *checks, const char *when,
                         const struct dlb_gate_reading *reading)
{
    int unavailable = 0;
    for (int i = 0; i < DLB_GATE_COUNT; i++) {
        const double value = reading->value[i];
        const bool share = strcmp(dlb_gate_unit((enum dlb_gate)i), "share") == 0;
        char name[96];
        snprintf(name, sizeof name, "%s, %s", dlb_gate_name((enum dlb_gate)i), when);
        if (isnan(value)) {
            unavailable++;
        } else {
            add(checks, value > -1e-3 && (!share || value <= RIVALS + 1.5), name, "%.4g %s", value,
                dlb_gate_unit((enum dlb_gate)i));
        }
    }
    add(checks, unavailable < DLB_GATE_COUNT, "some gate can be read", "%d of %d unavailable",
        unavailable, DLB_GATE_COUNT);
}

/* Two rivals on our CPU: the scheduler must take turns, so we wait about two thirds of the time. */
static void observe_rivals(struct dlb_gate_reading *reading)
{
    cpu_set_t before;
    cpu_set_t one;
    pid_t rivals[RIVALS];
    const bool known = sched_getaffinity(0, sizeof before, &before) == 0;
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
    for (int i = 0; i < RIVALS; i++) {
        rivals[i] = fork();
        if (rivals[i] == 0) {
            spin(10 * SPIN_NS);
            _exit(0);
        }
    }
    observe(reading);
    for (int i = 0; i < RIVALS; i++) {
        if (rivals[i] > 0) {
            kill(rivals[i], SIGKILL);
            waitpid(rivals[i], NULL, 0);
        }
    }
    if (known) {
        sched_setaffinity(0, sizeof before, &before);
    }
}

static void test_gates(struct checks *checks, const struct selftest_options *wanted, uint64_t seed)
{
    (void)wanted;
    (void)seed;
    struct dlb_gate_session session = {0};
    struct dlb_gate_reading alone;
    struct dlb_gate_reading crowded;
    char reason[96] = "";
    observe(&alone);
    check_values(checks, "alone", &alone);
    dlb_gate_learn(&session, &alone);
    observe_rivals(&crowded);
    check_values(checks, "with two rivals on the CPU", &crowded);
    const enum dlb_gate_verdict verdict =
        dlb_gate_judge(&session, &crowded, reason, (int)sizeof reason);
    add(checks, verdict == DLB_GATE_NOISY, "rivals are noticed", "%s",
        reason[0] != '\0' ? reason : "no gate spoke");
    dlb_gate_session_free(&session);
}

static const struct {
    const char *name;
    void (*test)(struct checks *checks, const struct selftest_options *wanted, uint64_t seed);
} tests[] = {{"timer", test_timer}, {"stats", test_stats}, {"gates", test_gates}};

/* A table of shares has a heading and a column per number; other checks say what they found in a sentence. */
static const char *const share_columns[] = {"name", "measured", "target", "limit", "runs"};

static void add_cell(struct dlb_table *table, const json_t *value)
{
    char text[32];
    if (json_is_string(value)) {
        dlb_table_add(table, json_string_value(value));
    } else if (json_is_number(value)) {
        snprintf(text, sizeof text, json_is_integer(value) ? "%.0f" : "%.4f",
                 json_number_value(value));
        dlb_table_add(table, text);
    } else {
        dlb_table_add(table, "");
    }
}

static void print_conclusion(const struct dlb_cli *cli, const struct checks *checks, uint64_t seed)
{
    char text[256];
    const int count = (int)json_array_size(checks->rows);
    snprintf(text, sizeof text,
             "%d of %d hold. target: what the rules are made for; limit: what chance may make of "
             "that in so many runs. Seed %" PRIu64 ": the same again, --seed N: others.",
             count - checks->failed, count, seed);
    fputc('\n', cli->out.stream);
    dlb_print_wrapped(cli->out.stream, text, 0, cli->out.columns);
}

static void print_text(const struct dlb_cli *cli, const struct checks *checks, uint64_t seed)
{
    const size_t columns = checks->shares ? DLB_ARRAY_COUNT(share_columns) : 2;
    struct dlb_table table = {.columns = 1 + (int)columns};
    size_t index;
    json_t *row;
    if (checks->shares) {
        dlb_table_add(&table, "");
        for (size_t i = 0; i < columns; i++) {
            dlb_table_add(&table, share_columns[i]);
        }
    }
    json_array_foreach(checks->rows, index, row)
    {
        dlb_table_add(&table, json_is_true(json_object_get(row, "ok")) ? "ok" : "FAILED");
        for (size_t i = 0; i < columns; i++) {
            add_cell(&table, json_object_get(row, checks->shares ? share_columns[i]
                                                  : i == 0       ? "name"
                                                                 : "found"));
        }
    }
    dlb_table_print(&table, &cli->out);
    dlb_table_free(&table);
    if (checks->shares) {
        print_conclusion(cli, checks, seed);
    }
}

/* Options of one selftest mean nothing to the others. */
static enum dlb_status refuse_strangers(struct dlb_cli *cli, const char *name)
{
    static const struct {
        const char *option, *selftest;
    } rows[] = {{"full", "stats"}, {"runs", "stats"},  {"repeat", "aa"}, {"pairs", "aa"},
                {"device", "aa"},  {"workload", "aa"}, {"suite", "aa"}};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(rows); i++) {
        if (dlb_parser_source(&cli->parser, rows[i].option) > DLB_SOURCE_CONFIG &&
            strcmp(rows[i].selftest, name) != 0) {
            return dlb_fail(&cli->why, DLB_INVALID, "--%s is for `selftest %s`, not for %s",
                            rows[i].option, rows[i].selftest, name);
        }
    }
    return DLB_OK;
}

static int run(struct dlb_cli *cli, void *target)
{
    struct selftest_options *wanted = target;
    const char *name = cli->parser.arguments.items[0];
    size_t which = 0;
    if (strcmp(name, "aa") == 0) {
        wanted->aa.json = wanted->format == DLB_PLAIN_JSON;
        return refuse_strangers(cli, name) == DLB_OK ? dlb_selftest_aa(cli, &wanted->aa)
                                                     : DLB_EXIT_USAGE;
    }
    while (which < DLB_ARRAY_COUNT(tests) && strcmp(tests[which].name, name) != 0) {
        which++;
    }
    if (which == DLB_ARRAY_COUNT(tests)) {
        return dlb_cli_fail(cli, DLB_INVALID,
                            "there is no selftest '%.80s'; there are: timer, stats, gates, aa",
                            name);
    }
    if (refuse_strangers(cli, name) != DLB_OK) {
        return DLB_EXIT_USAGE;
    }
    if (wanted->full && wanted->runs > 0) {
        return dlb_cli_fail(cli, DLB_INVALID,
                            "--full and --runs each say how much to simulate: "
                            "leave one out");
    }
    struct checks checks = {.rows = json_array()};
    const uint64_t seed = cli->global.seed_given ? cli->global.seed : STATS_SEED;
    tests[which].test(&checks, wanted, seed);
    int code = DLB_EXIT_OK;
    if (checks.failed > 0) {
        code = dlb_cli_fail(cli, DLB_FAILED, "selftest %s: %d of %zu checks failed", name,
                            checks.failed, json_array_size(checks.rows));
    }
    if (wanted->format == DLB_PLAIN_JSON) {
        dlb_cli_print_json(cli,
                           json_pack("{s:s, s:I, s:O}", "selftest", name, "seed", (json_int_t)seed,
                                     "checks", checks.rows),
                           code);
    } else {
        print_text(cli, &checks, seed);
    }
    json_decref(checks.rows);
    return code;
}

const struct dlb_command dlb_command_selftest = {
    .name = "selftest",
    .summary = "check the measuring itself: the clock, the statistics, the noise gates, the check",
    .arguments = "timer|stats|gates|aa",
    .argument_words = "timer stats gates aa",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = options,
    .target_size = sizeof(struct selftest_options),
    .run = run,
};
