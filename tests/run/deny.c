/* SPDX-License-Identifier: MIT */
/* deny CALL=ERROR... -- PROGRAM [WORD...]
 * Runs a program under a seccomp filter that answers the named system calls with the named error: a host
 * whose kernel lacks them (ENOSYS), or whose outer container forbids them (EPERM, EACCES, KILL). "vfork" is a clone that shares
 * memory and makes no user namespace: kernels before 6.3 answer it with EINVAL after an unshare of the time namespace. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct named {
    const char* name;
    long number;
};

#define CALL(name)                                                                                                     \
    {                                                                                                                  \
#name, SYS_##name                                                                                              \
    }
static const struct named calls[] = {CALL(capget),         CALL(capset),     CALL(chdir),
                                     CALL(clone),          CALL(clone3),     CALL(close_range),
                                     CALL(dup3),           CALL(execveat),   CALL(fchdir),
                                     CALL(fcntl),          CALL(fsconfig),   CALL(fsmount),
                                     CALL(fsopen),         CALL(ioctl),      CALL(memfd_create),
                                     CALL(mkdirat),        CALL(mount),      CALL(mount_setattr),
                                     CALL(move_mount),     CALL(open_tree),  CALL(openat2),
                                     CALL(pidfd_open),     CALL(pipe2),      CALL(pidfd_send_signal),
                                     CALL(pivot_root),     CALL(ppoll),      CALL(prctl),
                                     CALL(prlimit64),      CALL(sendmsg),    CALL(setgroups),
                                     CALL(sethostname),    CALL(setresgid),  CALL(setresuid),
                                     CALL(setsid),         CALL(socket),     CALL(socketpair),
                                     CALL(statx),          CALL(umount2),    CALL(unshare),
                                     CALL(waitid),         CALL(readlinkat), CALL(fstatfs),
                                     CALL(rt_sigprocmask), CALL(keyctl),     {"landlock_create_ruleset", 444}};

static const struct named errors[] = {{"ENOSYS", ENOSYS},
                                      {"EPERM", EPERM},
                                      {"EACCES", EACCES},
                                      {"EINVAL", EINVAL},
                                      {"ENOMEM", ENOMEM},
                                      {"EAGAIN", EAGAIN},
                                      {"NOTHING", 0} /* the call seems to succeed, and was not made */,
                                      {"KILL", 4096} /* the call ends the process */};

static long find(const struct named* list, size_t count, const char* name, size_t length)
{
    for (size_t index = 0; index < count; index++)
        if (strlen(list[index].name) == length && strncmp(list[index].name, name, length) == 0)
            return list[index].number;
    return -1;
}

static struct sock_filter filter[256];
static unsigned short used;

static void add(unsigned short code, unsigned k, unsigned char jump_true, unsigned char jump_false)
{
    filter[used++] = (struct sock_filter){code, jump_true, jump_false, k};
}

static void add_vfork(unsigned error)
{
    add(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 5);
    add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]), 0, 0);
    add(BPF_ALU | BPF_AND | BPF_K, CLONE_VM | CLONE_VFORK | CLONE_NEWUSER, 0, 0);
    add(BPF_JMP | BPF_JEQ | BPF_K, CLONE_VM | CLONE_VFORK, 0, 1);
    add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error, 0, 0);
    add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
}

static int add_rule(const char* rule)
{
    const char* equals = strchr(rule, '=');
    if (!equals || used > 200)
        return -1;
    long call = find(calls, sizeof calls / sizeof *calls, rule, (size_t)(equals - rule));
    long error = find(errors, sizeof errors / sizeof *errors, equals + 1, strlen(equals + 1));
    if (error >= 0 && strncmp(rule, "vfork=", 6) == 0) {
        add_vfork((unsigned)error);
        return 0;
    }
    if (call < 0 || error < 0)
        return -1;
    add(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1);
    add(BPF_RET | BPF_K, error == 4096 ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | (unsigned)error, 0, 0);
    return 0;
}

static int install(void)
{
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    struct sock_fprog program = {used, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char** argv)
{
    int index = 1;
    add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
    for (; index < argc && strcmp(argv[index], "--") != 0; index++) {
        if (add_rule(argv[index]) == 0)
            continue;
        fprintf(stderr, "deny: cannot understand \"%s\"\n", argv[index]);
        return 99;
    }
    if (index + 1 >= argc || install()) {
        perror("deny");
        return 99;
    }
    execvp(argv[index + 1], argv + index + 1);
    perror("deny: exec");
    return 99;
}
