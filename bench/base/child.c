/* child.c: posix_spawn, not fork: to copy the page tables of a process that holds a large result takes milliseconds. */
#include "bench/base/child.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <unistd.h>

static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    int error = posix_spawnattr_setsigdefault(attributes, &all);
    if (error == 0)
        error = posix_spawnattr_setsigmask(attributes, &none);
    if (error == 0)
        error = posix_spawnattr_setpgroup(attributes, 0);
    if (error == 0)
        error = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    return error;
}

static int set_actions(posix_spawn_file_actions_t *actions, const int files[3])
{
    int error = 0;
    for (int i = 0; i < 3 && error == 0; i++)
        error = files[i] >= 0
                    ? posix_spawn_file_actions_adddup2(actions, files[i], i)
                    : posix_spawn_file_actions_addopen(actions, i, "/dev/null",
                                                       i == STDIN_FILENO ? O_RDONLY : O_WRONLY, 0);
    return error;
}

int dlb_child_start(const struct dlb_child *child, pid_t *pid)
{
    char *const *environment = child->environment != NULL ? child->environment : environ;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (error == 0) {
        error = set_attributes(&attributes);
        if (error == 0)
            error = set_actions(&actions, child->files);
        if (error == 0)
            error = posix_spawn(pid, child->program, &actions, &attributes,
                                (char *const *)(uintptr_t)child->arguments, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}
