/* SPDX-License-Identifier: MIT */
/* Prints "real effective saved" user ids and then the same of the group. */
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    uid_t user[3];
    gid_t group[3];
    if (getresuid(&user[0], &user[1], &user[2]) || getresgid(&group[0], &group[1], &group[2]))
        return 1;
    printf("%u %u %u\n%u %u %u\n", user[0], user[1], user[2], group[0], group[1], group[2]);
    return 0;
}
