/* fuzz_result.c: any bytes as a result file: read it, and what could be read must survive being written and read again. */
#include <stdlib.h>

#include "bench/base/log.h"
#include "bench/store/result.h"
#include "tests/fuzz/fuzz.h"

static void read_again(const struct dlb_result *result)
{
    json_t *written = dlb_result_to_json(result);
    struct dlb_result again;
    struct dlb_why why;
    if (written == NULL || dlb_result_from_json(written, &again, &why) != DLB_OK)
        abort(); /* what was accepted once must be accepted when we wrote it */
    dlb_result_free(&again);
    json_decref(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dlb_result result;
    struct dlb_why why;
    dlb_log_set_level(DLB_LOG_ERROR); /* a newer minor version is a warning */
    if (dlb_result_load(fuzz_file("r.json", data, size), &result, &why) == DLB_OK) {
        read_again(&result);
        dlb_result_free(&result);
    }
    return 0;
}
