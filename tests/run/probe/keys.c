/* SPDX-License-Identifier: MIT */
/* give NAME COMMAND...: puts a key of this name into a new session keyring of this process, and executes the command
 * with KEY in it replaced by the key's number.
 * exhaust COMMAND...: makes as many keys as the user may have, and executes the command.
 * look NAME KEY: tells what of that key is in reach: "search" by its name in the session keyring, "read" by its number. */
#define _GNU_SOURCE
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char content[] = "secret of the host";

static int give(char** words)
{
    static char number[24];
    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0);
    long key = syscall(SYS_add_key, "user", words[0], content, sizeof content, KEY_SPEC_SESSION_KEYRING);
    if (key < 0) {
        perror("add_key");
        return 1;
    }
    snprintf(number, sizeof number, "%ld", key);
    for (char** word = words + 1; *word; word++)
        if (strcmp(*word, "KEY") == 0)
            *word = number;
    execvp(words[1], words + 1);
    return 127;
}

static int exhaust(char** words)
{
    char name[32];
    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0);
    for (int i = 0; i < 100000; i++) {
        snprintf(name, sizeof name, "ctr-test-%d", i);
        if (syscall(SYS_add_key, "user", name, "x", 1, KEY_SPEC_SESSION_KEYRING) < 0) {
            perror("add_key");
            execvp(words[0], words);
            return 127;
        }
    }
    return 3;
}

static int look(const char* name, long key)
{
    char found[64] = "";
    if (syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", name, 0) >= 0)
        puts("search");
    if (syscall(SYS_request_key, "user", name, NULL, 0) >= 0)
        puts("request");
    if (syscall(SYS_keyctl, KEYCTL_READ, key, found, sizeof found, 0) > 0 && strcmp(found, content) == 0)
        puts("read");
    if (syscall(SYS_keyctl, KEYCTL_LINK, key, KEY_SPEC_PROCESS_KEYRING, 0, 0) == 0)
        puts("link");
    puts("done");
    return 0;
}

int main(int count, char** words)
{
    if (count > 3 && strcmp(words[1], "give") == 0)
        return give(words + 2);
    if (count > 2 && strcmp(words[1], "exhaust") == 0)
        return exhaust(words + 2);
    if (count == 4 && strcmp(words[1], "look") == 0)
        return look(words[2], atol(words[3]));
    return 2;
}
