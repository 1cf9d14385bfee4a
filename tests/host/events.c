/* SPDX-License-Identifier: MIT */
/* events PAYLOAD: what happens to commands, told by one descriptor each. */
#include "support.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { crowd = 200 };

static const char* root;

static ctr_container* spawn_with_timeout(const char* word, const char* argument, uint64_t timeout)
{
    ctr_config* config = config_for(root, word, argument, NULL);
    ctr_config_set_timeout(config, timeout);
    ctr_container* container = spawn(config);
    ctr_config_free(config);
    return container;
}

/* The next event, waited for by polling; kind 0 where none came. */
static ctr_event next(ctr_container* container)
{
    ctr_event event = CTR_EVENT_INIT;
    struct pollfd polled = {ctr_container_event_fd(container), POLLIN, 0};
    int result = ctr_next_event(container, &event, NULL);
    while (result == -EAGAIN && poll(&polled, 1, 5000) == 1)
        result = ctr_next_event(container, &event, NULL);
    if (result != 0)
        event.kind = 0;
    return event;
}

static void expect_event(ctr_container* container, uint32_t kind, int code)
{
    ctr_event event = next(container);
    expect(event.kind == kind && event.code == code, "event %u with %d instead of %u with %d", event.kind, event.code,
           kind, code);
}

static void life(void)
{
    begin_case("a_start_a_stop_a_continuation_and_the_end_are_told_in_order");
    ctr_container* container = spawn_with_timeout("block", NULL, 0);
    expect_event(container, CTR_EVENT_STARTED, 0);
    ctr_kill(container, SIGSTOP, CTR_KILL_COMMAND, NULL);
    expect_event(container, CTR_EVENT_STOPPED, SIGSTOP);
    ctr_kill(container, SIGCONT, CTR_KILL_COMMAND, NULL);
    expect_event(container, CTR_EVENT_CONTINUED, 0);
    ctr_kill(container, SIGTERM, CTR_KILL_COMMAND, NULL);
    ctr_event event = next(container);
    expect(event.kind == CTR_EVENT_ENDED && event.result_kind == CTR_RESULT_SIGNALED && event.code == SIGTERM,
           "event %u, result %u, code %d", event.kind, event.result_kind, event.code);
    /* No peak of memory is asked for: of a life this short Linux 6.18 counts the resident pages as none. */
    expect(event.wall_ns > 0, "no usage");
    begin_case("after_the_end_there_are_no_more_events_and_the_descriptor_stays_readable");
    expect(ctr_next_event(container, &event, NULL) == -ESRCH, "another event");
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_wait(container, 5000, &result, NULL) == 0 && result.code == SIGTERM, "ctr_wait");
    struct pollfd polled = {ctr_container_event_fd(container), POLLIN, 0};
    expect(poll(&polled, 1, 0) == 1, "it is not readable");
    ctr_container_free(container);
}

static void deadline(void)
{
    begin_case("a_deadline_is_told_before_the_end");
    ctr_container* container = spawn_with_timeout("block", NULL, 100);
    expect_event(container, CTR_EVENT_STARTED, 0);
    expect_event(container, CTR_EVENT_TIMED_OUT, 0);
    ctr_event event = next(container);
    expect(event.kind == CTR_EVENT_ENDED && event.result_kind == CTR_RESULT_TIMED_OUT, "event %u, result %u",
           event.kind, event.result_kind);
    ctr_container_free(container);
}

static void killed(void)
{
    begin_case("the_end_of_everything_is_an_event_too");
    ctr_container* container = spawn_with_timeout("block", NULL, 0);
    expect_event(container, CTR_EVENT_STARTED, 0);
    ctr_kill(container, SIGKILL, CTR_KILL_ALL, NULL);
    ctr_event event = next(container);
    expect(event.kind == CTR_EVENT_ENDED && event.result_kind == CTR_RESULT_KILLED, "event %u, result %u", event.kind,
           event.result_kind);
    ctr_container_free(container);
}

static void unread(void)
{
    begin_case("events_that_nobody_takes_keep_nobody_waiting");
    ctr_container* container = spawn_with_timeout("block", NULL, 0);
    for (int i = 0; i < 3000; i++)
        ctr_kill(container, i % 2 == 0 ? SIGSTOP : SIGCONT, CTR_KILL_COMMAND, NULL);
    ctr_kill(container, SIGKILL, CTR_KILL_COMMAND, NULL);
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_wait(container, 10000, &result, NULL) == 0, "ctr_wait");
    expect(result.kind == CTR_RESULT_SIGNALED && result.code == SIGKILL, "kind %u, code %d", result.kind, result.code);
    ctr_event event = next(container);
    while (event.kind != 0 && event.kind != CTR_EVENT_ENDED)
        event = next(container);
    expect(event.kind == CTR_EVENT_ENDED, "the end was dropped");
    ctr_container_free(container);
}

static void many(void)
{
    begin_case("one_thread_waits_for_200_containers_by_epoll");
    int set = epoll_create1(EPOLL_CLOEXEC);
    ctr_container* containers[crowd];
    for (size_t i = 0; i < crowd; i++) {
        char code[8];
        snprintf(code, sizeof code, "%zu", i % 100);
        containers[i] = spawn_with_timeout("exit", code, 0);
        struct epoll_event wanted = {.events = EPOLLIN, .data.u64 = i};
        epoll_ctl(set, EPOLL_CTL_ADD, ctr_container_event_fd(containers[i]), &wanted);
    }
    int ended = 0;
    struct epoll_event ready;
    while (ended < crowd && epoll_wait(set, &ready, 1, 10000) == 1) {
        ctr_container* container = containers[ready.data.u64];
        ctr_event event = CTR_EVENT_INIT;
        while (ctr_next_event(container, &event, NULL) == 0)
            if (event.kind == CTR_EVENT_ENDED) {
                expect(event.code == (int)(ready.data.u64 % 100), "code %d", event.code);
                epoll_ctl(set, EPOLL_CTL_DEL, ctr_container_event_fd(container), NULL);
                ended++;
            }
    }
    expect(ended == crowd, "%d ended", ended);
    for (size_t i = 0; i < crowd; i++)
        ctr_container_free(containers[i]);
    close(set);
}

static void leftovers(void)
{
    begin_case("leftovers_that_are_waited_for_end_the_container_with_the_last_of_them");
    ctr_config* config = config_for(root, "orphans", "1", NULL);
    expect(ctr_config_set_leftovers(config, CTR_LEFTOVERS_WAIT) == 0, "set_leftovers");
    ctr_container* container = spawn(config);
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_wait(container, 20000, &result, NULL) == 0 && result.kind == CTR_RESULT_EXITED, "kind %u", result.kind);
    ctr_container_free(container);
    ctr_config_free(config);
    begin_case("leftovers_without_ctr_init_inside_are_refused");
    config = config_for(root, "exit", "0", NULL);
    ctr_config_set_leftovers(config, CTR_LEFTOVERS_LEAVE);
    ctr_config_set_init(config, CTR_INIT_OUTSIDE);
    expect(ctr_spawn(config, &container, NULL) == -EINVAL, "it was started");
    ctr_config_free(config);
}

/* Kept in "shared" by a supervisor that is not pid 1, in "inside" by one that is. */
static ctr_config* leaving(uint32_t what, int shared)
{
    ctr_config* config = config_for(root, "leave-family", NULL);
    ctr_config_set_stdio(config, 1, CTR_STDIO_NULL, -1);
    ctr_config_set_leftovers(config, what);
    if (shared)
        ctr_config_set_namespace(config, CTR_NAMESPACE_PID, CTR_NAMESPACE_SHARED);
    return config;
}

static void leftovers_are_ended(void)
{
    for (int i = 0; i < 4; i++) {
        uint32_t what = i < 2 ? CTR_LEFTOVERS_WAIT : CTR_LEFTOVERS_LEAVE;
        begin_case("ending_everything_ends_leftovers_that_are_%s_in_%s_pid_namespace", i < 2 ? "waited_for" : "left",
                   i % 2 == 0 ? "an_own" : "a_shared");
        ctr_config* config = leaving(what, i % 2);
        ctr_container* container = spawn(config);
        ctr_result result = CTR_RESULT_INIT;
        sleep_ms(200); /* the command has ended, its family has not */
        uint64_t begun = now_ns();
        int killed = ctr_kill(container, SIGKILL, CTR_KILL_ALL, NULL);
        expect(killed == 0 || what == CTR_LEFTOVERS_LEAVE, "ctr_kill");
        expect(ctr_wait(container, 5000, &result, NULL) == 0, "it does not end");
        ctr_container_free(container);
        expect(now_ns() - begun < 2000000000U, "it took %ju ms", (uintmax_t)((now_ns() - begun) / 1000000));
        expect(all_gone(2000), "a process is left");
        ctr_config_free(config);
    }
}

int main(int count, char** words)
{
    if (count != 2)
        give_up("usage: events PAYLOAD");
    start_watchdog(100);
    adopt_orphans();
    char* directory = make_directory();
    root = make_root(directory, words[1]);
    int before = count_fds();
    life();
    deadline();
    killed();
    unread();
    many();
    leftovers();
    leftovers_are_ended();
    begin_case("nothing_is_left_of_containers_whose_events_were_taken");
    expect(all_gone(2000), "a process is left");
    expect(count_fds() == before, "%d descriptors before and %d after", before, count_fds());
    remove_tree(directory);
    free(directory);
    return conclude();
}
