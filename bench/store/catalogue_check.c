/* catalogue_check.c: what looks wrong in entries of the catalogue: impossible values, and slips of units that are seen by their size.
 *
 * Limits are drawn well outside of the processors of the project's own catalogue; the comments tell who comes nearest. A doubt is no verdict: its text says what was seen
 * and what it often means. */
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bench/base/compiler.h"
#include "bench/base/text.h"
#include "bench/store/catalogue_parts.h"

typedef void say_function(void *user, const struct dlb_catalogue_entry *entry, bool wrong,
                          const char *what);

struct check {
    const struct dlb_catalogue_entry *entry;
    say_function *say;
    void *user;
    int wrong;
};

static void tell(struct check *check, bool wrong, const char *format, ...) DLB_PRINTF(3, 4);
static void tell(struct check *check, bool wrong, const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    check->wrong += wrong;
    check->say(check->user, check->entry, wrong, text);
}

/* ---- the numbers by name ---- */

enum unit { UNIT_PEAK, UNIT_MEMORY, UNIT_POWER, UNIT_PRICE };

static const struct figure {
    const char *name;
    size_t offset;
    enum unit unit;
} figures[] = {
    {"f32_tflops", offsetof(struct dlb_catalogue_entry, f32_tflops), UNIT_PEAK},
    {"tf32_tflops", offsetof(struct dlb_catalogue_entry, tf32_tflops), UNIT_PEAK},
    {"bf16_f16_tflops", offsetof(struct dlb_catalogue_entry, bf16_f16_tflops), UNIT_PEAK},
    {"fp8_tflops", offsetof(struct dlb_catalogue_entry, fp8_tflops), UNIT_PEAK},
    {"int8_tops", offsetof(struct dlb_catalogue_entry, int8_tops), UNIT_PEAK},
    {"mem_gb", offsetof(struct dlb_catalogue_entry, mem_gb), UNIT_MEMORY},
    {"mem_gb_s", offsetof(struct dlb_catalogue_entry, mem_gb_s), UNIT_MEMORY},
    {"tdp_w", offsetof(struct dlb_catalogue_entry, tdp_w), UNIT_POWER},
    {"list_price", offsetof(struct dlb_catalogue_entry, list_price), UNIT_PRICE},
    {"price_hour", offsetof(struct dlb_catalogue_entry, price_hour), UNIT_PRICE},
};

static double value_of(const struct dlb_catalogue_entry *entry, const struct figure *figure)
{
    return *(const double *)(const void *)((const char *)entry + figure->offset);
}

static void check_numbers(struct check *check)
{
    bool any = false;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(figures); i++) {
        const double value = value_of(check->entry, &figures[i]);
        any |= value > 0 && figures[i].unit != UNIT_PRICE;
        if (isnan(value))
            continue;
        if (value < 0 || (value == 0 && figures[i].unit != UNIT_PRICE)) /* free is a price */
            tell(check, true, "%s: wanted %s, found %g; leave it out when it is not known",
                 figures[i].name, figures[i].unit == UNIT_PRICE ? "0 or more" : "more than 0",
                 value);
    }
    if (!any)
        tell(check, true, "no peak, no memory and no power: there is nothing to compare with");
}

/* ---- texts ---- */

static void check_id(struct check *check)
{
    const char *id = check->entry->id;
    const size_t good = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789._-");
    if (id[good] != '\0' || !isalnum((unsigned char)id[0]))
        tell(check, true,
             "id: wanted letters a-z, digits and . _ - behind a letter or digit, found '%.47s'",
             id);
}

static void check_texts(struct check *check)
{
    const struct dlb_catalogue_entry *entry = check->entry;
    const struct {
        const char *name, *text;
    } texts[] = {{"name", entry->name},
                 {"vendor", entry->vendor},
                 {"also", entry->also},
                 {"source", entry->source}};
    char clean[sizeof entry->source];
    check_id(check);
    if (entry->name[0] == '\0')
        tell(check, true, "name: wanted the name that the processor has on its box, found nothing");
    for (size_t i = 0; i < DLB_ARRAY_COUNT(texts); i++)
        if (strcmp(dlb_text_printable(clean, sizeof clean, texts[i].text), texts[i].text) != 0)
            tell(check, true, "%s: control characters, or marks that turn the writing: '%.80s'",
                 texts[i].name, clean);
    if (!dlb_catalogue_is_kind(entry->kind))
        tell(check, true, "kind: wanted cpu, gpu, tpu, fpga, asic or soc, found '%.15s'",
             entry->kind);
    if (entry->year != 0 && (entry->year < 1970 || entry->year > 2100))
        tell(check, true, "year: wanted 1970 to 2100, found %d", entry->year);
    if (entry->source[0] == '\0')
        tell(check, false, "source: none; nobody can look the figures up");
}

/* ---- prices ---- */

/* "2025", "2025-03", "2025-03-01" */
static bool is_date(const char *text)
{
    static const char form[] = "0000-00-00";
    const size_t length = strlen(text);
    if (length != 4 && length != 7 && length != 10)
        return false;
    for (size_t i = 0; i < length; i++)
        if (form[i] == '-' ? text[i] != '-' : !isdigit((unsigned char)text[i]))
            return false;
    const int month = length > 4 ? (text[5] - '0') * 10 + text[6] - '0' : 1;
    const int day = length > 7 ? (text[8] - '0') * 10 + text[9] - '0' : 1;
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* Is it after today? A year or a month alone, when all of it is. The day that has begun in the east is no mistake. */
static bool is_to_come(const char *date)
{
    const time_t tomorrow = time(NULL) + 24 * 3600;
    struct tm fields;
    char latest[24];
    return gmtime_r(&tomorrow, &fields) != NULL &&
           strftime(latest, sizeof latest, "%Y-%m-%d", &fields) > 0 &&
           strncmp(date, latest, strlen(date)) > 0;
}

static void check_price(struct check *check)
{
    const struct dlb_catalogue_entry *entry = check->entry;
    const bool priced = !isnan(entry->list_price) || !isnan(entry->price_hour);
    const char *currency = entry->currency;
    const bool code = strlen(currency) == 3 && isupper((unsigned char)currency[0]) &&
                      isupper((unsigned char)currency[1]) && isupper((unsigned char)currency[2]);
    if (priced && !code)
        tell(check, true, "currency: wanted three capital letters like USD, found '%.7s'",
             currency);
    if (entry->price_as_of[0] != '\0' && !is_date(entry->price_as_of))
        tell(check, true, "price_as_of: wanted a date like 2025-03-01 or 2025-03, found '%.11s'",
             entry->price_as_of);
    else if (is_to_come(entry->price_as_of))
        tell(check, false,
             "price_as_of: %.11s is to come; a slip, or this machine's clock is slow?",
             entry->price_as_of);
    else if (priced && entry->price_as_of[0] == '\0')
        tell(check, false, "price_as_of: a price without a date; it may be years old");
    if (entry->price_hour > 200) /* a board of 8 GPUs costs about 100 USD; entries are of one */
        tell(check, false,
             "price_hour: %g for one hour of one processor; is it that of a whole server?",
             entry->price_hour);
    if (entry->list_price > 0 && entry->list_price < 5)
        tell(check, false, "list_price: %g; a price in thousands?", entry->list_price);
}

/* ---- proportions ---- */

static double largest_peak(const struct dlb_catalogue_entry *entry)
{
    double largest = 0;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(figures); i++)
        if (figures[i].unit == UNIT_PEAK)
            largest = fmax(largest, value_of(entry, &figures[i])); /* fmax passes NaN over */
    return largest;
}

/* How often a second all of the memory could be read: 2 to 60 times with DRAM (HBM of a V100: 56). Memory on the chip is far beyond. */
static void check_memory(struct check *check)
{
    const double bytes = check->entry->mem_gb;
    const double rate = check->entry->mem_gb_s;
    const double often = rate / bytes;
    if (bytes >= 1 && often > 100 && often < 800)
        tell(check, false,
             "mem_gb_s: %g reads all %g GB %.0f times a second, DRAM does 2 to 60: gigabits "
             "instead of gigabytes?",
             rate, bytes, often);
    if (bytes >= 1 && often < 0.2)
        tell(check, false,
             "mem_gb_s: %g needs %.0f s to read all %g GB: terabytes instead of "
             "gigabytes a second?",
             rate, 1 / often, bytes);
    if (bytes > 4000)
        tell(check, false, "mem_gb: %g; megabytes instead of gigabytes?", bytes);
    /* Sizes of memory are whole numbers of GiB, and makers write that number. */
    const double gib = bytes / 1.073741824;
    if (bytes >= 4 && fabs(bytes - round(bytes)) > 0.01 && fabs(gib - round(gib)) < 0.002 * gib)
        tell(check, false, "mem_gb: %g is %.0f GiB told in gigabytes; makers write %.0f", bytes,
             gib, round(gib));
}

/* Operations a byte: 17 (a die of a K80) to 1500 (FPGAs with DDR4); memory on the chip 2 to 10. */
static void check_balance(struct check *check)
{
    const double peak = largest_peak(check->entry);
    const double ratio = 1000 * peak / check->entry->mem_gb_s;
    if (peak > 0 && ratio > 20000)
        tell(check, false,
             "%g tera-operations on %g GB/s are %.0f operations a byte: a peak in giga, or "
             "a bandwidth in terabytes?",
             peak, check->entry->mem_gb_s, ratio);
}

static void check_power(struct check *check)
{
    const struct dlb_catalogue_entry *entry = check->entry;
    const double watts = entry->tdp_w;
    const double per_watt = largest_peak(entry) / watts;
    if (watts > 2000)
        tell(check, false, "tdp_w: %g for one processor; milliwatts, or a whole system?", watts);
    /* Dense 16-bit: up to 2.3 a watt (B200); 8-bit: up to 5.3 (Cloud AI 100), and 10 on chips of a few watts (Hailo-8). */
    if (entry->bf16_f16_tflops / watts > 3 || (watts >= 50 && per_watt > 8) || per_watt > 25)
        tell(check, false,
             "%.3g tera-operations a watt are more than dense ones have been seen at: counted "
             "with sparsity, or a slip of a unit?",
             per_watt);
}

static void check_peaks(struct check *check)
{
    const struct dlb_catalogue_entry *entry = check->entry;
    if (entry->tf32_tflops > 1.01 * entry->bf16_f16_tflops)
        tell(check, false,
             "tf32_tflops: %g is above bf16_f16_tflops %g: one of them with sparsity?",
             entry->tf32_tflops, entry->bf16_f16_tflops);
    if (entry->fp8_tflops > 4.05 * entry->bf16_f16_tflops)
        tell(check, false,
             "fp8_tflops: %g is more than four times bf16_f16_tflops %g: with sparsity?",
             entry->fp8_tflops, entry->bf16_f16_tflops);
    if (entry->int8_tops > 4.05 * entry->bf16_f16_tflops)
        tell(check, false,
             "int8_tops: %g is more than four times bf16_f16_tflops %g: with sparsity?",
             entry->int8_tops, entry->bf16_f16_tflops);
    if (entry->f32_tflops > 1.01 * entry->bf16_f16_tflops)
        tell(check, false, "f32_tflops: %g is above bf16_f16_tflops %g: in the wrong place?",
             entry->f32_tflops, entry->bf16_f16_tflops);
    if (largest_peak(entry) > 2e5)
        tell(check, false, "a peak of %g tera-operations: giga instead of tera?",
             largest_peak(entry));
    const bool sparse = strcasestr(entry->source, "spars") != NULL;
    const bool halved =
        strcasestr(entry->source, "halved") != NULL || strcasestr(entry->source, "dense") != NULL;
    if (sparse && !halved)
        tell(check, false,
             "source: it speaks of sparsity and does not say that the peaks are dense");
}

/* ---- beside what is known ---- */

static const struct dlb_catalogue_entry *find_known(const struct dlb_catalogue *known,
                                                    const struct dlb_catalogue_entry *entry)
{
    const struct dlb_catalogue_entry *found = dlb_catalogue_find(known, entry->id);
    struct dlb_why why;
    if (found == NULL &&
        dlb_catalogue_match(known, entry->kind, entry->vendor, entry->name, &found, &why) != DLB_OK)
        return NULL;
    return found;
}

/* What a factor between two tellers of one figure mostly means; NULL for any other. */
static const char *meaning_of(double factor, enum unit unit)
{
    static const struct {
        double factor, within;
        enum unit unit;
        const char *meaning;
    } slips[] = {
        {1.073741824, 0.002, UNIT_MEMORY, "GiB against GB"},
        {8, 0.02, UNIT_MEMORY, "gigabits against gigabytes"},
        {2, 0.01, UNIT_PEAK, "a sparse peak against a dense one"},
        {1000, 20, UNIT_PEAK, "giga against tera"},
        {1000, 20, UNIT_MEMORY, "mega against giga, or giga against tera"},
        {1000, 20, UNIT_POWER, "milliwatts against watts"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(slips); i++)
        if (slips[i].unit == unit && (fabs(factor - slips[i].factor) < slips[i].within ||
                                      fabs(1 / factor - slips[i].factor) < slips[i].within))
            return slips[i].meaning;
    return NULL;
}

static void check_beside(struct check *check, const struct dlb_catalogue_entry *known)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(figures); i++) {
        const double mine = value_of(check->entry, &figures[i]);
        const double theirs = value_of(known, &figures[i]);
        const char *meaning = meaning_of(mine / theirs, figures[i].unit);
        if (mine > 0 && theirs > 0 && meaning != NULL)
            tell(check, false, "%s: %g here, %g in the entry %s: %s?", figures[i].name, mine,
                 theirs, known->id, meaning);
    }
}

/* ---- all of them ---- */

int dlb_catalogue_validate_beside(const struct dlb_catalogue *catalogue,
                                  const struct dlb_catalogue *known,
                                  void (*say)(void *user, const struct dlb_catalogue_entry *entry,
                                              bool wrong, const char *what),
                                  void *user)
{
    int wrong = 0;
    for (int i = 0; i < catalogue->count; i++) {
        struct check check = {.entry = &catalogue->items[i], .say = say, .user = user};
        check_texts(&check);
        check_numbers(&check);
        check_price(&check);
        if (check.wrong == 0) {
            check_memory(&check);
            check_balance(&check);
            check_power(&check);
            check_peaks(&check);
        }
        const struct dlb_catalogue_entry *other =
            known != NULL && check.wrong == 0 ? find_known(known, check.entry) : NULL;
        if (other != NULL)
            check_beside(&check, other);
        wrong += check.wrong;
    }
    return wrong;
}

int dlb_catalogue_validate(const struct dlb_catalogue *catalogue,
                           void (*say)(void *user, const struct dlb_catalogue_entry *entry,
                                       bool wrong, const char *what),
                           void *user)
{
    return dlb_catalogue_validate_beside(catalogue, NULL, say, user);
}
