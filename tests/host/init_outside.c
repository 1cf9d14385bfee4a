/* SPDX-License-Identifier: MIT */
/* init_outside PAYLOAD: ctr-init outside of the command's pid namespace is stopped or killed. ctr_wait() answers in time
 * all the same, and not before the last process is gone, as far as that can be known. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char* root;

enum { deadline_ms = 150, rounds = 6 };

enum mode { own_pids, shared_pids };

static ctr_container* start(enum mode mode, const char* word, uint64_t timeout)
{
    ctr_config* config = config_for(root, word, NULL);
    if (mode == own_pids)
        ctr_config_set_init(config, CTR_INIT_OUTSIDE);
    else
        ctr_config_set_namespace(config, CTR_NAMESPACE_PID, CTR_NAMESPACE_SHARED);
    ctr_config_set_stdio(config, 1, CTR_STDIO_PIPE, -1);
    ctr_config_set_timeout(config, timeout);
    ctr_container* container = spawn(config);
    ctr_config_free(config);
    return container;
}

/* That everybody is there who will hold the output. */
static void await_family(const ctr_container* container)
{
    char byte = 0;
    expect(read(ctr_container_stdio(container, 1), &byte, 1) == 1, "the family is not there");
}

/* Whether nobody holds the output any more, without waiting for it. */
static int is_gone(const ctr_container* container)
{
    char text[256];
    int const output = ctr_container_stdio(container, 1);
    fcntl(output, F_SETFL, O_NONBLOCK);
    ssize_t got = 1;
    while (got > 0)
        got = read(output, text, sizeof text);
    return got == 0;
}

static void signal_init(const ctr_container* container, int number)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", ctr_container_pidfd(container));
    char* text = read_text(path);
    const char* line = strstr(text, "\nPid:");
    int const pid = line != NULL ? atoi(line + 5) : 0;
    free(text);
    if (pid <= 1 || kill(pid, number) != 0)
        give_up("ctr-init is not found");
}

static void is_stopped(const char* word)
{
    begin_case("a_stopped_ctr_init_outside_does_not_keep_%s_past_the_deadline", word);
    for (int i = 0; i < rounds; i++) {
        uint64_t const begun = now_ns();
        ctr_container* container = start(own_pids, word, deadline_ms);
        await_family(container);
        signal_init(container, SIGSTOP);
        ctr_result result = CTR_RESULT_INIT;
        expect(ctr_wait(container, 10000, &result, NULL) == 0, "ctr_wait");
        int const gone = is_gone(container);
        expect(gone, "round %d: the output is still held", i);
        expect(result.kind == CTR_RESULT_TIMED_OUT && result.flags == 0, "kind %u, flags %u", result.kind,
               result.flags);
        uint64_t const ms = (now_ns() - begun) / 1000000;
        expect(ms >= deadline_ms && ms < 3000, "it took %ju ms", (uintmax_t)ms);
        ctr_container_free(container);
    }
}

static void is_killed(const char* word)
{
    begin_case("a_killed_ctr_init_outside_leaves_nobody_of_%s", word);
    for (int i = 0; i < rounds; i++) {
        ctr_container* container = start(own_pids, word, 0);
        await_family(container);
        signal_init(container, SIGKILL);
        ctr_result result = CTR_RESULT_INIT;
        expect(ctr_wait(container, 10000, &result, NULL) == 0, "ctr_wait");
        int const gone = is_gone(container);
        expect(gone, "round %d: the output is still held", i);
        expect(result.kind == CTR_RESULT_LOST && result.flags == 0, "kind %u, flags %u", result.kind, result.flags);
        ctr_container_free(container);
    }
    begin_case("a_killed_ctr_init_outside_is_made_up_for_when_the_handle_of_%s_is_freed", word);
    ctr_container* container = start(own_pids, word, 0);
    await_family(container);
    int const output = ctr_container_take_stdio(container, 1);
    signal_init(container, SIGKILL);
    ctr_container_free(container);
    char byte = 0;
    fcntl(output, F_SETFL, O_NONBLOCK);
    ssize_t got = 1;
    while (got > 0)
        got = read(output, &byte, 1);
    expect(got == 0, "the output is still held");
    close(output);
}

static void is_continued(enum mode mode)
{
    begin_case("a_stopped_ctr_init_outside_still_ends_everything_when_it_is_asked_to_%s",
               mode == own_pids ? "with_own_pids" : "with_shared_pids");
    ctr_container* container = start(mode, "lone-family", 0);
    await_family(container);
    signal_init(container, SIGSTOP);
    expect(ctr_kill(container, SIGKILL, CTR_KILL_ALL, NULL) == 0, "ctr_kill");
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_wait(container, 10000, &result, NULL) == 0, "ctr_wait");
    expect(result.kind == CTR_RESULT_KILLED && result.flags == 0, "kind %u, flags %u", result.kind, result.flags);
    expect(is_gone(container), "the output is still held");
    ctr_container_free(container);
    container = start(mode, "lone-family", 0);
    await_family(container);
    signal_init(container, SIGSTOP);
    uint64_t const begun = now_ns();
    ctr_container_free(container);
    expect(now_ns() - begun < 2000000000, "the handle was freed after its grace only");
    expect(all_gone(2000), "a process is left");
}

static void shares_pids(void)
{
    begin_case("with_a_shared_pid_namespace_a_lost_ctr_init_takes_the_command_along_and_says_what_is_not_known");
    ctr_container* container = start(shared_pids, "lone-family", deadline_ms);
    await_family(container);
    signal_init(container, SIGSTOP);
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_wait(container, 10000, &result, NULL) == 0, "ctr_wait");
    expect(result.kind == CTR_RESULT_TIMED_OUT, "kind %u", result.kind);
    expect(result.flags == CTR_RESULT_TREE_LEFT, "flags %u", result.flags);
    ctr_container_free(container);
    (void)all_gone(0); /* the descendant that nobody knows */
    begin_case("with_a_shared_pid_namespace_and_a_ctr_init_that_lives_nothing_is_left");
    container = start(shared_pids, "lone-family", deadline_ms);
    await_family(container);
    expect(ctr_wait(container, 10000, &result, NULL) == 0 && result.flags == 0, "flags %u", result.flags);
    expect(is_gone(container), "the output is still held");
    ctr_container_free(container);
}

int main(int count, char** words)
{
    if (count != 2)
        give_up("usage: init_outside PAYLOAD");
    start_watchdog(100);
    adopt_orphans();
    char* directory = make_directory();
    root = make_root(directory, words[1]);
    int before = count_fds();
    for (int lone = 0; lone < 2; lone++) {
        is_stopped(lone ? "lone-family" : "family");
        is_killed(lone ? "lone-family" : "family");
    }
    is_continued(own_pids);
    is_continued(shared_pids);
    shares_pids();
    begin_case("nothing_is_left_of_containers_with_ctr_init_outside");
    expect(all_gone(2000), "a process is left");
    expect(count_fds() == before, "%d descriptors before and %d after", before, count_fds());
    remove_tree(directory);
    free(directory);
    return conclude();
}
