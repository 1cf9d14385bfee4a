/* SPDX-License-Identifier: MIT */
/* reaper PAYLOAD [COUNT]: hosts that take every wait status away from the library. */
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char* root;
static int count;
static atomic_int stop;

static void* reap_without_waiting(void* unused)
{
    while (!stop)
        if (waitpid(-1, NULL, WNOHANG | __WALL) <= 0)
            usleep(50);
    return unused;
}

/* The one that is most often first: it sleeps in the kernel until a child ends. */
static void* reap_waiting(void* unused)
{
    while (!stop)
        if (waitpid(-1, NULL, __WALL) <= 0)
            usleep(20);
    return unused;
}

static int run_words(uint32_t init, uint32_t map, const char* word, int number)
{
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    ctr_config* config = config_for(root, word, text, NULL);
    ctr_config_set_map(config, map);
    ctr_config_set_init(config, init);
    int status = run(config);
    ctr_config_free(config);
    return status;
}

static void check_statuses(uint32_t init, uint32_t map)
{
    static const int signals[] = {SIGKILL, SIGTERM, SIGSEGV, SIGABRT, SIGUSR1};
    for (int i = 0; i < count; i++) {
        int status = run_words(init, map, "exit", i % 256);
        if (!expect(status == i % 256, "exit status %d instead of %d", status, i % 256))
            return; /* the others would take as long */
    }
    /* Pid 1 of a pid namespace, the command with init outside, cannot end itself by a signal. */
    for (size_t i = 0; init == CTR_INIT_INSIDE && i < sizeof signals / sizeof *signals; i++) {
        int status = run_words(init, map, "signal", signals[i]);
        expect(status == 128 + signals[i], "status %d for signal %d", status, signals[i]);
    }
}

/* The set-up fails: nothing may wait for a status that somebody else took. */
static void check_failures(void)
{
    for (int i = 0; i < count / 4; i++) {
        const char* const words[] = {"/missing", NULL};
        ctr_config* config = config_for(root, NULL);
        ctr_container* container = NULL;
        ctr_error* error = NULL;
        ctr_config_set_command(config, words);
        int result = ctr_spawn(config, &container, &error);
        expect(result == -ENOENT && ctr_error_code(error) == CTR_ERR_NO_COMMAND, "a missing command gave %d, code %d",
               result, ctr_error_code(error));
        ctr_error_free(error);
        ctr_container_free(container);
        ctr_config_free(config);
    }
}

/* The command is killed from outside, and so is everything. */
static void check_kills(void)
{
    for (uint32_t which = CTR_KILL_COMMAND; which <= CTR_KILL_ALL; which++) {
        ctr_config* config = config_for(root, "block", NULL);
        ctr_container* container = spawn(config);
        ctr_result result = CTR_RESULT_INIT;
        expect(ctr_kill(container, SIGKILL, which, NULL) == 0, "ctr_kill of %u", which);
        expect(ctr_wait(container, 10000, &result, NULL) == 0, "ctr_wait after ctr_kill of %u", which);
        uint32_t kind = which == CTR_KILL_ALL ? CTR_RESULT_KILLED : CTR_RESULT_SIGNALED;
        expect(result.kind == kind && result.code == SIGKILL, "result %u, code %d", result.kind, result.code);
        ctr_container_free(container);
        ctr_config_free(config);
    }
}

static void check_everything(void)
{
    check_statuses(CTR_INIT_INSIDE, CTR_MAP_SINGLE);
    check_statuses(CTR_INIT_OUTSIDE, CTR_MAP_SINGLE);
    if (has_ranges())
        check_statuses(CTR_INIT_INSIDE, CTR_MAP_SUBID); /* the helpers are children too */
    check_failures();
    check_kills();
}

static void beside(void* (*reap)(void*), const char* sentence)
{
    begin_case("%s", sentence);
    pthread_t thread;
    int before = count_fds();
    stop = 0;
    pthread_create(&thread, NULL, reap, NULL);
    check_everything();
    stop = 1;
    pthread_join(thread, NULL);
    expect(no_children(), "a child is left");
    expect(count_fds() == before, "descriptors are left");
}

static void with_disposition(void (*handler)(int), int flags, const char* sentence)
{
    begin_case("%s", sentence);
    struct sigaction action;
    struct sigaction before;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigaction(SIGCHLD, &action, &before);
    check_everything();
    expect(no_children(), "a child is left");
    sigaction(SIGCHLD, &before, NULL);
}

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    count = argc > 2 ? atoi(argv[2]) : 40;
    start_watchdog(120 + (unsigned)count);
    char* directory = make_directory();
    char* path = make_root(directory, argv[1]);
    root = path;
    beside(reap_without_waiting, "a_thread_that_polls_waitpid_takes_no_status_away");
    beside(reap_waiting, "a_thread_that_sleeps_in_waitpid_takes_no_status_away");
    with_disposition(SIG_IGN, 0, "an_ignored_SIGCHLD_takes_no_status_away");
    with_disposition(SIG_DFL, SA_NOCLDWAIT, "SA_NOCLDWAIT_takes_no_status_away");
    remove_tree(directory);
    free(path);
    free(directory);
    return conclude();
}
