/* SPDX-License-Identifier: MIT */
/* calls CALL[:ARGUMENT...]...
 * Makes each system call in a process of its own and prints a line: "ok", the name of the error, or "signal N".
 * A call is a name of the table, a number, x32:NUMBER or i386:NUMBER; an argument is a number, or @ for the name of a file in the
 * working directory. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct named {
    const char* name;
    long number;
};

#define CALL(name)                                                                                                     \
    {                                                                                                                  \
#name, SYS_##name                                                                                              \
    }
static const struct named calls[] = {CALL(add_key),
                                     CALL(bpf),
                                     CALL(chroot),
                                     CALL(clone),
                                     CALL(fchmodat),
                                     CALL(clone3),
                                     CALL(fsopen),
                                     CALL(getpid),
                                     CALL(init_module),
                                     CALL(io_uring_setup),
                                     CALL(ioctl),
                                     CALL(kexec_load),
                                     CALL(keyctl),
                                     CALL(mkdirat),
                                     CALL(mknodat),
                                     CALL(mount),
                                     CALL(move_mount),
                                     CALL(openat),
                                     CALL(openat2),
                                     CALL(perf_event_open),
                                     CALL(personality),
                                     CALL(ptrace),
                                     CALL(process_vm_writev),
                                     CALL(reboot),
                                     CALL(request_key),
                                     CALL(setns),
                                     CALL(socket),
                                     CALL(socketpair),
                                     CALL(unlinkat),
                                     CALL(settimeofday),
                                     CALL(umount2),
                                     CALL(unshare),
                                     CALL(userfaultfd),
                                     CALL(open_by_handle_at)};

static long number_of(const char* name)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, name) == 0)
            return calls[i].number;
    return (long)strtoul(name, NULL, 0);
}

/* The way of 32-bit programs into the kernel, which 64-bit ones may take too. */
static long call_i386(long number, const uintptr_t* a)
{
#if defined(__x86_64__)
    int result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"((int)number), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
                     : "memory", "r8", "r9", "r10", "r11");
    if (result < 0 && result > -4096) {
        errno = -result;
        return -1;
    }
    return result;
#else
    (void)number, (void)a;
    errno = ENOSYS;
    return -1;
#endif
}

static int make_call(char* text)
{
    static const char* const file = "probed";
    uintptr_t a[6] = {0};
    int count = 0;
    char* rest = text;
    char* way = strsep(&rest, ":");
    int i386 = strcmp(way, "i386") == 0;
    int x32 = strcmp(way, "x32") == 0;
    char* name = i386 || x32 ? strsep(&rest, ":") : way;
    for (char* word; count < 6 && (word = strsep(&rest, ":"));)
        a[count++] = strcmp(word, "@") == 0 ? (uintptr_t)file : strtoull(word, NULL, 0);
    long number = number_of(name) | (x32 ? 0x40000000 : 0);
    errno = 0;
    long result = i386 ? call_i386(number, a) : syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    return result < 0 ? errno : 0;
}

/* A child of the call's own, by fork() for example, has nothing to say. */
static void say(char* text, pid_t owner)
{
    int error = make_call(text);
    if (getppid() == owner)
        printf("%s\n", error ? strerrorname_np(error) : "ok");
    fflush(stdout);
    _exit(0);
}

int main(int argc, char** argv)
{
    pid_t owner = getpid();
    for (int i = 1; i < argc; i++) {
        pid_t child = fork();
        if (child == 0)
            say(argv[i], owner);
        int status = 0;
        if (child < 0 || waitpid(child, &status, 0) != child)
            return 1;
        if (WIFSIGNALED(status))
            printf("signal %d\n", WTERMSIG(status));
        fflush(stdout);
    }
    return 0;
}
