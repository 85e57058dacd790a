/* baseline_parts.h: the table of the hard parts (dlb_baseline_parts_of and _differ are in baseline.h). For the files of this folder. */
#ifndef DLB_BASELINE_PARTS_H
#define DLB_BASELINE_PARTS_H

#include "bench/store/baseline.h"
#include "bench/store/fields.h"

/* Texts and threads only. */
extern const struct dlb_fields dlb_baseline_parts_fields;

/* The first of the members (a list that ends with NULL) that is a text and not empty; "" for none. Borrowed. */
const char *dlb_baseline_first_text(const json_t *object, const char *const *names);

#endif
