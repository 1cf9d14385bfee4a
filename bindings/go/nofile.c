/* SPDX-License-Identifier: MIT */
/*
 * The Go runtime raises the soft limit of open files for itself before any Go code runs, and os/exec lowers it again
 * for its children. Constructors of C run earlier still.
 */
#include <sys/resource.h>

#include "nofile.h"

static struct rlimit at_start;

__attribute__((constructor)) static void remember(void)
{
    if (getrlimit(RLIMIT_NOFILE, &at_start) != 0)
        at_start.rlim_cur = RLIM_INFINITY;
}

int ctr_go_raised_nofile(uint64_t *soft, uint64_t *hard)
{
    struct rlimit now;

    if (getrlimit(RLIMIT_NOFILE, &now) != 0 || now.rlim_cur <= at_start.rlim_cur || now.rlim_max != at_start.rlim_max)
        return 0;
    *soft = at_start.rlim_cur;
    *hard = at_start.rlim_max;
    return 1;
}
