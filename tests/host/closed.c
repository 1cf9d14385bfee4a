/* SPDX-License-Identifier: MIT */
/* closed PAYLOAD: a host without standard input, output and error, as daemons are: what it prints by habit must go
 * nowhere, and never into a container. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char* root;
static char* state;
static int kept[3];
static int taken; /* bits: standard numbers that were seen open */

static void close_streams(void)
{
    for (int i = 0; i < 3; i++) {
        kept[i] = fcntl(i, F_DUPFD_CLOEXEC, 50);
        close(i);
    }
    taken = 0;
}

static void look(void)
{
    for (int i = 0; i < 3; i++)
        taken |= (fcntl(i, F_GETFD) >= 0) << i;
}

static void reopen_streams(void)
{
    look();
    for (int i = 0; i < 3; i++) {
        dup2(kept[i], i);
        close(kept[i]);
    }
    expect(taken == 0, "of the standard numbers these were taken, as bits: %d", taken);
}

/* Nothing is printed here: there is nowhere to print to. */
static int run_closed(ctr_config* config)
{
    ctr_container* container = NULL;
    ctr_result result = CTR_RESULT_INIT;
    int status = -1;
    close_streams();
    if (ctr_spawn(config, &container, NULL) == 0) {
        look();
        if (ctr_wait(container, 10000, &result, NULL) == 0)
            status = result.kind == CTR_RESULT_EXITED ? result.code : -2;
        ctr_container_report(container);
        look();
    }
    ctr_container_free(container);
    reopen_streams();
    ctr_config_free(config);
    return status;
}

static void spawns(void)
{
    begin_case("a_host_without_standard_streams_starts_containers_and_gets_no_descriptor_in_their_place");
    expect(run_closed(config_for(root, "exit", "7", NULL)) == 7, "the exit status");

    begin_case("nor_where_ids_are_mapped_by_helpers");
    ctr_config* config = config_for(root, "exit", "7", NULL);
    ctr_config_set_map(config, has_ranges() ? CTR_MAP_SUBID : CTR_MAP_AUTO);
    expect(run_closed(config) == 7, "the exit status");

    begin_case("nor_with_a_capture_and_a_pipe");
    config = config_for(root, "exit", "7", NULL);
    ctr_config_set_stdio(config, 1, CTR_STDIO_CAPTURE, -1);
    ctr_config_set_stdio(config, 2, CTR_STDIO_PIPE, -1);
    expect(run_closed(config) == 7, "the exit status");

    begin_case("nor_with_a_terminal");
    config = config_for(root, "exit", "7", NULL);
    ctr_config_set_terminal(config, 0, 0);
    expect(run_closed(config) == 7, "the exit status");
}

static void words_of_a_failing_helper(void)
{
    begin_case("what_a_failing_helper_says_is_told_to_a_host_without_standard_streams");
    if (!has_ranges() || is_admin()) {
        skip_case("no helper is executed here");
        return;
    }
    char* helper = path_in(root, "helper");
    write_text(helper, "#!/bin/sh\necho certainly not >&2\nexit 1\n");
    chmod(helper, 0755);
    ctr_config* config = config_for(root, "exit", "0", NULL);
    ctr_config_set_map(config, CTR_MAP_SUBID);
    ctr_config_set_id_helpers(config, helper, helper);
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    close_streams();
    int result = ctr_spawn(config, &container, &error);
    reopen_streams();
    expect(result != 0 && strstr(ctr_error_message(error), "certainly not") != NULL, "%d: %s", result,
           ctr_error_message(error));
    ctr_error_free(error);
    ctr_container_free(container);
    ctr_config_free(config);
    unlink(helper);
    free(helper);
}

static void names(void)
{
    begin_case("nor_from_a_named_container_that_is_opened_again_and_a_further_command_in_it");
    ctr_config* config = config_for(root, "block", NULL);
    ctr_config* further = ctr_config_new();
    ctr_config_set_command(further, (const char* const[]){"/payload", "exit", "0", NULL});
    ctr_config_set_name(config, "closed", CTR_NAME_REMOVE);
    ctr_config_set_state_directory(config, state);
    ctr_config_set_stdio(further, 1, CTR_STDIO_PIPE, -1);
    ctr_container* container = NULL;
    ctr_container* opened = NULL;
    ctr_container* command = NULL;
    close_streams();
    int result = ctr_spawn(config, &container, NULL);
    look();
    if (result == 0)
        result = ctr_open(state, "closed", 0, &opened, NULL);
    look();
    if (result == 0)
        result = ctr_exec(opened, further, NULL, &command, NULL);
    look();
    ctr_container_free(command);
    ctr_container_free(opened);
    ctr_container_free(container);
    reopen_streams();
    expect(result == 0, "%s", strerror(-result));
    ctr_config_free(further);
    ctr_config_free(config);
}

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    start_watchdog(60);
    char* directory = make_directory();
    char* path = make_root(directory, argv[1]);
    root = path;
    state = path_in(directory, "state");
    spawns();
    words_of_a_failing_helper();
    names();
    remove_tree(directory);
    free(state);
    free(path);
    free(directory);
    return conclude();
}
