/* SPDX-License-Identifier: MIT */
/* Tries to reach argv[1], the absolute path of a file that exists on the host only, by every way up that
 * the root of a container is known to lead out of: prints "out: WAY" or, when none works, "inside". */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const char* wanted;

static int try_below(int directory, const char* way)
{
    struct stat found;
    const char* relative = wanted + strspn(wanted, "/");
    if (fstatat(directory, relative, &found, 0))
        return 0;
    printf("out: %s\n", way);
    return 1;
}

static int climb(const char* way)
{
    for (int level = 0; level < 64; level++)
        if (chdir(".."))
            break;
    int here = open(".", O_PATH | O_DIRECTORY);
    int out = here >= 0 && try_below(here, way);
    if (here >= 0)
        close(here);
    return out;
}

static int by_chroot(void)
{
    mkdir("/tmp/jail", 0755);
    int outside = open("/", O_RDONLY | O_DIRECTORY);
    if (chroot("/tmp/jail"))
        return 0;
    if (fchdir(outside))
        return 0;
    int out = climb("chroot below an open directory");
    if (chroot("."))
        return out;
    return out || climb("chroot to the top");
}

static int by_proc(void)
{
    static const char* const ways[] = {"/proc/1/root", "/proc/1/cwd", "/proc/self/root/..", "/proc/1/root/../.."};
    for (size_t index = 0; index < sizeof ways / sizeof *ways; index++) {
        int directory = open(ways[index], O_PATH | O_DIRECTORY);
        if (directory >= 0 && try_below(directory, ways[index]))
            return 1;
    }
    return 0;
}

static int by_descriptors(const char* process)
{
    for (int fd = 0; fd < 256; fd++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%s/fd/%d/..", process, fd);
        int directory = open(path, O_PATH | O_DIRECTORY);
        if (directory < 0)
            continue;
        if (fchdir(directory) == 0 && climb(path))
            return 1;
        close(directory);
    }
    return 0;
}

static int by_unmounting(void)
{
    int top = open("/", O_PATH | O_DIRECTORY);
    if (umount2("/", MNT_DETACH) == 0 && fchdir(top) == 0 && climb("unmounting the root"))
        return 1;
    return chdir("/") == 0 && climb("after unmounting the root");
}

int main(int argc, char** argv)
{
    if (argc != 2)
        return 2;
    wanted = argv[1];
    int out =
        climb("plain") || by_proc() || by_descriptors("self") || by_descriptors("1") || by_chroot() || by_unmounting();
    if (!out)
        puts("inside");
    return out;
}
