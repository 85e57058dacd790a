/* fuzz_baseline.c: any bytes as a baseline; what could be read must survive being written and read again. */
#include <stdlib.h>

#include "bench/base/log.h"
#include "bench/store/baseline.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dlb_baseline baseline;
    struct dlb_baseline again;
    struct dlb_why why;
    dlb_log_set_level(DLB_LOG_ERROR); /* a newer minor version is a warning */
    if (dlb_baseline_load(fuzz_file("b.json", data, size), &baseline, &why) != DLB_OK)
        return 0;
    json_t *written = dlb_baseline_to_json(&baseline);
    if (written == NULL || dlb_baseline_from_json(written, &again, &why) != DLB_OK)
        abort();
    dlb_baseline_free(&again);
    json_decref(written);
    dlb_baseline_free(&baseline);
    return 0;
}
