/* SPDX-License-Identifier: MIT */
/* Filters of system calls through the C API: what the setters refuse, and calls that the caller answers. */
#include "support.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char* root;

enum { patience_ms = 20000, other_session = 12345678 };

#define ASKS(names)                                                                                                    \
    "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[" names "],\"action\":\"SCMP_ACT_NOTIFY\"}]}"

/* `/payload session` asks for its session, and exits with 0 where that is its own. */
static ctr_config* asking_config(const char* profile)
{
    ctr_config* config = config_for(root, "session", NULL);
    ctr_config_set_seccomp_json(config, profile);
    ctr_config_set_seccomp_listener(config, CTR_SECCOMP_LISTENER_CALLER);
    return config;
}

/* Lets the call go on, or answers with another session. */
static int answer_one(int listener, int goes_on)
{
    struct seccomp_notif question;
    struct seccomp_notif_resp answer;
    struct pollfd polled = {listener, POLLIN, 0};
    memset(&question, 0, sizeof question);
    memset(&answer, 0, sizeof answer);
    if (poll(&polled, 1, patience_ms) != 1 || ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &question) != 0)
        return -1;
    expect(question.data.nr == SYS_getsid, "call %d is asked about", question.data.nr);
    answer.id = question.id;
    answer.val = goes_on ? 0 : other_session;
    answer.flags = goes_on ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

static void expect_answered(ctr_container* container, int goes_on)
{
    ctr_result result = CTR_RESULT_INIT;
    int const listener = ctr_container_seccomp_fd(container);
    expect(listener >= 0, "there is no listener: %d", listener);
    expect(answer_one(listener, goes_on) == 0, "it cannot be answered: %s", strerror(errno));
    expect(ctr_wait(container, patience_ms, &result, NULL) == 0, "it did not end");
    expect(result.kind == CTR_RESULT_EXITED && result.code == !goes_on, "it ended with %u, %d", result.kind,
           result.code);
}

static void calls_are_answered(void)
{
    for (int goes_on = 0; goes_on < 2; goes_on++) {
        begin_case("a call %s", goes_on ? "goes on when the caller says so" : "has the result that the caller gives");
        int const before = count_fds();
        ctr_config* config = asking_config(ASKS("\"getsid\""));
        for (int number = 3; number < 3 + 2 * goes_on; number++) /* where ctr-init has its channel */
            ctr_config_add_fd(config, STDERR_FILENO, number);
        ctr_container* container = spawn(config);
        if (container != NULL)
            expect_answered(container, goes_on);
        ctr_container_free(container);
        ctr_config_free(config);
        expect(container != NULL && count_fds() == before, "%d descriptors were open and %d are", before, count_fds());
    }
}

static void further_commands_ask_their_own_caller(void)
{
    begin_case("a further command has a listener of its own, and needs somebody who listens");
    ctr_config* config = asking_config(ASKS("\"getsid\""));
    const char* const block[] = {"/payload", "block", NULL};
    const char* const session[] = {"/payload", "session", NULL};
    ctr_config_set_command(config, block);
    ctr_container* container = spawn(config);
    ctr_config* further = ctr_config_new();
    ctr_container* command = NULL;
    ctr_error* error = NULL;
    ctr_config_set_command(further, session);
    if (container != NULL) {
        expect(ctr_exec(container, further, NULL, &command, &error) == -EINVAL && is_clear(error),
               "nobody has to listen");
        ctr_error_free(error);
        ctr_config_set_seccomp_listener(further, CTR_SECCOMP_LISTENER_CALLER);
        if (expect(ctr_exec(container, further, NULL, &command, NULL) == 0, "it does not start"))
            expect_answered(command, 0);
    }
    ctr_container_free(command);
    ctr_container_free(container);
    ctr_config_free(further);
    ctr_config_free(config);
}

static void expect_refused(ctr_config* config, const char* subject)
{
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    int const answer = ctr_spawn(config, &container, &error);
    if (expect(answer == -EINVAL, "it says %d", answer))
        expect(is_clear(error) && strcmp(ctr_error_subject(error), subject) == 0, "the error is about \"%s\"",
               ctr_error_subject(error));
    ctr_error_free(error);
    ctr_container_free(container);
    ctr_config_free(config);
}

static void what_cannot_be_is_refused(void)
{
    begin_case("a profile that asks before anybody can answer, or that nobody answers, is refused");
    expect_refused(asking_config(ASKS("\"execve\"")), "execve");
    expect_refused(asking_config(ASKS("\"sendmsg\"")), "sendmsg");
    ctr_config* config = asking_config(ASKS("\"getsid\""));
    ctr_config_set_seccomp_listener(config, CTR_SECCOMP_LISTENER_NONE);
    expect_refused(config, "SCMP_ACT_NOTIFY");
    config = asking_config(ASKS("\"getsid\""));
    ctr_config_set_new_privs(config, CTR_NEW_PRIVS_ALLOWED);
    expect_refused(config, "json");
    config = ctr_config_new();
    expect(ctr_config_set_seccomp_listener(config, 2) == -EINVAL, "there is a third listener");
    expect(ctr_config_set_seccomp(config, "") == -EINVAL && ctr_config_set_seccomp_json(config, NULL) == -EINVAL &&
               ctr_config_set_seccomp_bpf(config, NULL, 8) == -EINVAL,
           "nothing is something");
    ctr_config_free(config);
    expect(ctr_container_seccomp_fd(NULL) == -EINVAL, "no container has a listener");
}

static void without_a_listener_there_is_none(void)
{
    begin_case("without a listener there is none");
    ctr_config* config = config_for(root, "session", NULL);
    ctr_container* container = spawn(config);
    expect(ctr_container_seccomp_fd(container) == -EBADF, "there is one");
    ctr_container_free(container);
    ctr_config_free(config);
}

static void a_lost_listener_keeps_nobody_waiting(void)
{
    begin_case("a container that waits for an answer ends with its handle");
    ctr_config* config = asking_config(ASKS("\"getsid\""));
    ctr_container* container = spawn(config);
    ctr_container_free(container);
    ctr_config_free(config);
    expect(all_gone(patience_ms), "something is left");
}

int main(int argc, char** argv)
{
    if (argc < 2)
        give_up("usage: seccomp PAYLOAD");
    start_watchdog(200);
    adopt_orphans();
    char* directory = make_directory();
    char* made = make_root(directory, argv[1]);
    root = made;
    calls_are_answered();
    further_commands_ask_their_own_caller();
    what_cannot_be_is_refused();
    without_a_listener_there_is_none();
    a_lost_listener_keeps_nobody_waiting();
    expect(all_gone(patience_ms), "something is left");
    remove_tree(directory);
    free(directory);
    return conclude();
}
