/* fuzz_published.c: any bytes as a table of published results: what it gives must be a result that can be written and read. */
#include <stdlib.h>
#include <string.h>

#include "bench/base/log.h"
#include "bench/store/published.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dlb_result result;
    struct dlb_why why;
    dlb_log_set_level(DLB_LOG_ERROR);
    (void)fuzz_file("t.json", data, size);
    if (dlb_published_load(fuzz_folder(), &result, &why) != DLB_OK)
        return 0;
    for (int i = 0; i < result.record_count; i++)
        if (!(result.records[i].summary.median_ns > 0) ||
            dlb_result_device(&result, result.records[i].device) == NULL)
            abort();
    json_t *document = dlb_result_to_json(&result);
    if (document == NULL)
        abort();
    json_decref(document);
    dlb_result_free(&result);
    return 0;
}
