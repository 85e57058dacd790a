/* report_sentences.c: what is said around the table: who is fastest, what became of the cases, host and devices; and how text
 * from anywhere is made fit to be printed.
 *
 * Nothing is laid out here: report_text.c and report_md.c do that. */
#include "reports/report_sentences.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/compiler.h"

const char *dlb_report_ops_unit(const char *dtype)
{
    return dtype[0] == 's' || dtype[0] == 'u' ? "OP/s" : "FLOP/s";
}

static void append_rival(const struct dlb_ranking *ranking, const struct dlb_rival *rival,
                         const char *times, struct dlb_text *text)
{
    const int decimals = rival->ratio < 9.995 ? 2 : rival->ratio < 99.95 ? 1 : 0;
    dlb_text_format(text, "%.*f%s %s (%d)", decimals, rival->ratio, times,
                    ranking->devices[rival->device], rival->both);
}

/* "cold, zeros, 2 threads: ": what tells a class from the others of its type. */
static void append_class(const struct dlb_class *class, const struct dlb_common *common,
                         struct dlb_text *text)
{
    const char *words_of[] = {common->mode == NULL ? class->mode : "",
                              common->cache_state == NULL ? class->cache_state : "",
                              common->data == NULL ? class->data : ""};
    const char *separator = "";
    for (size_t i = 0; i < DLB_ARRAY_COUNT(words_of); i++)
        if (words_of[i][0] != '\0') {
            dlb_text_format(text, "%s%s", separator, words_of[i]);
            separator = ", ";
        }
    if (class->threads > 0) {
        dlb_text_format(text, "%s%d thread%s", separator, class->threads,
                        class->threads > 1 ? "s" : "");
        separator = ", ";
    }
    if (separator[0] != '\0')
        dlb_text_append(text, ": ");
}

void dlb_report_verdict(const struct dlb_ranking *ranking, int class,
                        const struct dlb_contest *contest, const struct dlb_common *common,
                        bool unicode, struct dlb_text *text)
{
    const char *times = unicode ? "\xC3\x97" : "x";
    const char *name = ranking->devices[contest->fastest];
    append_class(&ranking->classes[class], common, text);
    if (contest->rival_count > 0)
        dlb_text_format(text, "%s on %d of %d", name, contest->won, contest->groups);
    else
        dlb_text_format(text, "%s, alone on %d", name, contest->groups);
    if (contest->close > 0)
        dlb_text_format(text, " (%d too close to call)", contest->close);
    if (isfinite(contest->ops_per_s)) {
        char rate[32];
        dlb_format_si(rate, sizeof rate, contest->ops_per_s,
                      dlb_report_ops_unit(ranking->classes[class].dtype));
        dlb_text_format(text, ", %s on average", rate);
    }
    for (int i = 0; i < contest->rival_count; i++) {
        dlb_text_append(text, i == 0 ? "; " : ", ");
        append_rival(ranking, &contest->rivals[i], times, text);
    }
}

int dlb_report_flagged(const struct dlb_result *result, const char *flag)
{
    int count = 0;
    for (int i = 0; i < result->record_count; i++)
        count +=
            result->records[i].status == DLB_OK && dlb_record_has_flag(&result->records[i], flag);
    return count;
}

void dlb_report_counts(const struct dlb_result *result, struct dlb_text *text)
{
    static const char *const outcomes[] = {"ok", "unsupported", "skipped", "failed"};
    static const char *const doubts[] = {"suspect", "noisy", "unsteady"};
    dlb_text_format(text, "%d case%s", result->record_count, result->record_count == 1 ? "" : "s");
    for (size_t i = 0; i < DLB_ARRAY_COUNT(outcomes); i++) {
        int count = 0;
        for (int j = 0; j < result->record_count; j++)
            count += strcmp(dlb_record_status_text(result->records[j].status), outcomes[i]) == 0;
        if (count == 0 && i > 0)
            continue;
        dlb_text_format(text, "%s %d %s", i == 0 ? ":" : ",", count, outcomes[i]);
        const char *separator = " (";
        for (size_t j = 0; j < DLB_ARRAY_COUNT(doubts) && i == 0; j++) {
            const int doubtful = dlb_report_flagged(result, doubts[j]);
            if (doubtful == 0)
                continue;
            dlb_text_format(text, "%s%d %s", separator, doubtful, doubts[j]);
            separator = ", ";
        }
        if (i == 0 && separator[0] == ',')
            dlb_text_append(text, ")");
    }
}

void dlb_report_note(const struct dlb_note *note, const struct dlb_common *common,
                     struct dlb_text *text)
{
    char label[256];
    dlb_text_format(text, "%d %s on %s", note->count, dlb_record_status_text(note->record->status),
                    note->record->device);
    dlb_report_label(note->record, common, label, sizeof label);
    if (note->count == 1)
        dlb_text_format(text, ", %s", label);
    dlb_text_format(text, ": %s", note->reason[0] != '\0' ? note->reason : "no reason was given");
    if (note->varies)
        dlb_text_append(text, " (the first of them; the numbers differ)");
}

void dlb_report_preparing(const struct dlb_result *result, const struct dlb_ranking *ranking,
                          int device, struct dlb_text *text)
{
    const char *name = ranking->devices[device];
    double build_ns = 0, tune_ns = 0;
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        for (int j = 0; strcmp(record->device, name) == 0 && j < record->invocation_count; j++) {
            build_ns = fmax(build_ns, record->invocations[j].build_ns); /* NaN: the other one */
            tune_ns = fmax(tune_ns, record->invocations[j].tune_ns);
        }
    }
    if (!(build_ns > 0 || tune_ns > 0))
        return;
    char build[24], tune[24];
    dlb_format_time(build, sizeof build, build_ns);
    dlb_format_time(tune, sizeof tune, tune_ns);
    dlb_text_format(
        text,
        "%s took up to %s%s%s%s%s before the first call; what was chosen is in the file "
        "(parameters)",
        name, build_ns > 0 ? build : "", build_ns > 0 ? " to compile" : "",
        build_ns > 0 && tune_ns > 0 ? " and " : "", tune_ns > 0 ? tune : "",
        tune_ns > 0 ? " to search for parameters" : "");
}

const char *dlb_report_member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

static void append_count(struct dlb_text *text, const json_t *object, const char *name)
{
    const json_int_t count = json_integer_value(json_object_get(object, name));
    if (count > 0)
        dlb_text_format(text, ", %lld %.*s%s", (long long)count, (int)strlen(name) - 1, name,
                        count > 1 ? "s" : "");
}

void dlb_report_host(const struct dlb_result *result, struct dlb_text *text)
{
    const char *model = dlb_report_member(result->host, "cpu_model");
    const char *virt = dlb_report_member(result->host, "virt");
    const double ram = json_number_value(json_object_get(result->host, "ram_bytes"));
    if (model[0] == '\0')
        return;
    dlb_text_append(text, model);
    append_count(text, result->host, "cores");
    append_count(text, result->host, "threads");
    if (ram > 0) {
        char size[32];
        dlb_format_bytes(size, sizeof size, ram);
        dlb_text_format(text, ", %s", size);
    }
    if (virt[0] != '\0' && strcmp(virt, "none") != 0)
        dlb_text_format(text, ", %s", virt);
}

/* The threads of all records of a device; 0 when they differ or there are none. */
static int threads_of(const struct dlb_result *result, const char *device)
{
    int threads = 0;
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        if (strcmp(record->device, device) != 0)
            continue;
        if (threads > 0 && record->threads != threads)
            return 0;
        threads = record->threads;
    }
    return threads;
}

void dlb_report_device(const struct dlb_result *result, const struct dlb_common *common,
                       const json_t *device, struct dlb_text *text)
{
    const char *name = dlb_report_member(device, "name");
    const char *runtime = dlb_report_member(device, "runtime");
    const char *evidence = dlb_report_member(device, "evidence");
    /* Published rows stand beside ours with as many threads; how many theirs had nobody tells. */
    const bool own = common->threads == 0 && strcmp(evidence, "published") != 0;
    const int threads = own ? threads_of(result, dlb_report_member(device, "key")) : 0;
    const bool told = strcmp(name, dlb_report_member(result->host, "cpu_model")) == 0;
    if (!told || runtime[0] == '\0')
        dlb_text_append(text, name);
    if (runtime[0] != '\0')
        dlb_text_format(text, "%s%s", text->size > 0 ? ", " : "", runtime);
    if (evidence[0] != '\0' && strcmp(evidence, "measured") != 0)
        dlb_text_format(text, "%s%s", text->size > 0 ? ", " : "", evidence);
    if (threads > 0 && strstr(runtime, "thread") == NULL) /* some runtimes say it themselves */
        dlb_text_format(text, "%s%d thread%s", text->size > 0 ? ", " : "", threads,
                        threads > 1 ? "s" : "");
}

void dlb_report_absent(const json_t *device, struct dlb_text *text)
{
    char reason[400];
    dlb_text_format(text, "%s: %s", dlb_report_member(device, "status"),
                    dlb_text_shorten(reason, sizeof reason, dlb_report_member(device, "reason")));
}

/* Code points that move or hide other text: C0, DEL, C1, and the bidirectional controls (Unicode TR 9, section 2). */
static bool is_unsafe(const unsigned char *bytes, size_t length)
{
    if (length == 1)
        return bytes[0] < 0x20 || bytes[0] == 0x7f;
    if (length == 2)
        return bytes[0] == 0xc2 && bytes[1] < 0xa0;
    if (length == 3 && bytes[0] == 0xe2)
        return (bytes[1] == 0x80 && (bytes[2] >= 0xa8 || (bytes[2] >= 0x8b && bytes[2] <= 0x8f)) &&
                bytes[2] <= 0xae) ||
               (bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9);
    return false;
}

/* How our own signs look where there is only ASCII. */
static const char *in_ascii(const char *from, size_t length)
{
    static const char *const signs[][2] = {
        {"\xC2\xB1", "+-"}, {"\xC3\x97", "x"}, {"\xE2\x80\xA6", "..."}, {"\xC2\xB5", "u"}};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(signs); i++)
        if (strlen(signs[i][0]) == length && memcmp(signs[i][0], from, length) == 0)
            return signs[i][1];
    return "?";
}

void dlb_report_clean(const char *from, bool unicode, struct dlb_text *text)
{
    while (*from != '\0') {
        const size_t length = dlb_utf8_length(from);
        if (length == 0 || is_unsafe((const unsigned char *)from, length))
            dlb_text_append(text, "?");
        else if (length > 1 && !unicode)
            dlb_text_append(text, in_ascii(from, length));
        else
            dlb_text_append_bytes(text, from, length);
        from += length > 0 ? length : 1;
    }
}
