/* devices.h: which devices there are, and which of them the user means.
 *
 * Each backend is probed in a worker of its own, so that a vendor library that crashes or hangs is a row with its reason
 * and nothing more. */
#ifndef DLB_DEVICES_H
#define DLB_DEVICES_H

#include <jansson.h>

#include "backends/registry.h"
#include "bench/cli/command.h"
#include "bench/run/device_json.h"

struct dlb_device {
    char key
        [DLB_DEVICE_KEY_SIZE]; /* "onednn:0", "fpga:arria10-gx1150"; an unavailable backend stands as its index 0 */
    char backend[32];
    int index;
    enum dlb_device_kind kind;
    enum dlb_evidence evidence;
    enum dlb_status status;
    char reason[DLB_WHY_SIZE];
    bool on_request;      /* meant by its own name alone */
    json_t *json;         /* the row for the result file, owned */
    bool selected;        /* set by dlb_devices_select */
    bool meant;           /* likewise: a selector means it, though it may not be there */
    bool named;           /* likewise: selected by a name, not as one of a kind or of all */
    const char *left_out; /* why it is measured only when -d names it; NULL: it is not left out */
    bool
        refuses_options; /* DLB_INVALID, and an --opt was given for its backend: the user's mistake where it is named */
};

struct dlb_devices {
    int count, capacity;
    struct dlb_device *items;
    struct dlb_registry *registry; /* owned */
};

/* Loads the registry: names, options, kinds; runs no vendor code. */
enum dlb_status dlb_devices_open(struct dlb_devices *devices, struct dlb_why *why);
void dlb_devices_close(struct dlb_devices *devices);

/* Asks the backends for their devices. `wanted` (NULL: all) limits it to backends that the selectors can mean; a name among
 * them that is no listed device is asked for by itself: what its backend says of it stands in the list. `options` (NULL: none)
 * are checked "backend.name=value" pairs; DLB_INVALID when a backend, or each device of it that could work, refuses a value. */
enum dlb_status dlb_devices_probe(struct dlb_devices *devices, struct dlb_cli *cli,
                                  const struct dlb_texts *wanted, const struct dlb_texts *options,
                                  struct dlb_why *why);

/* Adds a device that another program tells as `list devices` does, or puts it in the place of one that is not ok. A row without a key and a backend of
 * the usual kind is passed over. */
enum dlb_status dlb_devices_add_told(struct dlb_devices *devices, json_t *json,
                                     struct dlb_why *why);

/* Is `name` the device's: its key, or the backend with its number? */
bool dlb_device_is(const struct dlb_device *device, const char *name);

/* Does the run have to say why it has no results of this device? A backend without devices always; one of its devices that
 * does not open, when it was meant. */
bool dlb_device_is_missed(const struct dlb_device *device);

/* What the list of devices says of it: "ok", "ok, modelled, on request", "unavailable". */
void dlb_device_state(const json_t *device, char *buffer, size_t size);

/* Marks what the selectors mean: all, a kind (cpu, gpu, ...), backend, backend:index, backend:id, comma lists, '!x' takes
 * away. A device on request is meant by its own name alone. Under `all` and kinds unavailable devices are passed over; under their name they are DLB_UNAVAILABLE, like a selector that
 * matches nothing, and DLB_INVALID where they refuse an option. */
enum dlb_status dlb_devices_select(struct dlb_devices *devices, const struct dlb_texts *selectors,
                                   struct dlb_why *why);

/* Checks --opt BACKEND.NAME=VALUE against the backend's own list. */
enum dlb_status dlb_devices_check_options(const struct dlb_devices *devices,
                                          const struct dlb_texts *options, struct dlb_why *why);

/* "cpu gpu tpu fpga asic": every kind has a selector of its name. */
bool dlb_device_kind_find(const char *name, enum dlb_device_kind *kind);

#endif
