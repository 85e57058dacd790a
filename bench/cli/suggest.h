/* suggest.h: "did you mean": the end of a line that says that something does not exist. */
#ifndef DLB_SUGGEST_H
#define DLB_SUGGEST_H

struct dlb_suggestion {
    char text[96];
};

/* "; did you mean NAME?", or "" when no candidate is near. `candidates` ends with NULL. */
struct dlb_suggestion dlb_suggest(const char *word, const char *const *candidates);

#endif
