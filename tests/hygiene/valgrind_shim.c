/* SPDX-License-Identifier: MIT */
/*
 * Valgrind looks up by its name what a descriptor is to execute, and a memory file has none. This is the host that refuses
 * executable memory files, and has ctr-init installed, at the place that CTR_TEST_INIT says.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int memfd_create(const char* name, unsigned flags)
{
    if (strcmp(name, "ctr-init") != 0)
        return (int)syscall(SYS_memfd_create, name, flags);
    errno = EACCES;
    return -1;
}

static const char* replaced(const char* path)
{
    static const char installed[] = "/libexec/ctr/ctr-init";
    size_t length = strlen(path);
    size_t end = sizeof installed - 1;
    const char* instead = getenv("CTR_TEST_INIT");
    return instead != NULL && length >= end && strcmp(path + length - end, installed) == 0 ? instead : path;
}

int openat(int directory, const char* path, int flags, ...)
{
    va_list more;
    unsigned mode;
    va_start(more, flags);
    mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(more, unsigned) : 0;
    va_end(more);
    return (int)syscall(SYS_openat, directory, replaced(path), flags, mode);
}

int openat64(int directory, const char* path, int flags, ...) __attribute__((alias("openat")));
