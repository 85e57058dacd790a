/* roofline.h: the ceilings of a device: the list of what is measured, each in fresh processes, and what comes of it.
 *
 * A processor is measured by the loops of kernels/ and stands for all backends that have no kernels of their own for this (`probe_kernel`);
 * other devices are asked through their backend. The ceiling is the fastest sample of the best process, as in STREAM (McCalpin, 1995): nothing
 * else says what the machine can do. Processes differ by where their pages lie and by what neighbours do. */
#ifndef DLB_ROOFLINE_H
#define DLB_ROOFLINE_H

#include "bench/measure/cache.h"
#include "bench/measure/host.h"
#include "bench/run/spawn.h"
#include "bench/store/roofs.h"

#define DLB_ROOFLINE_HOST      "cpu" /* the key of the processor's own roofs */
#define DLB_ROOFLINE_IDENTITY  160
#define DLB_ROOFLINE_PROCESSES 3 /* of a probe; in the quick mode one less */
#define DLB_ROOFLINE_MORE      2 /* at most so many more for a probe whose best process stands alone */
#define DLB_ROOFLINE_AGREEMENT 0.03
#define DLB_ROOFLINE_WAYS      6 /* of a device to do one thing, at most: later variants are not tried */

struct dlb_roofline_options {
    struct dlb_spawn
        spawn; /* threads, CPUs, news and stop_now are set here; program, plugins, wait policy, timeout_s by the caller */
    struct dlb_request request; /* the template: seed and options of backends */
    const int *cpus;            /* at least `threads` */
    int threads;
    bool quick;                 /* what a run needs to tell shares, in a few seconds */
    int64_t level_bytes[4];     /* as in struct dlb_roofs: dlb_roofline_levels */
    int64_t memory_limit_bytes; /* what a probe may take; 0: no limit */
};

/* Levels of the processor's memory from what was read (or measured: the effective size) of its caches. */
void dlb_roofline_levels(const struct dlb_cache_info *cache, const struct dlb_host *host,
                         int64_t level_bytes[4]);

struct dlb_roofline_device {
    const char *backend, *device; /* NULL: the processor itself */
    const char *key;              /* "cpu", "opencl:0" */
    enum dlb_device_kind kind;
    int64_t llc_bytes, mem_bytes; /* of a device of its own memory; 0: unknown */
};

/* One line of the list. */
struct dlb_roofline_item {
    struct dlb_roofline_probe probe;
    struct dlb_roof roof; /* kind, type, level, ... filled; name and value are not yet */
    char label[28];       /* "f32", "L2 read": for the screen, and the begin of the name */
    int process_count;
    double values[DLB_ROOFLINE_PROCESSES + DLB_ROOFLINE_MORE];
    bool over; /* unsupported, or failed: `why` says it */
    enum dlb_status status;
    struct dlb_why why;
};
struct dlb_roofline_list {
    int count, capacity;
    struct dlb_roofline_item *items; /* owned */
};
void dlb_roofline_list_free(struct dlb_roofline_list *list);

/* What is measured of a device: pure, but that the processor is asked for its instruction sets. */
enum dlb_status dlb_roofline_list_make(const struct dlb_roofline_options *options,
                                       const struct dlb_roofline_device *device,
                                       struct dlb_roofline_list *list, struct dlb_why *why);

/* What the screen shows: `item` has been measured once more, or (NULL) is about to be. */
struct dlb_roofline_state {
    int done, total; /* processes */
    const struct dlb_roofline_item *item;
    double value; /* of this process; NaN: it did not end well, or has not ended */
};
struct dlb_roofline_watch {
    void *user;
    void (*tick)(void *user, const struct dlb_roofline_state *state); /* may be NULL */
    int (*stop)(void *user); /* not 0: stop now; may be NULL */
};

/* Measures and fills device, as_of, evidence, level_bytes and items; identity is the caller's. A probe that is unsupported is left out; one that
 * fails is left out with a word in `note` (whole sentences, "" for none; of `note_size` bytes). DLB_UNSUPPORTED: nothing could be
 * measured; `why` says what the first said. */
enum dlb_status dlb_roofline_run(const struct dlb_roofline_options *options,
                                 const struct dlb_roofline_device *device,
                                 const struct dlb_roofline_watch *watch, struct dlb_roofs *roofs,
                                 char *note, size_t note_size, struct dlb_why *why);

/* What must not have changed since: processor, microcode, governor, boost; and of a device its name, runtime, driver, clock. */
void dlb_roofline_host_identity(const struct dlb_host *host, char identity[DLB_ROOFLINE_IDENTITY]);
void dlb_roofline_device_identity(const json_t *device, char identity[DLB_ROOFLINE_IDENTITY]);

/* Puts `fresh` in the place of what `kept` has of the same thread counts; the rest of `kept` stays. */
enum dlb_status dlb_roofline_merge(struct dlb_roofs *kept, const struct dlb_roofs *fresh);

/* Are there ceilings of this thread count? */
bool dlb_roofline_has_threads(const struct dlb_roofs *roofs, int threads);

#endif
