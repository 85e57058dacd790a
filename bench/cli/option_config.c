/* option_config.c: --config FILE: a JSON object of long option names; the values as on the command line, lists as
 * arrays, flags as true or false. Stands above a suite's @set and below the command line. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "bench/cli/options.h"

static enum dlb_status load(const char *path, json_t **root, struct dlb_why *why)
{
    struct stat info;
    json_error_t error;
    if (stat(path, &info) != 0) {
        return dlb_fail(why, DLB_IO, "cannot read the configuration '%.200s': %s", path,
                        strerror(errno));
    }
    if (!S_ISREG(info.st_mode)) {
        return dlb_fail(why, DLB_IO, "the configuration '%.200s' is not a regular file", path);
    }
    FILE *stream = fopen(path, "re");
    if (stream == NULL) {
        return dlb_fail(why, DLB_IO, "cannot read the configuration '%.200s': %s", path,
                        strerror(errno));
    }
    json_t *json = json_loadf(stream, JSON_REJECT_DUPLICATES, &error);
    fclose(stream);
    if (json == NULL) {
        return dlb_fail(why, DLB_INVALID, "%.200s:%d:%d: %.200s", path, error.line, error.column,
                        error.text);
    }
    if (!json_is_object(json)) {
        json_decref(json);
        return dlb_fail(
            why, DLB_INVALID,
            "%.200s: wants one JSON object of option names, as {\"precision\": \"1%%\"}", path);
    }
    *root = json;
    return DLB_OK;
}

/* Text of a scalar; false for what no option can take. A flag that is false is simply not set. */
static bool scalar_text(const json_t *value, char *buffer, size_t size)
{
    if (json_is_string(value)) {
        return snprintf(buffer, size, "%s", json_string_value(value)) < (int)size;
    }
    if (json_is_integer(value)) {
        snprintf(buffer, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return true;
    }
    if (json_is_real(value)) {
        snprintf(buffer, size, "%.17g", json_real_value(value));
        return true;
    }
    return false;
}

static enum dlb_status set_value(struct dlb_parser *parser, const char *name, const json_t *value,
                                 struct dlb_why *why)
{
    char text[1024];
    if (json_is_boolean(value)) {
        return json_is_true(value) ? dlb_parser_set(parser, name, "", DLB_SOURCE_CONFIG, why)
                                   : DLB_OK;
    }
    if (scalar_text(value, text, sizeof text)) {
        return dlb_parser_set(parser, name, text, DLB_SOURCE_CONFIG, why);
    }
    if (!json_is_array(value)) {
        return dlb_fail(why, DLB_INVALID, "--%.80s wants a text, a number, true, false or a list",
                        name);
    }
    enum dlb_status status = DLB_OK;
    for (size_t i = 0; i < json_array_size(value) && status == DLB_OK; i++) {
        status = scalar_text(json_array_get(value, i), text, sizeof text)
                     ? dlb_parser_set(parser, name, text, DLB_SOURCE_CONFIG, why)
                     : dlb_fail(why, DLB_INVALID, "--%.80s wants a list of texts or numbers", name);
    }
    return status;
}

enum dlb_status dlb_parser_config(struct dlb_parser *parser, const char *path,
                                  bool (*elsewhere)(const char *name), struct dlb_why *why)
{
    json_t *root = NULL;
    enum dlb_status status = load(path, &root, why);
    const char *name;
    json_t *value;
    if (status != DLB_OK) {
        return status;
    }
    json_object_foreach(root, name, value)
    {
        struct dlb_why inner = {""};
        bool known = false;
        for (int t = 0; t < parser->table_count; t++) {
            known = known || dlb_option_find(parser->tables[t].rows, name) != NULL;
        }
        if (!known && elsewhere(name)) {
            continue;
        }
        status = strcmp(name, "config") == 0
                     ? dlb_fail(&inner, DLB_INVALID, "a configuration cannot name another one")
                     : set_value(parser, name, value, &inner);
        if (status != DLB_OK) {
            dlb_fail(why, status, "%.120s: %.380s", path, inner.text);
            break;
        }
    }
    json_decref(root);
    return status;
}
