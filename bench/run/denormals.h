/* denormals.h: denormal numbers cost some processors a hundred cycles each; every worker flushes them alike. */
#ifndef DLB_DENORMALS_H
#define DLB_DENORMALS_H

#include <stdbool.h>

/* Sets flush-to-zero and denormals-are-zero for this thread and those it starts; recorded in the settings. False where
 * the processor has no such switch that we know. */
bool dlb_denormals_flush(void);

#endif
