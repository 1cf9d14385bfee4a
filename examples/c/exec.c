/* SPDX-License-Identifier: MIT */
/*
 * Further commands in a running container: they see what its command sees, and have words, an environment, a status
 * and a deadline of their own. The container's end is theirs too.
 */
#include <ctr/ctr.h>

#include <signal.h>
#include <stdio.h>

static int failed(ctr_error *error)
{
    fprintf(stderr, "%s\n%s\n", ctr_error_message(error), ctr_error_hint(error));
    ctr_error_free(error);
    return 125;
}

/* Runs a script in @container and says how it ended. */
static int run_inside(ctr_container *container, const char *script)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    ctr_result result = CTR_RESULT_INIT;
    ctr_container *command = NULL;
    ctr_error *error = NULL;
    ctr_config *config = ctr_config_new();
    int status = 0;

    /* Only what describes a process can be set: the box is there already. */
    ctr_config_set_command(config, argv);
    ctr_config_add_env(config, "ASKED_BY", "the host");
    ctr_config_set_timeout(config, 1000); /* milliseconds */

    fflush(stdout); /* it writes to the same place */
    if (ctr_exec(container, config, NULL, &command, &error) != 0 || ctr_wait(command, -1, &result, &error) != 0)
        status = failed(error);
    else if (result.kind == CTR_RESULT_TIMED_OUT)
        printf("it took too long\n");
    else
        printf("it ended with status %d\n", result.code);

    ctr_container_free(command); /* before its container */
    ctr_config_free(config);
    return status;
}

int main(void)
{
    const char *argv[] = {"sleep", "60", NULL};
    ctr_result result = CTR_RESULT_INIT;
    ctr_container *container = NULL;
    ctr_error *error = NULL;
    ctr_config *config = ctr_config_new();
    int status = 0;

    ctr_config_set_command(config, argv);
    ctr_config_set_hostname(config, "box");
    if (ctr_spawn(config, &container, &error) != 0)
        status = failed(error);
    ctr_config_free(config);

    if (status == 0)
        status = run_inside(container, "echo \"$ASKED_BY asks $(uname -n): process 2 is $(cat /proc/2/comm)\"; exit 3");
    if (status == 0)
        status = run_inside(container, "sleep 60");

    /* The container has not noticed. Now its own command is ended, and with it everything. */
    if (status == 0) {
        ctr_kill(container, SIGTERM, CTR_KILL_COMMAND, NULL);
        if (ctr_wait(container, -1, &result, &error) != 0)
            status = failed(error);
        else
            printf("the container's own command was ended by signal %d\n", result.code);
    }
    ctr_container_free(container);
    return status;
}
