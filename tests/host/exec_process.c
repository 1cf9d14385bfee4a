/* SPDX-License-Identifier: MIT */
/* exec_process PAYLOAD: what a further command can have of its own, and what is the container's and stays so. */
#include "joined.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const char* root;
static const char* directory;

enum { patience_ms = 20000 };

static ctr_container* boxed(void (*shape)(ctr_config*))
{
    ctr_config* config = config_for(root, "block", NULL);
    if (shape != NULL)
        shape(config);
    ctr_container* container = spawn(config);
    ctr_config_free(config);
    return container;
}

/* That it is refused, in this step and about this. */
static void is_refused(ctr_container* container, ctr_config* config, const char* call, const char* subject)
{
    ctr_container* command = NULL;
    ctr_error* error = NULL;
    expect(ctr_exec(container, config, NULL, &command, &error) == -EINVAL, "it was not refused");
    if (expect(is_clear(error), "the error is not clear")) {
        expect(strcmp(ctr_error_call(error), call) == 0, "the call is \"%s\"", ctr_error_call(error));
        expect(strcmp(ctr_error_subject(error), subject) == 0, "the subject is \"%s\"", ctr_error_subject(error));
    }
    ctr_error_free(error);
    ctr_container_free(command);
    ctr_config_free(config);
}

/* --------------------------------------------------------------------------------------------- terminal */

/* What the terminal shows until `wanted` is in it, or its end: then NULL, with errno. */
static const char* shown(int master, const char* wanted)
{
    static char text[512];
    size_t length = 0;
    struct pollfd polled = {master, POLLIN, 0};
    text[0] = 0;
    while (strstr(text, wanted) == NULL) {
        if (poll(&polled, 1, patience_ms) != 1)
            return "nothing";
        ssize_t got = read(master, text + length, sizeof text - 1 - length);
        if (got <= 0)
            return text;
        length += (size_t)got;
        text[length] = 0;
    }
    return text;
}

static ctr_config* with_terminal(const char* word, const char* argument)
{
    ctr_config* config = process(word, argument);
    ctr_config_set_terminal(config, 24, 80);
    return config;
}

static void has_a_terminal(ctr_container* container)
{
    begin_case("a_further_command_has_a_terminal_of_its_own_with_its_size");
    ctr_container* command = join(container, with_terminal("terminal", "follow"));
    int const master = ctr_container_terminal(command);
    expect(master >= 0, "there is no terminal: %d", master);
    expect(strcmp(shown(master, "\n"), "24 80\r\n") == 0, "it shows something else");
    expect(ctr_resize(command, 50, 132, NULL) == 0, "it cannot be resized");
    expect(strstr(shown(master, "132\r\n"), "50 132") != NULL, "the new size is not told");
    begin_case("a_control_character_of_the_terminal_reaches_the_further_command_alone");
    expect(write(master, "\x03", 1) == 1, "nothing can be typed");
    ctr_result result = result_of(command);
    expect(result.kind == CTR_RESULT_SIGNALED && result.code == SIGINT, "kind %u, code %d", result.kind, result.code);
    expect(runs(container), "the container has ended");
    begin_case("a_further_command_with_a_terminal_leads_its_session_and_has_no_more_descriptors");
    command = join(container, with_terminal("fds", NULL));
    expect(strcmp(shown(ctr_container_terminal(command), "\n"), "0 1 2 \r\n") == 0, "it has other descriptors");
    ctr_container_free(command);
    command = join(container, with_terminal("session", NULL));
    expect(result_of(command).code == 0, "it leads no session");
}

static void has_a_terminal_for_its_user(ctr_container* container)
{
    begin_case("passed_descriptors_do_not_get_in_the_way_of_a_terminal");
    int ends[2];
    if (pipe(ends) != 0)
        give_up("no pipe");
    ctr_config* config = with_terminal("fds", NULL);
    for (int number = 3; number < 9; number++)
        ctr_config_add_fd(config, ends[0], number);
    ctr_container* command = join(container, config);
    expect(strcmp(shown(ctr_container_terminal(command), "\n"), "0 1 2 3 4 5 6 7 8 \r\n") == 0, "other descriptors");
    ctr_container_free(command);
    close(ends[0]);
    close(ends[1]);
    begin_case("two_further_commands_have_two_terminals_and_a_failed_one_leaves_none");
    int const before = count_fds();
    ctr_container* one = join(container, with_terminal("terminal", "follow"));
    ctr_container* other = join(container, with_terminal("terminal", NULL));
    expect(strcmp(shown(ctr_container_terminal(other), "\n"), "24 80\r\n") == 0, "it shows something else");
    ctr_container_free(other);
    const char* missing[] = {"/nowhere", NULL};
    config = with_terminal("exit", "0");
    ctr_config_set_command(config, missing);
    expect(join_code(container, config) == CTR_ERR_NO_COMMAND, "another code");
    ctr_container_free(one);
    expect(count_fds() == before, "%d descriptors before and %d after", before, count_fds());
}

static void cover_dev(ctr_config* config) { ctr_add_mount(config, NULL, "/dev", "tmpfs", 0, NULL); }

static void has_no_terminal_without_devpts(void)
{
    begin_case("a_container_without_a_devpts_of_its_own_gives_no_terminal_to_a_further_command");
    ctr_container* container = boxed(cover_dev);
    is_refused(container, with_terminal("terminal", NULL), "ctr_config_set_terminal", "/dev/pts");
    expect(runs(container), "the container has ended");
    ctr_container_free(container);
    begin_case("a_further_command_has_either_a_terminal_or_streams");
    container = boxed(NULL);
    ctr_config* config = with_terminal("terminal", NULL);
    ctr_config_set_stdio(config, 1, CTR_STDIO_NULL, -1);
    is_refused(container, config, "ctr_config_set_stdio", "terminal");
    ctr_container_free(container);
}

/* ----------------------------------------------------------------------------------------------- rights */

static int lacks(const char* status, int capability)
{
    return (strtoull(strchr(status, ':') + 1, NULL, 16) >> capability & 1) == 0;
}

enum { cap_chown = 0, cap_kill = 5, cap_net_admin = 12 };

static void keep_kill(ctr_config* config)
{
    ctr_config_drop_capability(config, "ALL");
    ctr_config_add_capability(config, "KILL");
    ctr_config_add_capability(config, "NET_ADMIN");
    ctr_config_add_rlimit(config, RLIMIT_NOFILE, 77, 88);
    ctr_config_set_cwd(config, "/proc");
}

static void has_no_more_than_the_container(void)
{
    begin_case("a_further_command_has_the_containers_capabilities_limits_and_directory");
    ctr_container* container = boxed(keep_kill);
    const char* status = said(container, process("status", "CapEff"));
    expect(lacks(status, cap_chown) && !lacks(status, cap_kill) && !lacks(status, cap_net_admin), "it has %s", status);
    expect(strcmp(said(container, process("files", NULL)), "77\n") == 0, "the limit is another one");
    expect(strcmp(said(container, process("where", NULL)), "/proc\n") == 0, "it is elsewhere");
    begin_case("a_further_command_drops_what_it_does_not_want");
    ctr_config* config = process("status", "CapBnd");
    ctr_config_drop_capability(config, "NET_ADMIN");
    status = said(container, config);
    expect(!lacks(status, cap_kill) && lacks(status, cap_net_admin), "it has %s", status);
    config = process("status", "CapEff");
    ctr_config_drop_capability(config, "ALL");
    ctr_config_add_capability(config, "KILL");
    status = said(container, config);
    expect(!lacks(status, cap_kill) && lacks(status, cap_net_admin), "it has %s", status);
    begin_case("a_further_command_gets_no_capability_that_the_container_has_not");
    config = process("exit", "0");
    ctr_config_add_capability(config, "CHOWN");
    is_refused(container, config, "ctr_config_add_capability", "CHOWN");
    begin_case("a_further_command_gains_no_privileges_where_the_container_refuses_them");
    config = process("exit", "0");
    ctr_config_set_new_privs(config, CTR_NEW_PRIVS_ALLOWED);
    is_refused(container, config, "ctr_config_set_new_privs", "no_new_privs");
    expect(strstr(said(container, process("status", "NoNewPrivs")), "1") != NULL, "the kernel says otherwise");
    ctr_container_free(container);
}

static void allow_privs(ctr_config* config) { ctr_config_set_new_privs(config, CTR_NEW_PRIVS_ALLOWED); }

static void may_gain_what_the_container_may(void)
{
    begin_case("a_further_command_may_gain_privileges_where_the_container_may_and_does_not_by_default");
    ctr_container* container = boxed(allow_privs);
    expect(strstr(said(container, process("status", "NoNewPrivs")), "1") != NULL, "it may by default");
    ctr_config* config = process("status", "NoNewPrivs");
    allow_privs(config);
    expect(strstr(said(container, config), "0") != NULL, "it may not");
    ctr_container_free(container);
}

/* ------------------------------------------------------------------------------------- user and process */

static void has_a_user_of_its_own(void)
{
    begin_case("a_further_command_has_a_user_of_its_own");
    if (!has_ranges()) {
        skip_case("the caller has no ranges of ids, or newuidmap is missing");
        return;
    }
    ctr_container* container = boxed(NULL);
    ctr_config* config = process("status", "Uid");
    ctr_config_set_user(config, "7:8");
    const char* text = said(container, config);
    expect(strcmp(text, "Uid:\t7\t7\t7\t7\n") == 0, "it has %s", text);
    config = process("status", "Gid");
    ctr_config_set_user(config, "7:8");
    text = said(container, config);
    expect(strcmp(text, "Gid:\t8\t8\t8\t8\n") == 0, "it has %s", text);
    config = process("status", "CapEff");
    ctr_config_set_user(config, "7:8");
    text = said(container, config);
    expect(strtoull(strchr(text, ':') + 1, NULL, 16) == 0, "it has %s", text);
    begin_case("the_terminal_of_a_further_command_belongs_to_its_user");
    config = with_terminal("owner", NULL);
    ctr_config_set_user(config, "7:8");
    ctr_container* command = join(container, config);
    expect(strcmp(shown(ctr_container_terminal(command), "\n"), "7\r\n") == 0, "it is somebody else's");
    ctr_container_free(command);
    ctr_container_free(container);
}

static void has_a_process_of_its_own(ctr_container* container)
{
    begin_case("a_further_command_has_a_directory_and_limits_of_its_own");
    ctr_config* config = process("where", NULL);
    ctr_config_set_cwd(config, "/proc");
    expect(strcmp(said(container, config), "/proc\n") == 0, "it is elsewhere");
    config = process("files", NULL);
    ctr_config_add_rlimit(config, RLIMIT_NOFILE, 55, 66);
    expect(strcmp(said(container, config), "55\n") == 0, "the limit is another one");
    begin_case("a_further_command_gets_its_grace_at_its_deadline");
    config = process("ignore-term", NULL);
    ctr_config_set_timeout(config, 100);
    ctr_config_set_kill_after(config, 150);
    ctr_result result = result_of(join(container, config));
    expect(result.kind == CTR_RESULT_TIMED_OUT && result.code == CTR_DEADLINE_WALL, "kind %u", result.kind);
    expect(result.wall_ns >= 240000000, "it was killed after %ju ms", (uintmax_t)result.wall_ns / 1000000);
    begin_case("a_silent_further_command_is_ended");
    config = process("block", NULL);
    ctr_config_set_stdio(config, 1, CTR_STDIO_CAPTURE, -1);
    ctr_config_set_silence_timeout(config, 150);
    result = result_of(join(container, config));
    expect(result.kind == CTR_RESULT_TIMED_OUT && result.code == CTR_DEADLINE_SILENCE, "kind %u", result.kind);
    expect(runs(container), "the container has ended");
}

static void differs_by_options(ctr_container* container)
{
    begin_case("options_of_the_call_differ_from_the_config_of_a_further_command");
    ctr_config* config = process("where", NULL);
    const char* argv[] = {"/payload", "status", "Pid", NULL};
    ctr_spawn_options options = CTR_SPAWN_OPTIONS_INIT;
    options.argv = argv;
    ctr_config_set_stdio(config, 1, CTR_STDIO_CAPTURE, -1);
    ctr_container* command = NULL;
    expect(ctr_exec(container, config, &options, &command, NULL) == 0, "ctr_exec");
    ctr_result result = CTR_RESULT_INIT;
    ctr_wait(command, patience_ms, &result, NULL);
    char text[64] = "";
    ctr_output output = CTR_OUTPUT_INIT;
    ctr_container_output(command, 1, 0, text, sizeof text - 1, &output, NULL);
    expect(strncmp(text, "Pid:", 4) == 0, "it says %s", text);
    ctr_container_free(command);
    ctr_config_free(config);
}

/* ------------------------------------------------------------------------------------------------- ends */

static void is_bounded_by_the_set_up_deadline(ctr_container* container)
{
    begin_case("a_further_command_whose_streams_fail_is_told_with_the_path_and_nothing_is_left");
    int const before = count_fds();
    char* fifo = path_in(directory, "fifo");
    if (mkfifo(fifo, 0666) != 0)
        give_up("no named pipe");
    ctr_config* config = process("exit", "0");
    ctr_config_set_stdio_file(config, 1, fifo, 0);
    ctr_container* command = NULL;
    ctr_error* error = NULL;
    expect(ctr_exec(container, config, NULL, &command, &error) < 0, "it was started");
    expect(error != NULL && strcmp(ctr_error_subject(error), fifo) == 0, "the path is not named");
    ctr_error_free(error);
    ctr_config_free(config);
    free(fifo);
    expect(count_fds() == before, "%d descriptors before and %d after", before, count_fds());
}

int main(int count, char** words)
{
    if (count != 2)
        give_up("usage: exec_process PAYLOAD");
    start_watchdog(200);
    char* made = make_directory();
    directory = made;
    root = make_root(directory, words[1]);
    int before = count_fds();
    ctr_container* container = boxed(NULL);
    has_a_terminal(container);
    has_a_terminal_for_its_user(container);
    has_a_process_of_its_own(container);
    differs_by_options(container);
    is_bounded_by_the_set_up_deadline(container);
    ctr_container_free(container);
    has_no_terminal_without_devpts();
    has_no_more_than_the_container();
    may_gain_what_the_container_may();
    has_a_user_of_its_own();
    begin_case("nothing_is_left_of_all_these");
    expect(all_gone(2000), "a process is left");
    expect(count_fds() == before, "%d descriptors before and %d after", before, count_fds());
    remove_tree(directory);
    free(made);
    return conclude();
}
