/* SPDX-License-Identifier: MIT */
/* A tree that is hard to end: a grandchild in a session of its own that ignores every signal it can and
 * holds standard output open, and the same again below it. argv[1] marks them all; with "leave" as
 * argv[2] the first process ends at once. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

static void ignore_everything(void)
{
    for (int number = 1; number < 65; number++)
        signal(number, SIG_IGN);
}

static void settle(void)
{
    setsid();
    ignore_everything();
    if (fork() == 0)
        setsid();
    for (;;)
        pause();
}

int main(int argc, char** argv)
{
    if (fork() == 0) {
        if (fork() == 0)
            settle();
        _exit(0);
    }
    if (write(1, "started\n", 8) != 8)
        return 1;
    if (argc > 2 && strcmp(argv[2], "leave") == 0) {
        usleep(50000);
        return 0;
    }
    ignore_everything();
    for (;;)
        pause();
}
