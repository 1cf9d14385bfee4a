/* SPDX-License-Identifier: MIT */
/*
 * A container with a name outlives who started it, here a child process that is gone at once. Whoever has the same
 * user and the state directory finds it again: looks at it, runs commands in it, waits for it, reads what it wrote.
 */
#define _DEFAULT_SOURCE

#include <ctr/ctr.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int failed(ctr_error *error)
{
    fprintf(stderr, "%s\n%s\n", ctr_error_message(error), ctr_error_hint(error));
    ctr_error_free(error);
    return 125;
}

/* What the starter does. */
static int start(const char *state_directory)
{
    const char *argv[] = {"sh", "-c", "trap 'echo going; exit 3' TERM; echo here; while :; do sleep 0.1; done", NULL};
    ctr_container *container = NULL;
    ctr_error *error = NULL;
    ctr_config *config = ctr_config_new();

    ctr_config_set_command(config, argv);
    ctr_config_set_name(config, "service", 0);
    ctr_config_set_state_directory(config, state_directory);
    ctr_config_set_host_death(config, CTR_HOST_DEATH_LEAVES);
    ctr_config_set_stdio(config, 0, CTR_STDIO_NULL, -1);
    ctr_config_set_stdio(config, 1, CTR_STDIO_CAPTURE, -1); /* kept in the state directory */
    ctr_config_set_capture_keep(config, CTR_KEEP_LAST);     /* as of a log, the last of it */
    if (ctr_spawn(config, &container, &error) != 0)
        return failed(error);
    ctr_container_detach(container);
    ctr_container_free(container);
    ctr_config_free(config);
    return 0;
}

static void wait_for_output(ctr_container *container)
{
    ctr_output output = CTR_OUTPUT_INIT;
    while (ctr_container_output(container, 1, 0, NULL, 0, &output, NULL) == 0 && output.seen == 0)
        usleep(10000);
}

/* What somebody else does. */
static int stop(const char *state_directory)
{
    char log[64] = "";
    ctr_info info = CTR_INFO_INIT;
    ctr_result result = CTR_RESULT_INIT;
    ctr_output output = CTR_OUTPUT_INIT;
    ctr_container *container = NULL;
    ctr_error *error = NULL;

    if (ctr_open(state_directory, "service", 0, &container, &error) != 0)
        return failed(error);
    ctr_container_info(container, &info, NULL);
    printf("%s runs %s and is %s\n", ctr_container_name(container), ctr_container_command(container)[0],
           info.state == CTR_STATE_RUNNING ? "running" : "not running");
    wait_for_output(container);
    ctr_kill(container, SIGTERM, CTR_KILL_COMMAND, NULL);
    if (ctr_wait(container, 10000, &result, &error) != 0)
        return failed(error);
    ctr_container_output(container, 1, 0, log, sizeof log - 1, &output, NULL);
    printf("it ended with status %d and wrote:\n%s", result.code, log);
    ctr_container_free(container);
    return ctr_remove(state_directory, "service", &error) == 0 ? 0 : failed(error);
}

int main(void)
{
    char directory[] = "/tmp/ctr-example-XXXXXX"; /* a program of yours would use one below $XDG_RUNTIME_DIR */
    int status = 0;
    pid_t starter;

    if (mkdtemp(directory) == NULL)
        return 1;
    starter = fork();
    if (starter == 0)
        _exit(start(directory));
    waitpid(starter, &status, 0);
    status = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    if (status == 0)
        status = stop(directory);
    rmdir(directory);
    return status;
}
