/* choice_parts.h: the steps of a choice; private to bench/store. choice.c gathers, choice_rank.c ranks, choice_price.c tells which prices can be, choice_facts.c the rest. */
#ifndef DLB_CHOICE_PARTS_H
#define DLB_CHOICE_PARTS_H

#include "bench/store/choice.h"

/* A record that counts: matches, has a time, is no emulation and was not stretched on purpose. */
bool dlb_choice_counts(const struct dlb_choice_request *request, const struct dlb_record *record);

/* Sorts candidates into classes and ranks them; fills value, figures, standing, relative, close. */
enum dlb_status dlb_choice_rank(struct dlb_choice *choice, struct dlb_why *why);

/* By cost: fills the currency of the class, and drops the values that cannot be ranked beside the others. */
void dlb_choice_drop_prices(struct dlb_choice *choice, struct dlb_choice_class *class);
/* Why a cost has no value; "" where the record does not tell. */
void dlb_choice_price_reason(const struct dlb_choice_class *class, const struct dlb_cost *cost,
                             char *buffer, size_t size);

enum dlb_status dlb_choice_fill_facts(struct dlb_choice *choice, struct dlb_why *why);
void dlb_choice_fill_bounds(struct dlb_choice *choice);

#endif
