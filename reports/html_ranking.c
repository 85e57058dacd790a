/* html_ranking.c: the devices of each class in order, and by how much they differ from the first; the pictures of speed.
 *
 * Means are geometric. What is not measured is not ranked: it stands in the table of cases, marked. */
#include <math.h>
#include <stdio.h>

#include "reports/duel.h"
#include "reports/html_page.h"

static const struct dlb_html_column columns[] = {
    {"cases", "type and circumstances; only equal ones are ranked together", false},
    {"device", "", false},
    {"first", "problems on which it is the fastest", true},
    {"ran", "problems of this kind that it ran", true},
    {"slower",
     "geometric mean of its time over the first device's, over the problems that both ran", true},
    {"from .. to", "the least and the most of these ratios", true},
    {"how sure", "problems on which it is slower or faster, and the intervals do not overlap",
     false},
    {"of roof", "geometric mean of its shares of the roof", true},
};

static int count_first(const struct dlb_ranking *ranking, int class, int device)
{
    int count = 0;
    for (int i = 0; i < ranking->group_count; i++)
        count += ranking->groups[i].class == class &&
                 ranking->rows[ranking->groups[i].first].device == device;
    return count;
}

/* Rows of a device in a class, and the geometric mean of their shares of the roof (NaN: none has one). */
static int count_rows(const struct dlb_ranking *ranking, int class, int device, double *share)
{
    double sum = 0;
    int rows = 0;
    int shares = 0;
    for (int i = 0; i < ranking->group_count; i++) {
        const struct dlb_group *group = &ranking->groups[i];
        for (int j = group->first; group->class == class && j < group->first + group->ranked; j++) {
            if (ranking->rows[j].device != device)
                continue;
            const double fraction = ranking->rows[j].record->summary.roof_fraction;
            rows++;
            if (!(fraction > 0))
                continue;
            sum += log(fraction);
            shares++;
        }
    }
    *share = shares > 0 ? exp(sum / shares) : (double)NAN;
    return rows;
}

/* Without roofs there is no column of their shares. */
static bool has_shares(const struct dlb_ranking *ranking)
{
    for (int i = 0; i < ranking->row_count; i++)
        if (isfinite(ranking->rows[i].record->summary.roof_fraction))
            return true;
    return false;
}

/* "slower on 12, faster on 1, open on 2" */
static void add_certainty(const struct dlb_duel *duel, struct dlb_text *out)
{
    static const char *const words[] = {"slower", "faster", "open"};
    const int counts[] = {duel->ahead, duel->behind, duel->open};
    struct dlb_text text = {0};
    for (int i = 0; i < 3; i++)
        if (counts[i] > 0)
            dlb_text_format(&text, "%s%s on %d", text.size > 0 ? ", " : "", words[i], counts[i]);
    dlb_html_cell_value(duel->ahead, text.data != NULL ? text.data : "", out);
    out->failed = out->failed || text.failed;
    dlb_text_free(&text);
}

static void add_ratio(const struct dlb_rival *rival, const struct dlb_duel *duel,
                      struct dlb_text *out)
{
    struct dlb_text text = {0};
    if (rival == NULL) {
        dlb_text_append(out, "<td data-v=\"1\">1</td><td></td><td></td>");
        return;
    }
    dlb_page_times(rival->ratio, &text);
    dlb_html_cell_value(rival->ratio, text.data != NULL ? text.data : "", out);
    dlb_text_clear(&text);
    dlb_page_times(duel->least, &text);
    dlb_text_append(&text, " .. ");
    dlb_page_times(duel->most, &text);
    dlb_html_cell_value(duel->most, text.data != NULL ? text.data : "", out);
    add_certainty(duel, out);
    out->failed = out->failed || text.failed;
    dlb_text_free(&text);
}

static void add_device(struct dlb_page *page, int class, int device, const struct dlb_rival *rival,
                       const struct dlb_duel *duel)
{
    const struct dlb_ranking *ranking = &page->ranking;
    const bool shares = has_shares(ranking);
    char text[64];
    double share = NAN;
    const int rows = count_rows(ranking, class, device, &share);
    dlb_html_cell_name(ranking->devices[device], &page->out);
    dlb_text_format(&page->out, "<td>%d</td><td>%d</td>", count_first(ranking, class, device),
                    rows);
    add_ratio(rival, duel, &page->out);
    if (shares) {
        snprintf(text, sizeof text, share < 1e7 ? "%.0f %%" : "%.2g %%", 100 * share);
        dlb_html_cell_value(share, isfinite(share) ? text : "", &page->out);
    }
    dlb_text_append(&page->out, "</tr>\n");
}

static void add_name(struct dlb_page *page, const struct dlb_class *class, bool first)
{
    struct dlb_text name = {0};
    dlb_page_class(page, class, &name);
    dlb_text_append(&page->out, first ? "<tr class=\"g\">" : "<tr>");
    dlb_html_cell_name(name.data != NULL ? name.data : "", &page->out);
    page->out.failed = page->out.failed || name.failed;
    dlb_text_free(&name);
}

static void add_class(struct dlb_page *page, int class)
{
    struct dlb_contest contest;
    if (dlb_ranking_contest(&page->ranking, class, &contest) != DLB_OK) {
        page->out.failed = true;
        return;
    }
    add_name(page, &page->ranking.classes[class], true);
    add_device(page, class, contest.fastest, NULL, NULL);
    for (int i = 0; i < contest.rival_count; i++) {
        const struct dlb_rival *rival = &contest.rivals[i];
        const struct dlb_duel duel =
            dlb_duel_of(&page->ranking, class, contest.fastest, rival->device);
        add_name(page, &page->ranking.classes[class], false);
        add_device(page, class, rival->device, rival, &duel);
    }
    dlb_contest_free(&contest);
}

void dlb_page_ranking(struct dlb_page *page)
{
    const int count =
        (int)(sizeof columns / sizeof columns[0]) - (has_shares(&page->ranking) ? 0 : 1);
    if (page->ranking.class_count == 0)
        return;
    dlb_page_section(page, "ranking", "Ranking");
    dlb_html_table("ranks", "Devices, the fastest first", columns, count, &page->out);
    for (int i = 0; i < page->ranking.class_count; i++)
        add_class(page, i);
    dlb_html_table_end(&page->out);
    dlb_page_pictures(page, "speed");
    dlb_page_pictures(page, "heatmap");
    dlb_page_pictures(page, "precision");
    dlb_page_section_end(page);
}
