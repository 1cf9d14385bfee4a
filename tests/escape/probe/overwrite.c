/* SPDX-License-Identifier: MIT */
/* overwrite END: until the file END appears, keeps every program that is executed here, busybox excepted, and writes to it as
 * soon as it can be written to. Prints "kept N", and a line for each that was written to. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { most = 512 };
static int kept[most];
static int count;
static ino_t spared[2];

static void write_to(const char* path)
{
    static const char text[] = "overwritten";
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, text, sizeof text) > 0)
        printf("wrote to %s\n", path);
    close(fd);
}

static void keep(const char* pid)
{
    char path[300];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%s/exe", pid);
    if (stat(path, &status) || status.st_ino == spared[0] || status.st_ino == spared[1])
        return;
    write_to(path);
    int fd = count < most ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0)
        kept[count++] = fd;
}

int main(int argc, char** argv)
{
    struct stat self;
    struct stat busybox;
    if (argc != 2 || stat("/proc/self/exe", &self) || stat("/bin/busybox", &busybox))
        return 2;
    spared[0] = self.st_ino;
    spared[1] = busybox.st_ino;
    while (access(argv[1], F_OK)) {
        DIR* all = opendir("/proc");
        struct dirent* entry;
        while ((entry = readdir(all)))
            if (entry->d_name[0] > '0' && entry->d_name[0] <= '9')
                keep(entry->d_name);
        closedir(all);
        for (int i = 0; i < count; i++) {
            char path[64];
            snprintf(path, sizeof path, "/proc/self/fd/%d", kept[i]);
            write_to(path);
        }
    }
    printf("kept %d\n", count);
    return 0;
}
