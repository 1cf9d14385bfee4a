/* SPDX-License-Identifier: MIT */
/*
 * The floor: the least that the kernel must be asked for to start a program in a container like libctr's
 * default one. It is a floor, and no runtime, because
 *
 *   - the child borrows the parent's memory until it executes the program (CLONE_VM|CLONE_VFORK), so
 *     nothing is copied, and there is one exec and no program in between;
 *   - the program itself is pid 1: no init, nobody to reap orphans or to enforce a deadline;
 *   - the child writes its own id maps, so the parent never takes part and there is no gate;
 *   - every mount is the shortest sequence of old mount(2) calls with paths that are trusted: nothing is
 *     opened first, checked, resolved inside the root, or protected from somebody who renames meanwhile;
 *   - what is known before the first round (which files exist, the text of the maps) is not looked up again;
 *   - capabilities, groups, limits, signals, descriptors and the environment stay as they are, and a
 *     failure is told by one number.
 *
 * The namespaces and the mounts are those that `ctr explain` prints for a root directory and a single id.
 *
 * usage: floor [-n COUNT] ROOT COMMAND [ARGUMENT...]      (without -n: see rounds.h)
 */
#include "rounds.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

enum {
    namespaces =
        CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP
};

#define SAFE (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* Paths are relative to the root, which is the working directory while they are used. */
struct mounting {
    char const* type;
    char const* target;
    unsigned long flags;
    char const* options;
};

static struct mounting const file_systems[] = {
    {"proc", "proc", SAFE, NULL},
    {"sysfs", "sys", SAFE | MS_RDONLY, NULL},
    {"tmpfs", "tmp", MS_NOSUID | MS_NODEV, "mode=1777"},
    {"tmpfs", "dev", MS_NOSUID, "mode=755,size=65536k"},
};

static struct mounting const device_file_systems[] = {
    {"devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620"},
    {"tmpfs", "dev/shm", MS_NOSUID | MS_NODEV, "mode=1777"},
    {"mqueue", "dev/mqueue", SAFE, NULL},
};

static char const* const devices[] = {
    "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
};

static char const* const links[][2] = {
    {"/proc/self/fd", "dev/fd"},       {"/proc/self/fd/0", "dev/stdin"}, {"/proc/self/fd/1", "dev/stdout"},
    {"/proc/self/fd/2", "dev/stderr"}, {"/proc/kcore", "dev/core"},      {"pts/ptmx", "dev/ptmx"},
};

static char const* const masked_files[] = {
    "proc/interrupts",  "proc/kcore",      "proc/keys",        "proc/latency_stats",
    "proc/sched_debug", "proc/timer_list", "proc/timer_stats",
};

static char const* const masked_directories[] = {
    "proc/acpi", "proc/asound", "proc/scsi", "sys/firmware", "sys/devices/virtual/powercap",
};

static char const* const read_only_paths[] = {
    "proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger",
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct box {
    char const* root;
    char* const* command;
    char uid_map[32];
    char gid_map[32];
    char const* failed; /* written by the child: it shares this memory */
    int reason;
};

static int write_file(char const* path, char const* text)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    ssize_t written = write(file, text, strlen(text));
    close(file);
    return written < 0 ? -1 : 0;
}

/* Groups must be given up before an unprivileged process may map its own. */
static int map_identity(struct box const* box)
{
    if (write_file("/proc/self/setgroups", "deny") != 0 || write_file("/proc/self/uid_map", box->uid_map) != 0)
        return -1;
    return write_file("/proc/self/gid_map", box->gid_map);
}

static int mount_all(struct mounting const* list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (mount(list[i].type, list[i].target, list[i].type, list[i].flags, list[i].options) != 0)
            return -1;
    }
    return 0;
}

/* A bind takes its flags in a second call. */
static int bind_mount(char const* source, char const* target, unsigned long flags)
{
    if (mount(source, target, NULL, MS_BIND | MS_REC, NULL) != 0)
        return -1;
    return mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | flags, NULL);
}

static int enter_root(struct box const* box)
{
    umask(0); /* modes are meant as given */
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || bind_mount(box->root, box->root, MS_NODEV) != 0)
        return -1;
    return chdir(box->root);
}

static int bind_device(char const* device)
{
    char const* target = device + 1;
    int file = open(target, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
    if (file < 0)
        return -1;
    close(file);
    return bind_mount(device, target, MS_NOSUID | MS_NOEXEC);
}

static int fill_devices(struct box const* box)
{
    (void)box;
    for (size_t i = 0; i < COUNT(devices); i++) {
        if (bind_device(devices[i]) != 0)
            return -1;
    }
    for (size_t i = 0; i < COUNT(links); i++) {
        if (symlink(links[i][0], links[i][1]) != 0)
            return -1;
    }
    if (mkdir("dev/pts", 0755) != 0 || mkdir("dev/shm", 0755) != 0 || mkdir("dev/mqueue", 0755) != 0)
        return -1;
    return mount_all(device_file_systems, COUNT(device_file_systems));
}

static int mount_file_systems(struct box const* box)
{
    (void)box;
    return mount_all(file_systems, COUNT(file_systems));
}

/* Not every kernel has every file. Asking is one call, and so is finding out that there is nothing to do. */
static int cover(char const* source, char const* const* paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bind_mount(source ? source : paths[i], paths[i], SAFE | MS_RDONLY) != 0 && errno != ENOENT)
            return -1;
    }
    return 0;
}

/* The first directory gets an empty file system, and the others are bound from it. */
static int mask_directories(void)
{
    char const* first = NULL;
    for (size_t i = 0; i < COUNT(masked_directories); i++) {
        char const* path = masked_directories[i];
        if (first && bind_mount(first, path, SAFE | MS_RDONLY) != 0 && errno != ENOENT)
            return -1;
        if (!first && mount("tmpfs", path, "tmpfs", SAFE | MS_RDONLY, "mode=0") == 0)
            first = path;
        else if (!first && errno != ENOENT)
            return -1;
    }
    return 0;
}

/* A null device on a mount where no device can be opened. */
static int mask_paths(struct box const* box)
{
    (void)box;
    if (cover("/dev/null", masked_files, COUNT(masked_files)) != 0)
        return -1;
    return mask_directories();
}

static int protect_paths(struct box const* box)
{
    (void)box;
    return cover(NULL, read_only_paths, COUNT(read_only_paths));
}

/* The old root ends up stacked on the new one and is taken off: no directory is needed to put it in. */
static int leave_host(struct box const* box)
{
    (void)box;
    if (syscall(SYS_pivot_root, ".", ".") != 0)
        return -1;
    return umount2(".", MNT_DETACH);
}

static int raise_loopback(struct box const* box)
{
    (void)box;
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (handle < 0)
        return -1;
    int result = ioctl(handle, SIOCSIFFLAGS, &request);
    close(handle);
    return result;
}

/* clone(2) has no room for this flag; the program's exec enters the namespace. */
static int take_clock(struct box const* box)
{
    (void)box;
    return unshare(CLONE_NEWTIME);
}

static int execute(struct box const* box)
{
    char* const environment[] = {NULL};
    return execve(box->command[0], box->command, environment);
}

struct step {
    char const* name;
    int (*run)(struct box const* box);
};

static struct step const steps[] = {
    {"id maps", map_identity},
    {"time namespace", take_clock},
    {"root", enter_root},
    {"file systems", mount_file_systems},
    {"devices", fill_devices},
    {"masked paths", mask_paths},
    {"read-only paths", protect_paths},
    {"pivot_root", leave_host},
    {"loopback", raise_loopback},
    {"exec", execute},
};

static int child(void* context)
{
    struct box* box = context;
    for (size_t i = 0; i < COUNT(steps); i++) {
        if (steps[i].run(box) != 0) {
            box->failed = steps[i].name;
            box->reason = errno;
            break;
        }
    }
    _exit(125);
}

static int start_and_wait(void* context)
{
    static _Alignas(16) unsigned char stack[64 * 1024];
    struct box* box = context;
    int status = 0;
    pid_t process = clone(child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD | namespaces, box);
    if (process < 0) {
        perror("floor: clone");
        return -1;
    }
    if (waitpid(process, &status, 0) != process || box->failed) {
        fprintf(stderr, "floor: %s: %s\n", box->failed ? box->failed : "wait", strerror(box->reason));
        return -1;
    }
    if (status != 0) {
        fprintf(stderr, "floor: the command ended with wait status 0x%x\n", (unsigned)status);
        return -1;
    }
    return 0;
}

int main(int argc, char** argv)
{
    unsigned long count = rounds_take_count(&argc, &argv);
    if (argc < 3) {
        fprintf(stderr, "usage: floor [-n COUNT] ROOT COMMAND [ARGUMENT...]\n");
        return 2;
    }
    struct box box = {.root = argv[1], .command = argv + 2};
    snprintf(box.uid_map, sizeof box.uid_map, "0 %u 1\n", getuid());
    snprintf(box.gid_map, sizeof box.gid_map, "0 %u 1\n", getgid());
    return rounds_serve(count, start_and_wait, &box);
}
