/* SPDX-License-Identifier: MIT */
/* What a command of a container can see of its box, one fact in each line; "whole" is the last. No part of it differs
 * from one start of the same container to the next. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Lines that begin with one of the words; all where there is none. */
static void show_file(const char* path, const char* const* words)
{
    char line[4096];
    FILE* file = fopen(path, "re");
    printf("%s %s\n", path, file ? "" : strerror(errno));
    while (file && fgets(line, sizeof line, file)) {
        int wanted = !words;
        for (int i = 0; words && words[i]; i++)
            wanted |= strncmp(line, words[i], strlen(words[i])) == 0;
        if (wanted)
            fputs(line, stdout);
    }
    if (file)
        fclose(file);
}

/* Without the numbers of the mounts and of their peers, and without what follows those. */
static void show_mounts(void)
{
    char line[4096];
    FILE* file = fopen("/proc/self/mountinfo", "re");
    while (file && fgets(line, sizeof line, file)) {
        char root[1024];
        char target[1024];
        char flags[1024];
        char peers[64];
        if (sscanf(line, "%*s %*s %*s %1023s %1023s %1023s %63[^: ]", root, target, flags, peers) == 4)
            printf("mount %s %s %s %s\n", root, target, flags, peers);
    }
    if (file)
        fclose(file);
}

static void show_interfaces(void)
{
    char line[1024];
    FILE* file = fopen("/proc/net/dev", "re");
    while (file && fgets(line, sizeof line, file))
        printf("interface %.*s\n", (int)strcspn(line, ":"), line);
    if (file)
        fclose(file);
}

/* Compared with the caller's, which the environment names. */
static void show_namespaces(void)
{
    static const char* const names[] = {"user", "mnt", "pid", "net", "uts", "ipc", "cgroup", "time"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64];
        char number[64] = "";
        const char* outside = getenv(names[i]);
        snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
        if (readlink(path, number, sizeof number - 1) < 0)
            strcpy(number, "?");
        printf("namespace %s %s\n", names[i], outside && strcmp(outside, number) == 0 ? "shared" : "own");
    }
}

static void show_descriptors(void)
{
    struct stat status;
    for (int fd = 0; fd < 2048; fd++)
        if (fstat(fd, &status) == 0)
            printf("descriptor %d %o\n", fd, (unsigned)(status.st_mode & S_IFMT));
}

static void show_limits(void)
{
    for (int i = 0; i < 16; i++) {
        struct rlimit limit;
        if (getrlimit((__rlimit_resource_t)i, &limit) == 0)
            printf("limit %d %llu %llu\n", i, (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
    }
}

static void try_open(const char* path, int flags)
{
    const int fd = open(path, flags | O_CLOEXEC, 0600);
    printf("open %s %s\n", path, fd < 0 ? strerror(errno) : "yes");
    if (fd >= 0)
        close(fd);
}

int main(void)
{
    static const char* const lines[] = {"Umask", "Uid",    "Gid",    "Groups", "NoNewPrivs",   "Seccomp_filters",
                                        "Cap",   "SigBlk", "SigIgn", "NSpid",  "Cpus_allowed", NULL};
    struct utsname system;
    char path[4096];
    show_file("/proc/self/status", lines);
    show_file("/proc/self/uid_map", NULL);
    show_file("/proc/self/gid_map", NULL);
    show_file("/proc/self/setgroups", NULL);
    show_file("/proc/self/oom_score_adj", NULL);
    show_file("/proc/self/timens_offsets", NULL);
    show_file("/proc/self/cgroup", NULL);
    show_mounts();
    show_interfaces();
    show_namespaces();
    show_descriptors();
    show_limits();
    try_open("/proc/1/environ", O_RDONLY);
    try_open("/run/new", O_WRONLY | O_CREAT); /* Landlock refuses it */
    try_open("/tmp/new", O_WRONLY | O_CREAT);
    printf("host %s\n", uname(&system) == 0 ? system.nodename : "?");
    printf("directory %s\n", getcwd(path, sizeof path) ? path : "?");
    printf("session %d nice %d\n", getsid(0) == getpid(), getpriority(PRIO_PROCESS, 0));
    puts("whole");
    return fflush(stdout) == 0 ? 0 : 1;
}
