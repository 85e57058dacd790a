/* fuzz_result.c: any bytes as a result file: read it, both ways, and what could be read must survive being written and read again. */
#include <stdlib.h>

#include "bench/base/log.h"
#include "bench/store/result.h"
#include "bench/store/result_file.h"
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

/* What is read by lines is read as a document, too, and the same. */
static void compare_ways(const char *bytes, size_t size)
{
    struct dlb_result by_lines, by_document;
    struct dlb_why why;
    if (!dlb_result_from_lines(bytes, size, &by_lines))
        return;
    json_t *document = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL);
    if (document == NULL || dlb_result_from_json(document, &by_document, &why) != DLB_OK)
        abort();
    json_t *lines = dlb_result_to_json(&by_lines);
    json_t *whole = dlb_result_to_json(&by_document);
    if (!json_equal(lines, whole))
        abort();
    json_decref(lines);
    json_decref(whole);
    json_decref(document);
    dlb_result_free(&by_lines);
    dlb_result_free(&by_document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dlb_result result;
    struct dlb_why why;
    dlb_log_set_level(DLB_LOG_ERROR); /* a newer minor version is a warning */
    compare_ways((const char *)data, size);
    if (dlb_result_load(fuzz_file("r.json", data, size), &result, &why) == DLB_OK) {
        read_again(&result);
        dlb_result_free(&result);
    }
    return 0;
}
