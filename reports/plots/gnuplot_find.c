/* gnuplot_find.c: which gnuplot is on the PATH, how old it is, and which terminals it was built with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reports/plots/gnuplot.h"
#include "reports/plots/render.h"

static bool on_path(char *path, size_t size)
{
    const char *rest = getenv("PATH");
    while (rest != NULL && *rest != '\0') {
        const size_t length = strcspn(rest, ":");
        struct stat info;
        const int written = snprintf(path, size, "%.*s/gnuplot", (int)length, rest);
        if (written > 0 && (size_t)written < size && stat(path, &info) == 0 &&
            S_ISREG(info.st_mode) && access(path, X_OK) == 0)
            return true;
        rest += length + (rest[length] == ':' ? 1 : 0);
    }
    return false;
}

static bool has_word(const char *text, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
        if ((at == text || at[-1] == ' ') &&
            (at[length] == ' ' || at[length] == '\n' || at[length] == '\0'))
            return true;
    return false;
}

/* Version and terminals: `print` writes to standard error. */
static void ask(struct dlb_gnuplot *gnuplot)
{
    static const char *const version[] = {"gnuplot", "--version", NULL};
    static const char *const terminals[] = {"gnuplot", "-d", "-", NULL};
    struct dlb_text script = {0};
    struct dlb_text output = {0};
    struct dlb_text errors = {0};
    struct dlb_why why = {""};
    int major = 0;
    int minor = 0;
    enum dlb_status status =
        dlb_gnuplot_run(gnuplot->path, version, &script, &output, &errors, &why);
    if (status != DLB_OK) {
        snprintf(gnuplot->reason, sizeof gnuplot->reason, "%.120s does not run: %.60s",
                 gnuplot->path, why.text);
    } else if (output.data == NULL || sscanf(output.data, "gnuplot %d.%d", &major, &minor) !=
                                          2) { /* NOLINT(cert-err34-c) */
        snprintf(gnuplot->reason, sizeof gnuplot->reason,
                 "%.120s does not tell its version as gnuplot does", gnuplot->path);
    } else if (major < 5 || (major == 5 && minor < 2)) {
        snprintf(gnuplot->reason, sizeof gnuplot->reason,
                 "plots want gnuplot 5.2 or newer, found %d.%d (%.100s)", major, minor,
                 gnuplot->path);
    } else {
        snprintf(gnuplot->version, sizeof gnuplot->version, "%d.%d", major, minor);
        dlb_text_append(&script, "print GPVAL_TERMINALS\n");
        dlb_text_clear(&errors);
        status = dlb_gnuplot_run(gnuplot->path, terminals, &script, &output, &errors, &why);
        const char *list = errors.data != NULL ? errors.data : "";
        gnuplot->found = status == DLB_OK;
        gnuplot->svg = has_word(list, "svg");
        gnuplot->cairo = has_word(list, "pngcairo");
        gnuplot->png = gnuplot->cairo || has_word(list, "png");
        gnuplot->pdf = has_word(list, "pdfcairo");
        if (status != DLB_OK)
            snprintf(gnuplot->reason, sizeof gnuplot->reason, "%.120s does not run: %.60s",
                     gnuplot->path, why.text);
    }
    dlb_text_free(&script);
    dlb_text_free(&output);
    dlb_text_free(&errors);
}

const struct dlb_gnuplot *dlb_gnuplot_find(void)
{
    static struct dlb_gnuplot gnuplot;
    static bool asked;
    if (asked)
        return &gnuplot;
    asked = true;
    if (on_path(gnuplot.path, sizeof gnuplot.path)) {
        ask(&gnuplot);
    } else {
        gnuplot.path[0] = '\0';
        snprintf(gnuplot.reason, sizeof gnuplot.reason,
                 "gnuplot is not on the PATH: apt-get install gnuplot-nox, or run scripts/setup");
    }
    return &gnuplot;
}

/* Without a font Cairo draws letters of no width, and says nothing. gnuplot tells how wide they are in units of the terminal, of which there are
 * XSIZE to a picture of 640 pixels. */
static bool draws_letters(const struct dlb_gnuplot *gnuplot)
{
    static const char *const arguments[] = {"gnuplot", "-d", "-", NULL};
    struct dlb_text script = {0};
    struct dlb_text output = {0};
    struct dlb_text errors = {0};
    struct dlb_why why = {""};
    double pixels = 0;
    dlb_text_format(&script,
                    "set terminal %s size %s\nset output '/dev/null'\nplot [][0:1] 0\n"
                    "print 'letter ', GPVAL_TERM_HCHAR * 640.0 / GPVAL_TERM_XSIZE\n",
                    gnuplot->cairo ? "pngcairo" : "pdfcairo", gnuplot->cairo ? "640,480" : "5,3");
    const enum dlb_status status =
        dlb_gnuplot_run(gnuplot->path, arguments, &script, &output, &errors, &why);
    const char *told = errors.data != NULL ? strstr(errors.data, "letter ") : NULL;
    const bool known = status == DLB_OK && told != NULL &&
                       sscanf(told, "letter %lf", &pixels) == 1; /* NOLINT(cert-err34-c) */
    dlb_text_free(&script);
    dlb_text_free(&output);
    dlb_text_free(&errors);
    return !known || pixels >= 1;
}

bool dlb_gnuplot_has_fonts(void)
{
    static bool asked;
    static bool answer = true;
    const struct dlb_gnuplot *gnuplot = dlb_gnuplot_find();
    if (!asked && (gnuplot->cairo || gnuplot->pdf))
        answer = draws_letters(gnuplot);
    asked = true;
    return answer;
}
