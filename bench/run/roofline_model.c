/* roofline_model.c: a modelled device's roofs are its model's peaks; an emulated device has none.
 *
 * The model of a board says how many operations a second its grid of multiply-accumulators makes and what its memory brings
 * (backends/fpga/fpga.c): its predicted times obey both, so a modelled row is compared with these and with nothing that was measured. */
#include "bench/run/roofline_model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/base/dtype.h"

static struct dlb_roof roof_of(enum dlb_roof_kind kind, double value)
{
    return (struct dlb_roof){.kind = kind,
                             .ceiling = true,
                             .size_bytes = NAN,
                             .value = value,
                             .lo = value,
                             .hi = value,
                             .datasheet = NAN};
}

static enum dlb_status add_peaks(const json_t *device, struct dlb_roofs *roofs)
{
    enum dlb_status status = DLB_OK;
    const json_t *peaks = json_object_get(device, "peak_ops_per_s");
    for (int i = 0; i < DLB_DTYPE_COUNT && status == DLB_OK; i++) {
        const char *type = dlb_dtype_name((enum dlb_dtype)i);
        const double peak = json_number_value(json_object_get(peaks, type));
        if (!(peak > 0))
            continue;
        struct dlb_roof roof = roof_of(DLB_ROOF_COMPUTE, peak);
        snprintf(roof.name, sizeof roof.name, "%s of the model", type);
        snprintf(roof.dtype, sizeof roof.dtype, "%s", type);
        snprintf(roof.data, sizeof roof.data, "random");
        status = dlb_roofs_add(roofs, &roof);
    }
    return status;
}

static enum dlb_status add_memory(const json_t *device, struct dlb_roofs *roofs)
{
    const double bandwidth = json_number_value(json_object_get(device, "mem_bw_bytes_per_s"));
    if (!(bandwidth > 0))
        return DLB_OK;
    struct dlb_roof roof = roof_of(DLB_ROOF_BANDWIDTH, bandwidth);
    snprintf(roof.name, sizeof roof.name, "memory of the model");
    snprintf(roof.level, sizeof roof.level, "memory");
    snprintf(roof.pattern, sizeof roof.pattern, "read");
    return dlb_roofs_add(roofs, &roof);
}

/* "" where it does not tell. */
static const char *text_of(const json_t *device, const char *name)
{
    const char *text = json_string_value(json_object_get(device, name));
    return text != NULL ? text : "";
}

enum dlb_status dlb_roofline_model(const json_t *device, struct dlb_roofs *roofs,
                                   struct dlb_why *why)
{
    const char *key = text_of(device, "key"), *evidence = text_of(device, "evidence");
    if (strcmp(evidence, "emulated") == 0)
        return dlb_fail(why, DLB_UNSUPPORTED,
                        "%s is emulated: how fast the emulator is says nothing about the device",
                        key);
    if (strcmp(evidence, "modelled") != 0)
        return dlb_fail(why, DLB_UNSUPPORTED, "%s is no model: its ceilings are to be measured",
                        key);
    struct dlb_roofs made = {.count = 0};
    snprintf(made.device, sizeof made.device, "%s", key);
    snprintf(made.identity, sizeof made.identity, "model of %s", text_of(device, "name"));
    snprintf(made.evidence, sizeof made.evidence, "%s", evidence);
    dlb_clock_utc(made.as_of, sizeof made.as_of);
    made.level_bytes[3] = json_integer_value(json_object_get(device, "mem_bytes"));
    enum dlb_status status = add_peaks(device, &made);
    if (status == DLB_OK)
        status = add_memory(device, &made);
    if (status != DLB_OK) {
        dlb_roofs_free(&made);
        return dlb_fail(why, status, "no memory for the ceilings of %s", key);
    }
    if (made.count == 0)
        return dlb_fail(why, DLB_UNSUPPORTED, "the model of %s tells no peaks", key);
    *roofs = made;
    return DLB_OK;
}
