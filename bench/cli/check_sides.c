/* check_sides.c: the two programs of a check: where they are, who they say they are, what the result file keeps of that. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/text.h"
#include "bench/cli/check_state.h"
#include "bench/store/replace.h"

static const char *const letters[DLB_SIDES] = {"--a", "--b"};

/* ---- what makes no sense together ---- */

static enum dlb_status refuse_history(const struct dlb_check_arguments *a, struct dlb_why *why)
{
    if (a->baseline == NULL) {
        return dlb_fail(why, DLB_INVALID,
                        "--mode history wants --baseline FILE, made by dlbench baseline save");
    }
    if (a->a != NULL || a->a_lib != NULL) {
        return dlb_fail(why, DLB_INVALID,
                        "--mode history compares with --baseline, not with --a or --a-lib");
    }
    if (a->budget_ns > 0) {
        return dlb_fail(why, DLB_INVALID,
                        "--mode history has no --budget: name fewer cases or --pairs");
    }
    return DLB_OK;
}

enum dlb_status dlb_check_refuse(const struct dlb_check_arguments *a, struct dlb_why *why)
{
    if (a->github && a->run.format != DLB_CHECK_TEXT) {
        return dlb_fail(why, DLB_INVALID,
                        "--github and --format both want the standard output: write the other one "
                        "to a file (--json FILE, --md FILE)");
    }
    if (a->location != NULL && !dlb_check_is_location(a->location)) {
        return dlb_fail(why, DLB_INVALID,
                        "--location wants a path inside of the repository, like suites/ci.suite, "
                        "found '%.200s'",
                        a->location);
    }
    if (a->mode == DLB_CHECK_HISTORY) {
        return refuse_history(a, why);
    }
    if (a->baseline != NULL) {
        return dlb_fail(why, DLB_INVALID,
                        "--baseline is for --mode history; a paired check measures --a OLD itself");
    }
    if (a->a == NULL && a->b == NULL && a->a_lib == NULL && a->b_lib == NULL) {
        return dlb_fail(why, DLB_INVALID,
                        "check wants the old program: --a OLD (or --a-lib FOLDER for its plugins)");
    }
    if (a->a == NULL && a->b != NULL && a->a_lib == NULL && a->b_lib == NULL) {
        return dlb_fail(why, DLB_INVALID, "check --b NEW wants the old program, too: --a OLD");
    }
    return DLB_OK;
}

/* ---- where they are ---- */

static bool is_program(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) && access(path, X_OK) == 0;
}

/* A folder stands for the program that is installed or built in it; whatever else is wrong shows when it is asked. */
static enum dlb_status find_program(const char *given, const char *letter, char *path,
                                    struct dlb_why *why)
{
    static const char *const places[] = {"bin/dlbench", "build/dlbench", "dlbench"};
    struct stat info;
    if (strlen(given) + sizeof "/build/dlbench" > DLB_PATH_LIMIT) {
        return dlb_fail(why, DLB_UNAVAILABLE, "%s: the path has %zu bytes, at most %zu", letter,
                        strlen(given), DLB_PATH_LIMIT - sizeof "/build/dlbench");
    }
    if (stat(given, &info) != 0 || !S_ISDIR(info.st_mode)) {
        snprintf(path, DLB_PATH_LIMIT, "%s", given);
        return DLB_OK;
    }
    for (size_t i = 0; i < DLB_ARRAY_COUNT(places); i++) {
        snprintf(path, DLB_PATH_LIMIT, "%s/%s", given, places[i]);
        if (is_program(path)) {
            return DLB_OK;
        }
    }
    return dlb_fail(why, DLB_UNAVAILABLE,
                    "%s: no bin/dlbench, build/dlbench or dlbench in the folder '%.300s'; build it "
                    "there, or name the program",
                    letter, given);
}

/* Plugins for one side alone: the other's come from where they always do, not from the first one's folder. */
static enum dlb_status find_side(struct dlb_checking *c, int which, const char *given,
                                 const char *backends, struct dlb_why *why)
{
    struct dlb_check_side *side = &c->sides[which];
    enum dlb_status status = DLB_OK;
    if (given == NULL) {
        snprintf(c->paths[which], sizeof c->paths[which], "%s", c->run.cli->program);
    } else {
        status = find_program(given, letters[which], c->paths[which], why);
    }
    side->program = c->paths[which];
    side->backends = backends;
    return status == DLB_OK ? dlb_check_hello(side, letters[which], why) : status;
}

enum dlb_status dlb_check_find_sides(struct dlb_checking *c, struct dlb_why *why)
{
    const struct dlb_check_arguments *a = c->arguments;
    enum dlb_status status = DLB_OK;
    if (a->mode == DLB_CHECK_PAIRED) {
        status = find_side(c, DLB_SIDE_A, a->a, a->a_lib, why);
    }
    if (status == DLB_OK) {
        status = find_side(c, DLB_SIDE_B, a->b, a->b_lib, why);
    }
    for (int i = 0; i < DLB_SIDES && status == DLB_OK; i++) {
        if (c->sides[i].about != NULL) {
            dlb_check_ask_devices(c, i);
        }
    }
    c->run.program = c->sides[DLB_SIDE_B].program;
    c->run.backends = c->sides[DLB_SIDE_B].backends;
    return status;
}

bool dlb_check_is_self(const struct dlb_checking *c)
{
    const struct dlb_check_side *a = &c->sides[DLB_SIDE_A];
    const struct dlb_check_side *b = &c->sides[DLB_SIDE_B];
    const bool own = a->backends == NULL && b->backends == NULL;
    return dlb_path_same(a->program, b->program) &&
           (own || dlb_path_same(a->backends, b->backends));
}

/* ---- what is kept of them ---- */

static json_t *rule_to_json(const struct dlb_rule *rule)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:i, s:i, s:i}", "tolerance", rule->tolerance, "rated",
                     rule->rated, "alpha", rule->alpha, "candidate_p", rule->candidate_p,
                     "first_pairs", rule->first_pairs, "second_least", rule->second_least,
                     "second_most", rule->second_most);
}

/* In mode history the old side is a file. */
static json_t *old_to_json(const struct dlb_checking *c)
{
    if (c->arguments->mode == DLB_CHECK_HISTORY) {
        return json_pack("{s:o}", "program", dlb_json_text(c->arguments->baseline));
    }
    return json_incref(c->sides[DLB_SIDE_A].about);
}

enum dlb_status dlb_check_tell_sides(struct dlb_checking *c)
{
    static const char *const modes[] = {"paired", "history"};
    static const char *const policies[] = {"pass", "warn", "fail"};
    const struct dlb_check_arguments *a = c->arguments;
    json_t *budget = a->budget_ns > 0 ? json_real(1e-9 * a->budget_ns) : json_null();
    json_t *json =
        json_pack("{s:s, s:o, s:O, s:o, s:o, s:s}", "mode", modes[a->mode], "a", old_to_json(c),
                  "b", c->sides[DLB_SIDE_B].about, "rule", rule_to_json(&c->rule), "budget_s",
                  budget, "on_inconclusive", policies[a->on_inconclusive]);
    if (json == NULL) {
        return dlb_fail(&c->run.cli->why, DLB_NO_MEMORY, "no memory for the result");
    }
    json_decref(c->run.result.check);
    c->run.result.check = json;
    return DLB_OK;
}
