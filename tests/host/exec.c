/* SPDX-License-Identifier: MIT */
/* exec PAYLOAD: further commands in a running container. */
#include "joined.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char* root;

/* A container that runs until it is ended. */
static ctr_container* box(void)
{
    ctr_config* config = config_for(root, "block", NULL);
    ctr_container* container = spawn(config);
    ctr_config_free(config);
    return container;
}

/* ------------------------------------------------------------------------------------------- what it is */

static void ends_by_itself(ctr_container* container)
{
    begin_case("a_further_command_has_a_status_of_its_own");
    ctr_result result = result_of(join(container, process("exit", "7")));
    expect(result.kind == CTR_RESULT_EXITED && result.code == 7, "kind %u, code %d", result.kind, result.code);
    expect(result.wall_ns > 0 && result.peak_memory > 0, "no usage");
    expect(runs(container), "the container has ended");
}

static void has_its_own_words(ctr_container* container)
{
    begin_case("a_further_command_has_an_environment_of_its_own");
    ctr_config* config = process("env", NULL);
    ctr_config_add_env(config, "COLOUR", "blue");
    expect(strstr(said(container, config), "COLOUR=blue") != NULL, "the variable is not there");
    begin_case("a_further_command_has_the_listed_descriptors_only");
    config = process("fds", NULL);
    ctr_config_add_fd(config, 0, 9);
    ctr_config_add_fd(config, 0, 4);
    const char* text = said(container, config);
    expect(strcmp(text, "0 1 2 4 9 \n") == 0, "it has %s", text);
}

static void is_in_the_container(ctr_container* container)
{
    begin_case("a_further_command_is_in_the_containers_pid_namespace");
    const char* text = said(container, process("pid", NULL));
    expect(atoi(text) > 2 && atoi(text) < 1000, "its pid is %s", text);
}

static void is_signalled(ctr_container* container)
{
    begin_case("a_signal_goes_to_the_further_command_only");
    ctr_container* command = join(container, process("block", NULL));
    expect(ctr_kill(command, SIGTERM, CTR_KILL_COMMAND, NULL) == 0, "ctr_kill");
    ctr_result result = result_of(command);
    expect(result.kind == CTR_RESULT_SIGNALED && result.code == SIGTERM, "kind %u, code %d", result.kind, result.code);
    expect(runs(container), "the container has ended");
}

static void has_a_deadline(ctr_container* container)
{
    begin_case("a_further_command_has_a_deadline_of_its_own");
    ctr_config* config = process("block", NULL);
    ctr_config_set_timeout(config, 100);
    ctr_result result = result_of(join(container, config));
    expect(result.kind == CTR_RESULT_TIMED_OUT, "kind %u", result.kind);
    expect(runs(container), "the container has ended");
}

/* ------------------------------------------------------------------------------------------ how it ends */

static void ends_with_its_handle(ctr_container* container)
{
    begin_case("freeing_the_handle_ends_the_further_command");
    for (int i = 0; i < 80; i++) /* more than can run at once */
        ctr_container_free(join(container, process("block", NULL)));
    expect(runs(container), "the container has ended");
}

static void ends_with_the_container(void)
{
    begin_case("the_end_of_the_container_ends_further_commands_and_tells");
    ctr_container* container = box();
    ctr_container* command = join(container, process("block", NULL));
    ctr_kill(container, SIGTERM, CTR_KILL_COMMAND, NULL);
    ctr_result result = result_of(command);
    expect(result.kind == CTR_RESULT_SIGNALED && result.code == SIGKILL, "kind %u, code %d", result.kind, result.code);
    ctr_wait(container, -1, &result, NULL);
    begin_case("a_further_command_in_an_ended_container_is_refused");
    expect(join_code(container, process("exit", "0")) == CTR_ERR_ENDED, "another code");
    ctr_container_free(container);
}

static void is_lost_with_init(void)
{
    begin_case("a_killed_ctr_init_does_not_leave_anybody_waiting");
    ctr_container* container = box();
    ctr_container* command = join(container, process("block", NULL));
    ctr_kill(container, SIGKILL, CTR_KILL_ALL, NULL);
    expect(result_of(command).kind == CTR_RESULT_LOST, "another kind");
    ctr_container_free(container);
}

/* ------------------------------------------------------------------------------------------ what is not */

static void is_refused(ctr_container* container)
{
    begin_case("a_further_command_that_is_missing_is_told");
    const char* argv[] = {"/nope", NULL};
    ctr_config* config = ctr_config_new();
    ctr_config_set_command(config, argv);
    expect(join_code(container, config) == CTR_ERR_NO_COMMAND, "another code");
    begin_case("settings_of_a_container_do_not_fit_a_further_command");
    config = process("exit", "0");
    ctr_config_set_hostname(config, "other");
    expect(join_code(container, config) == CTR_ERR_INVALID, "another code");
    begin_case("a_user_that_the_containers_passwd_lacks_is_told");
    config = process("exit", "0");
    ctr_config_set_user(config, "nobody-here");
    expect(join_code(container, config) == CTR_ERR_NOT_FOUND, "another code");
    begin_case("as_many_further_commands_as_fit_and_no_more");
    ctr_container* commands[63];
    for (size_t i = 0; i < 63; i++)
        commands[i] = join(container, process("block", NULL));
    ctr_config* one_more = process("exit", "0");
    ctr_container* command = NULL;
    ctr_error* error = NULL;
    expect(ctr_exec(container, one_more, NULL, &command, &error) == -EAGAIN, "it was started");
    expect(ctr_error_code(error) == CTR_ERR_LIMIT && strstr(ctr_error_message(error), "as many") != NULL,
           "it says \"%s\"", ctr_error_message(error));
    ctr_error_free(error);
    ctr_config_free(one_more);
    for (size_t i = 0; i < 63; i++)
        ctr_container_free(commands[i]);
    expect(runs(container), "the container has ended");
}

static void needs_init(void)
{
    begin_case("without_ctr_init_inside_there_are_no_further_commands");
    ctr_config* config = config_for(root, "block", NULL);
    ctr_config_set_init(config, CTR_INIT_OUTSIDE);
    ctr_container* container = spawn(config);
    ctr_config_free(config);
    expect(join_code(container, process("exit", "0")) == CTR_ERR_UNSUPPORTED, "another code");
    ctr_container_free(container);
}

static void* join_many(void* container)
{
    intptr_t failures = 0;
    for (int i = 0; i < 30; i++)
        failures += result_of(join(container, process("exit", "3"))).code != 3;
    return (void*)failures;
}

static void in_many_threads(ctr_container* container)
{
    begin_case("threads_join_one_container_at_once");
    pthread_t threads[8];
    for (size_t i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, join_many, container);
    for (size_t i = 0; i < 8; i++) {
        void* failures = NULL;
        pthread_join(threads[i], &failures);
        expect(failures == NULL, "%jd of 30 failed", (intmax_t)(intptr_t)failures);
    }
}

static void host_may_open_nothing(ctr_container* container)
{
    begin_case("a_host_that_may_open_nothing_waits_for_a_further_command");
    ctr_container* command = join(container, process("sleep", "300"));
    struct rlimit limit;
    struct rlimit none;
    getrlimit(RLIMIT_NOFILE, &limit);
    none = limit;
    none.rlim_cur = 0;
    ctr_result result = CTR_RESULT_INIT;
    setrlimit(RLIMIT_NOFILE, &none);
    expect(ctr_wait(command, 10, &result, NULL) == -ETIMEDOUT, "it has ended");
    int waited = ctr_wait(command, -1, &result, NULL);
    setrlimit(RLIMIT_NOFILE, &limit);
    expect(waited == 0 && result.kind == CTR_RESULT_EXITED, "%d, kind %u", waited, result.kind);
    ctr_container_free(command);
}

int main(int count, char** words)
{
    if (count != 2)
        give_up("usage: exec PAYLOAD");
    start_watchdog(100);
    char* directory = make_directory();
    root = make_root(directory, words[1]);
    int before = count_fds();
    ctr_container* container = box();
    ends_by_itself(container);
    has_its_own_words(container);
    is_in_the_container(container);
    is_signalled(container);
    has_a_deadline(container);
    ends_with_its_handle(container);
    is_refused(container);
    in_many_threads(container);
    host_may_open_nothing(container);
    ctr_container_free(container);
    ends_with_the_container();
    is_lost_with_init();
    needs_init();
    begin_case("nothing_is_left_of_containers_with_further_commands");
    expect(all_gone(2000), "a process is left");
    expect(count_fds() == before, "%d descriptors before and %d after", before, count_fds());
    remove_tree(directory);
    free(directory);
    return conclude();
}
