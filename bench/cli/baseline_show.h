/* baseline_show.h: a baseline printed for people. */
#ifndef DLB_BASELINE_SHOW_H
#define DLB_BASELINE_SHOW_H

#include "bench/cli/screen.h"
#include "bench/store/baseline.h"

/* Its sessions, then its cases. */
void dlb_baseline_print(const struct dlb_baseline *baseline, const struct dlb_screen *screen);

#endif
