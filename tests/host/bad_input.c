/* SPDX-License-Identifier: MIT */
/* bad_input PAYLOAD: wrong arguments for what runs, and descriptors that are not there: each is a clear error with its
 * code and its subject, nothing is started, and nothing that runs is lost. */
#include "joined.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const char* root;
static int closed;         /* a number that no descriptor has */
static char closed_is[64]; /* what is said of it */
static int null;

/* What an error must be about. NULL is not looked at. */
struct wanted {
    int code;
    const char* call;
    const char* subject;
    const char* message;
};

static void is_wanted(ctr_error* error, struct wanted wanted)
{
    if (!expect(is_clear(error), "the error is not clear"))
        return;
    int fine = ctr_error_code(error) == wanted.code;
    fine &= wanted.call == NULL || strcmp(ctr_error_call(error), wanted.call) == 0;
    fine &= wanted.subject == NULL || strcmp(ctr_error_subject(error), wanted.subject) == 0;
    fine &= wanted.message == NULL || strstr(ctr_error_message(error), wanted.message) != NULL;
    if (!expect(fine, "the error is another one, with code %d:", ctr_error_code(error)))
        print_error("it", error);
    ctr_error_free(error);
}

static ctr_container* spawned(const char* word)
{
    ctr_config* config = config_for(root, word, NULL);
    ctr_container* container = spawn(config);
    ctr_config_free(config);
    return container;
}

/* ---------------------------------------------------------------------------------------------- ended */

static void what_has_ended_is_not_signalled(void)
{
    begin_case("an_ended_container_takes_no_signal_and_no_command_and_keeps_its_result");
    struct wanted const ended = {CTR_ERR_ENDED, NULL, NULL, "the container has ended"};
    ctr_container* container = spawned("exit");
    ctr_result before = CTR_RESULT_INIT;
    expect(ctr_wait(container, 10000, &before, NULL) == 0, "ctr_wait");
    ctr_error* error = NULL;
    expect(ctr_kill(container, SIGTERM, CTR_KILL_COMMAND, &error) == -ESRCH, "it was signalled");
    is_wanted(error, ended);
    error = NULL;
    expect(ctr_kill(container, SIGKILL, CTR_KILL_ALL, &error) == -ESRCH, "it was killed");
    is_wanted(error, ended);
    error = NULL;
    ctr_config* config = process("exit", "0");
    ctr_container* command = NULL;
    expect(ctr_exec(container, config, NULL, &command, &error) == -ESRCH && command == NULL, "a command was started");
    is_wanted(error, ended);
    ctr_config_free(config);
    ctr_result after = CTR_RESULT_INIT;
    expect(ctr_wait(container, 0, &after, NULL) == 0, "ctr_wait again");
    expect(memcmp(&before, &after, sizeof before) == 0, "the result has changed");
    ctr_container_free(container);
}

static void an_ended_command_is_not_signalled(ctr_container* container)
{
    begin_case("an_ended_further_command_takes_no_signal_and_its_container_goes_on");
    ctr_container* command = join(container, process("exit", "4"));
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_wait(command, 10000, &result, NULL) == 0, "ctr_wait");
    ctr_error* error = NULL;
    expect(ctr_kill(command, SIGTERM, CTR_KILL_COMMAND, &error) == -ESRCH, "it was signalled");
    is_wanted(error, (struct wanted){CTR_ERR_ENDED, NULL, NULL, NULL});
    expect(ctr_wait(command, 0, &result, NULL) == 0 && result.code == 4, "the result is lost");
    expect(runs(container), "the container has ended");
    begin_case("a_further_command_takes_none_itself");
    ctr_config* config = process("exit", "0");
    ctr_container* other = NULL;
    error = NULL;
    expect(ctr_exec(command, config, NULL, &other, &error) == -EOPNOTSUPP && other == NULL, "it was started");
    is_wanted(error, (struct wanted){CTR_ERR_UNSUPPORTED, NULL, "ctr_exec", "takes none itself"});
    ctr_config_free(config);
    ctr_container_free(command);
}

/* -------------------------------------------------------------------------------------------- running */

static void refuses_signal(ctr_container* container, int signal, uint32_t which, const char* subject)
{
    ctr_error* error = NULL;
    expect(ctr_kill(container, signal, which, &error) == -EINVAL, "signal %d was sent", signal);
    is_wanted(error, (struct wanted){CTR_ERR_INVALID, NULL, subject, NULL});
}

static void wrong_arguments_end_nothing(ctr_container* container)
{
    begin_case("a_signal_that_does_not_exist_is_refused_and_ends_nothing");
    refuses_signal(container, 0, CTR_KILL_COMMAND, "0");
    refuses_signal(container, -9, CTR_KILL_COMMAND, "-9");
    refuses_signal(container, 65, CTR_KILL_COMMAND, "65");
    refuses_signal(container, SIGTERM, CTR_KILL_ALL, "15");
    refuses_signal(container, SIGKILL, 2, "2");
    expect(runs(container), "the container has ended");
    begin_case("a_stream_that_is_not_captured_has_no_output");
    ctr_output output = CTR_OUTPUT_INIT;
    for (int number = -1; number < 4; number++) {
        ctr_error* error = NULL;
        char name[8];
        snprintf(name, sizeof name, "%d", number);
        expect(ctr_container_output(container, number, 0, NULL, 0, &output, &error) == -EINVAL, "%d has", number);
        is_wanted(error, (struct wanted){CTR_ERR_INVALID, NULL, name, "not captured"});
        expect(ctr_container_stdio(container, number) == -EBADF, "%d is a pipe", number);
        expect(ctr_container_take_stdio(container, number) == -EBADF, "%d is a pipe", number);
    }
    begin_case("a_wait_with_a_wrong_timeout_is_refused");
    ctr_result result = CTR_RESULT_INIT;
    ctr_error* error = NULL;
    expect(ctr_wait(container, -2, &result, &error) == -EINVAL, "it waits");
    is_wanted(error, (struct wanted){CTR_ERR_INVALID, NULL, NULL, NULL});
    expect(runs(container), "the container has ended");
}

/* ---------------------------------------------------------------------------------------- descriptors */

/* That the setter has refused it, and that no start forgets it. */
static void is_refused(ctr_config* config, ctr_container* container, int said, struct wanted wanted)
{
    expect(said == -EINVAL, "the setter says %d", said);
    ctr_container* made = NULL;
    ctr_error* error = NULL;
    int answer =
        container == NULL ? ctr_spawn(config, &made, &error) : ctr_exec(container, config, NULL, &made, &error);
    expect(answer == -EINVAL && made == NULL, "it was started");
    is_wanted(error, wanted);
    ctr_config_free(config);
}

/* A container, or a further command where @container is one. */
static void closed_descriptors_are_named(ctr_container* container)
{
    begin_case("a_closed_descriptor_is_named_with_its_call_by_%s", container == NULL ? "ctr_spawn" : "ctr_exec");
    char number[16];
    snprintf(number, sizeof number, "%d", closed);
    struct wanted wanted = {CTR_ERR_INVALID, "ctr_config_add_fd", number, closed_is};
    ctr_config* config = process("exit", "0");
    is_refused(config, container, ctr_config_add_fd(config, closed, 3), wanted);
    config = process("exit", "0");
    wanted.call = "ctr_config_set_stdio";
    is_refused(config, container, ctr_config_set_stdio(config, 2, CTR_STDIO_FD, closed), wanted);
    config = process("exit", "0");
    wanted.call = "ctr_config_set_command_fd";
    is_refused(config, container, ctr_config_set_command_fd(config, closed), wanted);
    if (container != NULL)
        return;
    config = process("exit", "0");
    wanted.call = "ctr_config_add_mount_fd";
    is_refused(config, NULL, ctr_config_add_mount_fd(config, closed, "/data", 0), wanted);
    config = process("exit", "0");
    wanted.call = "ctr_config_join_namespace";
    is_refused(config, NULL, ctr_config_join_namespace(config, CTR_NAMESPACE_NET, closed), wanted);
}

static void numbers_are_given_once(ctr_container* container)
{
    begin_case("a_number_inside_is_given_once_by_%s", container == NULL ? "ctr_spawn" : "ctr_exec");
    ctr_config* config = process("exit", "0");
    ctr_config_add_fd(config, null, 5);
    ctr_config_add_fd(config, null, 5);
    struct wanted wanted = {CTR_ERR_INVALID, "ctr_config_add_fd", "5", "same number"};
    is_refused(config, container, -EINVAL, wanted);
    config = process("exit", "0");
    wanted = (struct wanted){CTR_ERR_INVALID, "ctr_config_add_fd", "2", "0 to 2 are stdio"};
    is_refused(config, container, ctr_config_add_fd(config, null, 2), wanted);
    begin_case("a_descriptor_that_is_not_passed_is_not_announced_by_%s", container == NULL ? "ctr_spawn" : "ctr_exec");
    config = process("exit", "0");
    ctr_config_add_fd(config, null, 3);
    ctr_config_set_listen_fds(config, 2);
    wanted = (struct wanted){CTR_ERR_INVALID, "ctr_config_set_listen_fds", "4", "not passed"};
    is_refused(config, container, -EINVAL, wanted);
}

static void options_are_refused(ctr_container* container, const ctr_spawn_options* options, struct wanted wanted)
{
    ctr_config* config = container == NULL ? config_for(root, "exit", "0", NULL) : process("exit", "0");
    ctr_config_add_fd(config, null, 6);
    ctr_container* made = NULL;
    ctr_error* error = NULL;
    int answer = container == NULL ? ctr_spawn_with(config, options, &made, &error)
                                   : ctr_exec(container, config, options, &made, &error);
    expect(answer == -EINVAL && made == NULL, "it was started");
    is_wanted(error, wanted);
    ctr_config_free(config);
}

static void options_name_their_member(ctr_container* container)
{
    begin_case("descriptors_of_options_are_checked_and_named_by_%s", container == NULL ? "ctr_spawn" : "ctr_exec");
    const char* call = container == NULL ? "ctr_spawn_with" : "ctr_exec";
    struct wanted wanted = {CTR_ERR_INVALID, call, "options.stdio[1]", closed_is};
    ctr_spawn_options options = CTR_SPAWN_OPTIONS_INIT;
    const int stdio[3] = {-1, closed, -1};
    options.stdio = stdio;
    options_are_refused(container, &options, wanted);
    options = (ctr_spawn_options)CTR_SPAWN_OPTIONS_INIT;
    ctr_fd_pair pairs[2] = {{null, 7}, {closed, 8}};
    options.fds = pairs;
    options.fd_count = 2;
    wanted.subject = "options.fds[1]";
    options_are_refused(container, &options, wanted);
    pairs[1] = pairs[0];
    wanted.message = "the number 7";
    options_are_refused(container, &options, wanted);
    options.fd_count = 1;
    pairs[0].inside_fd = 6; /* the config's */
    wanted = (struct wanted){CTR_ERR_INVALID, call, "options.fds[0]", "the number 6"};
    options_are_refused(container, &options, wanted);
    options = (ctr_spawn_options)CTR_SPAWN_OPTIONS_INIT;
    options.cancel_fd = closed;
    options_are_refused(container, &options, (struct wanted){CTR_ERR_INVALID, call, "options.cancel_fd", closed_is});
}

static void what_is_no_program_is_not_executed(ctr_container* container)
{
    begin_case("a_descriptor_that_is_no_program_is_not_executed");
    ctr_config* config = config_for(root, "exit", "0", NULL);
    ctr_config_set_command_fd(config, null);
    ctr_container* made = NULL;
    ctr_error* error = NULL;
    expect(ctr_spawn(config, &made, &error) < 0, "it was started");
    is_wanted(error, (struct wanted){CTR_ERR_NOT_EXECUTABLE, "ctr_config_set_command_fd", NULL, "not a regular file"});
    ctr_config_free(config);
    config = process("exit", "0");
    ctr_config_set_command_fd(config, null);
    error = NULL;
    expect(ctr_exec(container, config, NULL, &made, &error) < 0, "it was started");
    is_wanted(error, (struct wanted){CTR_ERR_NOT_EXECUTABLE, "ctr_config_set_command_fd", NULL, "not a regular file"});
    ctr_config_free(config);
}

static int close_one(void)
{
    int const high = fcntl(null, F_DUPFD_CLOEXEC, 200);
    close(high);
    return high;
}

int main(int count, char** words)
{
    if (count != 2)
        give_up("usage: bad_input PAYLOAD");
    start_watchdog(100);
    char* directory = make_directory();
    root = make_root(directory, words[1]);
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    closed = close_one();
    snprintf(closed_is, sizeof closed_is, "the file descriptor %d is not open", closed);
    int before = count_fds();
    ctr_container* container = spawned("block");
    what_has_ended_is_not_signalled();
    an_ended_command_is_not_signalled(container);
    wrong_arguments_end_nothing(container);
    ctr_container* const places[] = {NULL, container};
    for (size_t i = 0; i < 2; i++) {
        closed_descriptors_are_named(places[i]);
        numbers_are_given_once(places[i]);
        options_name_their_member(places[i]);
    }
    what_is_no_program_is_not_executed(container);
    begin_case("the_container_beside_all_these_mistakes_goes_on");
    expect(runs(container), "it has ended");
    expect(result_of(join(container, process("exit", "5"))).code == 5, "it takes no more commands");
    ctr_container_free(container);
    begin_case("nothing_is_left_of_mistakes");
    expect(all_gone(2000), "a process is left");
    expect(count_fds() == before, "%d descriptors before and %d after", before, count_fds());
    (void)close(null);
    remove_tree(directory);
    free(directory);
    return conclude();
}
