/* SPDX-License-Identifier: MIT */
/* capture PAYLOAD: output that is kept in memory while nobody reads along. */
#include "support.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char* root;

static ctr_config* captured(const char* word, const char* argument, uint64_t limit)
{
    ctr_config* config = config_for(root, word, argument, NULL);
    ctr_config_set_stdio(config, 1, CTR_STDIO_CAPTURE, -1);
    if (limit != 0)
        ctr_config_set_capture_limit(config, limit);
    return config;
}

static ctr_container* started(ctr_config* config)
{
    ctr_container* container = spawn(config);
    ctr_config_free(config);
    return container;
}

static ctr_output output_of(ctr_container* container, int number, uint64_t offset, char* text, size_t size)
{
    ctr_output output = CTR_OUTPUT_INIT;
    memset(text, 0, size);
    expect(ctr_container_output(container, number, offset, text, size - 1, &output, NULL) == 0, "ctr_container_output");
    return output;
}

static void end(ctr_container* container)
{
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_wait(container, 10000, &result, NULL) == 0, "it does not end");
}

static void whole(void)
{
    begin_case("what_a_command_wrote_is_there_when_it_has_ended");
    char text[256];
    ctr_container* container = started(captured("fds", NULL, 0));
    end(container);
    ctr_output output = output_of(container, 1, 0, text, sizeof text);
    expect(strcmp(text, "0 1 2 \n") == 0, "it wrote \"%s\"", text);
    expect(output.stored == output.seen && output.copied == output.stored, "the counts differ");
    begin_case("captured_output_is_read_from_an_offset_on");
    (void)output_of(container, 1, 2, text, sizeof text);
    expect(strcmp(text, "1 2 \n") == 0, "it read \"%s\"", text);
    output = output_of(container, 1, 1000, text, sizeof text);
    expect(output.copied == 0 && output.stored == 7, "something was copied from past the end");
    begin_case("a_stream_that_is_not_captured_has_no_output");
    expect(ctr_container_output(container, 2, 0, text, 1, &output, NULL) == -EINVAL, "number 2");
    expect(ctr_container_output(container, 9, 0, text, 1, &output, NULL) == -EINVAL, "number 9");
    ctr_container_free(container);
}

/* 1 MiB through a stream of which 1000 bytes are kept. */
static void limited(void)
{
    begin_case("more_than_the_limit_is_counted_and_keeps_nobody_waiting");
    char text[2048];
    ctr_container* container = started(captured("flood", "1048576", 1000));
    end(container);
    ctr_output output = output_of(container, 1, 0, text, sizeof text);
    expect(output.seen == 1048576 && output.stored == 1000 && output.copied == 1000, "seen %ju, stored %ju, copied %ju",
           (uintmax_t)output.seen, (uintmax_t)output.stored, (uintmax_t)output.copied);
    ctr_container_free(container);
    begin_case("everything_up_to_the_limit_is_kept");
    container = started(captured("flood", "1048576", 2000000));
    end(container);
    output = output_of(container, 1, 1048570, text, sizeof text);
    expect(output.seen == 1048576 && output.stored == 1048576 && output.copied == 6, "stored %ju",
           (uintmax_t)output.stored);
    ctr_container_free(container);
}

static void held_open(void)
{
    begin_case("a_descendant_that_holds_the_stream_keeps_nobody_waiting");
    ctr_config* config = captured("family", NULL, 0);
    ctr_config_set_timeout(config, 300);
    ctr_container* container = started(config);
    uint64_t begun = now_ns();
    end(container);
    expect(now_ns() - begun < 3000000000U, "it took %ju ms", (uintmax_t)((now_ns() - begun) / 1000000));
    ctr_container_free(container);
}

static void while_it_runs(void)
{
    begin_case("output_can_be_read_while_the_command_runs");
    char text[256];
    ctr_config* config = captured("say", "hello", 0);
    ctr_container* container = started(config);
    ctr_output output = CTR_OUTPUT_INIT;
    for (int i = 0; i < 500 && output.copied == 0; i++) {
        usleep(10000);
        output = output_of(container, 1, 0, text, sizeof text);
    }
    expect(strcmp(text, "hello\n") == 0, "it said \"%s\"", text);
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_wait(container, 0, &result, NULL) == -ETIMEDOUT, "it has ended");
    ctr_container_free(container);
}

static void further(void)
{
    begin_case("the_output_of_a_further_command_is_captured_apart");
    char text[256];
    ctr_container* container = started(captured("say", "first", 0));
    ctr_config* config = ctr_config_new();
    const char* argv[] = {"/payload", "fds", NULL};
    ctr_config_set_command(config, argv);
    ctr_config_set_stdio(config, 1, CTR_STDIO_CAPTURE, -1);
    ctr_config_set_stdio(config, 2, CTR_STDIO_MERGE, -1);
    ctr_container* command = NULL;
    expect(ctr_exec(container, config, NULL, &command, NULL) == 0, "ctr_exec");
    end(command);
    (void)output_of(command, 1, 0, text, sizeof text);
    expect(strcmp(text, "0 1 2 \n") == 0, "it wrote \"%s\"", text);
    (void)output_of(container, 1, 0, text, sizeof text);
    expect(strcmp(text, "first\n") == 0, "the first wrote \"%s\"", text);
    ctr_container_free(command);
    ctr_container_free(container);
    ctr_config_free(config);
}

/* Their numbers inside push aside what ctr-init holds, in memory that it shares. */
static void beside_passed_descriptors(void)
{
    char text[256];
    for (int number = 3; number <= 60; number += 3) {
        begin_case("output_is_captured_whole_beside_a_descriptor_passed_as_%d", number);
        ctr_config* config = captured("both", NULL, 0);
        ctr_config_set_stdio(config, 2, CTR_STDIO_CAPTURE, -1);
        ctr_config_add_fd(config, STDIN_FILENO, number);
        ctr_container* container = started(config);
        end(container);
        for (int stream = 1; stream <= 2; stream++) {
            ctr_output output = output_of(container, stream, 0, text, sizeof text);
            expect(output.stored > 8 && strncmp(text, stream == 1 ? "out" : "err", 3) == 0, "%d: \"%s\"", stream, text);
        }
        ctr_container_free(container);
    }
    begin_case("a_container_with_ctr_init_outside_ends_beside_a_passed_descriptor");
    ctr_config* config = captured("both", NULL, 0);
    ctr_config_set_stdio(config, 2, CTR_STDIO_MERGE, -1);
    ctr_config_set_init(config, CTR_INIT_OUTSIDE);
    ctr_config_add_fd(config, STDIN_FILENO, 5);
    ctr_container* container = started(config);
    end(container);
    ctr_container_free(container);
}

static void refused(void)
{
    begin_case("what_cannot_be_captured_is_refused_by_its_setter");
    ctr_config* config = ctr_config_new();
    expect(ctr_config_set_stdio(config, 0, CTR_STDIO_CAPTURE, -1) == -EINVAL, "standard input");
    expect(ctr_config_set_capture_limit(config, 0) == -EINVAL, "no bytes");
    expect(ctr_config_set_capture_limit(config, UINT64_MAX) == -EINVAL, "too many bytes");
    ctr_config_free(config);
}

int main(int count, char** words)
{
    if (count != 2)
        give_up("usage: capture PAYLOAD");
    start_watchdog(60);
    char* directory = make_directory();
    root = make_root(directory, words[1]);
    int before = count_fds();
    whole();
    limited();
    held_open();
    while_it_runs();
    further();
    beside_passed_descriptors();
    refused();
    begin_case("nothing_is_left_of_what_was_captured");
    expect(all_gone(2000), "a process is left");
    expect(count_fds() == before, "%d descriptors before and %d after", before, count_fds());
    remove_tree(directory);
    free(directory);
    return conclude();
}
