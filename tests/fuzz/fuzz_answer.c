/* fuzz_answer.c: any bytes as a line of a worker, or as the request line that a worker reads. */
#include "bench/run/protocol.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *line = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    struct dlb_why why;
    struct dlb_answer answer;
    static struct dlb_request request; /* large */
    if (dlb_answer_from_json(line, &answer, &why) == DLB_OK)
        dlb_answer_free(&answer);
    (void)dlb_request_from_json(line, &request, &why);
    json_decref(line);
    return 0;
}
