/* SPDX-License-Identifier: MIT */
/*
 * The command of these tests: does what its words say, one after the other, and ends with status 0. What it prints are
 * lines on standard output. It ends by itself after a minute, whatever happens to those who watch it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

static int exit_code_on_signal;

static void print(const char* text)
{
    char line[4096];
    int const length = snprintf(line, sizeof line, "%s\n", text);
    if (write(1, line, (size_t)length) != length)
        _exit(99);
}

static void print_number(long number)
{
    char text[32];
    snprintf(text, sizeof text, "%ld", number);
    print(text);
}

static void leave_on_signal(int number)
{
    (void)number;
    _exit(exit_code_on_signal);
}

static void say_signal(int number)
{
    char line[2] = {(char)('A' + number), '\n'};
    if (write(1, line, sizeof line) != (ssize_t)sizeof line)
        _exit(99);
}

static void milliseconds(long count)
{
    struct timespec left = {count / 1000, count % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {}
}

/* The size of the terminal on standard input, and whether it is this session's. */
static void print_terminal(void)
{
    struct winsize size = {0};
    char text[64];
    if (ioctl(0, TIOCGWINSZ, &size) != 0) {
        print("none");
        return;
    }
    snprintf(text, sizeof text, "%d %d%s%s", size.ws_row, size.ws_col, tcgetsid(0) == getpid() ? " controls" : "",
             tcgetpgrp(0) == getpgrp() ? " foreground" : "");
    print(text);
}

static void print_typed_line(void)
{
    char text[256];
    ssize_t const got = read(0, text, sizeof text - 1);
    if (got <= 0)
        _exit(98);
    text[text[got - 1] == '\n' ? got - 1 : got] = 0;
    print(text);
}

static void print_descriptors(void)
{
    char text[256] = "";
    for (int fd = 0; fd < 64; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d", text[0] == 0 ? "" : " ", fd);
    print(text);
}

/* The signals that are blocked or ignored. */
static void print_signals(void)
{
    char text[256] = "";
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action = {0};
        int const known = sigaction(number, NULL, &action) == 0;
        if ((known && action.sa_handler == SIG_IGN) || sigismember(&blocked, number) == 1)
            snprintf(text + strlen(text), sizeof text - strlen(text), " %d", number);
    }
    print(text[0] == 0 ? "none" : text + 1);
}

/* A process of its own session that outlives its parents, holds their descriptors and ignores what it can. */
static void leave_orphan(void)
{
    if (fork() != 0)
        return;
    if (fork() != 0)
        _exit(0);
    setsid();
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    alarm(60);
    for (;;)
        pause();
}

/* Uses so many milliseconds of the processor, however long a busy machine takes for that. */
/* Uses this many milliseconds of the processor. */
static void spin(long count)
{
    struct timespec used;
    do {
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    } while (used.tv_sec * 1000 + used.tv_nsec / 1000000 < count);
}

static void print_directory(void)
{
    char path[4096];
    print(getcwd(path, sizeof path) == NULL ? "none" : path);
}

static void print_limit(int resource)
{
    struct rlimit limit = {0, 0};
    syscall(SYS_prlimit64, 0, resource, NULL, &limit); /* libc's has an enumeration */
    print_number((long)limit.rlim_cur);
    print_number((long)limit.rlim_max);
}

static void print_all(char** texts)
{
    for (; *texts != NULL; texts++)
        print(*texts);
}

/* Words without a number. */
static int plain_word(const char* word)
{
    mode_t mask;
    if (strcmp(word, "umask") == 0) {
        mask = umask(0);
        print_number((long)mask);
    } else if (strcmp(word, "cwd") == 0) {
        print_directory();
    } else if (strcmp(word, "fds") == 0) {
        print_descriptors();
    } else if (strcmp(word, "terminal") == 0) {
        print_terminal();
    } else if (strcmp(word, "read-line") == 0) {
        print_typed_line();
    } else if (strcmp(word, "signals") == 0) {
        print_signals();
    } else if (strcmp(word, "leads-session") == 0) {
        print_number(getsid(0) == getpid());
    } else if (strcmp(word, "no-new-privs") == 0) {
        print_number(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    } else if (strcmp(word, "environment") == 0) {
        print_all(environ);
    } else if (strcmp(word, "is-announced") == 0) {
        const char* const pid = getenv("LISTEN_PID");
        print_number(pid != NULL && atol(pid) == (long)getpid());
    } else if (strcmp(word, "orphan") == 0) {
        leave_orphan();
    } else if (strcmp(word, "wait") == 0) {
        for (;;)
            pause();
    } else {
        return 0;
    }
    return 1;
}

static void word_with_number(const char* word, int number)
{
    if (strcmp(word, "exit") == 0) {
        _exit(number);
    } else if (strcmp(word, "die") == 0) {
        raise(number);
    } else if (strcmp(word, "ignore") == 0) {
        signal(number, SIG_IGN);
    } else if (strcmp(word, "report") == 0) {
        signal(number, say_signal);
    } else if (strcmp(word, "leave-on") == 0) {
        exit_code_on_signal = number + 100;
        signal(number, leave_on_signal);
    } else if (strcmp(word, "limit") == 0) {
        print_limit(number);
    } else if (strcmp(word, "sleep") == 0) {
        milliseconds(number);
    } else if (strcmp(word, "spin") == 0) {
        spin(number);
    } else if (strcmp(word, "close") == 0) {
        close(number);
    } else {
        print("an unknown word");
        _exit(98);
    }
}

int main(int count, char** words)
{
    alarm(60);
    for (int i = 1; i < count; i++) {
        if (plain_word(words[i]))
            continue;
        if (strcmp(words[i], "arguments") == 0) {
            print_all(words + i + 1);
            return 0;
        }
        if (i + 1 == count)
            return 97;
        if (strcmp(words[i], "say") == 0)
            print(words[i + 1]);
        else if (strcmp(words[i], "complain") == 0)
            dprintf(2, "%s\n", words[i + 1]);
        else
            word_with_number(words[i], atoi(words[i + 1]));
        i++;
    }
    return 0;
}
