/* SPDX-License-Identifier: MIT */
/* What the kernel says of this process, by system calls only, so that no file of a root can tell otherwise: a line
 * "NAME VALUE" each. With a word, the command is executed afterwards. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static void say_capabilities(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    uint64_t bounding = 0;
    uint64_t ambient = 0;
    memset(data, 0, sizeof data);
    if (syscall(SYS_capget, &header, data))
        perror("capget");
    for (unsigned long i = 0; i < 64; i++) {
        bounding |= (uint64_t)(prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1) << i;
        ambient |= (uint64_t)(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1) << i;
    }
    printf("effective %016lx\n", (unsigned long)data[1].effective << 32 | data[0].effective);
    printf("permitted %016lx\n", (unsigned long)data[1].permitted << 32 | data[0].permitted);
    printf("inheritable %016lx\n", (unsigned long)data[1].inheritable << 32 | data[0].inheritable);
    printf("bounding %016lx\nambient %016lx\n", (unsigned long)bounding, (unsigned long)ambient);
}

static void say_ids(void)
{
    uid_t user[3];
    gid_t group[3];
    gid_t groups[64];
    if (getresuid(&user[0], &user[1], &user[2]) || getresgid(&group[0], &group[1], &group[2]))
        perror("getresuid");
    printf("uid %u %u %u\ngid %u %u %u\n", user[0], user[1], user[2], group[0], group[1], group[2]);
    int const count = getgroups(64, groups);
    printf("groups");
    for (int i = 0; i < count; i++)
        printf(" %u", groups[i]);
    printf("\nsetgroups %s\n", setgroups(0, groups) == 0 ? "ok" : strerrorname_np(errno));
}

static void say_process(void)
{
    char cwd[4096] = "";
    /* Without a filter 0; under one 2, where the call is allowed at all. */
    printf("nnp %d\nseccomp %d\ndumpable %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
           prctl(PR_GET_SECCOMP, 0, 0, 0, 0), prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
    printf("securebits %d\n", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
    long const length = syscall(SYS_getcwd, cwd, sizeof cwd);
    printf("cwd %s\n", length > 0 ? cwd : "?");
    printf("leader %d\n", getsid(0) == getpid() || getsid(0) > 0);
    int open_files = 0;
    for (int fd = 3; fd < 4096; fd++)
        open_files += fcntl(fd, F_GETFD) >= 0;
    printf("descriptors %d\n", open_files);
    printf("tty %s\n", open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0 ? "yes" : "no");
}

static void say_places(void)
{
    static char const* const places[] = {"/", "/proc", "/sys", "/dev"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct statfs system;
        if (statfs(places[i], &system) == 0)
            printf("%s %lx\n", places[i], (unsigned long)system.f_type);
    }
}

static void say_null(void)
{
    struct stat status;
    for (int fd = 0; fd < 3; fd++)
        if (fstat(fd, &status) == 0 && S_ISCHR(status.st_mode))
            printf("stdio%d %lx\n", fd, (unsigned long)status.st_rdev);
}

int main(int argc, char** argv)
{
    say_capabilities();
    say_process();
    say_places();
    say_null();
    say_ids();
    fflush(stdout);
    if (argc > 1)
        execv(argv[1], argv + 1);
    return argc > 1;
}
