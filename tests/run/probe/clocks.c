/* SPDX-License-Identifier: MIT */
/* Prints the seconds of CLOCK_BOOTTIME and of CLOCK_MONOTONIC. */
#include <stdio.h>
#include <time.h>

int main(void)
{
    struct timespec boottime;
    struct timespec monotonic;
    if (clock_gettime(CLOCK_BOOTTIME, &boottime) || clock_gettime(CLOCK_MONOTONIC, &monotonic))
        return 1;
    printf("%lld %lld\n", (long long)boottime.tv_sec, (long long)monotonic.tv_sec);
    return 0;
}
