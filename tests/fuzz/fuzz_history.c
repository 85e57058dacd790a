/* fuzz_history.c: any bytes as the log of a history, from which the database is made again. */
#include <stdio.h>
#include <unistd.h>

#include "bench/base/log.h"
#include "bench/store/history.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dlb_history_rebuilt rebuilt;
    struct dlb_why why;
    char path[128];
    dlb_log_set_level(DLB_LOG_ERROR); /* every line that cannot be read is a warning */
    fuzz_file("h.jsonl", data, size);
    snprintf(path, sizeof path, "%s/h.db", fuzz_folder());
    (void)dlb_history_rebuild(path, &rebuilt, &why);
    unlink(path);
    return 0;
}
