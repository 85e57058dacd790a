/* outcome.c: from an answer to the record: status, identity, flags, and the judgement of the gates.
 *
 * Nothing here looks at a time. Next: session.c and check_pair.c, which ask for answers. */
#include "bench/run/outcome.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/stats/summary.h"

/* By name: a worker of another version may know other gates. */
static void read_gates(const struct dlb_invocation *invocation, struct dlb_gate_reading *reading)
{
    for (int i = 0; i < DLB_GATE_COUNT; i++) {
        reading->value[i] = (double)NAN;
        for (int j = 0; j < invocation->gate_count; j++)
            if (strcmp(invocation->gates[j].name, dlb_gate_name((enum dlb_gate)i)) == 0)
                reading->value[i] = invocation->gates[j].value;
    }
}

double dlb_outcome_noise(const struct dlb_gate_session *gates,
                         const struct dlb_invocation *invocation)
{
    struct dlb_gate_reading reading;
    read_gates(invocation, &reading);
    return dlb_gate_noise(gates, &reading);
}

/* The usual frequency of this very case: wide vector units clock lower by nature, and that is no noise. */
static double usual_frequency(const struct dlb_record *record)
{
    double seen[64];
    int count = 0;
    for (int i = 0; i < record->invocation_count && count < 64; i++) {
        struct dlb_gate_reading reading;
        read_gates(&record->invocations[i], &reading);
        if (reading.value[DLB_GATE_FREQUENCY] > 0)
            seen[count++] = reading.value[DLB_GATE_FREQUENCY];
    }
    return count > 0 ? dlb_median(seen, count) : 0;
}

static void judge(const struct dlb_outcome *outcome, const struct dlb_record *record,
                  struct dlb_invocation *invocation)
{
    if (invocation->gate_count == 0)
        return; /* nothing was timed that could have been disturbed */
    struct dlb_gate_reading reading;
    struct dlb_gate_session view = *outcome->gates;
    view.frequency_median = usual_frequency(record);
    read_gates(invocation, &reading);
    const enum dlb_gate_verdict verdict = dlb_gate_judge(&view, &reading, invocation->gate_reason,
                                                         (int)sizeof invocation->gate_reason);
    dlb_gate_learn(outcome->gates, &reading);
    invocation->gated = outcome->judge && verdict == DLB_GATE_NOISY;
}

/* The device's block of the result is refined by what the worker that measured saw. */
static void note_device(struct dlb_result *result, const json_t *devices)
{
    const json_t *device = json_array_get(devices, 0);
    const char *key = json_string_value(json_object_get(device, "key"));
    if (key == NULL)
        return;
    json_t *known = dlb_result_device(result, key);
    if (known != NULL)
        json_object_update(known, (json_t *)(uintptr_t)device);
    else
        json_array_append(result->devices, (json_t *)(uintptr_t)device);
}

/* An older worker stretches what it is asked to, and does not tell. */
static void take_flags(struct dlb_record *record, const struct dlb_request *request,
                       const struct dlb_answer *answer)
{
    if (answer->reference_kernel)
        dlb_record_flag(record, "reference_kernel");
    if (answer->timer_limited)
        dlb_record_flag(record, "timer_limited");
    if (answer->cold_downgraded)
        dlb_record_flag(record, "cold_downgraded");
    if (answer->measured && strcmp(answer->evidence, "modelled") == 0)
        dlb_record_flag(record, "modelled");
    if (answer->measured && (answer->slowdown > 1 || request->sampling.slowdown > 1))
        dlb_record_flag(record, "slowdown");
}

static void take_identity(struct dlb_record *record, const struct dlb_answer *answer)
{
    if (answer->implementation[0] != '\0')
        snprintf(record->implementation, sizeof record->implementation, "%s",
                 answer->implementation);
    if (answer->parameters[0] != '\0')
        snprintf(record->parameters, sizeof record->parameters, "%s", answer->parameters);
    if (isfinite(answer->cycles))
        record->cycles = answer->cycles;
    if (answer->evidence[0] != '\0')
        snprintf(record->evidence, sizeof record->evidence, "%s", answer->evidence);
    if (answer->verified.checked)
        record->verified = answer->verified;
    record->cache_sets = answer->cache_sets;
}

/* Counts are taken in one process only; they stay with the record also where that process was a noisy one. */
static void take_counting(struct dlb_record *record, struct dlb_answer *answer)
{
    if (record->counting.taken || !answer->counting.taken)
        return;
    dlb_counting_free(&record->counting);
    record->counting = answer->counting;
    answer->counting = (struct dlb_counting){.taken = false};
}

void dlb_outcome_take(const struct dlb_outcome *outcome, struct dlb_record *record,
                      const struct dlb_request *request, struct dlb_answer *answer)
{
    record->status = answer->status;
    snprintf(record->status_reason, sizeof record->status_reason, "%s", answer->why.text);
    take_identity(record, answer);
    if (outcome->result != NULL)
        note_device(outcome->result, answer->devices);
    take_flags(record, request, answer);
    if (!answer->measured)
        return;
    struct dlb_invocation *invocation = &answer->invocation;
    invocation->index = record->invocation_count;
    invocation->order = outcome->order;
    take_counting(record, answer);
    judge(outcome, record, invocation);
    const enum dlb_status status = dlb_record_add_invocation(record, invocation);
    if (status != DLB_OK) {
        record->status = status;
        snprintf(record->status_reason, sizeof record->status_reason,
                 "no memory for another invocation");
    }
}
