/* SPDX-License-Identifier: MIT */
/* Prints its words, or with "--env" its environment, one per record, each ended by a zero byte. */
#include <stdio.h>
#include <string.h>

extern char** environ;

int main(int argc, char** argv)
{
    char** list = argc > 1 && strcmp(argv[1], "--env") == 0 ? environ : argv + 1;
    for (; *list; list++) {
        fputs(*list, stdout);
        putchar('\0');
    }
    return 0;
}
