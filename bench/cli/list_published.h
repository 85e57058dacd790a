/* list_published.h: `dlbench list published`: which workloads there are published results of. */
#ifndef DLB_LIST_PUBLISHED_H
#define DLB_LIST_PUBLISHED_H

#include <jansson.h>

#include "bench/cli/options.h"

/* Appends a row for each workload: workload, rows, devices, here ("yes": this dlbench can run it), source. Only workloads that one of `patterns` matches; all without any. */
enum dlb_status dlb_list_published(const struct dlb_texts *patterns, json_t *rows,
                                   struct dlb_why *why);

#endif
