/* roofline_model.c: a modelled device's roofs are its model's peaks; an emulated device has none.
 *
 * The model of a board says how many operations a second its grid of multiply-accumulators makes and what its memory brings
 * (backends/fpga/fpga.c): its predicted times obey both, so a modelled row is compared with these and with nothing that was measured. */
#include "bench/run/roofline_model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/clock.h"

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

static enum dlb_status add_peaks(const struct dlb_device_info *info, struct dlb_roofs *roofs)
{
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < DLB_DTYPE_COUNT && status == DLB_OK; i++) {
        const char *type = dlb_dtype_name((enum dlb_dtype)i);
        if (!(info->peak_ops_per_s[i] > 0))
            continue;
        struct dlb_roof roof = roof_of(DLB_ROOF_COMPUTE, info->peak_ops_per_s[i]);
        snprintf(roof.name, sizeof roof.name, "%s of the model", type);
        snprintf(roof.dtype, sizeof roof.dtype, "%s", type);
        snprintf(roof.data, sizeof roof.data, "random");
        status = dlb_roofs_add(roofs, &roof);
    }
    return status;
}

static enum dlb_status add_memory(const struct dlb_device_info *info, struct dlb_roofs *roofs)
{
    if (!(info->mem_bw_bytes_per_s > 0))
        return DLB_OK;
    struct dlb_roof roof = roof_of(DLB_ROOF_BANDWIDTH, info->mem_bw_bytes_per_s);
    snprintf(roof.name, sizeof roof.name, "memory of the model");
    snprintf(roof.level, sizeof roof.level, "memory");
    snprintf(roof.pattern, sizeof roof.pattern, "read");
    return dlb_roofs_add(roofs, &roof);
}

enum dlb_status dlb_roofline_model(const char *device, const struct dlb_device_info *info,
                                   struct dlb_roofs *roofs, struct dlb_why *why)
{
    if (info->evidence == DLB_EVIDENCE_EMULATED)
        return dlb_fail(why, DLB_UNSUPPORTED,
                        "%s is emulated: how fast the emulator is says nothing about the device",
                        device);
    if (info->evidence != DLB_EVIDENCE_MODELLED)
        return dlb_fail(why, DLB_UNSUPPORTED, "%s is no model: its ceilings are to be measured",
                        device);
    struct dlb_roofs made = {.count = 0};
    snprintf(made.device, sizeof made.device, "%s", device);
    snprintf(made.identity, sizeof made.identity, "model of %s", info->name);
    snprintf(made.evidence, sizeof made.evidence, "modelled");
    dlb_clock_utc(made.as_of, sizeof made.as_of);
    made.level_bytes[3] = info->mem_bytes;
    enum dlb_status status = add_peaks(info, &made);
    if (status == DLB_OK)
        status = add_memory(info, &made);
    if (status != DLB_OK) {
        dlb_roofs_free(&made);
        return dlb_fail(why, status, "no memory for the ceilings of %s", device);
    }
    if (made.count == 0)
        return dlb_fail(why, DLB_UNSUPPORTED, "the model of %s tells no peaks", device);
    *roofs = made;
    return DLB_OK;
}
