/* completion.c: shell completion for bash, zsh and fish, from the tables of commands and options.
 *
 * Static words are written into the script; names of devices, workloads and suites are asked from `dlbench list` when
 * the key is pressed, so that they are those of this machine. */
#include "bench/cli/help.h"

#include <string.h>

#include "bench/base/text.h"

/* Calls `each` for every option of a command, its own first. */
static void each_option(const struct dlb_command *command,
                        void (*each)(FILE *stream, const struct dlb_command *command,
                                     const struct dlb_option *row),
                        FILE *stream)
{
    const struct dlb_option *tables[] = {command->options, dlb_global_options};
    for (size_t t = 0; t < DLB_ARRAY_COUNT(tables); t++) {
        for (const struct dlb_option *row = tables[t]; row != NULL && row->name != NULL; row++) {
            if (!row->hidden) {
                each(stream, command, row);
            }
        }
    }
}

/* The shell command that prints the words of an option's value; false when there are none to offer. */
static bool words_command(const struct dlb_option *row, char *buffer, size_t size)
{
    static const char *const lists[] = {[DLB_COMPLETE_DEVICES] = "devices",
                                        [DLB_COMPLETE_WORKLOADS] = "workloads",
                                        [DLB_COMPLETE_SUITES] = "suites"};
    if (row->completion >= DLB_COMPLETE_DEVICES) {
        snprintf(buffer, size, "dlbench list %s --names 2>/dev/null", lists[row->completion]);
        return true;
    }
    if (row->choices != NULL) {
        snprintf(buffer, size, "echo %s", row->choices);
        return true;
    }
    return false;
}

static void bash_option(FILE *stream, const struct dlb_command *command,
                        const struct dlb_option *row)
{
    (void)command;
    fprintf(stream, " --%s", row->name);
    if (row->letter != 0) {
        fprintf(stream, " -%c", row->letter);
    }
}

static void bash_value(FILE *stream, const struct dlb_command *command,
                       const struct dlb_option *row)
{
    char words[256];
    if (row->argument == NULL) {
        return;
    }
    fprintf(stream, "    %s:--%s", command->name, row->name);
    if (row->letter != 0) {
        fprintf(stream, "|%s:-%c", command->name, row->letter);
    }
    if (words_command(row, words, sizeof words)) {
        fprintf(stream, ") _dlbench_words \"$(%s)\"; return ;;\n", words);
    } else if (row->completion == DLB_COMPLETE_FILE) {
        fputs(") COMPREPLY=($(compgen -P \"$prefix\" -f -- \"$word\")); return ;;\n", stream);
    } else {
        fputs(") return ;;\n", stream);
    }
}

static void print_command_names(FILE *stream)
{
    for (const struct dlb_command *const *at = dlb_commands; *at != NULL; at++) {
        const struct dlb_command *command = *at;
        if (!command->hidden) {
            fprintf(stream, " %s", command->name);
        }
    }
}

/* zsh runs the same function through bashcompinit, so both shells share one body. Of a comma list the last word is
 * completed. bash cuts --suite=q at the '=' into three words, unless COMP_WORDBREAKS was changed. */
static void print_bash(FILE *stream)
{
    fputs("_dlbench_words() {\n"
          "    local head=\n"
          "    case $word in *,*) head=${word%,*}, ;; esac\n"
          "    COMPREPLY=($(compgen -P \"$prefix$head\" -W \"$1\" -- \"${word##*,}\"))\n"
          "}\n"
          "_dlbench() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD-1]} "
          "command=${COMP_WORDS[1]} prefix=\n"
          "    COMPREPLY=()\n"
          "    if [ \"$word\" = = ]; then\n"
          "        word=\n"
          "    elif [ \"$last\" = = ]; then\n"
          "        last=${COMP_WORDS[COMP_CWORD-2]}\n"
          "    fi\n"
          "    case $word in --*=*) last=${word%%=*} prefix=${word%%=*}= word=${word#*=} ;; esac\n"
          "    if [ \"$COMP_CWORD\" -le 1 ]; then\n"
          "        COMPREPLY=($(compgen -W \"",
          stream);
    print_command_names(stream);
    fputs("\" -- \"$word\")); return\n    fi\n    case $command:$last in\n", stream);
    for (const struct dlb_command *const *at = dlb_commands; *at != NULL; at++) {
        const struct dlb_command *command = *at;
        if (!command->hidden) {
            each_option(command, bash_value, stream);
        }
    }
    fputs("    esac\n    case $command in\n", stream);
    for (const struct dlb_command *const *at = dlb_commands; *at != NULL; at++) {
        const struct dlb_command *command = *at;
        if (command->hidden) {
            continue;
        }
        fprintf(stream, "    %s) COMPREPLY=($(compgen %s -W \"%s", command->name,
                command->argument_words == NULL && command->arguments_max > 0 ? "-f" : "",
                command->argument_words != NULL ? command->argument_words : "");
        each_option(command, bash_option, stream);
        fputs("\" -- \"$word\")) ;;\n", stream);
    }
    fputs("    esac\n}\ncomplete -F _dlbench dlbench\n", stream);
}

/* A fish single-quoted text: backslash and quote are escaped. */
static void fish_quote(FILE *stream, const char *text)
{
    fputc('\'', stream);
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\') {
            fputc('\\', stream);
        }
        fputc(*text, stream);
    }
    fputc('\'', stream);
}

static void fish_option(FILE *stream, const struct dlb_command *command,
                        const struct dlb_option *row)
{
    char words[256];
    fprintf(stream, "complete -c dlbench -n '__fish_seen_subcommand_from %s' -l %s", command->name,
            row->name);
    if (row->letter != 0) {
        fprintf(stream, " -s %c", row->letter);
    }
    if (row->argument != NULL) {
        fputs(row->completion == DLB_COMPLETE_FILE ? " -r -F" : " -x", stream);
    }
    if (words_command(row, words, sizeof words)) {
        fprintf(stream, " -a '(%s | string split \" \")'", words);
    }
    fputs(" -d ", stream);
    fish_quote(stream, row->help);
    fputc('\n', stream);
}

static void print_fish(FILE *stream)
{
    fputs("complete -c dlbench -f\n", stream);
    for (const struct dlb_command *const *at = dlb_commands; *at != NULL; at++) {
        const struct dlb_command *command = *at;
        if (command->hidden) {
            continue;
        }
        fprintf(stream, "complete -c dlbench -n __fish_use_subcommand -a %s -d ", command->name);
        fish_quote(stream, command->summary);
        fputc('\n', stream);
        if (command->argument_words != NULL) {
            fprintf(stream, "complete -c dlbench -n '__fish_seen_subcommand_from %s' -a '%s'\n",
                    command->name, command->argument_words);
        } else if (command->arguments_max > 0) {
            fprintf(stream, "complete -c dlbench -n '__fish_seen_subcommand_from %s' -F\n",
                    command->name);
        }
        each_option(command, fish_option, stream);
    }
}

void dlb_completion_print(enum dlb_shell shell, FILE *stream)
{
    switch (shell) {
    case DLB_SHELL_BASH:
        fputs("# bash completion for dlbench: source <(dlbench completion bash)\n", stream);
        print_bash(stream);
        break;
    case DLB_SHELL_ZSH:
        fputs("#compdef dlbench\n# zsh completion for dlbench: source <(dlbench completion zsh)\n"
              "autoload -U +X bashcompinit && bashcompinit\n",
              stream);
        print_bash(stream);
        break;
    case DLB_SHELL_FISH:
        fputs("# fish completion for dlbench: dlbench completion fish | source\n", stream);
        print_fish(stream);
        break;
    }
}
