/* verdict.c: the verdict of a case as JSON, and back (verdicts[] of schema dlbench-result/1).
 *
 * Reading is strict: a number where a text belongs, a stage that does not exist or a probability of 3 is refused by its name. What
 * a later version adds is kept, also inside the pairs. result.c puts the rows into the document, journal.c into the journal. */
#include "bench/store/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/stats/prediction.h"
#include "bench/store/fields.h"

#define VERDICT(member, kind) DLB_FIELD(struct dlb_verdict_row, member, kind)
#define PAIR(member, kind)    DLB_FIELD(struct dlb_pair, member, kind)

#define LAST_STAGE 2

static const struct dlb_field verdict_list[] = {
    VERDICT(key, DLB_FIELD_TEXT),         VERDICT(label, DLB_FIELD_TEXT),
    VERDICT(device, DLB_FIELD_TEXT),      VERDICT(mode, DLB_FIELD_TEXT),
    VERDICT(reason, DLB_FIELD_TEXT),      VERDICT(effect, DLB_FIELD_REAL),
    VERDICT(ci_lo, DLB_FIELD_REAL),       VERDICT(ci_hi, DLB_FIELD_REAL),
    VERDICT(p, DLB_FIELD_REAL),           VERDICT(p_holm, DLB_FIELD_REAL),
    VERDICT(stage, DLB_FIELD_INT),        VERDICT(r1, DLB_FIELD_INT),
    VERDICT(r2, DLB_FIELD_INT),           VERDICT(sd_pair, DLB_FIELD_REAL),
    VERDICT(mde90, DLB_FIELD_REAL),       VERDICT(tolerance, DLB_FIELD_REAL),
    VERDICT(rejected_a, DLB_FIELD_INT),   VERDICT(rejected_b, DLB_FIELD_INT),
    VERDICT(median_a_ns, DLB_FIELD_REAL), VERDICT(median_b_ns, DLB_FIELD_REAL),
    VERDICT(slowdown, DLB_FIELD_BOOL),    VERDICT(neither, DLB_FIELD_BOOL),
};
static const char *const verdict_others[] = {"verdict", "pairs", NULL};
static const struct dlb_fields verdict_fields = {verdict_list, DLB_ARRAY_COUNT(verdict_list),
                                                 verdict_others};

static const struct dlb_field pair_list[] = {
    PAIR(a_ns, DLB_FIELD_REAL),    PAIR(b_ns, DLB_FIELD_REAL), PAIR(stage, DLB_FIELD_INT),
    PAIR(b_first, DLB_FIELD_BOOL), PAIR(kept, DLB_FIELD_BOOL),
};
static const struct dlb_fields pair_fields = {pair_list, DLB_ARRAY_COUNT(pair_list), NULL};

void dlb_verdict_free(struct dlb_verdict_row *row)
{
    free(row->pairs);
    json_decref(row->unknown);
    *row = (struct dlb_verdict_row){0};
}

/* ---- writing ---- */

/* What a later version had put into pair `index` stands in unknown["pairs"], null where there was nothing. */
static json_t *pair_to_json(const struct dlb_verdict_row *row, int index)
{
    json_t *json = json_object();
    const json_t *more = json_array_get(json_object_get(row->unknown, "pairs"), (size_t)index);
    int failures = json == NULL || dlb_fields_write(&pair_fields, &row->pairs[index], json);
    if (json_is_object(more))
        failures |= dlb_store_add_missing(json, more);
    if (failures == 0)
        return json;
    json_decref(json);
    return NULL;
}

static json_t *pairs_to_json(const struct dlb_verdict_row *row)
{
    json_t *array = json_array();
    int failures = array == NULL;
    for (int i = 0; i < row->pair_count && failures == 0; i++)
        failures |= json_array_append_new(array, pair_to_json(row, i));
    if (failures == 0)
        return array;
    json_decref(array);
    return NULL;
}

json_t *dlb_verdict_to_json(const struct dlb_verdict_row *row)
{
    json_t *json = json_object();
    if (json == NULL)
        return NULL;
    int failures = dlb_fields_write(&verdict_fields, row, json);
    failures |= json_object_set_new(json, "verdict", json_string(dlb_verdict_name(row->verdict)));
    failures |= json_object_set_new(json, "pairs", pairs_to_json(row));
    failures |= dlb_store_add_missing(json, row->unknown);
    if (failures == 0)
        return json;
    json_decref(json);
    return NULL;
}

/* ---- reading ---- */

static enum dlb_status read_verdict(const json_t *json, struct dlb_verdict_row *row,
                                    struct dlb_why *why)
{
    const json_t *value = json_object_get(json, "verdict");
    const char *name = json_string_value(value);
    if (name == NULL)
        return dlb_fail(why, DLB_INVALID, "verdict: wanted a text, found %s",
                        dlb_store_kind(value));
    row->verdict = dlb_verdict_from_name(name);
    if (row->verdict == DLB_VERDICT_COUNT)
        return dlb_fail(why, DLB_INVALID,
                        "verdict: wanted pass, regressed, improved, inconclusive or another of the "
                        "known ones, found '%.40s'",
                        name);
    return DLB_OK;
}

static enum dlb_status check_range(const char *name, double value, double most, struct dlb_why *why)
{
    if (!(value < 0) && !(value > most)) /* NaN: not known, and fine */
        return DLB_OK;
    if (isfinite(most))
        return dlb_fail(why, DLB_INVALID, "%s: wanted 0 to %g, found %g", name, most, value);
    return dlb_fail(why, DLB_INVALID, "%s: wanted no negative number, found %g", name, value);
}

static enum dlb_status check_ranges(const struct dlb_verdict_row *row, struct dlb_why *why)
{
    const struct {
        const char *name;
        double value, most;
    } ranges[] = {
        {"p", row->p, 1},
        {"p_holm", row->p_holm, 1},
        {"stage", row->stage, LAST_STAGE},
        {"r1", row->r1, INFINITY},
        {"r2", row->r2, INFINITY},
        {"sd_pair", row->sd_pair, INFINITY},
        {"mde90", row->mde90, INFINITY},
        {"tolerance", row->tolerance, INFINITY},
        {"rejected_a", row->rejected_a, INFINITY},
        {"rejected_b", row->rejected_b, INFINITY},
        {"median_a_ns", row->median_a_ns, INFINITY},
        {"median_b_ns", row->median_b_ns, INFINITY},
    };
    enum dlb_status status = DLB_OK;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(ranges) && status == DLB_OK; i++)
        status = check_range(ranges[i].name, ranges[i].value, ranges[i].most, why);
    return status;
}

/* Keeps what pair `index` has beyond the table, in unknown["pairs"] at the same index. */
static enum dlb_status keep_unknown(const json_t *json, size_t index, struct dlb_verdict_row *row)
{
    json_t *more = NULL;
    if (dlb_fields_unknown(&pair_fields, json, &more) != DLB_OK)
        return DLB_NO_MEMORY;
    if (more == NULL)
        return DLB_OK;
    if (row->unknown == NULL)
        row->unknown = json_object();
    json_t *kept = json_object_get(row->unknown, "pairs");
    int failures = 0;
    if (kept == NULL) {
        failures |= json_object_set_new(row->unknown, "pairs", json_array());
        kept = json_object_get(row->unknown, "pairs");
    }
    while (json_array_size(kept) < index && failures == 0)
        failures |= json_array_append_new(kept, json_null());
    failures |= json_array_append_new(kept, more);
    return failures == 0 ? DLB_OK : DLB_NO_MEMORY;
}

static enum dlb_status read_pair(const json_t *json, size_t index, struct dlb_verdict_row *row,
                                 struct dlb_why *why)
{
    struct dlb_pair *pair = &row->pairs[index];
    struct dlb_why inner = {""};
    if (!json_is_object(json))
        return dlb_fail(why, DLB_INVALID, "pairs[%zu]: wanted an object, found %s", index,
                        dlb_store_kind(json));
    enum dlb_status status = dlb_fields_read(&pair_fields, json, pair, &inner);
    if (status == DLB_OK)
        status = check_range("a_ns", pair->a_ns, INFINITY, &inner);
    if (status == DLB_OK)
        status = check_range("b_ns", pair->b_ns, INFINITY, &inner);
    if (status == DLB_OK)
        status = check_range("stage", pair->stage, LAST_STAGE, &inner);
    if (status != DLB_OK)
        return dlb_fail(why, status, "pairs[%zu].%s", index, inner.text);
    return keep_unknown(json, index, row);
}

static enum dlb_status read_pairs(const json_t *json, struct dlb_verdict_row *row,
                                  struct dlb_why *why)
{
    if (json == NULL || json_is_null(json))
        return DLB_OK;
    if (!json_is_array(json))
        return dlb_fail(why, DLB_INVALID, "pairs: wanted an array, found %s", dlb_store_kind(json));
    const size_t count = json_array_size(json);
    row->pairs = calloc(count + 1, sizeof *row->pairs);
    if (row->pairs == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for %zu pairs", count);
    enum dlb_status status = DLB_OK;
    for (size_t i = 0; i < count && status == DLB_OK; i++)
        status = read_pair(json_array_get(json, i), i, row, why);
    row->pair_count = (int)count;
    return status;
}

enum dlb_status dlb_verdict_from_json(const json_t *json, struct dlb_verdict_row *row,
                                      struct dlb_why *why)
{
    if (!json_is_object(json))
        return dlb_fail(why, DLB_INVALID, ": wanted an object, found %s", dlb_store_kind(json));
    struct dlb_verdict_row found = {0};
    enum dlb_status status = dlb_fields_unknown(&verdict_fields, json, &found.unknown);
    if (status == DLB_OK)
        status = dlb_fields_read(&verdict_fields, json, &found, why);
    if (status == DLB_OK && found.key[0] == '\0')
        status = dlb_fail(why, DLB_INVALID, "key: wanted the key of the case, found %s",
                          dlb_store_kind(json_object_get(json, "key")));
    if (status == DLB_OK)
        status = read_verdict(json, &found, why);
    if (status == DLB_OK)
        status = check_ranges(&found, why);
    if (status == DLB_OK)
        status = read_pairs(json_object_get(json, "pairs"), &found, why);
    if (status != DLB_OK) {
        dlb_verdict_free(&found);
        return status;
    }
    *row = found;
    return DLB_OK;
}

bool dlb_verdict_lacks_sessions(const struct dlb_verdict_row *row)
{
    return row->verdict == DLB_VERDICT_INCONCLUSIVE && strcmp(row->mode, "history") == 0 &&
           row->r1 < DLB_HISTORY_LEAST;
}
