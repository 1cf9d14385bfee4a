/* SPDX-License-Identifier: MIT */
/*
 * A deadline: the command gets a moment to tidy up, then everything in the container is ended, whoever it started.
 */
#include <ctr/ctr.h>

#include <stdio.h>

static int run(const char *name, const char *script)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    ctr_result result = CTR_RESULT_INIT;
    ctr_container *container = NULL;
    ctr_error *error = NULL;
    ctr_config *config = ctr_config_new();
    int status = 0;

    ctr_config_set_command(config, argv);
    ctr_config_set_timeout(config, 1000);    /* milliseconds: then SIGTERM for the command, */
    ctr_config_set_kill_after(config, 2000); /* and this much later SIGKILL for everything */

    if (ctr_spawn(config, &container, &error) != 0 || ctr_wait(container, -1, &result, &error) != 0) {
        fprintf(stderr, "%s\n%s\n", ctr_error_message(error), ctr_error_hint(error));
        status = 125;
    } else if (result.kind == CTR_RESULT_TIMED_OUT) {
        printf("%s: the deadline passed, and it %s its grace\n", name,
               result.wall_ns < 3000000000u ? "used" : "outlived");
    } else {
        printf("%s: it ended by itself with status %d\n", name, result.code);
    }

    ctr_container_free(container);
    ctr_config_free(config);
    ctr_error_free(error);
    return status;
}

int main(void)
{
    if (run("quick", "exit 7") != 0)
        return 125;
    fflush(stdout);
    /* This one hears SIGTERM and uses its grace. */
    if (run("tidy", "trap 'echo tidying up; exit' TERM; sleep 60 & wait") != 0)
        return 125;
    fflush(stdout);
    /* This one does not listen, and leaves somebody behind. */
    return run("deaf", "trap '' TERM; setsid sleep 60 & sleep 60");
}
