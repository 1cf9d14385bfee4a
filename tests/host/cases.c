/* SPDX-License-Identifier: MIT */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { skipped_status = 77, broken_status = 99 };

static char name[256];
static int in_case;
static int case_failed;
static int case_skipped;
static int passed;
static int failed;
static int skipped;

static void end_case(void)
{
    if (!in_case)
        return;
    in_case = 0;
    if (case_failed)
        failed++;
    else if (case_skipped)
        skipped++;
    else
        passed++;
    if (case_failed || !case_skipped)
        printf("%s %s\n", case_failed ? "FAIL" : "ok", name);
    fflush(stdout);
}

void begin_case(const char* format, ...)
{
    end_case();
    va_list list;
    va_start(list, format);
    vsnprintf(name, sizeof name, format, list);
    va_end(list);
    in_case = 1;
    case_failed = 0;
    case_skipped = 0;
}

void skip_case(const char* format, ...)
{
    va_list list;
    va_start(list, format);
    printf("SKIP %s: ", name);
    vprintf(format, list);
    puts("");
    va_end(list);
    case_skipped = 1;
}

int expect(int condition, const char* format, ...)
{
    if (condition)
        return 1;
    va_list list;
    va_start(list, format);
    printf("  wrong: ");
    vprintf(format, list);
    puts("");
    va_end(list);
    fflush(stdout);
    case_failed = 1;
    return 0;
}

int conclude(void)
{
    end_case();
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    fflush(stdout);
    return failed > 0 ? 1 : passed > 0 || skipped == 0 ? 0 : skipped_status;
}

void skip_all(const char* format, ...)
{
    va_list list;
    va_start(list, format);
    printf("SKIP ");
    vprintf(format, list);
    puts("");
    va_end(list);
    fflush(stdout);
    _exit(skipped_status);
}

void give_up(const char* format, ...)
{
    int number = errno;
    va_list list;
    va_start(list, format);
    printf("cannot test: ");
    vprintf(format, list);
    printf(" (%s)\n", strerror(number));
    va_end(list);
    fflush(stdout);
    _exit(broken_status);
}

/* ------------------------------------------------------------------------------------------- watchdog */

static void say(const char* text)
{
    if (write(STDOUT_FILENO, text, strlen(text)) < 0)
        return; /* nobody listens */
}

/* A signal handler must not allocate, so no stdio here: any thread may hold its locks. */
static void copy_file(int directory, const char* path)
{
    char buffer[1024];
    int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, buffer, sizeof buffer - 1);
    if (got > 0) {
        buffer[got] = 0;
        say(buffer);
    }
    if (fd >= 0)
        close(fd);
}

struct entry {
    uint64_t inode;
    int64_t next;
    unsigned short size;
    unsigned char type;
    char name[];
};

static void tell_thread(int tasks, const char* task)
{
    static const char* const files[] = {"comm", "wchan", "syscall", "children"};
    char path[300];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t length = strlen(task);
        memcpy(path, task, length);
        path[length] = '/';
        strcpy(path + length + 1, files[i]);
        say(i == 0 ? "thread " : i == 1 ? "  waits in " : i == 2 ? "\n  system call " : "  children ");
        copy_file(tasks, path);
    }
    say("\n");
}

static void tell_threads(void)
{
    static char buffer[8192] __attribute__((aligned(8)));
    int tasks = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long got = 0;
    while ((got = syscall(SYS_getdents64, tasks, buffer, sizeof buffer)) > 0)
        for (long at = 0; at < got;) {
            const struct entry* entry = (const void*)(buffer + at);
            if (entry->name[0] != '.')
                tell_thread(tasks, entry->name);
            at += entry->size;
        }
    close(tasks);
}

static void bark(int number)
{
    (void)number;
    say("the watchdog: this takes too long\n");
    say(name);
    say("\n");
    tell_threads();
    _exit(broken_status);
}

void start_watchdog(unsigned seconds)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = bark;
    sigaction(SIGALRM, &action, NULL);
    alarm(seconds);
}

/* ----------------------------------------------------------------------------------------------- time */

uint64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000U + (uint64_t)time.tv_nsec;
}

void sleep_ms(int milliseconds)
{
    struct timespec left = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}
