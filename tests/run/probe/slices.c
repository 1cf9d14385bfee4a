/* SPDX-License-Identifier: MIT */
/*
 * usage: slices [PID]                         prints the nanoseconds that the scheduler gives to a process at a time
 *        slices set NANOSECONDS COMMAND...    executes a command with so many
 */
#include <linux/types.h> /* linux/sched/types.h and newer C libraries both have struct sched_attr */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct attributes {
    __u32 size;
    __u32 policy;
    __u64 flags;
    __s32 nice;
    __u32 priority;
    __u64 runtime;
    __u64 deadline;
    __u64 period;
};

int main(int argc, char** argv)
{
    struct attributes attributes = {0};
    int const set = argc > 3 && strcmp(argv[1], "set") == 0;
    if (syscall(SYS_sched_getattr, set || argc < 2 ? 0 : atoi(argv[1]), &attributes, sizeof attributes, 0) != 0)
        return 1;
    if (!set)
        return printf("%llu\n", (unsigned long long)attributes.runtime) < 0;
    attributes.runtime = strtoull(argv[2], NULL, 10);
    if (syscall(SYS_sched_setattr, 0, &attributes, 0) == 0)
        execvp(argv[3], argv + 3);
    return 1;
}
