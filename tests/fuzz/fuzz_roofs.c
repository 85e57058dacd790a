/* fuzz_roofs.c: any bytes as the file in which a machine keeps the roofs of a device; what could be read must survive being written and read
 * again. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/store/roofs.h"
#include "tests/fuzz/fuzz.h"

#define DEVICE "onednn:0"

static void read_again(const struct dlb_roofs *roofs)
{
    json_t *written = dlb_roofs_to_json(roofs);
    struct dlb_roofs again;
    struct dlb_why why;
    if (written == NULL || dlb_roofs_from_json(written, &again, &why) != DLB_OK)
        abort(); /* what was accepted once must be accepted when we wrote it */
    dlb_roofs_free(&again);
    json_decref(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dlb_roofs roofs;
    struct dlb_why why;
    (void)fuzz_file("roofs-onednn-0.json", data, size);
    if (dlb_roofs_load(fuzz_folder(), DEVICE, "AMD EPYC 9R14, oneDNN 3.2.0", INFINITY, INFINITY,
                       &roofs, &why) == DLB_OK) {
        read_again(&roofs);
        dlb_roofs_free(&roofs);
    }
    json_t *block = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    if (block != NULL && dlb_roofs_from_json(block, &roofs, &why) == DLB_OK) {
        struct dlb_record record = {.status = DLB_OK,
                                    .ops = 1e9,
                                    .bytes = 1e7,
                                    .summary = {.median_ns = 1e6, .ops_per_s = 1e12}};
        memcpy(record.dtype, "f32", sizeof "f32");
        dlb_roofs_apply(&roofs, &record); /* device of another file, read from devices[].measured */
        read_again(&roofs);
        dlb_roofs_free(&roofs);
    }
    json_decref(block);
    return 0;
}
