/* SPDX-License-Identifier: MIT */
/* watcher SECRET PLACE END: until the file END appears, looks at every process that comes up in this pid namespace, from its
 * first moment on, for a way to the host: descriptors, directories, environment, memory. SECRET is the text of a file "secret"
 * in the directory PLACE of the host, and of a variable of whoever starts the processes. Prints "seen N" and a line per leak. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static const char* secret;
static const char* place;

static void look(const char* path)
{
    static char text[65536];
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t length = read(fd, text, sizeof text);
    close(fd);
    if (length > 0 && memmem(text, (size_t)length, secret, strlen(secret)))
        printf("leak: %s\n", path);
}

static void look_at(int pid)
{
    static const char* const ways[] = {"cwd/secret", "root/secret", "environ", "cwd/../secret", "exe"};
    char path[4400];
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", pid, ways[i]);
        look(path);
    }
    snprintf(path, sizeof path, "/proc/%d/root%s/secret", pid, place);
    look(path);
    for (int fd = 0; fd < 16; fd++) {
        snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
        look(path);
        snprintf(path, sizeof path, "/proc/%d/fd/%d/secret", pid, fd);
        look(path);
        snprintf(path, sizeof path, "/proc/%d/fd/%d%s/secret", pid, fd, place);
        look(path);
    }
}

/* Stops it where it is, so that there is time to look. */
static void seize(int pid)
{
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL))
        return;
    int status = 0;
    if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0 && waitpid(pid, &status, __WALL) == pid) {
        look_at(pid);
        ptrace(PTRACE_DETACH, pid, NULL, NULL);
    }
}

static int newest(void)
{
    char text[128] = "";
    int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    char* last = length > 0 ? strrchr(text, ' ') : NULL;
    return last ? atoi(last) : 0;
}

int main(int argc, char** argv)
{
    if (argc != 4)
        return 2;
    secret = argv[1];
    place = argv[2];
    int seen = 0;
    int known = newest();
    while (access(argv[3], F_OK)) {
        int const now = newest();
        for (int pid = known + 1; pid <= now; pid++) {
            look_at(pid);
            if (pid % 2)
                seize(pid);
            look_at(pid);
            seen++;
        }
        known = now > known ? now : known;
        look_at(1);
    }
    printf("seen %d\n", seen);
    return 0;
}
