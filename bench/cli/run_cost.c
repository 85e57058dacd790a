/* run_cost.c: which price an hour of a device has, and from it the cost of each record.
 *
 * A price that was given is that of what ran; else the catalogue's entry of the device tells one, with its date. The formula is bench/store/cost.h's. */
#include "bench/cli/run_cost.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/base/text.h"
#include "bench/cli/share.h"

#define MONTHS_FRESH 12 /* an older price is told with its age */

/* What is known of a device's price: looked up once for all its records. */
struct priced {
    const char *device; /* key, borrowed */
    struct dlb_price price;
    char doubt[120]; /* about the price; "" */
    char none[140];  /* why there is no price per hour, and how to give one; "" when there is one */
};

struct pricing {
    const struct dlb_cost_terms *terms;
    bool currency_given;
    char today[24];
    struct dlb_catalogue catalogue;
    struct dlb_why no_catalogue; /* why it could not be read; "" */
    int count;
    struct priced *items; /* owned */
};

/* ---- what the catalogue tells ---- */

/* A price that is given is that of what ran; of what others published only the catalogue has one. */
static const char *hint_of(bool published)
{
    return published ? "dlbench catalog add gives one" : "--price-hour gives one";
}

/* "price is AWS p3.2xlarge on demand" out of an entry's source; its id where it tells nothing. */
static void basis_of(const struct dlb_catalogue_entry *entry, char *buffer, size_t size)
{
    const char *told = strstr(entry->source, "price is ");
    struct dlb_text text = {0};
    dlb_text_format(&text, "catalogue: %s", entry->id);
    if (told != NULL)
        dlb_text_format(&text, ", %.*s", (int)strcspn(told + 9, ";"), told + 9);
    dlb_text_shorten(buffer, size, text.data != NULL ? text.data : entry->id);
    dlb_text_free(&text);
}

/* Months in the calendar; of a year alone its last one, so that no price is called older than it must be. */
static int months_of(const char *date)
{
    int year = 0;
    int month = 12;
    return sscanf(date, "%4d-%2d", &year, &month) >= 1 ? 12 * year + month : 0;
}

static void doubt_age(const struct pricing *pricing, struct priced *priced)
{
    const int age = months_of(pricing->today) - months_of(priced->price.as_of);
    if (priced->price.as_of[0] == '\0')
        snprintf(priced->doubt, sizeof priced->doubt, "the day of the price is not known");
    else if (strncmp(priced->price.as_of, pricing->today, strlen(priced->price.as_of)) > 0)
        snprintf(priced->doubt, sizeof priced->doubt, "the price is of %s, which is to come",
                 priced->price.as_of);
    else if (age > MONTHS_FRESH)
        snprintf(priced->doubt, sizeof priced->doubt, "the price is %d month%s old", age,
                 age == 1 ? "" : "s");
}

/* Prices of two currencies cannot be added up, and a currency that was asked for is not another one. */
static bool clashes(const struct pricing *pricing, const char *currency)
{
    const bool bound = pricing->currency_given || pricing->terms->price_kwh >= 0;
    return bound && pricing->terms->currency != NULL &&
           strcmp(pricing->terms->currency, currency) != 0;
}

static void take_entry(const struct pricing *pricing, const struct dlb_catalogue_entry *entry,
                       double units, const char *hint, struct priced *priced)
{
    if (!isfinite(entry->price_hour)) {
        snprintf(priced->none, sizeof priced->none, "the catalogue's %s has none per hour; %s",
                 entry->id, hint);
        return;
    }
    if (clashes(pricing, entry->currency)) {
        snprintf(priced->none, sizeof priced->none,
                 "the catalogue's is in %s, not in %.7s, and none is converted; %s",
                 entry->currency, pricing->terms->currency, hint);
        return;
    }
    priced->price.price_hour = units * entry->price_hour;
    snprintf(priced->price.currency, sizeof priced->price.currency, "%s", entry->currency);
    snprintf(priced->price.as_of, sizeof priced->price.as_of, "%s", entry->price_as_of);
    basis_of(entry, priced->price.basis, sizeof priced->price.basis);
    doubt_age(pricing, priced);
}

static const char *text_of(const json_t *device, const char *name)
{
    const char *text = json_string_value(json_object_get(device, name));
    return text != NULL ? text : "";
}

/* The entry of a device; told in its catalog_id from then on. NULL with the reason in priced->none. */
static const struct dlb_catalogue_entry *find_entry(const struct pricing *pricing, json_t *device,
                                                    const char *hint, struct priced *priced)
{
    const char *id = text_of(device, "catalog_id");
    const struct dlb_catalogue_entry *entry = dlb_catalogue_find(&pricing->catalogue, id);
    struct dlb_why why = {""};
    char reason[100];
    if (entry == NULL &&
        dlb_catalogue_match(&pricing->catalogue, text_of(device, "kind"), text_of(device, "vendor"),
                            text_of(device, "name"), &entry, &why) == DLB_OK)
        json_object_set_new(device, "catalog_id", json_string(entry->id));
    if (entry != NULL)
        return entry;
    dlb_text_shorten(reason, sizeof reason,
                     pricing->no_catalogue.text[0] != '\0' ? pricing->no_catalogue.text : why.text);
    snprintf(priced->none, sizeof priced->none, "%s; %s", reason, hint);
    return NULL;
}

/* ---- a device ---- */

static void take_terms(const struct pricing *pricing, struct priced *priced)
{
    priced->price.price_hour = pricing->terms->price_hour;
    snprintf(priced->price.basis, sizeof priced->price.basis, "--price-hour");
}

static void look_up(const struct pricing *pricing, const struct dlb_result *result,
                    const struct dlb_record *record, struct priced *priced)
{
    const struct dlb_cost_terms *terms = pricing->terms;
    json_t *device = dlb_result_device(result, record->device);
    const json_t *units = json_object_get(device, "units");
    const bool published = strcmp(record->evidence, "published") == 0;
    const char *hint = hint_of(published);
    *priced = (struct priced){.device = record->device,
                              .price = {.price_hour = NAN,
                                        .price_kwh = terms->price_kwh >= 0 ? terms->price_kwh : NAN,
                                        .pue = terms->pue}};
    snprintf(priced->price.currency, sizeof priced->price.currency, "%s",
             terms->currency != NULL ? terms->currency : "USD");
    const struct dlb_catalogue_entry *entry = find_entry(pricing, device, hint, priced);
    if (terms->price_hour >= 0 && !published) {
        priced->none[0] = '\0';
        take_terms(pricing, priced);
    } else if (entry != NULL) {
        take_entry(pricing, entry, json_is_integer(units) ? json_number_value(units) : 1, hint,
                   priced);
    }
}

static const struct priced *price_of(struct pricing *pricing, const struct dlb_result *result,
                                     const struct dlb_record *record)
{
    for (int i = 0; i < pricing->count; i++)
        if (strcmp(pricing->items[i].device, record->device) == 0)
            return &pricing->items[i];
    struct priced *priced = &pricing->items[pricing->count++];
    look_up(pricing, result, record, priced);
    return priced;
}

/* ---- a record ---- */

static void add_doubt(struct dlb_cost *cost, const char *doubt)
{
    struct dlb_text text = {0};
    dlb_text_format(&text, "%s%s%s", cost->reason, cost->reason[0] != '\0' ? "; " : "", doubt);
    dlb_text_shorten(cost->reason, sizeof cost->reason, text.data != NULL ? text.data : doubt);
    dlb_text_free(&text);
}

/* Electricity that is known is a cost without a price of the hour, too; that of a datasheet's power is one at most. */
static void set_cost(const struct priced *priced, struct dlb_record *record)
{
    struct dlb_cost *cost = &record->cost;
    dlb_cost_compute(cost, &priced->price, record->summary.items_per_s, record->energy.avg_power_w);
    const bool alone = isfinite(cost->per_mitem);
    if (priced->none[0] != '\0')
        snprintf(cost->reason, sizeof cost->reason, "%s: %s",
                 alone ? "electricity alone" : "no price", priced->none);
    if (priced->none[0] != '\0' && !alone)
        return;
    if (isfinite(cost->price_kwh) && !dlb_energy_is_metered(&record->energy))
        add_doubt(cost, "electricity at most: the datasheet's power");
    if (priced->doubt[0] != '\0')
        add_doubt(cost, priced->doubt);
}

static bool is_currency(const char *text)
{
    return strlen(text) == 3 && isupper((unsigned char)text[0]) &&
           isupper((unsigned char)text[1]) && isupper((unsigned char)text[2]);
}

/* A cost that a file tells, in no other currency than the one that was asked for. */
static bool is_kept(const struct pricing *pricing, const struct dlb_cost *cost)
{
    return cost->currency[0] != '\0' && isfinite(cost->per_mitem) &&
           (!pricing->currency_given || strcmp(cost->currency, pricing->terms->currency) == 0);
}

enum dlb_status dlb_run_cost_check(struct dlb_cli *cli, const struct dlb_cost_terms *terms)
{
    if (terms->currency != NULL && !is_currency(terms->currency))
        return dlb_fail(&cli->why, DLB_INVALID,
                        "--currency wants three capital letters like USD, found '%.40s'",
                        terms->currency);
    return DLB_OK;
}

enum dlb_status dlb_run_cost(struct dlb_cli *cli, const struct dlb_cost_terms *terms,
                             struct dlb_result *result)
{
    const bool given = terms->price_hour >= 0 || terms->price_kwh >= 0;
    if (dlb_run_cost_check(cli, terms) != DLB_OK)
        return DLB_INVALID;
    struct pricing pricing = {
        .terms = terms,
        .currency_given = dlb_parser_source(&cli->parser, "currency") > DLB_SOURCE_DEFAULT,
        .items = calloc((size_t)result->record_count + 1, sizeof *pricing.items)};
    if (pricing.items == NULL)
        return dlb_fail(&cli->why, DLB_NO_MEMORY, "no memory for the prices");
    dlb_clock_utc(pricing.today, (int)sizeof pricing.today);
    (void)dlb_share_catalogue(&pricing.catalogue, &pricing.no_catalogue); /* told in the rows */
    for (int i = 0; i < result->record_count; i++) {
        struct dlb_record *record = &result->records[i];
        const bool kept = !given && is_kept(&pricing, &record->cost);
        if (!kept && isfinite(record->summary.items_per_s))
            set_cost(price_of(&pricing, result, record), record);
    }
    dlb_catalogue_free(&pricing.catalogue);
    free(pricing.items);
    return DLB_OK;
}
