/* check_arguments.c: the option table of `dlbench check`.
 *
 * What it shares with `run` stands in planning_options.def, measuring_options.def and result_options.def. The defaults make a process
 * short: many processes tell more of a change than many samples in few of them. */
#include "bench/cli/check_arguments.h"

#include "bench/stats/paired.h"

#define AT(field)     .offset = offsetof(struct dlb_check_arguments, run.field)
#define HERE(field)   .offset = offsetof(struct dlb_check_arguments, field)
#define DEFAULT_SUITE "ci; mode history: the cases of the baseline"
#define DEFAULT_DEVICES                                                                            \
    "each backend once per processor, without reference; or those of the baseline"
#define TIMING_OPTION      "timing"
#define DEFAULT_MAX_TIME   "200ms"
#define DEFAULT_BATCH_TIME "2ms"
#define DEFAULT_WARMUP     "50ms"
#define DEFAULT_KEEP       "no"
#define SIDES              "What to compare"
#define RULE               "The answer"
#define OUTPUTS            "Outputs for CI, any number at once"

#define OUTPUT_FILE(index, option, text)                                                           \
    {                                                                                              \
        .name = (option), .kind = DLB_OPTION_TEXT, .argument = "FILE", .group = OUTPUTS,           \
        .help = (text), .completion = DLB_COMPLETE_FILE, HERE(files[index])                        \
    }

const struct dlb_option dlb_check_argument_rows[] = {
    {.name = "a",
     .kind = DLB_OPTION_TEXT,
     .argument = "OLD",
     .group = SIDES,
     .help = "the old program: a dlbench, or a folder with bin/dlbench or build/dlbench (default "
             "with --a-lib or --b-lib: this program)",
     .completion = DLB_COMPLETE_FILE,
     HERE(a)},
    {.name = "b",
     .kind = DLB_OPTION_TEXT,
     .argument = "NEW",
     .group = SIDES,
     .help = "the new program (default: this one)",
     .completion = DLB_COMPLETE_FILE,
     HERE(b)},
    {.name = "a-lib",
     .kind = DLB_OPTION_TEXT,
     .argument = "FOLDER",
     .group = SIDES,
     .help = "the old side takes its backends from here",
     .completion = DLB_COMPLETE_FILE,
     HERE(a_lib)},
    {.name = "b-lib",
     .kind = DLB_OPTION_TEXT,
     .argument = "FOLDER",
     .group = SIDES,
     .help = "the new side takes its backends from here",
     .completion = DLB_COMPLETE_FILE,
     HERE(b_lib)},
    {.name = "mode",
     .kind = DLB_OPTION_CHOICE,
     .argument = "HOW",
     .default_text = "paired",
     .choices = "paired history",
     .group = SIDES,
     .help = "paired: both programs now, in turns; history: the new one against a --baseline of "
             "past sessions, for machines that do nothing else",
     HERE(mode)},
    {.name = "baseline",
     .kind = DLB_OPTION_TEXT,
     .argument = "FILE",
     .group = SIDES,
     .help =
         "mode history: past sessions, from dlbench baseline; its cases are measured, unless -w "
         "or --suite names others",
     .completion = DLB_COMPLETE_FILE,
     HERE(baseline)},

#include "bench/cli/planning_options.def"

    {.name = "tolerance",
     .kind = DLB_OPTION_FRACTION,
     .argument = "PCT",
     .default_text = "3%",
     .min = 0,
     .max = 10,
     .group = RULE,
     .help = "a confirmed slowdown below this is told, but is no regression",
     HERE(tolerance)},
    {.name = "rated",
     .kind = DLB_OPTION_FRACTION,
     .argument = "PCT",
     .default_text = "5%",
     .min = 0.001,
     .max = 10,
     .group = RULE,
     .help = "the slowdown that must be seen: a case is passed only if it would have been",
     HERE(rated)},
    {.name = "pairs",
     .kind = DLB_OPTION_INT,
     .argument = "N",
     .default_text = "10",
     .min = 7,
     .max = DLB_PAIRS_MAX,
     .group = RULE,
     .help = "pairs of processes per case (candidates for a change get more); mode history: "
             "processes",
     HERE(pairs)},
    {.name = "budget",
     .kind = DLB_OPTION_TIME,
     .argument = "TIME",
     .min = 1e6,
     .max = 24 * 3600e9,
     .group = RULE,
     .help = "end after this: first with fewer pairs (7 at least), then with fewer cases, which "
             "are told (default: none)",
     HERE(budget_ns)},
    {.name = "on-inconclusive",
     .kind = DLB_OPTION_CHOICE,
     .argument = "HOW",
     .default_text = "warn",
     .choices = "pass warn fail",
     .group = RULE,
     .help = "when a case cannot be decided: pass says nothing, warn warns, fail ends with exit "
             "code 4",
     HERE(on_inconclusive)},
    {.name = "no-gates",
     .kind = DLB_OPTION_FLAG,
     .group = RULE,
     .help = "keep noisy pairs instead of measuring them again",
     AT(no_gates)},
    {.name = "strict",
     .kind = DLB_OPTION_FLAG,
     .group = RULE,
     .help = "exit code 6 when a case stays too noisy to be judged",
     AT(strict)},

#include "bench/cli/measuring_options.def"
    {.name = "slowdown",
     .kind = DLB_OPTION_TEXT,
     .argument = "PCT[:GLOB]",
     .group = DLB_GROUP_MEASURE,
     .help = "stretch matching cases (all) of the new side, to try the check out; rows are flagged",
     AT(slowdown)},

#include "bench/cli/result_options.def"
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "text",
     .choices = DLB_FORMATS_CHECK,
     .group = DLB_GROUP_RUN,
     .help = "what is printed at the end: text, json, md",
     AT(format)},

    {.name = "github",
     .kind = DLB_OPTION_FLAG,
     .group = OUTPUTS,
     .help = "GitHub Actions: annotations on the screen, a summary into GITHUB_STEP_SUMMARY",
     HERE(github)},
    OUTPUT_FILE(0, "junit", "JUnit XML: a test case per case"),
    OUTPUT_FILE(1, "gitlab", "GitLab code quality JSON"),
    OUTPUT_FILE(2, "sarif", "SARIF 2.1.0, for code scanning"),
    OUTPUT_FILE(3, "openmetrics", "OpenMetrics text, for Prometheus"),
    OUTPUT_FILE(4, "md", "Markdown, for a comment on a pull request"),
    OUTPUT_FILE(5, "json", "the result with its verdicts, as --format json prints it"),
    {.name = "location",
     .kind = DLB_OPTION_TEXT,
     .argument = "FILE",
     .group = OUTPUTS,
     .help = "the file of the repository that findings point at, for code scanning and code "
             "quality (default: dlbench/SUITE); --github annotates it",
     .completion = DLB_COMPLETE_FILE,
     HERE(location)},
    {.name = NULL},
};
