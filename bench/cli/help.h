/* help.h: help, the man page and shell completion, all printed from the tables of commands and options. */
#ifndef DLB_HELP_H
#define DLB_HELP_H

#include <stdio.h>

#include "bench/cli/command.h"

/* What dlbench is and its commands; one command; wrapped at the screen's width. */
void dlb_help_overview(const struct dlb_screen *screen);
void dlb_help_command(const struct dlb_command *command, const struct dlb_screen *screen);

/* The manual page in roff (man macros). */
void dlb_help_man(FILE *stream);

/* A completion script. */
enum dlb_shell { DLB_SHELL_BASH, DLB_SHELL_ZSH, DLB_SHELL_FISH };
void dlb_completion_print(enum dlb_shell shell, FILE *stream);

#endif
