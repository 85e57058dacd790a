/* check_github.c: the annotations of a check as workflow commands of GitHub Actions, and its step summary.
 *
 * GitHub shows ten annotations of a kind for each step: the ten worst are written, and what is left out is counted in the last of them. The
 * summary is the Markdown of check_md.c, appended to a file that other commands of the step write, too. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/check_escape.h"
#include "reports/check_words.h"
#include "reports/check_writers.h"
#include "reports/report_writers.h"

#define MOST_ANNOTATIONS   10
#define MOST_SUMMARY_BYTES (1024 * 1024)

static void add_annotation(const struct dlb_result *result, const struct dlb_verdict_row *row,
                           const struct dlb_check_output_options *options, int left_out,
                           struct dlb_text *text)
{
    static const char *const commands[] = {[DLB_CHECK_NOTICE] = "notice",
                                           [DLB_CHECK_WARNING] = "warning",
                                           [DLB_CHECK_ERROR] = "error"};
    const struct dlb_check_word *word = dlb_check_word_of(row);
    struct dlb_text raw = {0};
    dlb_text_format(text, "::%s ", commands[dlb_check_level(row, options)]);
    if (options->location != NULL) {
        dlb_check_location(result, options, &raw);
        dlb_text_append(text, "file=");
        dlb_escape_property(raw.data != NULL ? raw.data : "", text);
        dlb_text_append(text, ",line=1,");
        dlb_text_clear(&raw);
    }
    dlb_text_format(&raw, "dlbench: %s: %s", word->title, dlb_check_name(row));
    dlb_text_append(text, "title=");
    dlb_escape_property(raw.data != NULL ? raw.data : "", text);
    dlb_text_append(text, "::");
    dlb_text_clear(&raw);
    dlb_check_sentence(row, &raw);
    dlb_escape_command(raw.data != NULL ? raw.data : "", text);
    dlb_text_append(text, "%0A");
    dlb_escape_command(word->advice, text);
    if (left_out > 0)
        dlb_text_format(text, "%%0A%d more: see the summary", left_out);
    dlb_text_append(text, "\n");
    text->failed = text->failed || raw.failed;
    dlb_text_free(&raw);
}

enum dlb_status dlb_check_github(const struct dlb_result *result,
                                 const struct dlb_check_output_options *options, FILE *stream,
                                 struct dlb_why *why)
{
    const struct dlb_verdict_row **rows = NULL;
    struct dlb_text text = {0};
    int wanted = 0, shown = 0;
    if (dlb_check_sort(result, &rows) != DLB_OK)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the report");
    for (int i = 0; i < result->verdict_count; i++)
        wanted += dlb_check_level(rows[i], options) != DLB_CHECK_NONE;
    for (int i = 0; i < result->verdict_count && shown < MOST_ANNOTATIONS; i++) {
        if (dlb_check_level(rows[i], options) == DLB_CHECK_NONE)
            continue;
        shown++;
        add_annotation(result, rows[i], options, shown == MOST_ANNOTATIONS ? wanted - shown : 0,
                       &text);
    }
    free(rows);
    return dlb_report_send(&text, stream, why);
}

/* ---- the summary ---- */

static enum dlb_status write_all(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        const ssize_t written = write(fd, bytes, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return DLB_IO;
        bytes += written;
        count -= (size_t)written;
    }
    return DLB_OK;
}

static enum dlb_status append_to(int fd, const struct dlb_result *result, struct dlb_why *why)
{
    struct stat info;
    struct dlb_text text = {0};
    if (fstat(fd, &info) != 0)
        return DLB_IO;
    const size_t used = info.st_size > 0 ? (size_t)info.st_size : 0;
    if (used > 0) /* a table is none behind a line of text */
        dlb_text_append(&text, "\n\n");
    const size_t before = text.size;
    if (used + before < MOST_SUMMARY_BYTES) {
        const size_t room = MOST_SUMMARY_BYTES - used - before;
        if (dlb_check_md_text(result, room, &text) != DLB_OK)
            text.failed = true;
    }
    enum dlb_status status = DLB_OK;
    if (text.failed)
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the step summary");
    else if (text.size == before)
        status = dlb_fail(why, DLB_SKIPPED,
                          "the step summary is full (GitHub takes 1 MiB): the check is not in it");
    else
        status = write_all(fd, text.data, text.size);
    dlb_text_free(&text);
    return status;
}

enum dlb_status dlb_check_summary_append(const struct dlb_result *result, const char *path,
                                         struct dlb_why *why)
{
    /* O_NONBLOCK: a FIFO that nobody reads is an error, not a wait. */
    const int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
    if (fd < 0)
        return dlb_fail(why, DLB_IO, "cannot write the step summary %s: %s", path, strerror(errno));
    enum dlb_status status = append_to(fd, result, why);
    const int error = errno;
    const bool closed = close(fd) == 0;
    if (status == DLB_IO || (status == DLB_OK && !closed))
        return dlb_fail(why, DLB_IO, "cannot write the step summary %s: %s", path,
                        strerror(status == DLB_IO ? error : errno));
    return status;
}
