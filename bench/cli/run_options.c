/* run_options.c: the option table of `dlbench run`; help, man page, completion and suites' @set read it too.
 *
 * What `check` is told too stands in planning_options.def, measuring_options.def and result_options.def. Limits of times keep a slip of the unit
 * from becoming a run of weeks; defaults are those of the measurement rules. */
#include "bench/cli/run_options.h"

#include "bench/cli/command.h"

#define AT(field)          .offset = offsetof(struct dlb_run_options, field)
#define DEFAULT_SUITE      "quick"
#define DEFAULT_DEVICES    "all"
#define TIMING_OPTION      "mode"
#define DEFAULT_MAX_TIME   "10s"
#define DEFAULT_BATCH_TIME "5ms"
#define DEFAULT_WARMUP     "auto"
#define DEFAULT_KEEP       "yes"
#define PRICE_GROUP        DLB_GROUP_BESIDE

const struct dlb_option dlb_run_option_rows[] = {
#include "bench/cli/planning_options.def"

#include "bench/cli/measuring_options.def"
    {.name = "invocations",
     .kind = DLB_OPTION_INT,
     .argument = "N",
     .default_text = "3",
     .min = 1,
     .max = 1000,
     .group = DLB_GROUP_MEASURE,
     .help = "fresh processes per case",
     .in_suite = true,
     AT(invocations)},
    {.name = "no-gates",
     .kind = DLB_OPTION_FLAG,
     .group = DLB_GROUP_MEASURE,
     .help = "keep noisy invocations instead of measuring again",
     .in_suite = true,
     AT(no_gates)},
    {.name = "strict",
     .kind = DLB_OPTION_FLAG,
     .group = DLB_GROUP_MEASURE,
     .help = "exit code 6 when a case stays noisy",
     .in_suite = true,
     AT(strict)},
    {.name = "slowdown",
     .kind = DLB_OPTION_TEXT,
     .argument = "PCT[:GLOB]",
     .group = DLB_GROUP_MEASURE,
     .help = "stretch matching cases (all), to try a check out; rows are flagged; also "
             "DLBENCH_SLOWDOWN",
     .in_suite = true,
     AT(slowdown)},
    {.name = "counters",
     .kind = DLB_OPTION_TEXT,
     .argument = "LIST",
     .group = DLB_GROUP_BESIDE,
     .help = "count these in a pass of their own: names or cache, flops, memory, software "
             "(dlbench list counters)",
     .in_suite = true,
     AT(counters)},
    {.name = "energy",
     .kind = DLB_OPTION_CHOICE,
     .argument = "HOW",
     .default_text = "auto",
     .choices = "off auto rapl external tdp",
     .group = DLB_GROUP_BESIDE,
     .help = "joules per item; auto: what this machine can measure; tdp: an upper bound, labelled",
     .in_suite = true,
     AT(energy)},
    {.name = "power-command",
     .kind = DLB_OPTION_TEXT,
     .argument = "COMMAND",
     .group = DLB_GROUP_BESIDE,
     .help = "an external meter: prints the joules counted so far, as one number",
     AT(power_command)},
    {.name = "energy-window",
     .kind = DLB_OPTION_TIME,
     .argument = "TIME",
     .min = 1e8,
     .max = 600e9,
     .group = DLB_GROUP_BESIDE,
     .help = "how long a case is repeated for its energy [100ms; 1s with a command]",
     .in_suite = true,
     AT(energy_window_ns)},
    {.name = "roofs",
     .kind = DLB_OPTION_CHOICE,
     .argument = "WHICH",
     .default_text = "auto",
     .choices = "auto new off",
     .group = DLB_GROUP_BESIDE,
     .help = "ceilings to compare with; auto: stored ones, measured first where there are none",
     .in_suite = true,
     AT(roofs)},
#include "bench/cli/price_options.def"
    {.name = "report",
     .kind = DLB_OPTION_TEXT,
     .argument = "DIR",
     .group = DLB_GROUP_RUN,
     .help = "write a page of HTML and its plots into this folder at the end",
     .completion = DLB_COMPLETE_FILE,
     AT(report)},
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "text",
     .choices = DLB_FORMATS_REPORT,
     .group = DLB_GROUP_RUN,
     .help = "what is printed at the end: text, json, jsonl, csv, md, openmetrics, html",
     AT(format)},
    {.name = "resume",
     .kind = DLB_OPTION_TEXT,
     .argument = "FILE",
     .group = DLB_GROUP_RUN,
     .help = "go on with an interrupted run: its cases and settings; measures what is missing or "
             "failed",
     .completion = DLB_COMPLETE_FILE,
     AT(resume)},

#include "bench/cli/result_options.def"
    {.name = NULL},
};
