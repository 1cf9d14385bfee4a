/* SPDX-License-Identifier: MIT */
/* A terminal of the container's own through the C API: both sides, the size, the end, and what is refused. */
#include "support.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char* root;

enum { patience_ms = 20000 };

/* What the terminal shows until its end, or until `wanted` is in it; the errno of the end, 0 without one. */
static int shown(int master, char* text, size_t size, const char* wanted)
{
    size_t length = 0;
    struct pollfd polled = {master, POLLIN, 0};
    text[0] = 0;
    while (poll(&polled, 1, patience_ms) == 1) {
        ssize_t const got = read(master, text + length, size - 1 - length);
        if (got <= 0)
            return got == 0 ? EPIPE : errno;
        length += (size_t)got;
        text[length] = 0;
        if (wanted != NULL && strstr(text, wanted) != NULL)
            return 0;
    }
    return ETIMEDOUT;
}

static ctr_container* spawn_with_terminal(const char* words[2])
{
    ctr_config* config = config_for(root, words[0], words[1], NULL);
    ctr_config_set_terminal(config, 24, 80);
    ctr_container* container = spawn(config);
    ctr_config_free(config);
    return container;
}

static void what_is_written_is_read_and_the_end_is_seen(void)
{
    begin_case("what the command writes is read, and then its end");
    ctr_container* container = spawn_with_terminal((const char* [2]){"terminal", NULL});
    if (!expect(container != NULL, "it did not start"))
        return;
    char text[256];
    int const master = ctr_container_terminal(container);
    expect(master >= 0, "there is no terminal: %d", master);
    int const end = shown(master, text, sizeof text, NULL);
    expect(strcmp(text, "24 80\r\n") == 0, "it showed \"%s\"", text);
    expect(end == EIO, "the end is %s", strerror(end));
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_wait(container, patience_ms, &result, NULL) == 0 && result.kind == CTR_RESULT_EXITED && result.code == 0,
           "the result is %u, %d", result.kind, result.code);
    expect(ctr_container_terminal(container) == master, "the descriptor is another one after the end");
    ctr_container_free(container);
}

static void a_new_size_is_told_to_the_command(void)
{
    begin_case("a new size is told to the command, which reads what is typed");
    ctr_container* container = spawn_with_terminal((const char* [2]){"terminal", "follow"});
    if (!expect(container != NULL, "it did not start"))
        return;
    char text[256];
    int const master = ctr_container_terminal(container);
    expect(shown(master, text, sizeof text, "24 80\r\n") == 0, "it showed \"%s\"", text);
    expect(ctr_resize(container, 50, 132, NULL) == 0, "it cannot be resized");
    expect(shown(master, text, sizeof text, "50 132\r\n") == 0, "it showed \"%s\"", text);
    expect(write(master, "\x03", 1) == 1, "nothing can be typed");
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_wait(container, patience_ms, &result, NULL) == 0 && result.code == SIGINT,
           "Ctrl-C did not end it: %u, %d", result.kind, result.code);
    expect(ctr_resize(container, 10, 10, NULL) == 0, "the terminal is gone with the command");
    ctr_container_free(container);
}

static void a_size_that_no_terminal_has_is_refused(void)
{
    begin_case("a size that no terminal has is refused, and the container goes on");
    ctr_container* container = spawn_with_terminal((const char* [2]){"terminal", "follow"});
    if (!expect(container != NULL, "it did not start"))
        return;
    ctr_error* error = NULL;
    int const refused = ctr_resize(container, 24, 65536, &error);
    expect(refused == -EINVAL && ctr_error_code(error) == CTR_ERR_INVALID, "the answer is %d", refused);
    expect(strcmp(ctr_error_subject(error), "65536") == 0, "the subject is \"%s\"", ctr_error_subject(error));
    ctr_error_free(error);
    ctr_container_free(container); /* while it runs */
    expect(all_gone(patience_ms), "something is left");
}

static void without_a_terminal_there_is_none(void)
{
    begin_case("without a terminal there is none to get or to resize");
    ctr_config* config = config_for(root, "exit", "0", NULL);
    ctr_container* container = spawn(config);
    ctr_config_free(config);
    if (!expect(container != NULL, "it did not start"))
        return;
    ctr_error* error = NULL;
    expect(ctr_container_terminal(container) == -ENOTTY, "there is one");
    expect(ctr_resize(container, 24, 80, &error) == -EINVAL, "it was resized");
    expect(strcmp(ctr_error_step(error), "terminal") == 0, "the step is \"%s\"", ctr_error_step(error));
    ctr_error_free(error);
    ctr_container_free(container);
    expect(ctr_container_terminal(NULL) == -EINVAL, "NULL has one");
    expect(ctr_resize(NULL, 1, 1, NULL) == -EINVAL, "NULL was resized");
}

static void streams_beside_it_are_refused_by_name(void)
{
    begin_case("standard streams beside a terminal are refused, and the call is named");
    ctr_config* config = config_for(root, "terminal", NULL);
    ctr_config_set_terminal(config, 0, 0);
    ctr_config_set_stdio(config, 2, CTR_STDIO_NULL, -1);
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    expect(ctr_spawn(config, &container, &error) == -EINVAL, "it started");
    expect(strcmp(ctr_error_call(error), "ctr_config_set_stdio") == 0, "the call is \"%s\"", ctr_error_call(error));
    ctr_error_free(error);
    ctr_config_free(config);
}

static void nothing_is_left_of_many(void)
{
    begin_case("no descriptor and no process is left of twenty terminals, failed starts among them");
    int const before = count_fds();
    for (int i = 0; i < 20; i++) {
        ctr_config* config = config_for(root, "terminal", NULL);
        const char* const missing[] = {"/nowhere", NULL};
        if (i % 2 == 1)
            ctr_config_set_command(config, missing);
        ctr_config_set_terminal(config, 0, 0);
        ctr_container* container = NULL;
        int const answer = ctr_spawn(config, &container, NULL);
        expect((answer == 0) == (i % 2 == 0), "start %d says %d", i, answer);
        ctr_container_free(container);
        ctr_config_free(config);
    }
    expect(count_fds() == before, "%d descriptors were open and %d are", before, count_fds());
    expect(all_gone(patience_ms), "something is left");
}

int main(int argc, char** argv)
{
    if (argc < 2)
        give_up("usage: terminal PAYLOAD");
    start_watchdog(200);
    adopt_orphans();
    char* directory = make_directory();
    char* made = make_root(directory, argv[1]);
    root = made;
    what_is_written_is_read_and_the_end_is_seen();
    a_new_size_is_told_to_the_command();
    a_size_that_no_terminal_has_is_refused();
    without_a_terminal_there_is_none();
    streams_beside_it_are_refused_by_name();
    nothing_is_left_of_many();
    remove_tree(directory);
    free(directory);
    return conclude();
}
