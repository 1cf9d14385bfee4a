/* SPDX-License-Identifier: MIT */
/*
 * Giving up: on a container that runs, on a start that is under way, and on waiting, which ends nothing.
 */
#define _POSIX_C_SOURCE 200809L

#include <ctr/ctr.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int failed(ctr_error *error)
{
    fprintf(stderr, "%s\n%s\n", ctr_error_message(error), ctr_error_hint(error));
    ctr_error_free(error);
    return 125;
}

static int end_what_runs(const ctr_config *config)
{
    ctr_result result = CTR_RESULT_INIT;
    ctr_container *container = NULL;
    ctr_error *error = NULL;

    if (ctr_spawn(config, &container, &error) != 0)
        return failed(error);
    if (ctr_wait(container, 100, &result, NULL) == -ETIMEDOUT)
        printf("it still runs after a tenth of a second\n");
    ctr_kill(container, SIGKILL, CTR_KILL_ALL, NULL); /* from any thread */
    if (ctr_wait(container, -1, &result, &error) != 0)
        return failed(error);
    if (result.kind == CTR_RESULT_KILLED)
        printf("it was killed by this program, and everything in it is gone\n");
    ctr_container_free(container);
    return 0;
}

/* Any descriptor that polls readable gives a start up: here a pipe, whose other end another thread may have. */
static int give_a_start_up(const ctr_config *config)
{
    ctr_spawn_options options = CTR_SPAWN_OPTIONS_INIT;
    ctr_container *container = NULL;
    ctr_error *error = NULL;
    int ends[2];

    if (pipe(ends) != 0)
        return 125;
    options.cancel_fd = ends[0];
    if (write(ends[1], "", 1) == 1 && ctr_spawn_with(config, &options, &container, &error) != 0)
        printf("%s\n", ctr_error_code(error) == CTR_ERR_CANCELLED ? "the start was given up" : "it failed");
    ctr_container_free(container);
    ctr_error_free(error);
    close(ends[0]);
    close(ends[1]);
    return 0;
}

int main(void)
{
    const char *argv[] = {"sleep", "60", NULL};
    ctr_config *config = ctr_config_new();
    int status;

    ctr_config_set_command(config, argv);
    status = end_what_runs(config);
    if (status == 0)
        status = give_a_start_up(config);
    ctr_config_free(config);
    return status;
}
