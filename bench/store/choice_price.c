/* choice_price.c: which costs of a class stand beside each other in a ranking: full ones, in one currency.
 *
 * Currencies are never converted (cost.h). The one that most candidates of the class are priced in is ranked, so that as few as can be are left out; of several alike, the one
 * that comes first. A cost of electricity alone is no rival of one with a price of the hour, which is most of it: such costs are ranked only where nobody has more. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/store/choice_parts.h"

/* Cells with a cost; with a price of the hour in it, where `full`. */
static bool is_priced(const struct dlb_choice_cell *cell, bool full)
{
    return cell->record != NULL && !isnan(cell->value) &&
           (!full || isfinite(cell->record->cost.price_hour));
}

/* Of its first cost; "" where it has none. */
static const char *currency_of(const struct dlb_choice *choice,
                               const struct dlb_candidate *candidate, bool full)
{
    for (int task = 0; task < choice->task_count; task++)
        if (is_priced(&candidate->cells[task], full))
            return candidate->cells[task].record->cost.currency;
    return "";
}

static int count_in(const struct dlb_choice *choice, const struct dlb_choice_class *class,
                    const char *currency, bool full)
{
    int count = 0;
    for (int i = class->first; i < class->first + class->count; i++)
        count += strcmp(currency_of(choice, &choice->candidates[i], full), currency) == 0;
    return count;
}

/* "" where nobody has a cost. */
static const char *usual_currency(const struct dlb_choice *choice,
                                  const struct dlb_choice_class *class, bool full)
{
    const char *usual = "";
    int most = 0;
    for (int i = class->first; i < class->first + class->count; i++) {
        const char *currency = currency_of(choice, &choice->candidates[i], full);
        const int count = currency[0] != '\0' ? count_in(choice, class, currency, full) : 0;
        if (count > most) {
            usual = currency;
            most = count;
        }
    }
    return usual;
}

void dlb_choice_drop_prices(struct dlb_choice *choice, struct dlb_choice_class *class)
{
    bool full = false;
    class->currency = "";
    if (choice->request.by != DLB_CHOOSE_COST)
        return;
    for (int i = class->first; i < class->first + class->count; i++)
        full |= currency_of(choice, &choice->candidates[i], true)[0] != '\0';
    class->currency = usual_currency(choice, class, full);
    for (int i = class->first; i < class->first + class->count; i++)
        for (int task = 0; task < choice->task_count; task++) {
            struct dlb_choice_cell *cell = &choice->candidates[i].cells[task];
            if (!is_priced(cell, full) || strcmp(cell->record->cost.currency, class->currency) != 0)
                cell->value = NAN;
        }
}

void dlb_choice_price_reason(const struct dlb_choice_class *class, const struct dlb_cost *cost,
                             char *buffer, size_t size)
{
    if (isfinite(cost->per_mitem) && strcmp(cost->currency, class->currency) != 0)
        snprintf(buffer, size, "priced in %s, not in %s, and none is converted", cost->currency,
                 class->currency);
    else
        dlb_text_shorten(buffer, size, cost->reason);
}
