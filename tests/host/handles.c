/* SPDX-License-Identifier: MIT */
/* handles PAYLOAD: handles in odd hands: cancelled threads, forked copies, detached ones, a ctr-init that does not read. */
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char* root;

/* -------------------------------------------------------------------------------------------- cancellation */

static void* start_and_end(void* unused)
{
    for (;;) {
        ctr_config* config = config_for(root, "sleep", "3", NULL);
        ctr_result result = CTR_RESULT_INIT;
        ctr_container* container = NULL;
        if (ctr_spawn(config, &container, NULL) == 0)
            ctr_wait(container, -1, &result, NULL);
        ctr_container_free(container);
        ctr_config_free(config);
        pthread_testcancel();
    }
    return unused;
}

static void cancelled(void)
{
    begin_case("a_thread_that_is_cancelled_finishes_its_call_and_ends_alone");
    for (int i = 0; i < 40; i++) {
        pthread_t thread;
        void* value = NULL;
        pthread_create(&thread, NULL, start_and_end, NULL);
        usleep((useconds_t)(1000 + i * 331));
        pthread_cancel(thread);
        pthread_join(thread, &value);
        expect(value == PTHREAD_CANCELED, "it was not cancelled");
    }
    expect(all_gone(2000), "a process is left");
}

/* ------------------------------------------------------------------------------------------- forked copies */

static int use_copy(ctr_container* container)
{
    ctr_result result = CTR_RESULT_INIT;
    ctr_event event = CTR_EVENT_INIT;
    ctr_config* config = config_for(root, "exit", "0", NULL);
    ctr_container* further = NULL;
    int refused = ctr_wait(container, 1000, &result, NULL) == -EINVAL &&
                  ctr_next_event(container, &event, NULL) == -EINVAL &&
                  ctr_kill(container, SIGKILL, CTR_KILL_ALL, NULL) == -EINVAL &&
                  ctr_exec(container, config, NULL, &further, NULL) == -EINVAL;
    ctr_container_free(container);
    return refused ? 0 : 1;
}

static void forked(void)
{
    begin_case("a_forked_copy_of_a_handle_can_be_freed_and_takes_nothing");
    ctr_config* config = config_for(root, "sleep", "300", NULL);
    ctr_container* container = spawn(config);
    ctr_config_free(config);
    pid_t pid = fork();
    if (pid == 0)
        _exit(use_copy(container));
    int status = 0;
    waitpid(pid, &status, 0);
    expect(status == 0, "the copy was of use: %d", status);
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_wait(container, 10000, &result, NULL) == 0 && result.kind == CTR_RESULT_EXITED, "kind %u", result.kind);
    ctr_container_free(container);
}

/* ------------------------------------------------------------------------------------------------ detached */

static void detached(void)
{
    begin_case("a_detached_container_that_has_ended_is_reaped_with_its_handle");
    ctr_config* config = config_for(root, "exit", "0", NULL);
    ctr_container* container = spawn(config);
    ctr_config_free(config);
    siginfo_t info;
    expect(waitid((idtype_t)3 /* P_PIDFD */, (id_t)ctr_container_pidfd(container), &info, WEXITED | WNOWAIT) == 0,
           "waitid");
    ctr_container_detach(container);
    ctr_container_free(container);
    expect(no_children(), "a zombie is left");
}

/* ------------------------------------------------------------------------------- a ctr-init that is stopped */

static void stop(ctr_container* container)
{
    syscall(SYS_pidfd_send_signal, ctr_container_pidfd(container), SIGSTOP, NULL, 0);
    sleep_ms(20);
}

static void stopped(int outside)
{
    begin_case("signals_for_a_stopped_ctr_init_%s_are_refused_when_there_are_many_and_it_can_be_ended",
               outside ? "outside" : "inside");
    ctr_config* config = config_for(root, "block", NULL);
    ctr_config_set_init(config, outside ? CTR_INIT_OUTSIDE : CTR_INIT_INSIDE);
    for (int i = 0; i < 2; i++) {
        ctr_container* container = spawn(config);
        stop(container);
        int sent = 0;
        int answer = 0;
        while (sent < 100000 && (answer = ctr_kill(container, SIGURG, CTR_KILL_COMMAND, NULL)) == 0)
            sent++;
        expect(answer == -EAGAIN, "%d were taken, then %d", sent, answer);
        uint64_t begun = now_ns();
        ctr_result result = CTR_RESULT_INIT;
        if (i == 0) {
            expect(ctr_kill(container, SIGKILL, CTR_KILL_ALL, NULL) == 0, "ctr_kill");
            expect(ctr_wait(container, 10000, &result, NULL) == 0 && result.kind == CTR_RESULT_KILLED, "kind %u",
                   result.kind);
        }
        ctr_container_free(container);
        expect(now_ns() - begun < 3000000000U, "it took %ju ms", (uintmax_t)((now_ns() - begun) / 1000000));
        expect(all_gone(2000), "a process is left");
    }
    ctr_config_free(config);
}

int main(int count, char** words)
{
    if (count != 2)
        give_up("usage: handles PAYLOAD");
    start_watchdog(100);
    adopt_orphans();
    char* directory = make_directory();
    root = make_root(directory, words[1]);
    int before = count_fds();
    cancelled();
    forked();
    detached();
    stopped(0);
    stopped(1);
    begin_case("nothing_is_left_of_handles_in_odd_hands");
    expect(all_gone(2000), "a process is left");
    expect(count_fds() == before, "%d descriptors before and %d after", before, count_fds());
    remove_tree(directory);
    free(directory);
    return conclude();
}
