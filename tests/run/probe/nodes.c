/* SPDX-License-Identifier: MIT */
/* Prints for each path "PATH KIND MAJOR:MINOR MODE": kind c, b, d, f, l, s, p or - where it is missing. */
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static char kind_of(mode_t mode)
{
    if (S_ISCHR(mode))
        return 'c';
    if (S_ISBLK(mode))
        return 'b';
    if (S_ISDIR(mode))
        return 'd';
    if (S_ISLNK(mode))
        return 'l';
    if (S_ISSOCK(mode))
        return 's';
    return S_ISFIFO(mode) ? 'p' : 'f';
}

int main(int argc, char** argv)
{
    for (int index = 1; index < argc; index++) {
        struct stat info = {0};
        if (lstat(argv[index], &info))
            printf("%s - 0:0 0\n", argv[index]);
        else
            printf("%s %c %u:%u %o\n", argv[index], kind_of(info.st_mode), major(info.st_rdev), minor(info.st_rdev),
                   (unsigned)info.st_mode & 07777);
    }
    return 0;
}
