/* share.c: finds the data files beside the program, as suites are found, and the user's catalogue. */
#include "bench/cli/share.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/compiler.h"

#define SHOWN 200 /* bytes of a path that a reason quotes */

/* The folder of the running program; false when it cannot be told. */
static bool program_folder(char *buffer, size_t size)
{
    const ssize_t length = readlink("/proc/self/exe", buffer, size - 1);
    if (length <= 0)
        return false;
    buffer[length] = '\0';
    char *slash = strrchr(buffer, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    return true;
}

static bool is_at(const char *folder, const char *place, const char *name, char *path, size_t size)
{
    const int length = snprintf(path, size, "%s%s/%s", folder, place, name);
    return length > 0 && (size_t)length < size && access(path, F_OK) == 0;
}

enum dlb_status dlb_share_path(const char *name, char *path, size_t size, struct dlb_why *why)
{
    static const char *const places[] = {"/share/dlbench", "/../share/dlbench"};
    const char *given = getenv("DLBENCH_SHARE");
    char program[DLB_SHARE_PATH_SIZE];
    if (given != NULL && given[0] != '\0')
        return is_at(given, "", name, path, size)
                   ? DLB_OK
                   : dlb_fail(why, DLB_IO,
                              "DLBENCH_SHARE must name a folder with %s in it, found '%.*s'", name,
                              SHOWN, given);
    if (!program_folder(program, sizeof program))
        return dlb_fail(why, DLB_IO,
                        "the program's own folder cannot be told (no /proc?); set DLBENCH_SHARE");
    for (size_t i = 0; i < DLB_ARRAY_COUNT(places); i++)
        if (is_at(program, places[i], name, path, size))
            return DLB_OK;
    return dlb_fail(why, DLB_IO,
                    "no share/dlbench/%s beside the program in '%.*s'; install it whole, or set "
                    "DLBENCH_SHARE",
                    name, SHOWN, program);
}

bool dlb_share_user_catalogue(char *path, size_t size)
{
    static const char *const places[][2] = {{"XDG_CONFIG_HOME", ""}, {"HOME", "/.config"}};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(places); i++) {
        const char *folder = getenv(places[i][0]);
        if (folder == NULL || folder[0] != '/')
            continue;
        const int length =
            snprintf(path, size, "%s%s/dlbench/catalogue.json", folder, places[i][1]);
        return length > 0 && (size_t)length < size;
    }
    return false;
}

enum dlb_status dlb_share_catalogue(struct dlb_catalogue *catalogue, struct dlb_why *why)
{
    char path[DLB_SHARE_PATH_SIZE];
    char user[DLB_SHARE_PATH_SIZE];
    const bool has_user = dlb_share_user_catalogue(user, sizeof user);
    const enum dlb_status status = dlb_share_path("catalogue.json", path, sizeof path, why);
    return status == DLB_OK ? dlb_catalogue_load(path, has_user ? user : NULL, catalogue, why)
                            : status;
}
