/* backend_option.c: the value of a backend's option. A file of its own because every plugin carries it. */
#include <string.h>

#include "backends/backend.h"

const char *dlb_backend_option_value(const struct dlb_backend_option *list,
                                     const struct dlb_backend_config *config, const char *name)
{
    const size_t length = strlen(name);
    for (int i = config->option_count - 1; i >= 0; i--) { /* the last one given wins */
        const char *given = config->options[i];
        if (strncmp(given, name, length) == 0 && given[length] == '=')
            return given + length + 1;
    }
    for (; list != NULL && list->name != NULL; list++)
        if (strcmp(list->name, name) == 0)
            return list->default_text;
    return NULL;
}
