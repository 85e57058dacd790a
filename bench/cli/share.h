/* share.h: where the data files stand that come with the program, and those of the user. */
#ifndef DLB_SHARE_H
#define DLB_SHARE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/store/catalogue.h"

#define DLB_SHARE_PATH_SIZE 4096

/* NAME in the folder that DLBENCH_SHARE names, else in share/dlbench or ../share/dlbench beside the program. DLB_IO when it is not there. */
enum dlb_status dlb_share_path(const char *name, char *path, size_t size, struct dlb_why *why);

/* $XDG_CONFIG_HOME/dlbench/catalogue.json, else below $HOME/.config. False: neither is set, or the path is too long. */
bool dlb_share_user_catalogue(char *path, size_t size);

/* The project's catalogue and the user's, as dlb_catalogue_load. */
enum dlb_status dlb_share_catalogue(struct dlb_catalogue *catalogue, struct dlb_why *why);

#endif
