/* plot_output.c: writes pictures and scripts, or prints letters.
 *
 * A picture that was asked for and could not be made is exit code 7; its script is then written in its place. With --emit-gp the script is what was
 * asked for, too, and having it is enough. */
#include "bench/cli/plot_output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/log.h"
#include "bench/store/replace.h"

#define MOST_COLUMNS  200
#define LEAST_COLUMNS 60

/* ---- names ---- */

/* FILE for the first picture, FILE-2.svg for the second; FOLDER/NAME.svg. */
static void name_file(const struct dlb_plot_drawing *drawing, const struct dlb_plot *plot,
                      int index, struct dlb_text *path)
{
    const char *output = drawing->output;
    const char *extension = dlb_plot_format_extension(drawing->format);
    const char *slash = strrchr(output, '/');
    const char *dot = strrchr(output, '.');
    if (drawing->folder) {
        dlb_text_format(path, "%s%s%s.%s", output, slash != NULL && slash[1] == '\0' ? "" : "/",
                        plot->name, extension);
    } else if (index == 0) {
        dlb_text_append(path, output);
    } else {
        const bool has_dot = dot != NULL && (slash == NULL || dot > slash + 1) && dot > output;
        dlb_text_append_bytes(path, output, has_dot ? (size_t)(dot - output) : strlen(output));
        dlb_text_format(path, "-%d%s", index + 1, has_dot ? dot : "");
    }
}

/* ---- writing ---- */

static enum dlb_status write_file(const struct dlb_plot_drawing *drawing, const char *path,
                                  const struct dlb_text *bytes, struct dlb_why *why)
{
    for (int i = 0; i < drawing->inputs->count; i++)
        if (dlb_path_same(drawing->inputs->sources[i].path, path))
            return dlb_fail(why, DLB_INVALID, "'%.200s' is both the input and the output", path);
    if (bytes->failed)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for %.200s", path);
    return dlb_file_replace(path, bytes->data != NULL ? bytes->data : "", bytes->size, why);
}

static void script_path(const char *path, struct dlb_text *script)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(path, '.');
    const bool has_dot = dot != NULL && (slash == NULL || dot > slash);
    dlb_text_append_bytes(script, path, has_dot ? (size_t)(dot - path) : strlen(path));
    dlb_text_append(script, ".gp");
}

/* Script and data as one file, which makes the picture where it is run. */
static enum dlb_status write_script(const struct dlb_plot_drawing *drawing,
                                    const struct dlb_plot *plot, const char *path,
                                    struct dlb_why *why)
{
    const char *slash = strrchr(path, '/');
    struct dlb_text script = {0};
    struct dlb_text name = {0};
    script_path(path, &name);
    enum dlb_status status =
        dlb_plot_script(plot, drawing->format, slash != NULL ? slash + 1 : path, &script);
    if (status == DLB_OK && !name.failed)
        status = write_file(drawing, name.data, &script, why);
    else
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the script");
    if (status == DLB_OK && !drawing->cli->global.quiet)
        fprintf(drawing->cli->out.stream, "script: %s\n", name.data);
    dlb_text_free(&script);
    dlb_text_free(&name);
    return status;
}

/* Keeps the first reason: it is the one that the command ends with. */
static void keep_failure(struct dlb_plot_drawing *drawing, enum dlb_status status,
                         const struct dlb_plot *plot, const struct dlb_why *why)
{
    drawing->failed++;
    if (drawing->failed == 1)
        dlb_fail(&drawing->cli->why, status, "%s: %s", plot->name, why->text);
    else
        dlb_log(DLB_LOG_WARNING, "%s: %s", plot->name, why->text);
}

/* A picture with its text, as a file; or, where gnuplot could not make it, its script. */
static void write_picture(struct dlb_plot_drawing *drawing, const struct dlb_plot *plot, int index,
                          const struct dlb_text *image, struct dlb_why *why)
{
    struct dlb_text path = {0};
    const bool made = image->size > 0;
    struct dlb_why second = {""};
    enum dlb_status status = DLB_OK;
    name_file(drawing, plot, index, &path);
    if (path.failed) {
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for a name");
    } else if (made) {
        if (why->text[0] != '\0') /* gnuplot warned */
            dlb_log(DLB_LOG_INFO, "%s: %s", plot->name, why->text);
        status = write_file(drawing, path.data, image, why);
        if (status == DLB_OK && !drawing->cli->global.quiet)
            fprintf(drawing->cli->out.stream, "plot: %s\n", path.data);
    }
    if (status == DLB_OK && (drawing->emit_gp || !made))
        status = write_script(drawing, plot, path.data, made ? why : &second);
    if (status != DLB_OK)
        keep_failure(drawing, status, plot, made ? why : &second);
    else if (!made && drawing->emit_gp)
        dlb_log(DLB_LOG_WARNING, "%s: %s", plot->name, why->text);
    else if (!made)
        keep_failure(drawing, DLB_IO, plot, why);
    dlb_text_free(&path);
}

enum dlb_status dlb_plot_draw_files(struct dlb_plot_drawing *drawing, const struct dlb_plots *plots)
{
    const size_t count = (size_t)plots->count + 1;
    struct dlb_text *images = calloc(count, sizeof *images);
    struct dlb_why *whys = calloc(count, sizeof *whys);
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (images == NULL || whys == NULL) {
        free(images);
        free(whys);
        return dlb_fail(&drawing->cli->why, DLB_NO_MEMORY, "no memory for the pictures");
    }
    dlb_plots_render(plots, drawing->format, processors > 0 ? (int)processors : 1, images, whys);
    for (int i = 0; i < plots->count; i++) {
        write_picture(drawing, &plots->items[i], i, &images[i], &whys[i]);
        dlb_text_free(&images[i]);
    }
    free(images);
    free(whys);
    return DLB_OK;
}

/* ---- on the screen ---- */

static void print_letters(const struct dlb_text *image, FILE *stream)
{
    const char *at = image->data;
    at += strspn(at, "\f\n"); /* gnuplot begins with a form feed */
    fputs(at, stream);
    if (image->size > 0 && image->data[image->size - 1] != '\n')
        fputc('\n', stream);
}

enum dlb_status dlb_plot_draw_screen(struct dlb_plot_drawing *drawing,
                                     const struct dlb_plots *plots)
{
    struct dlb_cli *cli = drawing->cli;
    int columns = cli->out.columns > 0 ? cli->out.columns : DLB_PLOT_COLUMNS;
    columns = columns < LEAST_COLUMNS  ? LEAST_COLUMNS
              : columns > MOST_COLUMNS ? MOST_COLUMNS
                                       : columns;
    for (int i = 0; i < plots->count; i++) {
        const struct dlb_plot *plot = &plots->items[i];
        struct dlb_text text = {0};
        struct dlb_why why = {""};
        enum dlb_status status = DLB_OK;
        if (drawing->emit_gp)
            status = dlb_plot_script(plot, drawing->format, NULL, &text);
        else
            status =
                dlb_plot_render(plot, DLB_PLOT_TERMINAL, columns, dlb_plot_rows(plot), &text, &why);
        if (status == DLB_OK && drawing->emit_gp) {
            fwrite(text.data, 1, text.size, cli->out.stream);
        } else if (status == DLB_OK) {
            print_letters(&text, cli->out.stream);
            dlb_print_wrapped(cli->out.stream, plot->caption.data, 0, columns);
            fputc('\n', cli->out.stream);
        } else {
            keep_failure(drawing, status, plot, &why);
        }
        dlb_text_free(&text);
    }
    return DLB_OK;
}
