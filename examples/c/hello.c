/* SPDX-License-Identifier: MIT */
/*
 * The smallest useful program: start a command in a container, wait for it, say how it ended.
 *
 *   cc hello.c $(pkg-config --cflags --libs libctr) && ./a.out
 *
 * Nothing has to be set up: the container has the host's own root, read-only, and shares nothing else. Inside,
 * the command is user 0 of a user namespace of its own; outside it has no more rights than you.
 */
#include <ctr/ctr.h>

#include <stdio.h>

int main(void)
{
    const char *argv[] = {"sh", "-c", "echo \"hello from $(uname -n), I am user $(id -u) here\"", NULL};
    ctr_result result = CTR_RESULT_INIT;
    ctr_container *container = NULL;
    ctr_error *error = NULL;
    int status = 125;

    /* A config is a wish list. Its setters copy what they are given. */
    ctr_config *config = ctr_config_new();
    ctr_config_set_command(config, argv);
    ctr_config_set_hostname(config, "box");

    /* When ctr_spawn() returns 0 the command is running; every failure before that is reported here. */
    if (ctr_spawn(config, &container, &error) == 0 && ctr_wait(container, -1, &result, &error) == 0) {
        printf("it ended with status %d\n", result.code);
        status = result.kind == CTR_RESULT_EXITED ? result.code : 124;
    } else {
        fprintf(stderr, "%s\n%s\n", ctr_error_message(error), ctr_error_hint(error));
    }

    /* All of these accept NULL. */
    ctr_container_free(container);
    ctr_config_free(config);
    ctr_error_free(error);
    return status;
}
