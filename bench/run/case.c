/* case.c: the canonical key of a case, both ways. The part before the '@' is the problem's own key
 * (bench/models/problem.c). */
#include "bench/run/case.h"

#include <stdio.h>
#include <string.h>

#define PART_COUNT 5 /* backend:device, threads, mode, cache, data */
#define PART_SIZE  (32 + DLB_DEVICE_SIZE)

static const char *const cache_names[DLB_CACHE_COUNT] = {
    [DLB_CACHE_WARM] = "warm",
    [DLB_CACHE_COLD] = "cold",
};

const char *dlb_cache_state_name(enum dlb_cache_state state)
{
    return (unsigned int)state < DLB_CACHE_COUNT ? cache_names[state] : "?";
}

/* The names of the three enums behind one type, so that one function finds an index by name. */
static const char *mode_name(int index)
{
    return dlb_mode_name((enum dlb_mode)index);
}

static const char *cache_name(int index)
{
    return dlb_cache_state_name((enum dlb_cache_state)index);
}

static const char *data_name(int index)
{
    return dlb_fill_name((enum dlb_fill)index);
}

void dlb_case_key(const struct dlb_case *item, char *buffer, size_t size)
{
    char problem[DLB_KEY_SIZE];
    dlb_problem_key(&item->problem, problem, sizeof problem);
    (void)snprintf(buffer, size, "%s@%s:%s/t%d/%s/%s/%s", problem, item->backend, item->device,
                   item->threads, dlb_mode_name(item->mode), dlb_cache_state_name(item->cache),
                   dlb_fill_name(item->data));
}

/* A whole number in [least, 2^31) without suffix. */
static bool parse_small(const char *text, int least, int *value)
{
    int64_t parsed;
    if (text[strspn(text, "0123456789")] != '\0' || dlb_parse_int(text, &parsed, NULL) != DLB_OK ||
        parsed < least || parsed > INT32_MAX) {
        return false;
    }
    *value = (int)parsed;
    return true;
}

bool dlb_case_device(const char *text, int *index)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char others[] = "0123456789._-";
    const char *rest = text;
    if (strchr(letters, text[0]) == NULL || text[0] == '\0') {
        const bool padded = text[0] == '0' && text[1] != '\0';
        return text[0] != '\0' && !padded && parse_small(text, 0, index);
    }
    while (*rest != '\0' && (strchr(letters, *rest) != NULL || strchr(others, *rest) != NULL)) {
        rest++;
    }
    if (*rest != '\0' || rest - text >= DLB_DEVICE_SIZE) {
        return false;
    }
    *index = -1;
    return true;
}

static enum dlb_status parse_device(char *text, struct dlb_case *item, struct dlb_why *why)
{
    char *const colon = strchr(text, ':');
    if (colon != NULL) {
        *colon = '\0';
    }
    int index;
    if (colon == NULL || text[0] == '\0' || strlen(text) >= sizeof item->backend ||
        !dlb_case_device(colon + 1, &index)) {
        return dlb_fail(why, DLB_INVALID,
                        "a device is BACKEND:INDEX or BACKEND:NAME (like onednn:0), found '%s%s%s'",
                        text, colon != NULL ? ":" : "", colon != NULL ? colon + 1 : "");
    }
    memcpy(item->backend, text, strlen(text) + 1);
    memcpy(item->device, colon + 1, strlen(colon + 1) + 1);
    return DLB_OK;
}

static enum dlb_status parse_name(const char *what, const char *text, int count,
                                  const char *(*name)(int index), int *value, struct dlb_why *why)
{
    char list[96] = "";
    for (int i = 0; i < count; i++) {
        if (strcmp(name(i), text) == 0) {
            *value = i;
            return DLB_OK;
        }
        const size_t used = strlen(list);
        (void)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? " " : "", name(i));
    }
    return dlb_fail(why, DLB_INVALID, "%s must be one of: %s; found '%s'", what, list, text);
}

/* Cuts "a/b/c/d/e" into exactly PART_COUNT parts. */
static bool split_parts(const char *text, char parts[PART_COUNT][PART_SIZE])
{
    for (int i = 0; i < PART_COUNT; i++) {
        const size_t length = strcspn(text, "/");
        if (length >= PART_SIZE || (text[length] == '/') != (i + 1 < PART_COUNT)) {
            return false;
        }
        memcpy(parts[i], text, length);
        parts[i][length] = '\0';
        text += length + 1;
    }
    return true;
}

static enum dlb_status parse_circumstances(char parts[PART_COUNT][PART_SIZE], struct dlb_case *item,
                                           struct dlb_why *why)
{
    enum dlb_status status = parse_device(parts[0], item, why);
    if (status != DLB_OK) {
        return status;
    }
    if (parts[1][0] != 't' || !parse_small(parts[1] + 1, 1, &item->threads)) {
        return dlb_fail(why, DLB_INVALID, "threads are written tN (like t2), found '%s'", parts[1]);
    }
    int mode = 0, cache = 0, data = 0;
    status = parse_name("the timing mode", parts[2], DLB_MODE_COUNT, mode_name, &mode, why);
    if (status == DLB_OK) {
        status = parse_name("the cache state", parts[3], DLB_CACHE_COUNT, cache_name, &cache, why);
    }
    if (status == DLB_OK) {
        status = parse_name("the data", parts[4], DLB_FILL_COUNT, data_name, &data, why);
    }
    item->mode = (enum dlb_mode)mode;
    item->cache = (enum dlb_cache_state)cache;
    item->data = (enum dlb_fill)data;
    return status;
}

enum dlb_status dlb_case_parse(const char *key, struct dlb_case *item, struct dlb_why *why)
{
    char problem[DLB_KEY_SIZE];
    char parts[PART_COUNT][PART_SIZE];
    const char *const at = strchr(key, '@');
    if (at == NULL || (size_t)(at - key) >= sizeof problem || !split_parts(at + 1, parts)) {
        return dlb_fail(why, DLB_INVALID,
                        "a case is PROBLEM@BACKEND:DEVICE/tTHREADS/MODE/CACHE/DATA, found '%.120s'",
                        key);
    }
    memcpy(problem, key, (size_t)(at - key));
    problem[at - key] = '\0';
    struct dlb_case parsed = {.occurrences = 1};
    enum dlb_status status = dlb_problem_parse(problem, &parsed.problem, why);
    if (status == DLB_OK) {
        status = parse_circumstances(parts, &parsed, why);
    }
    if (status == DLB_OK) {
        *item = parsed;
    }
    return status;
}
