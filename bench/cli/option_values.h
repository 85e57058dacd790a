/* option_values.h: reads the value of one option into its field. Between options.c and option_config.c only. */
#ifndef DLB_OPTION_VALUES_H
#define DLB_OPTION_VALUES_H

#include "bench/cli/options.h"

/* Stores `text` (kept by the parser) into `field`; lists grow when `append`. */
enum dlb_status dlb_option_store(struct dlb_parser *parser, const struct dlb_option *row,
                                 void *field, const char *text, bool append, struct dlb_why *why);

/* Hands a block to the parser, which frees it; NULL (and freed) without memory or for NULL. */
void *dlb_parser_own(struct dlb_parser *parser, void *block);

/* Grows a list of texts; the text itself is not copied. False without memory. */
bool dlb_texts_add(struct dlb_parser *parser, struct dlb_texts *texts, const char *text);

#endif
