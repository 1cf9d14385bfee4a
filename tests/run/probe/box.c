/* SPDX-License-Identifier: MIT */
/* What the kernel lets a command see of its box, in the words of the report: one "NAME VALUE" per line. Mounts, maps
 * and namespaces come as /proc has them; "rules N" is what landlock_create_ruleset(2) says of its version. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void show_lines(const char* name, const char* path, const char* wanted)
{
    char line[4096];
    FILE* file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, wanted, strlen(wanted)) == 0)
            printf("%s %s", name, line);
    if (file)
        fclose(file);
}

static void show_namespaces(void)
{
    static const char* const names[] = {"user", "mnt", "pid", "net", "uts", "ipc", "cgroup", "time"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64];
        char number[64] = "";
        snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
        if (readlink(path, number, sizeof number - 1) > 0)
            printf("namespace %s %s\n", names[i], number);
    }
}

int main(void)
{
    uint64_t bounding = 0;
    for (int fd = 0; fd < 2048; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            printf("descriptor %d\n", fd);
    for (int capability = 0; capability < 64; capability++)
        if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1)
            bounding |= UINT64_C(1) << capability;
    printf("bounding %016llx\n", (unsigned long long)bounding);
    printf("uid %u\ngid %u\n", getuid(), getgid());
    printf("groups %d\n", getgroups(0, NULL));
    printf("no_new_privs %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    printf("rules %ld\n", syscall(444, NULL, (size_t)0, 1));
    show_lines("status", "/proc/self/status", "Cap");
    show_lines("status", "/proc/self/status", "Seccomp");
    show_lines("uid_map", "/proc/self/uid_map", "");
    show_lines("gid_map", "/proc/self/gid_map", "");
    show_lines("mount", "/proc/self/mountinfo", "");
    show_namespaces();
    return 0;
}
