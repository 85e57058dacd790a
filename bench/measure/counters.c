/* counters.c: the names of the counters, their groups, reading a list of them, and counting through a source.
 *
 * What a name means is the same on every device; which event stands behind it is the business of its source (counters_papi.c,
 * counters_memory.c, counters_software.c; counters_source.c puts them together). */
#include "bench/measure/counters.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/text.h"

/* Cycles, instructions and the task clock are members of every group of hardware: rates are made of them. */
const struct dlb_counter dlb_counter_table[] = {
    {"cycles", "cache flops memory", "clock cycles of the cores that ran it", "", false},
    {"ref_cycles", "", "cycles of the reference clock, which neither sleeps nor speeds up", "",
     false},
    {"stall_cycles", "memory", "cycles in which nothing could go on for want of a resource", "",
     false},
    {"instructions", "cache flops memory", "instructions completed", "", false},
    {"branches", "", "branches completed", "", false},
    {"branch_miss", "", "branches that went another way than foretold", "", false},
    {"l1d_miss", "cache", "misses of the first-level data caches", "", false},
    {"l2_miss", "cache", "misses of the second-level caches", "", false},
    {"l3_miss", "cache memory", "misses of the last-level cache", "", false},
    {"l3_access", "cache", "accesses to the last-level cache", "", false},
    {"tlb_miss", "cache memory", "data accesses whose page was not in the TLB", "", false},
    {"dram_bytes", "memory", "bytes between memory controllers and memory, of the whole machine",
     "bytes", false},
    {"flops_sp", "flops", "single-precision operations, by the width of their vectors", "", false},
    {"flops_dp", "flops", "double-precision operations, by the width of their vectors", "", false},
    {"flops_all", "flops", "floating-point operations where the types are not told apart", "",
     false},
    {"vec_sp", "flops", "single-precision vector instructions", "", false},
    {"vec_dp", "flops", "double-precision vector instructions", "", false},
    {"context_switches", "software", "times that a thread gave up its CPU or had to", "", true},
    {"migrations", "software", "times that a thread went on on another CPU", "", true},
    {"page_faults_minor", "memory software", "pages mapped without reading a disk", "", true},
    {"page_faults_major", "memory software", "pages read from a disk", "", true},
    {"task_clock", "cache flops memory software", "time on CPUs, of all threads together", "ns",
     true},
    {NULL, NULL, NULL, NULL, false},
};

static const char *const group_names[] = {"cache", "flops", "memory", "software", NULL};

static const struct dlb_counter *find_counter(const char *name)
{
    const struct dlb_counter *counter = dlb_counter_table;
    while (counter->name != NULL && strcmp(counter->name, name) != 0)
        counter++;
    return counter->name != NULL ? counter : NULL;
}

bool dlb_counter_is_named(const char *name)
{
    return find_counter(name) != NULL;
}

bool dlb_counter_is_software(const char *name)
{
    const struct dlb_counter *counter = find_counter(name);
    return counter != NULL && counter->software;
}

static bool is_group(const char *name)
{
    for (int i = 0; group_names[i] != NULL; i++)
        if (strcmp(group_names[i], name) == 0)
            return true;
    return false;
}

/* Whether `word` is one of the words of `list`. */
static bool has_word(const char *list, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

/* Events of a source carry its marks; a slip of a name in the table does not. */
static bool is_native(const char *name)
{
    return strchr(name, ':') != NULL || strncmp(name, "PAPI_", 5) == 0;
}

static enum dlb_status check_native(const char *name, struct dlb_why *why)
{
    for (const char *c = name; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr(":_-.=+/", *c) == NULL)
            return dlb_fail(why, DLB_INVALID,
                            "a native event is written with letters, digits and :_-.=+/, found "
                            "another character in '%.63s'",
                            name);
    return DLB_OK;
}

static enum dlb_status add_name(const char *name, struct dlb_counter_list *list,
                                struct dlb_why *why)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->names[i], name) == 0)
            return DLB_OK;
    if (list->count == DLB_MAX_COUNTERS)
        return dlb_fail(why, DLB_INVALID, "at most %d counters at once; '%.63s' is one too many",
                        DLB_MAX_COUNTERS, name);
    snprintf(list->names[list->count++], sizeof list->names[0], "%s", name);
    return DLB_OK;
}

static enum dlb_status add_group(const char *group, struct dlb_counter_list *list,
                                 struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (const struct dlb_counter *c = dlb_counter_table; c->name != NULL && status == DLB_OK; c++)
        if (has_word(c->groups, group))
            status = add_name(c->name, list, why);
    return status;
}

static enum dlb_status fail_unknown(const char *name, struct dlb_why *why)
{
    const char *known[64];
    int count = 0;
    for (int i = 0; group_names[i] != NULL; i++)
        known[count++] = group_names[i];
    for (const struct dlb_counter *c = dlb_counter_table; c->name != NULL; c++)
        known[count++] = c->name;
    known[count] = NULL;
    const char *nearest = dlb_text_nearest(name, known);
    return dlb_fail(why, DLB_INVALID,
                    "there is no counter '%.63s'%s%s%s; groups are cache, flops, memory and "
                    "software, and 'dlbench list counters' shows all",
                    name, nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                    nearest != NULL ? "?" : "");
}

static enum dlb_status add_word(const char *word, struct dlb_counter_list *list,
                                struct dlb_why *why)
{
    if (is_group(word))
        return add_group(word, list, why);
    if (find_counter(word) != NULL)
        return add_name(word, list, why);
    if (!is_native(word))
        return fail_unknown(word, why);
    const enum dlb_status status = check_native(word, why);
    return status == DLB_OK ? add_name(word, list, why) : status;
}

enum dlb_status dlb_counter_list_parse(const char *text, struct dlb_counter_list *list,
                                       struct dlb_why *why)
{
    struct dlb_counter_list found = {0};
    for (const char *at = text;;) {
        const size_t length = strcspn(at, ",");
        char word[sizeof found.names[0]];
        if (length == 0)
            return dlb_fail(why, DLB_INVALID,
                            "names of counters or groups are wanted between commas, found '%.80s'",
                            text);
        if (length >= sizeof word)
            return dlb_fail(why, DLB_INVALID,
                            "a counter's name has at most %zu characters, found '%.40s...'",
                            sizeof word - 1, at);
        memcpy(word, at, length);
        word[length] = '\0';
        const enum dlb_status status = add_word(word, &found, why);
        if (status != DLB_OK)
            return status;
        if (at[length] == '\0')
            break;
        at += length + 1;
    }
    *list = found;
    return DLB_OK;
}

enum dlb_status dlb_counters_open(struct dlb_counters *counters,
                                  const struct dlb_counter_list *list,
                                  const struct dlb_counter_source *source, struct dlb_why *why)
{
    struct dlb_counters opened = {.source = source != NULL ? source : &dlb_counter_source_host,
                                  .list = *list};
    for (int i = 0; i < list->count; i++)
        opened.readings[i].value = (double)NAN;
    const enum dlb_status status =
        opened.source->open(&opened.list, opened.readings, &opened.passes, opened.version,
                            (int)sizeof opened.version, &opened.self, why);
    if (status == DLB_OK)
        *counters = opened;
    return status;
}

enum dlb_status dlb_counters_start(struct dlb_counters *counters, int pass, struct dlb_why *why)
{
    return counters->source->start(counters->self, pass, why);
}

enum dlb_status dlb_counters_stop(struct dlb_counters *counters, int pass, struct dlb_why *why)
{
    return counters->source->stop(counters->self, pass, counters->readings, why);
}

void dlb_counters_close(struct dlb_counters *counters)
{
    if (counters->source != NULL)
        counters->source->close(counters->self);
    counters->source = NULL;
    counters->self = NULL;
}
