/* SPDX-License-Identifier: MIT */
/* memory shared MIB   makes a sparse shared memory object of that size, writes its last byte, reads it back
 * memory touch MIB    touches so much memory of its own */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int fail(const char* what)
{
    printf("%s: %s\n", what, strerror(errno));
    return 1;
}

static int shared(size_t size)
{
    int fd = shm_open("/probe", O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || ftruncate(fd, (off_t)size))
        return fail("shm_open");
    char* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return fail("mmap");
    memory[size - 1] = 'x';
    char read_back = 0;
    if (pread(fd, &read_back, 1, (off_t)size - 1) != 1 || read_back != 'x')
        return fail("pread");
    puts("shared");
    return 0;
}

static int touch(size_t size)
{
    char* memory = malloc(size);
    if (!memory)
        return fail("malloc");
    for (size_t at = 0; at < size; at += 4096)
        ((volatile char*)memory)[at] = 1;
    puts("touched");
    return 0;
}

int main(int argc, char** argv)
{
    if (argc != 3)
        return 2;
    size_t size = (size_t)strtoul(argv[2], NULL, 10) << 20;
    return strcmp(argv[1], "shared") == 0 ? shared(size) : touch(size);
}
