/* many_records.c: makes a large result of a small one: many_records SMALL COUNT BIG
 *
 * For the section `report` of scripts/bench. Each record of SMALL, which must be a run of matrix products with their samples, comes again with
 * other sizes until there are COUNT; its times grow with the operations, a few per cent up and down, so that no two rows are alike. The
 * figures mean nothing; only how long reports and plots of them take does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/random.h"
#include "bench/run/session.h"
#include "bench/store/result.h"

#define STEPS 32 /* sizes of each dimension */
#define STEP                                                                                       \
    1024 /* from one size to the next: larger than the sizes of SMALL, so that all differ */

static int fail(const struct dlb_why *why)
{
    fprintf(stderr, "many_records: %s\n", why->text);
    return 2;
}

/* Another size of a dimension. */
static enum dlb_status grow(struct dlb_problem *problem, const char *name, int64_t by,
                            struct dlb_why *why)
{
    const int param = dlb_workload_param(problem->workload, name);
    char text[32];
    if (param < 0 || problem->values[param].dims[0] >= STEP)
        return dlb_fail(why, DLB_INVALID, "a product with %s below %d is wanted, found %s", name,
                        STEP, problem->workload->name);
    const int64_t size = problem->values[param].dims[0] + by;
    snprintf(text, sizeof text, "%lld", (long long)size);
    return dlb_problem_set(problem, name, text, why);
}

static enum dlb_status grown_case(const char *key, int step, struct dlb_case *item,
                                  struct dlb_why *why)
{
    enum dlb_status status = dlb_case_parse(key, item, why);
    if (status == DLB_OK)
        status = grow(&item->problem, "m", step % STEPS * STEP, why);
    if (status == DLB_OK)
        status = grow(&item->problem, "n", step / STEPS % STEPS * STEP, why);
    if (status == DLB_OK)
        status = grow(&item->problem, "k", (int64_t)(step / STEPS / STEPS) * STEP, why);
    return status;
}

/* What the record is comes from the case, what was measured from the template. */
static void take_identity(struct dlb_record *record, struct dlb_record *identity)
{
    memcpy(record->key, identity->key, sizeof record->key);
    memcpy(record->key_hash, identity->key_hash, sizeof record->key_hash);
    memcpy(record->problem, identity->problem, sizeof record->problem);
    memcpy(record->label, identity->label, sizeof record->label);
    json_t *const params = record->params;
    record->params = identity->params;
    identity->params = params;
    record->ops = identity->ops;
    record->bytes = identity->bytes;
    record->items = identity->items;
    record->working_set_bytes = identity->working_set_bytes;
}

static void scale(struct dlb_record *record, double factor, struct dlb_random *random)
{
    for (int i = 0; i < record->invocation_count; i++) {
        struct dlb_invocation *invocation = &record->invocations[i];
        const double own = factor * (1 + 0.03 * dlb_random_normal(random));
        for (int64_t j = 0; invocation->samples_ns != NULL && j < invocation->n; j++)
            invocation->samples_ns[j] *= own;
        dlb_invocation_summarise(invocation);
    }
    dlb_record_summarise(record);
}

static enum dlb_status make_record(const struct dlb_record *from, int step,
                                   struct dlb_random *random, struct dlb_record *record,
                                   struct dlb_why *why)
{
    struct dlb_case item;
    struct dlb_record identity;
    enum dlb_status status = grown_case(from->key, step, &item, why);
    if (status == DLB_OK)
        status = dlb_record_init(&identity, &item, why);
    if (status != DLB_OK)
        return status;
    json_t *copy = dlb_record_to_json(from);
    status = copy == NULL ? dlb_fail(why, DLB_NO_MEMORY, "no memory for %s", from->key)
                          : dlb_record_from_json(copy, record, why);
    json_decref(copy);
    if (status == DLB_OK) {
        take_identity(record, &identity);
        scale(record, record->ops / from->ops, random);
    }
    dlb_record_free(&identity);
    return status;
}

static enum dlb_status fill(const struct dlb_result *small, int count, struct dlb_result *big,
                            struct dlb_why *why)
{
    struct dlb_random random;
    dlb_random_seed(&random, small->seed);
    for (int i = 0; i < count; i++) {
        struct dlb_record record = {.params = NULL};
        enum dlb_status status = make_record(&small->records[i % small->record_count],
                                             i / small->record_count, &random, &record, why);
        if (status == DLB_OK)
            status = dlb_result_add(big, &record);
        if (status != DLB_OK)
            return status;
    }
    return DLB_OK;
}

int main(int argc, char **argv)
{
    struct dlb_result small = {0}, big = {0};
    struct dlb_why why = {""};
    char *end = NULL;
    const long count = argc == 4 ? strtol(argv[2], &end, 10) : 0;
    if (count < 1 || count > 1000000 || *end != '\0') {
        fprintf(stderr, "usage: many_records SMALL COUNT BIG, COUNT from 1 to 1000000\n");
        return 2;
    }
    enum dlb_status status = dlb_result_load(argv[1], &small, &why);
    if (status == DLB_OK)
        status = dlb_result_load(argv[1], &big, &why);
    if (status == DLB_OK && small.record_count == 0)
        status = dlb_fail(&why, DLB_INVALID, "%s has no records", argv[1]);
    for (int i = 0; i < big.record_count; i++)
        dlb_record_free(&big.records[i]);
    big.record_count = 0;
    if (status == DLB_OK)
        status = fill(&small, (int)count, &big, &why);
    if (status == DLB_OK)
        status = dlb_result_save(&big, argv[3], &why);
    dlb_result_free(&small);
    dlb_result_free(&big);
    return status == DLB_OK ? 0 : fail(&why);
}
