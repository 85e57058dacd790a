/* suggest.c: puts the nearest candidate into words. What is near is decided in base/text. */
#include "bench/cli/suggest.h"

#include <stdio.h>
#include <string.h>

#include "bench/base/text.h"

struct dlb_suggestion dlb_suggest(const char *word, const char *const *candidates)
{
    struct dlb_suggestion suggestion = {""};
    const char *nearest = dlb_text_nearest(word, candidates);
    if (nearest != NULL && strcmp(nearest, word) != 0) { /* the word itself is no help */
        snprintf(suggestion.text, sizeof suggestion.text, "; did you mean %s?", nearest);
    }
    return suggestion;
}
