/* schema_check.h: does a document fit a JSON Schema? For the keywords that result.schema.json uses. */
#ifndef DLB_SCHEMA_CHECK_H
#define DLB_SCHEMA_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* True when it fits; else `problem` says where and what: "/results/0/status: not one of the allowed values". A keyword that
 * is not known here is a problem too: nothing is passed unchecked. */
bool schema_check(const json_t *schema, const json_t *document, char *problem, size_t size);

#endif
