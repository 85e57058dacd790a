/* powercap_tree.h: a made /sys/class/powercap, and what else a meter looks at, in a folder of its own, for the tests of meters. */
#ifndef DLB_POWERCAP_TREE_H
#define DLB_POWERCAP_TREE_H

#include <stdint.h>

/* A root with an empty /sys/class/powercap; the path stays valid until the next call. Fails the test without one. */
const char *dlb_tree_make(void);
void dlb_tree_remove(void);

/* A zone with its name, counter and range; range 0: there is no such file. */
void dlb_tree_zone(const char *folder, const char *name, int64_t energy_uj, int64_t range_uj);
/* Sets any file of a zone; text NULL removes it. */
void dlb_tree_set(const char *folder, const char *file, const char *text);
void dlb_tree_energy(const char *folder, int64_t energy_uj);
/* Lets a counter go on, and start again at its range. */
void dlb_tree_add(const char *folder, int64_t energy_uj);
/* Puts a folder where a file was: it can be opened and not read, whoever asks. */
void dlb_tree_block(const char *folder, const char *file);

/* Any other file, "proc/cpuinfo"; makes its folders. */
void dlb_tree_file(const char *file, const char *text);

#endif
