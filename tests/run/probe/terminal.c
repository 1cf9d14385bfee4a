/* SPDX-License-Identifier: MIT */
/* terminal open   makes a pseudo terminal, sends a line through it and prints its name
 * terminal inject tries to push a byte into the terminal on standard input; prints the error or "injected"
 * terminal paste  tries to paste the selection of a console there; prints the error or "injected"
 * terminal control tries to open the controlling terminal; prints the error or "opened" */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int fail(const char* what)
{
    printf("%s: %s\n", what, strerror(errno));
    return 1;
}

static int open_pair(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master))
        return fail("ptmx");
    const char* name = ptsname(master);
    int slave = name ? open(name, O_RDWR | O_NOCTTY) : -1;
    if (slave < 0)
        return fail("slave");
    char text[16] = "";
    if (write(master, "through\n", 8) != 8 || read(slave, text, sizeof text - 1) != 8)
        return fail("transfer");
    printf("%s %s", name, text);
    return 0;
}

static int inject(void)
{
    char byte = 'Z';
    if (ioctl(0, TIOCSTI, &byte))
        return fail("TIOCSTI");
    puts("injected");
    return 0;
}

static int paste(void)
{
    char const subcode = 3; /* TIOCL_PASTESEL */
    if (ioctl(0, TIOCLINUX, &subcode))
        return fail("TIOCLINUX");
    puts("injected");
    return 0;
}

static int control(void)
{
    if (open("/dev/tty", O_RDWR) < 0)
        return fail("/dev/tty");
    puts("opened");
    return 0;
}

int main(int argc, char** argv)
{
    if (argc != 2)
        return 2;
    if (strcmp(argv[1], "open") == 0)
        return open_pair();
    if (strcmp(argv[1], "paste") == 0)
        return paste();
    return strcmp(argv[1], "inject") == 0 ? inject() : control();
}
