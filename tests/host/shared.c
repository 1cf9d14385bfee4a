/* SPDX-License-Identifier: MIT */
/* shared PAYLOAD [ROUNDS]: many threads that use one container at once, as the header allows. For a thread sanitizer
 * before all: what it would report is a wrong result only now and then. */
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char* root;
static atomic_int ends; /* how often the end was told as an event */
static atomic_int wrong;

static void* wait_long(void* container)
{
    ctr_result result = CTR_RESULT_INIT;
    wrong += ctr_wait(container, -1, &result, NULL) != 0 || result.kind != CTR_RESULT_SIGNALED;
    return NULL;
}

static void* wait_shortly(void* container)
{
    ctr_result result = CTR_RESULT_INIT;
    int status = 0;
    while ((status = ctr_wait(container, 1, &result, NULL)) == -ETIMEDOUT)
        ;
    wrong += status != 0 || result.kind != CTR_RESULT_SIGNALED;
    return NULL;
}

static void* take_events(void* container)
{
    ctr_event event = CTR_EVENT_INIT;
    int status = 0;
    while ((status = ctr_next_event(container, &event, NULL)) == 0 || status == -EAGAIN) {
        ends += status == 0 && event.kind == CTR_EVENT_ENDED;
        if (status == -EAGAIN)
            usleep(200);
    }
    wrong += status != -ESRCH;
    return NULL;
}

static void* send_signals(void* container)
{
    int status = 0;
    for (int i = 0; i < 100 && status == 0; i++) {
        status = ctr_kill(container, i % 2 == 0 ? SIGSTOP : SIGCONT, CTR_KILL_COMMAND, NULL);
        usleep(100);
    }
    wrong += status != 0 && status != -ESRCH;
    wrong += ctr_kill(container, SIGKILL, CTR_KILL_COMMAND, NULL) > 0;
    return NULL;
}

static void* join(void* container)
{
    const char* const argv[] = {"/payload", "block", NULL};
    ctr_config* config = ctr_config_new();
    ctr_container* command = NULL;
    ctr_config_set_command(config, argv);
    int status = 0;
    /* Freed while it runs, and it may end with the container just now. */
    for (int i = 0; i < 10 && status == 0; i++) {
        status = ctr_exec(container, config, NULL, &command, NULL);
        if (status == 0)
            ctr_container_free(command);
    }
    ctr_config_free(config);
    return NULL;
}

static void* look(void* container)
{
    for (int i = 0; i < 100; i++) {
        wrong += ctr_container_report(container)[0] != '{' || ctr_container_pidfd(container) < 0 ||
                 ctr_container_event_fd(container) < 0 || ctr_container_stdio(container, 1) < 0;
        usleep(100);
    }
    return NULL;
}

static void share_one(const ctr_config* config)
{
    static void* (*const uses[])(void*) = {wait_long,   wait_long,    wait_shortly, wait_shortly, take_events,
                                           take_events, send_signals, send_signals, join,         look};
    enum { use_count = sizeof uses / sizeof *uses };
    pthread_t threads[use_count];
    ctr_container* container = spawn(config);
    ends = 0;
    for (int i = 0; i < use_count; i++)
        pthread_create(&threads[i], NULL, uses[i], container);
    for (int i = 0; i < use_count; i++)
        pthread_join(threads[i], NULL);
    expect(ends == 1, "the end was told %d times", ends);
    ctr_container_free(container);
}

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    int rounds = argc > 2 ? atoi(argv[2]) : 20;
    start_watchdog((unsigned)(60 + rounds));
    adopt_orphans();
    char* directory = make_directory();
    char* path = make_root(directory, argv[1]);
    int before = count_fds();
    root = path;
    begin_case("threads_wait_signal_join_and_take_events_of_one_container");
    ctr_config* config = config_for(root, "block", NULL);
    ctr_config_set_stdio(config, STDOUT_FILENO, CTR_STDIO_PIPE, -1);
    for (int i = 0; i < rounds; i++)
        share_one(config);
    ctr_config_free(config);
    expect(wrong == 0, "%d wrong results", wrong);
    begin_case("nothing_is_left_of_shared_containers");
    expect(all_gone(2000), "a process is left");
    expect(count_fds() == before, "%d descriptors before and %d after", before, count_fds());
    remove_tree(directory);
    free(directory);
    free(path);
    return conclude();
}
