/* roofs_machine.h: the roofs that are kept with this machine: loaded, or measured and kept; for `dlbench roofline` and for a run. */
#ifndef DLB_ROOFS_MACHINE_H
#define DLB_ROOFS_MACHINE_H

#include "bench/cli/block.h"
#include "bench/cli/command.h"
#include "bench/cli/devices.h"
#include "bench/run/roofline.h"
#include "bench/store/catalogue.h"

/* Whose roofs stand above a device. */
enum dlb_roofs_source {
    DLB_ROOFS_OWN,   /* its backend has kernels for that */
    DLB_ROOFS_HOST,  /* it is the processor, or a part of it */
    DLB_ROOFS_MODEL, /* it is a model, which tells its peaks */
    DLB_ROOFS_NONE   /* nothing here can tell */
};
enum dlb_roofs_source dlb_roofs_source_of(const struct dlb_devices *devices,
                                          const struct dlb_device *device);

struct dlb_roofs_machine {
    struct dlb_cli *cli;
    const struct dlb_host *host;
    struct dlb_roofline_options options; /* the template: threads and levels are set per device */
    char folder[512];                    /* "": nowhere to keep them */
    bool caches_known, catalogue_read;
    struct dlb_cache_info cache;
    struct dlb_catalogue catalogue;
    struct dlb_block block; /* the progress */
    const char *key;        /* of the device that is measured */
};

/* Of `options`, spawn's program, plugins, wait policy and timeout, the request, CPUs and memory limit are the caller's. */
void dlb_roofs_machine_open(struct dlb_roofs_machine *machine, struct dlb_cli *cli,
                            const struct dlb_host *host,
                            const struct dlb_roofline_options *options);
void dlb_roofs_machine_close(struct dlb_roofs_machine *machine);

enum dlb_roofs_how {
    DLB_ROOFS_STORED, /* those that are kept; DLB_UNAVAILABLE where there are none */
    DLB_ROOFS_AUTO,   /* those that are kept, measured where there are none: quickly */
    DLB_ROOFS_QUICK,  /* measured, quickly */
    DLB_ROOFS_FULL    /* measured, all of them */
};

/* The roofs of a device (NULL: of the processor) with so many threads; owned by the caller. What is measured is kept, beside those of other
 * thread counts; a file that is damaged, of another processor or too old is a line on stderr and is measured again. */
enum dlb_status dlb_roofs_machine_take(struct dlb_roofs_machine *machine,
                                       const struct dlb_device *device, int threads,
                                       enum dlb_roofs_how how, struct dlb_roofs *roofs,
                                       struct dlb_why *why);

#endif
