/* SPDX-License-Identifier: MIT */
/*
 * Times a command: posix_spawn, wait, and nothing else. Every contender that is a program of its own is
 * measured by this one, so that the cost of measuring is the same for all, and small.
 *
 * usage: timer [-n COUNT] COMMAND [ARGUMENT...]      (without -n: see rounds.h)
 */
#include "rounds.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

extern char** environ;

static int run_command(void* context)
{
    char** command = context;
    pid_t process;
    int failure = posix_spawnp(&process, command[0], NULL, NULL, command, environ);
    if (failure != 0) {
        fprintf(stderr, "timer: cannot start \"%s\": %s\n", command[0], strerror(failure));
        return -1;
    }
    int status;
    while (waitpid(process, &status, 0) < 0) {
        if (errno != EINTR) {
            perror("timer: waitpid");
            return -1;
        }
    }
    if (status != 0) {
        fprintf(stderr, "timer: \"%s\" ended with wait status 0x%x\n", command[0], (unsigned)status);
        return -1;
    }
    return 0;
}

int main(int argc, char** argv)
{
    unsigned long count = rounds_take_count(&argc, &argv);
    if (argc < 2) {
        fprintf(stderr, "usage: timer [-n COUNT] COMMAND [ARGUMENT...]\n");
        return 2;
    }
    return rounds_serve(count, run_command, argv + 1);
}
