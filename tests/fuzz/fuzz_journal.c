/* fuzz_journal.c: any bytes as the journal of a run that was killed, beside no result file. */
#include <stdio.h>
#include <string.h>

#include "bench/base/log.h"
#include "bench/store/result.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dlb_result result;
    struct dlb_why why;
    char path[128];
    dlb_log_set_level(DLB_LOG_ERROR); /* every torn line is a warning */
    snprintf(path, sizeof path, "%s", fuzz_file("r.json.journal", data, size));
    path[strlen(path) - strlen(".journal")] = '\0';
    if (dlb_result_load(path, &result, &why) == DLB_OK)
        dlb_result_free(&result);
    return 0;
}
