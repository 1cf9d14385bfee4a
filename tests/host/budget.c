/* SPDX-License-Identifier: MIT */
/* budget PAYLOAD: deadlines of processor time and of silence. */
#include "support.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char* root;
static char* log_file;

static ctr_result run_to_end(ctr_config* config)
{
    ctr_result result = CTR_RESULT_INIT;
    ctr_container* container = spawn(config);
    expect(ctr_wait(container, 20000, &result, NULL) == 0, "it does not end");
    ctr_container_free(container);
    ctr_config_free(config);
    return result;
}

static ctr_config* silent_for(const char* word, const char* argument, int file, uint64_t limit)
{
    ctr_config* config = config_for(root, word, argument, NULL);
    if (file)
        ctr_config_set_stdio_file(config, 1, log_file, 0);
    else
        ctr_config_set_stdio(config, 1, CTR_STDIO_CAPTURE, -1);
    ctr_config_set_silence_timeout(config, limit);
    return config;
}

static void expect_deadline(ctr_result result, int which, uint64_t least, uint64_t most)
{
    uint64_t taken = result.wall_ns / 1000000;
    expect(result.kind == CTR_RESULT_TIMED_OUT && result.code == which, "kind %u, code %d", result.kind, result.code);
    expect(taken >= least && taken <= most, "it took %ju ms", (uintmax_t)taken);
}

static void processor_time(void)
{
    begin_case("processor_time_of_all_processes_together_is_bounded");
    ctr_config* config = config_for(root, "burn", "3", NULL);
    ctr_config_set_cpu_timeout(config, 600);
    expect_deadline(run_to_end(config), CTR_DEADLINE_CPU, 150, 4000);
    begin_case("processor_time_of_those_that_have_ended_counts");
    config = config_for(root, "burn-in-turn", "100", NULL);
    ctr_config_set_cpu_timeout(config, 500);
    expect_deadline(run_to_end(config), CTR_DEADLINE_CPU, 300, 6000);
    begin_case("processor_time_of_the_many_that_nobody_waits_for_counts");
    config = config_for(root, "burn-and-forget", "4", NULL);
    ctr_config_set_cpu_timeout(config, 500);
    expect_deadline(run_to_end(config), CTR_DEADLINE_CPU, 300, 6000);
    begin_case("a_command_that_sleeps_uses_no_processor_time");
    config = config_for(root, "sleep", "700", NULL);
    ctr_config_set_cpu_timeout(config, 300);
    expect(run_to_end(config).kind == CTR_RESULT_EXITED, "another kind");
    begin_case("processor_time_needs_ctr_init_inside");
    config = config_for(root, "exit", "0", NULL);
    ctr_config_set_cpu_timeout(config, 300);
    ctr_config_set_init(config, CTR_INIT_OUTSIDE);
    ctr_container* container = NULL;
    expect(ctr_spawn(config, &container, NULL) == -EINVAL, "it was started");
    ctr_config_free(config);
}

static void silence(int file, const char* name)
{
    begin_case("a_command_that_is_silent_for_too_long_is_ended_with_%s", name);
    expect_deadline(run_to_end(silent_for("block", NULL, file, 300)), CTR_DEADLINE_SILENCE, 290, 2000);
    begin_case("a_command_that_says_something_now_and_then_is_not_with_%s", name);
    ctr_result result = run_to_end(silent_for("tick", "8", file, 400));
    expect(result.kind == CTR_RESULT_EXITED && result.code == 0, "kind %u, code %d", result.kind, result.code);
    begin_case("silence_begins_with_the_last_word_with_%s", name);
    expect_deadline(run_to_end(silent_for("say", "x", file, 300)), CTR_DEADLINE_SILENCE, 280, 2000);
}

static void silence_beside_a_passed_descriptor(void)
{
    begin_case("silence_on_a_file_is_seen_beside_a_passed_descriptor");
    ctr_config* config = silent_for("tick", "8", 1, 400);
    ctr_config_add_fd(config, STDIN_FILENO, 5);
    ctr_result result = run_to_end(config);
    expect(result.kind == CTR_RESULT_EXITED && result.code == 0, "kind %u, code %d", result.kind, result.code);
}

static void silence_of_others(void)
{
    begin_case("the_silence_of_an_inherited_stream_cannot_be_seen");
    ctr_config* config = config_for(root, "exit", "0", NULL);
    ctr_config_set_silence_timeout(config, 300);
    ctr_container* container = NULL;
    expect(ctr_spawn(config, &container, NULL) == -EINVAL, "it was started");
    ctr_config_free(config);
    begin_case("a_grace_follows_any_deadline");
    config = silent_for("ignore-term", NULL, 0, 200);
    ctr_config_set_kill_after(config, 200);
    expect_deadline(run_to_end(config), CTR_DEADLINE_SILENCE, 390, 3000);
}

int main(int count, char** words)
{
    if (count != 2)
        give_up("usage: budget PAYLOAD");
    start_watchdog(100);
    char* directory = make_directory();
    root = make_root(directory, words[1]);
    log_file = path_in(directory, "log");
    int before = count_fds();
    processor_time();
    silence(0, "a_capture");
    silence(1, "a_file");
    silence_beside_a_passed_descriptor();
    silence_of_others();
    begin_case("nothing_is_left_of_budgets");
    expect(all_gone(2000), "a process is left");
    expect(count_fds() == before, "%d descriptors before and %d after", before, count_fds());
    remove_tree(directory);
    free(log_file);
    free(directory);
    return conclude();
}
