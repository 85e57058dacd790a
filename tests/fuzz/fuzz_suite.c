/* fuzz_suite.c: any bytes as a problem list. */
#include "bench/suites/suite.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dlb_suite suite;
    struct dlb_why why;
    if (dlb_suite_load(fuzz_file("f.suite", data, size), &suite, &why) == DLB_OK)
        dlb_suite_free(&suite);
    return 0;
}
