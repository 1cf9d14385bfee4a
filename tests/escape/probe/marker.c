/* SPDX-License-Identifier: MIT */
/* A library that leaves a file behind in whichever process it is loaded: MARKER is the file's path on the host. */
#include <fcntl.h>
#include <unistd.h>

__attribute__((constructor)) static void leave_marker(void)
{
    int fd = open(MARKER, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0)
        close(fd);
}
