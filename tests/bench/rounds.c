/* SPDX-License-Identifier: MIT */
#include "rounds.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

unsigned long rounds_take_count(int* argc, char*** argv)
{
    if (*argc < 3 || strcmp((*argv)[1], "-n") != 0)
        return 0;
    unsigned long count = strtoul((*argv)[2], NULL, 10);
    (*argv)[2] = (*argv)[0];
    *argv += 2;
    *argc -= 2;
    return count;
}

static FILE* keep_stream(int number, char const* mode)
{
    int kept = fcntl(number, F_DUPFD_CLOEXEC, 10);
    return kept < 0 ? NULL : fdopen(kept, mode);
}

static int close_standard_streams(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return -1;
    close(null);
    return 0;
}

static int run_rounds(unsigned long count, rounds_body* body, void* context, FILE* answers)
{
    for (unsigned long round = 0; round < count; round++) {
        int64_t begin = now();
        if (body(context) != 0)
            return 1;
        fprintf(answers, "%" PRId64 "\n", now() - begin);
    }
    return fflush(answers) == 0 ? 0 : 1;
}

int rounds_serve(unsigned long count, rounds_body* body, void* context)
{
    FILE* questions = keep_stream(STDIN_FILENO, "r");
    FILE* answers = keep_stream(STDOUT_FILENO, "w");
    if (!questions || !answers || close_standard_streams() != 0) {
        perror("cannot set up standard streams");
        return 1;
    }
    if (count != 0)
        return run_rounds(count, body, context, answers);

    char line[32];
    while (fgets(line, sizeof line, questions)) {
        if (run_rounds(strtoul(line, NULL, 10), body, context, answers) != 0)
            return 1;
    }
    return 0;
}
