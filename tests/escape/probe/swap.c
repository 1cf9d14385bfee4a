/* SPDX-License-Identifier: MIT */
/* swap ONE OTHER: exchanges two names of the host, again and again, until it is killed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char** argv)
{
    unsigned const exchange = 1 << 1; /* RENAME_EXCHANGE */
    if (argc != 3)
        return 2;
    while (syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, argv[2], exchange) == 0)
        usleep(20);
    perror("renameat2");
    return 1;
}
