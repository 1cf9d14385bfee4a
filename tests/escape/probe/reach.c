/* SPDX-License-Identifier: MIT */
/* reach abstract NAME   connects to an abstract socket, prints "connected" or the error
 * reach unix PATH       connects to a socket file, takes a descriptor that is sent, and looks for the host through it:
 *                       prints "received", and what is found by ".." from it
 * reach mount           tries every system call that makes, opens, moves or changes mounts; prints each that did not fail
 *                       with EPERM or ENOSYS
 * reach block           tries to make, to open and to map devices; prints each that succeeded */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(void)
{
    printf("%s\n", strerrorname_np(errno));
    return 1;
}

static int dial(const char* name, int abstract)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t const length = strlen(name);
    if (length >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path + abstract, name, length);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    socklen_t const size = (socklen_t)(sizeof(sa_family_t) + length + 1);
    return fd >= 0 && connect(fd, (struct sockaddr*)&address, size) == 0 ? fd : -1;
}

static int take(int connection)
{
    char byte;
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (recvmsg(connection, &message, 0) < 1 || !CMSG_FIRSTHDR(&message))
        return -1;
    int fd;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}

static int look_through(int fd)
{
    static const char* const ways[] = {"secret", "../secret", "../victim/secret", "deep/secret"};
    puts("received");
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (faccessat(fd, ways[i], R_OK, 0) == 0)
            printf("found %s\n", ways[i]);
    return 0;
}

static void tried(const char* name, long result)
{
    if (result >= 0 || (errno != EPERM && errno != ENOSYS))
        printf("%s %s\n", name, result >= 0 ? "ok" : strerrorname_np(errno));
}

static int mounts(void)
{
    struct {
        unsigned long set, clear, propagation, userns;
    } attributes = {1, 0, 0, 0};
    tried("mount", syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL));
    tried("bind", syscall(SYS_mount, "/", "/tmp", NULL, 4096, NULL));
    tried("remount", syscall(SYS_mount, NULL, "/proc/sys", NULL, 32 | 4096, NULL));
    tried("umount2", syscall(SYS_umount2, "/proc/sys", 2));
    tried("pivot_root", syscall(SYS_pivot_root, "/tmp", "/tmp"));
    tried("open_tree", syscall(428, AT_FDCWD, "/", 1));
    tried("move_mount", syscall(429, AT_FDCWD, "/tmp", AT_FDCWD, "/dev", 0));
    tried("fsopen", syscall(430, "tmpfs", 0));
    tried("fsconfig", syscall(431, 99, 6, NULL, NULL, 0) < 0 && errno == EBADF ? (errno = EPERM, -1) : -1);
    tried("fspick", syscall(433, AT_FDCWD, "/", 0));
    tried("mount_setattr", syscall(442, AT_FDCWD, "/", 0, &attributes, sizeof attributes));
    tried("open_tree_attr", syscall(467, AT_FDCWD, "/", 1, &attributes, sizeof attributes));
    tried("unshare", syscall(SYS_unshare, 0x20000));
    tried("clone3", syscall(435, NULL, 0));
    for (long number = 480; number < 600; number++)
        tried("unknown", syscall(number, 0, 0, 0, 0, 0, 0));
    puts("done");
    return 0;
}

static int devices(void)
{
    struct {
        const char* name;
        mode_t type;
        unsigned major, minor;
    } const nodes[] = {{"mem", S_IFCHR, 1, 1},
                       {"kmsg", S_IFCHR, 1, 11},
                       {"sda", S_IFBLK, 8, 0},
                       {"vda", S_IFBLK, 254, 0},
                       {"fuse", S_IFCHR, 10, 229}};
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        char path[64];
        snprintf(path, sizeof path, "/tmp/%s", nodes[i].name);
        if (mknod(path, nodes[i].type | 0666, makedev(nodes[i].major, nodes[i].minor)) == 0 || errno == EEXIST)
            printf("%s %s\n", nodes[i].name, open(path, O_RDWR | O_NONBLOCK) >= 0 ? "opened" : "made");
    }
    puts("done");
    return 0;
}

int main(int argc, char** argv)
{
    if (argc == 2 && strcmp(argv[1], "mount") == 0)
        return mounts();
    if (argc == 2 && strcmp(argv[1], "block") == 0)
        return devices();
    if (argc != 3)
        return 2;
    int const connection = dial(argv[2], strcmp(argv[1], "abstract") == 0);
    if (connection < 0)
        return fail();
    if (strcmp(argv[1], "unix") == 0) {
        int const fd = take(connection);
        return fd < 0 ? fail() : look_through(fd);
    }
    puts("connected");
    return 0;
}
