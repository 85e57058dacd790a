/* run_report.c: see run_report.h. The page is made by reports/html.c, the pictures by reports/pictures.c. */
#include "bench/cli/run_report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/base/log.h"
#include "bench/base/text.h"
#include "reports/pictures.h"
#include "reports/report.h"

#define PLOTS "plots"

/* A folder and those above it that are missing. */
static enum dlb_status make_folders(const char *path, struct dlb_why *why)
{
    char part[DLB_PATH_LIMIT];
    const size_t length = strlen(path);
    if (length == 0 || length >= sizeof part - sizeof "/" PLOTS "/")
        return dlb_fail(why, DLB_IO, "--report wants a folder with a path of 1 to %zu bytes",
                        sizeof part - sizeof "/" PLOTS "/" - 1);
    for (size_t end = 1; end <= length; end++) {
        if (path[end] != '/' && path[end] != '\0')
            continue;
        memcpy(part, path, end);
        part[end] = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return dlb_fail(why, DLB_IO, "cannot make the folder '%.200s' of --report: %s", part,
                            strerror(errno));
    }
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return dlb_fail(why, DLB_IO, "--report wants a folder, '%.200s' is none", path);
    return DLB_OK;
}

enum dlb_status dlb_run_report_open(struct dlb_run *run)
{
    char plots[2 * DLB_PATH_LIMIT];
    if (run->options->report == NULL)
        return DLB_OK;
    enum dlb_status status = make_folders(run->options->report, &run->cli->why);
    if (status == DLB_OK) {
        snprintf(plots, sizeof plots, "%s/" PLOTS, run->options->report);
        status = make_folders(plots, &run->cli->why);
    }
    return status;
}

static enum dlb_status write_page(const struct dlb_run *run, const struct dlb_pictures *pictures,
                                  const char *path, struct dlb_why *why)
{
    const char *slash = strrchr(run->path, '/');
    const struct dlb_report_options options = {
        .unicode = true, .pictures = pictures, .file = slash != NULL ? slash + 1 : run->path};
    char *bytes = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&bytes, &size);
    if (stream == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the report");
    enum dlb_status status = dlb_report_find("html")->write(&run->result, &options, stream, why);
    if (fclose(stream) != 0 && status == DLB_OK)
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the report");
    if (status == DLB_OK)
        status = dlb_file_replace(path, bytes, size, why);
    free(bytes);
    return status;
}

static void tell(const struct dlb_pictures *pictures, const char *page, const char *plots,
                 FILE *stream)
{
    char clean[2 * DLB_PATH_LIMIT];
    const char *reason = NULL;
    const int drawn = dlb_pictures_drawn(pictures, &reason);
    fprintf(stream, "report:  %s\n", dlb_text_printable(clean, sizeof clean, page));
    if (drawn > 0)
        fprintf(stream, "plots:   %s/ (%d SVG file%s)\n",
                dlb_text_printable(clean, sizeof clean, plots), drawn, drawn == 1 ? "" : "s");
    else if (reason != NULL)
        fprintf(stream, "plots:   none; %s\n", reason);
}

/* The first failure ends it; what is written by then stays. */
static enum dlb_status write_all(const struct dlb_run *run, FILE *stream, struct dlb_why *why)
{
    char page[2 * DLB_PATH_LIMIT];
    char plots[2 * DLB_PATH_LIMIT];
    struct dlb_pictures pictures;
    snprintf(page, sizeof page, "%s/report.html", run->options->report);
    snprintf(plots, sizeof plots, "%s/" PLOTS, run->options->report);
    enum dlb_status status = dlb_pictures_make(&run->result, &pictures, why);
    if (status != DLB_OK)
        return status;
    status = write_page(run, &pictures, page, why);
    if (status == DLB_OK)
        status = dlb_pictures_save(&pictures, plots, why);
    if (status == DLB_OK && !run->cli->global.quiet)
        tell(&pictures, page, plots, stream);
    dlb_pictures_free(&pictures);
    return status;
}

int dlb_run_report_write(struct dlb_run *run, int code, FILE *stream)
{
    struct dlb_why why = {""};
    if (run->options->report == NULL)
        return code;
    const enum dlb_status status = write_all(run, stream, &why);
    if (status == DLB_OK)
        return code;
    const int stronger = dlb_exit_stronger(code, dlb_exit_from_status(status));
    if (stronger == code) /* the reason of that code stays the last word */
        dlb_log(DLB_LOG_ERROR, "%s", why.text);
    else
        run->cli->why = why;
    return stronger;
}
