/* devices.h: which devices there are, and which of them the user means.
 *
 * Each backend is probed in a worker of its own, so that a vendor library that crashes or hangs is a row with its reason
 * and nothing more. */
#ifndef DLB_DEVICES_H
#define DLB_DEVICES_H

#include <jansson.h>

#include "backends/registry.h"
#include "bench/cli/command.h"

struct dlb_device {
    char key[48]; /* "onednn:0"; a backend that is not available stands as its index 0 */
    char backend[32];
    int index;
    enum dlb_device_kind kind;
    enum dlb_evidence evidence;
    enum dlb_status status;
    char reason[512];
    json_t *json;  /* the row for the result file, owned */
    bool selected; /* set by dlb_devices_select */
};

struct dlb_devices {
    int count, capacity;
    struct dlb_device *items;
    struct dlb_registry *registry; /* owned */
};

/* Loads the registry: names, options, kinds; runs no vendor code. */
enum dlb_status dlb_devices_open(struct dlb_devices *devices, struct dlb_why *why);
void dlb_devices_close(struct dlb_devices *devices);

/* Asks the backends for their devices. `wanted` (NULL: all) limits it to backends that the selectors can mean. `options` are
 * checked "backend.name=value" pairs. */
enum dlb_status dlb_devices_probe(struct dlb_devices *devices, struct dlb_cli *cli,
                                  const struct dlb_texts *wanted, const struct dlb_texts *options,
                                  struct dlb_why *why);

/* Marks what the selectors mean: all, a kind (cpu, gpu, ...), backend, backend:index, comma lists, '!x' takes away. Under
 * `all` and kinds unavailable devices are passed over; under their name they are DLB_UNAVAILABLE, like a selector that
 * matches nothing. */
enum dlb_status dlb_devices_select(struct dlb_devices *devices, const struct dlb_texts *selectors,
                                   struct dlb_why *why);

/* Checks --opt BACKEND.NAME=VALUE against the backend's own list. */
enum dlb_status dlb_devices_check_options(const struct dlb_devices *devices,
                                          const struct dlb_texts *options, struct dlb_why *why);

/* "cpu gpu tpu fpga asic": every kind has a selector of its name. */
bool dlb_device_kind_find(const char *name, enum dlb_device_kind *kind);

#endif
