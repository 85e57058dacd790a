/* counters_source.c: the counters of the host: memory controllers, PAPI, and the kernel's own accounting, as one source.
 *
 * Starting and stopping costs time that must not count as the case's: so the software counters, which see it, start last and stop first. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/measure/counters_parts.h"

static const struct dlb_counter_source *const parts[] = {
    &dlb_counter_source_memory,
    &dlb_counter_source_papi,
    &dlb_counter_source_software,
};
#define PARTS ((int)DLB_ARRAY_COUNT(parts))

struct host {
    void *self[DLB_ARRAY_COUNT(parts)];
    int passes[DLB_ARRAY_COUNT(parts)]; /* 0: not open */
};

bool dlb_counters_is_free(const struct dlb_counter_reading *reading)
{
    return reading->event[0] == '\0' && reading->reason[0] == '\0';
}

void dlb_counters_add(struct dlb_counter_reading *reading, double value)
{
    reading->value = isnan(reading->value) ? value : reading->value + value;
}

static void close_host(void *self)
{
    struct host *host = self;
    for (int i = 0; i < PARTS; i++)
        if (host->passes[i] > 0)
            parts[i]->close(host->self[i]);
    free(host);
}

/* "PAPI 7.0.0, kernel accounting" */
static void add_version(char *version, int size, const char *text)
{
    const size_t used = strlen(version);
    if (text[0] != '\0')
        snprintf(version + used, (size_t)size - used, "%s%s", used > 0 ? ", " : "", text);
}

static enum dlb_status open_host(const struct dlb_counter_list *list,
                                 struct dlb_counter_reading *readings, int *passes, char *version,
                                 int version_size, void **self, struct dlb_why *why)
{
    struct host *host = calloc(1, sizeof *host);
    if (host == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for counters");
    int most = 0;
    version[0] = '\0';
    for (int i = 0; i < PARTS; i++) {
        char own[48] = "";
        const enum dlb_status status = parts[i]->open(list, readings, &host->passes[i], own,
                                                      (int)sizeof own, &host->self[i], why);
        if (status == DLB_NO_MEMORY) {
            close_host(host);
            return status;
        }
        host->passes[i] = status == DLB_OK ? host->passes[i] : 0;
        most = host->passes[i] > most ? host->passes[i] : most;
        if (host->passes[i] > 0)
            add_version(version, version_size, own);
    }
    *passes = most;
    *self = host;
    return DLB_OK;
}

static enum dlb_status start_host(void *self, int pass, struct dlb_why *why)
{
    struct host *host = self;
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < PARTS && status == DLB_OK; i++)
        if (pass < host->passes[i])
            status = parts[i]->start(host->self[i], pass, why);
    return status;
}

static enum dlb_status stop_host(void *self, int pass, struct dlb_counter_reading *readings,
                                 struct dlb_why *why)
{
    struct host *host = self;
    enum dlb_status status = DLB_OK;
    for (int i = PARTS - 1; i >= 0 && status == DLB_OK; i--)
        if (pass < host->passes[i])
            status = parts[i]->stop(host->self[i], pass, readings, why);
    return status;
}

const struct dlb_counter_source dlb_counter_source_host = {
    .name = "host",
    .open = open_host,
    .start = start_host,
    .stop = stop_host,
    .close = close_host,
};
