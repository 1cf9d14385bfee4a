/* SPDX-License-Identifier: MIT */
/* walk INIT DEVICE:INODE DEVICE:INODE: in a container, tries to get back to these two directories of the host, its /
 * and its /etc, as somebody with every capability inside would; and to look into ctr-init, whose pid is INIT (0: it
 * cannot be seen). A read-only view of them is no way back. Prints what worked; exits with the number of that. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { highest_walk = 64, longest_list = 256 };

struct place {
    unsigned long long device;
    unsigned long long inode;
};
static struct place forbidden[2];
static int found;

static void tell(const char* what, const char* detail)
{
    printf("  wrong: %s%s%s\n", what, detail[0] == 0 ? "" : ": ", detail);
    fflush(stdout);
    found++;
}

static int is_forbidden(int fd)
{
    struct stat status;
    struct statvfs mount;
    if (fstat(fd, &status) != 0 || fstatvfs(fd, &mount) != 0 || (mount.f_flag & ST_RDONLY) != 0)
        return 0;
    for (int i = 0; i < 2; i++)
        if (status.st_dev == forbidden[i].device && status.st_ino == forbidden[i].inode)
            return 1;
    return 0;
}

/* ------------------------------------------------------------------------------------------ the way back */

/* From a descriptor up through "..", and down to etc from each step. */
static void walk_up(int from, const char* name)
{
    int at = fcntl(from, F_DUPFD_CLOEXEC, 3);
    for (int step = 0; step < highest_walk && at >= 0; step++) {
        int etc = openat(at, "etc", O_PATH | O_CLOEXEC);
        if (is_forbidden(at) || is_forbidden(etc)) {
            tell("the host is reached by ..", name);
            step = highest_walk;
        }
        if (etc >= 0)
            close(etc);
        int up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        close(at);
        at = up;
    }
    if (at >= 0)
        close(at);
}

static void walk_path(const char* path)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return;
    walk_up(fd, path);
    close(fd);
}

/* Descriptors nobody passed would be one thing, what is behind them another. */
static void walk_descriptors(void)
{
    for (int fd = 0; fd < 1024; fd++) {
        char name[32];
        if (fcntl(fd, F_GETFD) < 0)
            continue;
        snprintf(name, sizeof name, "descriptor %d", fd);
        if (fd > 2)
            tell("inherited", name);
        walk_up(fd, name);
    }
}

static void walk_processes(void)
{
    DIR* directory = opendir("/proc");
    const struct dirent* entry = NULL;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        static const char* const links[] = {"root", "cwd", "root/etc"};
        for (int i = 0; entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && i < 3; i++) {
            char path[320];
            snprintf(path, sizeof path, "/proc/%s/%s", entry->d_name, links[i]);
            walk_path(path);
        }
    }
    if (directory != NULL)
        closedir(directory);
}

/* Mounts that are covered cannot be opened, but they are listed. */
static void read_mounts(const char* when)
{
    char line[8192];
    FILE* file = fopen("/proc/self/mountinfo", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        unsigned number[2] = {0, 0};
        char root[4096] = "";
        char options[512] = "";
        if (sscanf(line, "%*d %*d %u:%u %4095s %*s %511s", &number[0], &number[1], root, options) != 4)
            continue;
        if (makedev(number[0], number[1]) == forbidden[0].device && strcmp(root, "/") == 0 &&
            strncmp(options, "ro", 2) != 0)
            tell(when, line);
    }
    if (file != NULL)
        fclose(file);
}

/* ----------------------------------------------------------------------------------- each in its own process */

static void look_around(const char* how)
{
    walk_path("/");
    walk_path(".");
    walk_path("/etc");
    read_mounts(how);
}

static void enter_own_namespace(void)
{
    int ns = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (setns(ns, CLONE_NEWNS) == 0)
        look_around("mounted, seen after setns");
}

static void unmount_root(void)
{
    for (int i = 0; i < 8; i++)
        if (umount2("/", MNT_DETACH) != 0)
            break;
    if (chdir("/") == 0)
        look_around("mounted, seen after umount2");
    unshare(CLONE_NEWNS);
    umount2("/", MNT_DETACH);
    if (chdir("/") == 0)
        look_around("mounted, seen after unshare and umount2");
}

static void play_chroot(void)
{
    int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    mkdir("/tmp/below", 0700);
    if (chroot("/tmp/below") != 0 || fchdir(top) != 0)
        return;
    for (int i = 0; i < highest_walk; i++)
        if (chdir("..") != 0)
            break;
    if (chroot(".") == 0)
        look_around("mounted, seen after chroot");
}

static void open_by_handle(void)
{
    struct {
        struct file_handle handle;
        unsigned words[2];
    } root = {{sizeof root.words, 1, {}}, {(unsigned)forbidden[0].inode, 0}}; /* FILEID_INO32_GEN */
    int top = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = open_by_handle_at(top, &root.handle, O_PATH | O_CLOEXEC);
    if (fd >= 0)
        walk_up(fd, "a file handle");
}

static void apart(void (*attempt)(void))
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        found = 0;
        attempt();
        _exit(found);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    found += WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* -------------------------------------------------------------------------------------------- ctr-init */

static int is_refused(long result) { return result < 0 && (errno == EACCES || errno == EPERM); }

/* A caller that is the machine's root owns these directories and may list the names in them: nothing more. */
static void refuse_entries(int init, const char* name)
{
    char path[64];
    char link[256];
    snprintf(path, sizeof path, "/proc/%d/%s", init, name);
    DIR* directory = opendir(path);
    const struct dirent* entry = NULL;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        int fd = openat(dirfd(directory), entry->d_name, O_PATH | O_CLOEXEC);
        if (fd >= 0 || readlinkat(dirfd(directory), entry->d_name, link, sizeof link) >= 0)
            tell("what ctr-init has open can be reached", path);
        if (fd >= 0)
            close(fd);
    }
    if (directory != NULL)
        closedir(directory);
    for (int fd = 0; fd < 16; fd++) { /* whether it can be listed or not */
        snprintf(path, sizeof path, "/proc/%d/fd/%d", init, fd);
        walk_path(path);
        if (readlink(path, link, sizeof link) >= 0)
            tell("a descriptor of ctr-init can be read", path);
    }
}

static void refuse_files(int init)
{
    static const char* const files[] = {"environ", "mem", "maps",  "smaps", "auxv",    "fdinfo", "root",
                                        "cwd",     "exe", "stack", "io",    "pagemap", "syscall"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[64];
        char link[256];
        snprintf(path, sizeof path, "/proc/%d/%s", init, files[i]);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        int refused = is_refused(fd) || (fd < 0 && errno == ENOENT); /* a kernel without that file */
        char byte = 0;
        if (fd >= 0 && is_refused(read(fd, &byte, 1)))
            refused = 1; /* some are judged when they are read */
        if (!refused)
            tell("ctr-init's file can be opened", path);
        if (fd >= 0)
            close(fd);
        if (readlink(path, link, sizeof link) >= 0)
            tell("ctr-init's link can be read", path);
    }
}

static void refuse_descriptors(int init)
{
    int pidfd = (int)syscall(SYS_pidfd_open, init, 0);
    for (int fd = 0; pidfd >= 0 && fd < 16; fd++) {
        int taken = (int)syscall(438 /* pidfd_getfd */, pidfd, fd, 0);
        if (taken >= 0)
            tell("pidfd_getfd takes a descriptor of ctr-init", "");
    }
    if (pidfd >= 0 && setns(pidfd, CLONE_NEWNS) == 0)
        tell("setns to ctr-init works", "");
}

static void refuse_memory(int init)
{
    char byte = 0;
    struct iovec here = {&byte, 1};
    struct iovec there = {(void*)0x400000, 1};
    if (!is_refused(process_vm_readv(init, &here, 1, &there, 1, 0)))
        tell("process_vm_readv of ctr-init is not refused", strerror(errno));
    if (!is_refused(ptrace(PTRACE_SEIZE, init, NULL, NULL)))
        tell("ptrace of ctr-init is not refused", strerror(errno));
}

static void name_capabilities(void)
{
    char line[256];
    FILE* file = fopen("/proc/self/status", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "CapEff:", 7) == 0)
            printf("  as uid %u with %s", getuid(), line);
    if (file != NULL)
        fclose(file);
    fflush(stdout);
}

int main(int argc, char** argv)
{
    if (argc != 4)
        return 99;
    for (int i = 0; i < 2; i++)
        if (sscanf(argv[2 + i], "%llu:%llu", &forbidden[i].device, &forbidden[i].inode) != 2)
            return 98;
    walk_descriptors(); /* before anything is opened here */
    name_capabilities();
    look_around("mounted");
    walk_path("/dev");
    walk_path("/proc");
    walk_processes();
    apart(enter_own_namespace);
    apart(unmount_root);
    apart(play_chroot);
    apart(open_by_handle);
    int init = strcmp(argv[1], "parent") == 0 ? getppid() : atoi(argv[1]);
    if (init > 0) {
        refuse_files(init);
        refuse_entries(init, "fd");
        refuse_entries(init, "map_files");
        refuse_descriptors(init);
        refuse_memory(init);
    }
    return found > 90 ? 90 : found;
}
