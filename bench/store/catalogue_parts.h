/* catalogue_parts.h: what the files of the catalogue share; private to bench/store. */
#ifndef DLB_CATALOGUE_PARTS_H
#define DLB_CATALOGUE_PARTS_H

#include "bench/store/catalogue.h"

/* Do an entry and a name mean the same processor? 0: no; else the more they have in common, the more. */
int dlb_catalogue_fit(const struct dlb_catalogue_entry *entry, const char *name);

/* "cpu gpu tpu fpga asic soc": one of them? A system on a chip passes as a cpu and as a gpu, too. */
bool dlb_catalogue_is_kind(const char *kind);
bool dlb_catalogue_kinds_agree(const char *entry, const char *device);

#endif
