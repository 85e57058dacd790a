/* catalogue.h: processors and what their makers say of them: peaks, bandwidth, power, prices, each with its source.
 *
 * The project's own file is share/dlbench/catalogue.json; entries of a user stand in $XDG_CONFIG_HOME/dlbench/catalogue.json and win over it. Peaks are
 * those of dense operands, 1e12 operations being one tera: a sparse peak is a slip that validation looks for. */
#ifndef DLB_CATALOGUE_H
#define DLB_CATALOGUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "bench/base/status.h"

struct dlb_catalogue_entry {
    char id[48], name[128], kind[16], vendor[48]; /* kind: cpu, gpu, tpu, fpga, asic */
    int year;
    double f32_tflops, tf32_tflops, bf16_f16_tflops, fp8_tflops,
        int8_tops;                     /* NaN: not told; likewise below */
    double mem_gb, mem_gb_s, tdp_w;    /* 1e9 bytes, watts */
    double list_price, price_hour;     /* of the whole processor */
    char currency[8], price_as_of[12]; /* "USD"; "2025-03", "" unknown */
    char evidence[16],
        confidence[16]; /* as the source says: stored, derived, recalled; high, medium, low */
    char
        also[256]; /* other names that devices of this kind tell of themselves, "; " between them */
    char source[512];
    char file[256]; /* where the entry stands: the project's file or the user's */
    json_t *unknown;
};

struct dlb_catalogue {
    int count;
    struct dlb_catalogue_entry *items; /* owned */
};
/* One file, of which only the form is checked: what validation looks at may be as wrong as it wants. */
enum dlb_status dlb_catalogue_read(const char *path, struct dlb_catalogue *catalogue,
                                   struct dlb_why *why);
/* Both files; `user_path` NULL or absent: the project's alone. DLB_INVALID says file, entry and field. */
enum dlb_status dlb_catalogue_load(const char *path, const char *user_path,
                                   struct dlb_catalogue *catalogue, struct dlb_why *why);
void dlb_catalogue_free(struct dlb_catalogue *catalogue);
const struct dlb_catalogue_entry *dlb_catalogue_find(const struct dlb_catalogue *catalogue,
                                                     const char *id);

/* The entry that is this device, by vendor and model words of its name ("Intel(R) Xeon(R) Platinum 8480+", "NVIDIA H100 80GB HBM3"). DLB_UNAVAILABLE: none fits;
 * DLB_INVALID: several fit alike, `why` names them. A CPU's entry fits only when its model number is in the name. */
enum dlb_status dlb_catalogue_match(const struct dlb_catalogue *catalogue, const char *kind,
                                    const char *vendor, const char *name,
                                    const struct dlb_catalogue_entry **entry, struct dlb_why *why);

/* Peak of a type of dlbench ("f32", "bf16", "f16", "s8") in ops/s, bandwidth in bytes/s; NaN: not told. */
double dlb_catalogue_peak(const struct dlb_catalogue_entry *entry, const char *dtype);
double dlb_catalogue_bandwidth(const struct dlb_catalogue_entry *entry);

/* Calls `say` for each thing that looks wrong: GB against GiB, Gb against GB, sparse peaks, a price without date, bandwidth or power out of all proportion.
 * `wrong` is true for what makes the entry unusable, false for a doubt. Returns how many were wrong. */
int dlb_catalogue_validate(const struct dlb_catalogue *catalogue,
                           void (*say)(void *user, const struct dlb_catalogue_entry *entry,
                                       bool wrong, const char *what),
                           void *user);

/* The same beside entries that are known (or NULL): an entry that is one of them, by id or by name, is compared with it, and a factor of 1.074, 2, 8 or 1000 between
 * them is told. */
int dlb_catalogue_validate_beside(const struct dlb_catalogue *catalogue,
                                  const struct dlb_catalogue *known,
                                  void (*say)(void *user, const struct dlb_catalogue_entry *entry,
                                              bool wrong, const char *what),
                                  void *user);

json_t *dlb_catalogue_entry_to_json(const struct dlb_catalogue_entry *entry);
/* Adds or replaces an entry in the user's file, atomically; the file and its folder are made where they are not. */
enum dlb_status dlb_catalogue_add(const char *user_path, const struct dlb_catalogue_entry *entry,
                                  struct dlb_why *why);

#endif
