/* catalogue_match.c: which entry of the catalogue a device is, by the words of its name.
 *
 * A name falls into words at everything that is no letter, digit or '+': "NVIDIA A100-SXM4-80GB" is nvidia a100 sxm4 80gb. Words with a digit are
 * model numbers and must all be in the device's name, sizes of memory and forms of boards aside, which must not contradict. So nothing is guessed: "Intel Xeon
 * Processor" is no entry, and a "Ti" or a "Super" that the entry does not have makes another processor. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bench/base/compiler.h"
#include "bench/base/text.h"
#include "bench/store/catalogue_parts.h"

#define MOST_WORDS 32
#define WORD_SIZE  24
#define MOST_SAID  5 /* candidates that a reason names */

struct words {
    int count;
    char items[MOST_WORDS][WORD_SIZE];
};

enum word_kind { WORD_PLAIN, WORD_MODEL, WORD_MEMORY, WORD_FORM, WORD_VARIANT };

/* ---- words ---- */

static void add_word(struct words *words, const char *text, size_t length)
{
    if (length == 0 || words->count == MOST_WORDS)
        return;
    char *word = words->items[words->count++];
    const size_t kept = length < WORD_SIZE ? length : WORD_SIZE - 1;
    for (size_t i = 0; i < kept; i++)
        word[i] = (char)tolower((unsigned char)text[i]);
    word[kept] = '\0';
}

/* The text up to `end`; what stands in parentheses is a remark, and (R) and (TM) are no words either. */
static void split(const char *text, const char *end, struct words *words)
{
    int depth = 0;
    const char *start = text;
    *words = (struct words){0};
    for (const char *c = text; c < end; c++) {
        if (isalnum((unsigned char)*c) || *c == '+')
            continue;
        add_word(words, start, depth == 0 ? (size_t)(c - start) : 0);
        depth += *c == '(' ? 1 : *c == ')' && depth > 0 ? -1 : 0;
        start = c + 1;
    }
    add_word(words, start, depth == 0 ? (size_t)(end - start) : 0);
}

static bool has_word(const struct words *words, const char *word)
{
    for (int i = 0; i < words->count; i++)
        if (strcmp(words->items[i], word) == 0)
            return true;
    return false;
}

/* "80gb" */
static bool is_memory(const char *word)
{
    const size_t digits = strspn(word, "0123456789");
    return digits > 0 && strcmp(word + digits, "gb") == 0;
}

static enum word_kind kind_of(const char *word)
{
    static const char *const forms[] = {"sxm",  "sxm2", "sxm3", "sxm4",
                                        "sxm5", "pcie", "nvl",  "oam"};
    static const char *const variants[] = {"ti",  "super", "laptop", "mobile",
                                           "max", "ultra", "pro"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(forms); i++)
        if (strcmp(word, forms[i]) == 0)
            return WORD_FORM;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(variants); i++)
        if (strcmp(word, variants[i]) == 0)
            return WORD_VARIANT;
    if (is_memory(word))
        return WORD_MEMORY;
    return strpbrk(word, "0123456789") != NULL ? WORD_MODEL : WORD_PLAIN;
}

/* Does one name say another word of a kind than the other? Where one says none there is no contradiction. "sxm" and "sxm5" agree. */
static bool contradict(const struct words *a, const struct words *b, enum word_kind kind)
{
    bool said = false;
    for (int i = 0; i < a->count; i++) {
        if (kind_of(a->items[i]) != kind)
            continue;
        for (int j = 0; j < b->count; j++) {
            if (kind_of(b->items[j]) != kind)
                continue;
            if (strncmp(a->items[i], b->items[j], kind == WORD_FORM ? 3 : WORD_SIZE) == 0)
                return false;
            said = true;
        }
    }
    return said;
}

/* ---- one name ---- */

/* "2", "v1": a version rather than a model; alone it tells nothing. */
static bool is_weak(const char *word)
{
    const char *digits = word[0] == 'v' ? word + 1 : word;
    return strlen(word) < 3 && digits[strspn(digits, "0123456789")] == '\0';
}

/* What an entry must have in common with the device: its model numbers; where these are weak, all its words. */
static bool has_needed(const struct words *entry, const struct words *device)
{
    bool strong = false;
    for (int i = 0; i < entry->count; i++)
        strong |= kind_of(entry->items[i]) == WORD_MODEL && !is_weak(entry->items[i]);
    for (int i = 0; i < entry->count; i++) {
        const enum word_kind kind = kind_of(entry->items[i]);
        const bool needed = kind == WORD_MODEL || (!strong && kind == WORD_PLAIN);
        if (needed && !has_word(device, entry->items[i]))
            return false;
    }
    return entry->count > 0;
}

static bool same_variants(const struct words *a, const struct words *b)
{
    for (int i = 0; i < a->count; i++)
        if (kind_of(a->items[i]) == WORD_VARIANT && !has_word(b, a->items[i]))
            return false;
    return true;
}

static int fit_words(const struct words *entry, const struct words *device)
{
    if (!has_needed(entry, device) || !same_variants(entry, device) ||
        !same_variants(device, entry) || contradict(entry, device, WORD_MEMORY) ||
        contradict(entry, device, WORD_FORM))
        return 0;
    int common = 0;
    for (int i = 0; i < entry->count; i++)
        common += has_word(device, entry->items[i]);
    /* A model number of the device that the entry does not have may be a clock or a memory ("HBM3"): it weighs, and refuses nothing. */
    return 1 + common;
}

int dlb_catalogue_fit(const struct dlb_catalogue_entry *entry, const char *name)
{
    struct words device, words;
    split(name, name + strlen(name), &device);
    split(entry->name, entry->name + strlen(entry->name), &words);
    int best = fit_words(&words, &device);
    for (const char *at = entry->also; *at != '\0';) {
        const size_t length = strcspn(at, ";");
        split(at, at + length, &words);
        const int fit = fit_words(&words, &device);
        best = fit > best ? fit : best;
        at += length + (at[length] == ';');
    }
    return best;
}

/* ---- kinds and vendors ---- */

bool dlb_catalogue_is_kind(const char *kind)
{
    static const char *const kinds[] = {"cpu", "gpu", "tpu", "fpga", "asic", "soc"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(kinds); i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

bool dlb_catalogue_kinds_agree(const char *entry, const char *device)
{
    return strcmp(entry, device) == 0 ||
           (strcmp(entry, "soc") == 0 &&
            (strcmp(device, "cpu") == 0 || strcmp(device, "gpu") == 0));
}

/* Is a vendor told in `text`, by its name or by what drivers and processors call it? */
static bool tells_vendor(const char *text, const char *vendor)
{
    static const char *const others[][2] = {{"AMD", "Advanced Micro Devices"},
                                            {"AMD", "Xilinx"},
                                            {"Intel", "Altera"},
                                            {"Intel", "Habana"}};
    if (strcasestr(text, vendor) != NULL)
        return true;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(others); i++)
        if (strcasecmp(others[i][0], vendor) == 0 && strcasestr(text, others[i][1]) != NULL)
            return true;
    return false;
}

/* Two makers may use one number. Where the device tells a maker that the catalogue knows, it must be the entry's. */
static bool vendors_agree(const struct dlb_catalogue *catalogue,
                          const struct dlb_catalogue_entry *entry, const char *vendor)
{
    if (vendor == NULL || vendor[0] == '\0' || entry->vendor[0] == '\0' ||
        tells_vendor(vendor, entry->vendor))
        return true;
    for (int i = 0; i < catalogue->count; i++)
        if (catalogue->items[i].vendor[0] != '\0' &&
            tells_vendor(vendor, catalogue->items[i].vendor))
            return false;
    return true;
}

/* ---- the match ---- */

static enum dlb_status fail_several(const struct dlb_catalogue *catalogue, const int *fits,
                                    int best, const char *name, struct dlb_why *why)
{
    struct dlb_text list = {0};
    int said = 0;
    for (int i = 0; i < catalogue->count; i++)
        if (fits[i] == best && said++ < MOST_SAID)
            dlb_text_format(&list, "%s%s", said > 1 ? ", " : "", catalogue->items[i].id);
    dlb_fail(why, DLB_INVALID, "'%.100s' may be any of %d entries of the catalogue: %s%s", name,
             said, list.data != NULL ? list.data : "", said > MOST_SAID ? ", ..." : "");
    dlb_text_free(&list);
    return DLB_INVALID;
}

enum dlb_status dlb_catalogue_match(const struct dlb_catalogue *catalogue, const char *kind,
                                    const char *vendor, const char *name,
                                    const struct dlb_catalogue_entry **entry, struct dlb_why *why)
{
    const bool has_kind = kind != NULL && kind[0] != '\0';
    int best = 0;
    int first = -1;
    int many = 0;
    int *fits = calloc((size_t)catalogue->count + 1, sizeof *fits);
    if (fits == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the catalogue");
    for (int i = 0; i < catalogue->count; i++) {
        const struct dlb_catalogue_entry *item = &catalogue->items[i];
        if ((has_kind && !dlb_catalogue_kinds_agree(item->kind, kind)) ||
            !vendors_agree(catalogue, item, vendor))
            continue;
        fits[i] = dlb_catalogue_fit(item, name);
        many = fits[i] > best ? 0 : many;
        first = fits[i] > best ? i : first;
        best = fits[i] > best ? fits[i] : best;
        many += best > 0 && fits[i] == best;
    }
    enum dlb_status status = DLB_OK;
    if (best == 0)
        status = dlb_fail(why, DLB_UNAVAILABLE, "no entry of the catalogue is '%.100s'%s%s%s", name,
                          has_kind ? " (kind " : "", has_kind ? kind : "", has_kind ? ")" : "");
    else if (many > 1)
        status = fail_several(catalogue, fits, best, name, why);
    else
        *entry = &catalogue->items[first];
    free(fits);
    return status;
}
