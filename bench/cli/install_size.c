/* install_size.c: the shared libraries of a process before and after a backend is in it. The answer of the other process is one number on its output. */
#include "bench/cli/install_size.h"

#include <fcntl.h>
#include <link.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/registry.h"
#include "bench/base/child.h"
#include "bench/base/text.h"

#define TIMEOUT_MS 30000
#define ANSWER     64

/* ---- in this process ---- */

static int count_object(struct dl_phdr_info *info, size_t size, void *user)
{
    (void)info;
    (void)size;
    ++*(int *)user;
    return 0;
}

struct sizes {
    int skip; /* objects that were there before; new ones are told after them */
    double bytes;
};

static int add_object(struct dl_phdr_info *info, size_t size, void *user)
{
    (void)size;
    struct sizes *sizes = user;
    struct stat file;
    if (sizes->skip > 0)
        sizes->skip--;
    else if (info->dlpi_name != NULL && info->dlpi_name[0] == '/' &&
             stat(info->dlpi_name, &file) == 0)
        sizes->bytes += (double)file.st_size;
    return 0;
}

double dlb_install_size_here(const char *backend)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a library may hang, and who asks may be gone */
    struct dlb_registry *registry = calloc(1, sizeof *registry);
    const struct dlb_backend_config config = {.threads = 1};
    struct dlb_why why = {""};
    struct sizes sizes = {0};
    if (registry == NULL)
        return (double)NAN;
    dl_iterate_phdr(count_object, &sizes.skip);
    dlb_registry_load_one(registry, backend);
    const struct dlb_loaded_backend *loaded = dlb_registry_find(registry, backend);
    if (loaded != NULL && loaded->table != NULL) {
        /* without a device its libraries are there all the same */
        (void)loaded->table->probe(&config, &why);
        dl_iterate_phdr(add_object, &sizes);
    }
    free(registry);
    return sizes.bytes > 0 ? sizes.bytes : (double)NAN;
}

/* ---- in another one ---- */

/* The process writes its answer and ends; what it has written till the time is up is all. */
static void read_answer(int fd, char answer[ANSWER])
{
    size_t used = 0;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    while (used + 1 < ANSWER && poll(&wait, 1, TIMEOUT_MS) > 0) {
        const ssize_t count = read(fd, answer + used, ANSWER - 1 - used);
        if (count <= 0)
            break;
        used += (size_t)count;
    }
    answer[used] = '\0';
}

double dlb_install_size(const char *program, const char *backend)
{
    int ends[2];
    pid_t pid = 0;
    char answer[ANSWER] = "";
    double bytes = NAN;
    struct dlb_why why;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return bytes;
    const char *const arguments[] = {program, "choose", "--install-size", backend, NULL};
    const struct dlb_child child = {
        .program = program, .arguments = arguments, .files = {-1, ends[1], -1}};
    const bool started = dlb_child_start(&child, &pid) == 0;
    close(ends[1]);
    if (started) {
        read_answer(ends[0], answer);
        kill(-pid, SIGKILL); /* it has answered, or hangs */
        waitpid(pid, NULL, 0);
        answer[strcspn(answer, "\n")] = '\0';
        if (dlb_parse_real(answer, &bytes, &why) != DLB_OK)
            bytes = NAN;
    }
    close(ends[0]);
    return bytes;
}
