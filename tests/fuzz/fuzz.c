/* fuzz.c: where the targets put their input when what they try reads files.
 *
 * A fuzzer runs some thousand inputs a second, so the folder is in memory where there is one (/dev/shm). */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES 8

static char folder[64];
static char paths[NAMES][128];

static void clean(void)
{
    for (int i = 0; i < NAMES; i++) {
        if (paths[i][0] == '\0')
            continue;
        unlink(paths[i]);
        char
            *slash; /* the folders between; one that still holds something stays for a later file */
        while ((slash = strrchr(paths[i], '/')) > paths[i] + strlen(folder)) {
            *slash = '\0';
            rmdir(paths[i]);
        }
    }
    rmdir(folder);
}

static void make_parents(const char *path)
{
    char parent[sizeof paths[0]];
    for (const char *slash = strchr(path + strlen(folder) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
        mkdir(parent, 0700);
    }
}

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "%s/dlbench-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(folder) == NULL) {
        perror(folder);
        abort();
    }
    atexit(clean);
}

const char *fuzz_folder(void)
{
    if (folder[0] == '\0')
        make_folder();
    return folder;
}

const char *fuzz_file(const char *name, const uint8_t *data, size_t size)
{
    char path[sizeof paths[0]];
    snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
    int i = 0;
    while (i < NAMES - 1 && paths[i][0] != '\0' && strcmp(paths[i], path) != 0)
        i++;
    memcpy(paths[i], path, sizeof path);
    make_parents(path);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        abort();
    }
    return paths[i];
}
