/* slowdown.c: reads "10%:gemm*" and says by what factor a case is to be stretched. Next: sampler.c, which stretches. */
#include "bench/run/slowdown.h"

#include <string.h>

#include "bench/base/text.h"

#define MOST 10.0 /* 1000 %: more is a slip */

static enum dlb_status cannot_read(const char *text, struct dlb_why *why)
{
    return dlb_fail(why, DLB_INVALID,
                    "a slowdown is PCT[:GLOB] of 0 to 1000 %% (like 10%% or 5%%:gemm*), found "
                    "'%.120s'",
                    text);
}

enum dlb_status dlb_slowdown_factor(const char *text, const char *key, const char *workload,
                                    double *factor, struct dlb_why *why)
{
    char share[32];
    double slower = 0;
    if (text == NULL || text[0] == '\0') {
        *factor = 1;
        return DLB_OK;
    }
    const size_t length = strcspn(text, ":");
    const char *const glob = text[length] == ':' ? text + length + 1 : "*";
    if (length >= sizeof share || glob[0] == '\0')
        return cannot_read(text, why);
    memcpy(share, text, length);
    share[length] = '\0';
    if (dlb_parse_fraction(share, &slower, NULL) != DLB_OK || !(slower >= 0 && slower <= MOST))
        return cannot_read(text, why);
    const bool matches = dlb_text_glob(glob, key) || dlb_text_glob(glob, workload);
    *factor = matches ? 1 + slower : 1;
    return DLB_OK;
}
