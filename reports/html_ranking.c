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
    {"sure",
     "problems on which it is slower or faster beyond doubt (the intervals do not overlap), and "
     "open ones",
     true},
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

static void add_ratio(const struct dlb_rival *rival, const struct dlb_duel *duel,
                      struct dlb_text *out)
{
    char text[64];
    if (rival == NULL) {
        dlb_text_append(out, "<td data-v=\"1\">1</td><td></td><td></td>");
        return;
    }
    snprintf(text, sizeof text, "%.3g\xC3\x97", rival->ratio);
    dlb_html_cell_value(rival->ratio, text, out);
    snprintf(text, sizeof text, "%.3g .. %.3g", duel->least, duel->most);
    dlb_html_cell_value(duel->most, text, out);
    snprintf(text, sizeof text, "%d, %d, %d", duel->ahead, duel->behind, duel->open);
    dlb_html_cell_value(duel->ahead, text, out);
}

static void add_device(struct dlb_page *page, int class, int device, const struct dlb_rival *rival,
                       const struct dlb_duel *duel)
{
    const struct dlb_ranking *ranking = &page->ranking;
    char text[64];
    double share = NAN;
    const int rows = count_rows(ranking, class, device, &share);
    dlb_html_cell_name(ranking->devices[device], &page->out);
    dlb_text_format(&page->out, "<td>%d</td><td>%d</td>", count_first(ranking, class, device),
                    rows);
    add_ratio(rival, duel, &page->out);
    snprintf(text, sizeof text, "%.0f %%", 100 * share);
    dlb_html_cell_value(share, isfinite(share) ? text : "", &page->out);
    dlb_text_append(&page->out, "</tr>\n");
}

static void add_name(struct dlb_page *page, const struct dlb_class *class, bool first)
{
    char name[128];
    char threads[24] = "";
    if (class->threads > 0)
        snprintf(threads, sizeof threads, ", %d threads", class->threads);
    snprintf(name, sizeof name, "%s%s%s%s%s%s%s%s", class->dtype,
             class->mode[0] != '\0' ? ", " : "", class->mode,
             class->cache_state[0] != '\0' ? ", " : "", class->cache_state,
             class->data[0] != '\0' ? ", " : "", class->data, threads);
    dlb_text_append(&page->out, first ? "<tr class=\"g\">" : "<tr>");
    dlb_html_cell(name, &page->out);
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
    const int count = (int)(sizeof columns / sizeof columns[0]);
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
