/* metrics.h: the numbers of a result row and what they mean, for list and describe. */
#ifndef DLB_METRICS_H
#define DLB_METRICS_H

struct dlb_metric {
    const char *name, *unit;
    const char *better;  /* "lower", "higher", "" */
    const char *meaning; /* one line */
};

/* Ends with name NULL. */
extern const struct dlb_metric dlb_metrics[];

#endif
