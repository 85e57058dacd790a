/* html_answer.c: what a reader wants to know first: which device is fastest at what, by how much, how sure; and whether anything forbids to believe it.
 *
 * A card for each type in equal circumstances, the ones with most problems first. Words and order are those of the table (ranking.c); the
 * certainty is counted from the intervals: a problem is decided where those of the first two do not touch. */
#include <math.h>
#include <stdlib.h>

#include "bench/stats/summary.h"
#include "reports/check_words.h"
#include "reports/duel.h"
#include "reports/html_page.h"
#include "reports/report_sentences.h"

#define MOST_CARDS  6
#define MOST_RIVALS 5 /* named in a card */

/* By how much: a line for each rival, the fastest first. */
static void add_rivals(struct dlb_page *page, int class, const struct dlb_contest *contest)
{
    const int named = contest->rival_count < MOST_RIVALS ? contest->rival_count : MOST_RIVALS;
    struct dlb_text text = {0};
    if (named == 0)
        return;
    dlb_text_append(&page->out, "<ul class=\"how\">\n");
    for (int i = 0; i < named; i++) {
        const struct dlb_rival *rival = &contest->rivals[i];
        const struct dlb_duel duel =
            dlb_duel_of(&page->ranking, class, contest->fastest, rival->device);
        dlb_text_append(&page->out, "<li><b>");
        dlb_page_times(rival->ratio, &page->out);
        dlb_text_append(&page->out, "</b> as fast as ");
        dlb_html_name(page->ranking.devices[rival->device], &page->out);
        if (duel.both > 1) {
            dlb_page_times(duel.least, &text);
            dlb_text_append(&text, " to ");
            dlb_page_times(duel.most, &text);
            dlb_text_format(&text, " on %d problems", duel.both);
            dlb_text_append(&page->out, " ");
            dlb_html_sentence("small", &text, &page->out);
        }
        dlb_text_append(&page->out, "</li>\n");
    }
    dlb_text_append(&page->out, "</ul>\n");
    if (contest->rival_count > named)
        dlb_text_format(&page->out, "<p class=\"sure\">and %d more devices below</p>\n",
                        contest->rival_count - named);
    page->out.failed = page->out.failed || text.failed;
    dlb_text_free(&text);
}

/* Figures of a class, and those with a doubt. */
static int count_doubtful(const struct dlb_ranking *ranking, int class, int *rows)
{
    int doubtful = 0;
    *rows = 0;
    for (int i = 0; i < ranking->group_count; i++) {
        const struct dlb_group *group = &ranking->groups[i];
        for (int j = group->first; group->class == class && j < group->first + group->ranked; j++) {
            const struct dlb_record *record = ranking->rows[j].record;
            (*rows)++;
            doubtful += dlb_record_has_flag(record, "noisy") ||
                        dlb_record_has_flag(record, "unsteady") ||
                        dlb_record_has_flag(record, "suspect");
        }
    }
    return doubtful;
}

/* How sure: problems where the first two are apart, and figures with a doubt. */
static void add_certainty(const struct dlb_ranking *ranking, int class,
                          const struct dlb_contest *contest, struct dlb_text *text)
{
    int rows = 0;
    const int doubtful = count_doubtful(ranking, class, &rows);
    const int clear = contest->groups - contest->close;
    if (contest->rival_count == 0)
        dlb_text_format(text, "alone on %d problem%s: nothing to compare with", contest->groups,
                        contest->groups == 1 ? "" : "s");
    else
        dlb_text_format(text, "first on %d of %d problem%s; on %d the first two are apart",
                        contest->won, contest->groups, contest->groups == 1 ? "" : "s", clear);
    if (contest->rival_count > 0)
        dlb_text_append(text, contest->close > 0 ? ", on the others their intervals overlap"
                                                 : " (no intervals overlap)");
    if (doubtful > 0)
        dlb_text_format(text, "; but %d of %d figures are noisy or unsteady", doubtful, rows);
}

static void add_card(struct dlb_page *page, int class)
{
    struct dlb_contest contest;
    struct dlb_text text = {0};
    if (dlb_ranking_contest(&page->ranking, class, &contest) != DLB_OK) {
        page->out.failed = true;
        return;
    }
    dlb_text_append(&page->out, "<div class=\"card\">");
    dlb_text_append(&text, contest.rival_count > 0 ? "fastest in " : "alone in ");
    dlb_page_class(page, &page->ranking.classes[class], &text);
    dlb_html_sentence("p class=\"what\"", &text, &page->out);
    dlb_text_append(&page->out, "<p class=\"who\">");
    dlb_html_name(page->ranking.devices[contest.fastest], &page->out);
    dlb_text_append(&page->out, "</p>\n");
    add_rivals(page, class, &contest);
    add_certainty(&page->ranking, class, &contest, &text);
    if (isfinite(contest.ops_per_s)) {
        char rate[32];
        dlb_format_si(rate, sizeof rate, contest.ops_per_s,
                      dlb_report_ops_unit(page->ranking.classes[class].dtype));
        dlb_text_format(&text, "; %s on average", rate);
    }
    dlb_html_sentence("p class=\"sure\"", &text, &page->out);
    dlb_text_append(&page->out, "</div>\n");
    page->out.failed = page->out.failed || text.failed;
    dlb_text_free(&text);
    dlb_contest_free(&contest);
}

/* The classes with most groups; ties in the order of the ranking. */
static void choose_cards(const struct dlb_ranking *ranking, bool *chosen)
{
    for (int card = 0; card < MOST_CARDS && card < ranking->class_count; card++) {
        int best = -1;
        int most = 0;
        for (int class = 0; class < ranking->class_count; class ++) {
            int groups = 0;
            for (int i = 0; i < ranking->group_count && !chosen[class]; i++)
                groups += ranking->groups[i].class == class;
            if (groups > most) {
                best = class;
                most = groups;
            }
        }
        if (best >= 0)
            chosen[best] = true;
    }
}

static void add_cards(struct dlb_page *page)
{
    bool *chosen = calloc((size_t)page->ranking.class_count + 1, sizeof *chosen);
    if (chosen == NULL) {
        page->out.failed = true;
        return;
    }
    choose_cards(&page->ranking, chosen);
    dlb_text_append(&page->out, "<div class=\"cards\">\n");
    for (int i = 0; i < page->ranking.class_count; i++)
        if (chosen[i])
            add_card(page, i);
    dlb_text_append(&page->out, "</div>\n");
    if (page->ranking.class_count > MOST_CARDS)
        dlb_text_format(
            &page->out,
            "<p>%d more kinds of cases are in the <a href=\"#ranking\">ranking</a>.</p>\n",
            page->ranking.class_count - MOST_CARDS);
    free(chosen);
}

/* The widest interval that half of the rows stay below. */
static double typical_spread(const struct dlb_ranking *ranking)
{
    double *spreads = calloc((size_t)ranking->row_count + 1, sizeof *spreads);
    int count = 0;
    for (int i = 0; i < ranking->row_count && spreads != NULL; i++) {
        const struct dlb_summary *s = &ranking->rows[i].record->summary;
        const double reach = fmax(s->ci_hi_ns - s->median_ns, s->median_ns - s->ci_lo_ns);
        if (ranking->rows[i].ranked && isfinite(reach))
            spreads[count++] = reach / s->median_ns;
    }
    const double typical = count > 0 ? dlb_median(spreads, count) : (double)NAN;
    free(spreads);
    return typical;
}

/* How much of it can be believed, in one sentence. */
static void add_trust(struct dlb_page *page)
{
    const struct dlb_result *result = page->result;
    struct dlb_text text = {0};
    int checked = 0;
    int timed = 0;
    for (int i = 0; i < page->ranking.row_count; i++) {
        timed += page->ranking.rows[i].ranked;
        checked += page->ranking.rows[i].ranked && page->ranking.rows[i].record->verified.ok;
    }
    dlb_report_counts(result, &text);
    if (timed > 0) {
        const double spread = typical_spread(&page->ranking);
        dlb_text_format(&text, ". %d time%s measured", timed, timed == 1 ? "" : "s");
        dlb_text_format(&text,
                        checked == timed ? ", every answer checked against an oracle"
                                         : ", %d answers checked against an oracle",
                        checked);
        if (isfinite(spread))
            dlb_text_format(&text, "; half of the intervals are narrower than \xC2\xB1%.2g %%",
                            100 * spread);
    }
    dlb_text_append(&text, ".");
    dlb_html_sentence("p class=\"trust\"", &text, &page->out);
    page->out.failed = page->out.failed || text.failed;
    dlb_text_free(&text);
}

static void add_check(struct dlb_page *page)
{
    const struct dlb_result *result = page->result;
    struct dlb_text text = {0};
    dlb_check_answer(result, &text);
    dlb_text_format(&page->out, "<div class=\"card %s\">", result->exit_code == 0 ? "good" : "bad");
    dlb_html_sentence("p class=\"who\"", &text, &page->out);
    dlb_check_counts(result, &text);
    dlb_html_sentence("p class=\"how\"", &text, &page->out);
    dlb_text_format(&text, "exit code %d%s%s", result->exit_code,
                    result->reason[0] != '\0' ? ": " : "", result->reason);
    dlb_html_sentence("p class=\"sure\"", &text, &page->out);
    dlb_text_append(&page->out, "</div>\n");
    dlb_text_free(&text);
}

void dlb_page_answer(struct dlb_page *page)
{
    const bool check = page->result->check != NULL || page->result->verdict_count > 0;
    dlb_text_append(&page->out, "<section id=\"answer\">\n");
    dlb_html_element("h2",
                     check                                 ? "Did it get slower?"
                     : dlb_page_is_contest(&page->ranking) ? "Which device is fastest?"
                                                           : "How fast is it?",
                     &page->out);
    if (check)
        add_check(page);
    else if (page->ranking.class_count > 0)
        add_cards(page);
    else
        dlb_html_element("p class=\"who\"",
                         page->ranking.row_count > 0
                             ? "Nothing was clocked on a device: the figures below are predictions."
                             : "Nothing was measured; the reasons are below.",
                         &page->out);
    add_trust(page);
    dlb_text_append(&page->out, "</section>\n");
}
