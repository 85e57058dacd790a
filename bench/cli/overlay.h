/* overlay.h: --overlay NAME: rows that stand beside the measured ones. The option's row is overlay_option.def. */
#ifndef DLB_OVERLAY_H
#define DLB_OVERLAY_H

#include "bench/cli/command.h"
#include "bench/store/result.h"

/* Adds the rows of an overlay to a result in memory: "published" is what others published of its problems, "none" and NULL nothing. DLB_INVALID, with the reason in
 * cli->why: there is no such overlay. That no problem has a row is told on stderr and is DLB_OK. */
enum dlb_status dlb_overlay_apply(struct dlb_cli *cli, const char *name, struct dlb_result *result);

#endif
