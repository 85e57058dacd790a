/* verify_internal.h: what the files of the oracle share. Others include verify.h.
 *
 * verify.c opens, compares and explains; verify_bound.c holds the tolerance rule; verify_element.c recomputes elements of
 * a product and the chain behind it; verify_projection.c checks large gemms; verify_network.c does the full
 * forward pass, verify_cache.c keeps it on disk and verify_folder.c keeps that folder small. */
#ifndef DLB_VERIFY_INTERNAL_H
#define DLB_VERIFY_INTERNAL_H

#include "bench/run/verify.h"

/* What a result must be, at some of its elements. */
struct dlb_expected {
    int64_t count;
    int64_t *index; /* ascending; NULL: element i is the i-th */
    double *value;
    double *bound; /* |found - value| may be this large */
};

enum dlb_oracle_method { DLB_ORACLE_ELEMENTS, DLB_ORACLE_PROJECTION, DLB_ORACLE_NETWORK };

struct dlb_projection;

struct dlb_oracle {
    const struct dlb_graph *graph;
    enum dlb_fill fill;
    uint64_t seed, look;
    bool drawn; /* samples and signs are those of `look` */
    enum dlb_oracle_method method;
    void **inputs;                 /* by tensor: host data of INPUT, WEIGHT, STATE */
    struct dlb_expected *expected; /* by tensor: filled for results */
    struct dlb_projection *projection;
};

/* verify_bound.c: the tolerance rule. */

/* Terms summed in one element of a product op, and whether an op is one. */
bool dlb_bound_is_product(enum dlb_op_kind kind);
double dlb_bound_terms(const struct dlb_op *op);
/* Error of one element of a product before it is stored: value and magnitude as dlb_reference_element gives them. */
double dlb_bound_product(const struct dlb_graph *graph, const struct dlb_op *op, enum dlb_fill fill,
                         double value, double magnitude);
/* The same for the sum of a block of `width` elements with random signs: `norms` is the root of the sum of squares of
 * |a_i| |b_j| (Euclidean norms), `values` that of the elements. */
double dlb_bound_projection(const struct dlb_graph *graph, const struct dlb_op *op,
                            enum dlb_fill fill, double width, double norms, double values);
/* Error of storing a value in a type, subnormal numbers and their flushing included. */
double dlb_bound_store(enum dlb_dtype dtype, double value);
/* Standard error of the elements of an op's output in a network, from that of its inputs. `rms` is the root mean square
 * of each tensor, `error` is filled for all tensors before the op; both by tensor. */
double dlb_bound_network(const struct dlb_graph *graph, const struct dlb_op *op, enum dlb_fill fill,
                         void *const *inputs, const double *rms, const double *error);
/* How many standard errors an element of a network may be off. */
#define DLB_BOUND_DEVIATIONS 6.0

/* verify_element.c */

/* True when the graph is one product and a chain of element-wise ops that need nothing but given tensors. */
bool dlb_element_is_chain(const struct dlb_graph *graph);
/* One element of a result of such a graph, and how far off it may be. */
double dlb_element_value(const struct dlb_oracle *oracle, int tensor, int64_t index, double *bound);
/* Fills oracle->expected[tensor] with all elements, or makes room for at most `limit` sampled ones. */
enum dlb_status dlb_element_expect(struct dlb_oracle *oracle, int tensor, int64_t limit,
                                   struct dlb_why *why);
/* Chooses the sampled elements from `seed` and computes them. */
void dlb_element_draw(struct dlb_oracle *oracle, int tensor, uint64_t seed);

/* verify_projection.c */

/* Makes room; dlb_projection_draw must come before the first check. */
enum dlb_status dlb_projection_open(const struct dlb_oracle *oracle,
                                    struct dlb_projection **projection, struct dlb_why *why);
void dlb_projection_close(struct dlb_projection *projection);
/* Chooses the signs from `seed` and computes the right-hand side from the oracle's inputs. */
void dlb_projection_draw(struct dlb_projection *projection, void *const *inputs, uint64_t seed);
/* The block whose error is the largest share of its bound: that share, and its first element and width. Blocks with an
 * element that is not finite are left out. NaN, and the block, when one has no finite bound. */
double dlb_projection_check(const struct dlb_projection *projection, const void *host,
                            int64_t *first, int64_t *width);

/* verify_network.c, verify_cache.c and verify_folder.c */

enum dlb_status dlb_network_expect(struct dlb_oracle *oracle, struct dlb_why *why);
/* True when the results were in the folder. */
bool dlb_cache_load(struct dlb_oracle *oracle, const char *folder);
/* Failing to write costs time later, nothing else. */
void dlb_cache_store(const struct dlb_oracle *oracle, const char *folder);
/* Makes the folder and those above it that are missing, for the user alone. */
void dlb_folder_make(const char *folder);
/* The name of an entry: HASH.oracle, and .PROCESS behind it while it is being written. */
#define DLB_FOLDER_DIGITS 16
#define DLB_FOLDER_END    ".oracle"
/* Removes the entries not used for a day, and of the others the longest unused beyond 256 MiB; other files stay. */
void dlb_folder_prune(const char *folder);

/* verify.c: is it a result that an op produces? A state that none updates must only stay as it was. */
bool dlb_oracle_is_compared(const struct dlb_graph *graph, int tensor);

/* verify.c: room for `count` elements, with indices or without. */
enum dlb_status dlb_expected_alloc(struct dlb_expected *expected, int64_t count, bool indexed,
                                   struct dlb_why *why);
void dlb_expected_free(struct dlb_expected *expected);

#endif
