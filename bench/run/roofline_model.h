/* roofline_model.h: the ceilings of a device that is a formula. */
#ifndef DLB_ROOFLINE_MODEL_H
#define DLB_ROOFLINE_MODEL_H

#include <jansson.h>

#include "bench/store/roofs.h"

/* Fills `roofs` (what it held is not freed) with the peaks that a model tells of itself: evidence "modelled", for any number of threads. The caller
 * frees them. `device` is an element of devices[] (device_json.h). They are no file's business: a model is asked again each time, as its
 * options change them. DLB_UNSUPPORTED: an emulated device has no ceilings, a measured one's are measured, and a model may tell none. */
enum dlb_status dlb_roofline_model(const json_t *device, struct dlb_roofs *roofs,
                                   struct dlb_why *why);

#endif
