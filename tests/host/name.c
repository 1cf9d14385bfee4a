/* SPDX-License-Identifier: MIT */
/* name PAYLOAD: containers with a name, found by processes that did not start them. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char* directory;
static const char* root;
static char* state;

static ctr_config* named(const char* name, uint64_t flags, const char* word, const char* argument)
{
    ctr_config* config = config_for(root, word, argument, NULL);
    expect(ctr_config_set_name(config, name, flags) == 0, "set_name");
    expect(ctr_config_set_state_directory(config, state) == 0, "set_state_directory");
    ctr_config_set_stdio(config, 1, CTR_STDIO_CAPTURE, -1);
    return config;
}

static ctr_container* started(const char* name, uint64_t flags, const char* word, const char* argument)
{
    ctr_config* config = named(name, flags, word, argument);
    ctr_container* container = spawn(config);
    ctr_config_free(config);
    return container;
}

static ctr_container* opened(const char* name, uint64_t flags)
{
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    if (ctr_open(state, name, flags, &container, &error) != 0)
        print_error("ctr_open", error);
    ctr_error_free(error);
    return container;
}

static int open_code(const char* place, const char* name, uint64_t flags)
{
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    int const result = ctr_open(place, name, flags, &container, &error);
    int const code = result == 0 ? 0 : ctr_error_code(error);
    expect(code == 0 || *ctr_error_message(error) != '\0', "the error says nothing");
    ctr_error_free(error);
    ctr_container_free(container);
    return code;
}

static int remove_code(const char* name)
{
    ctr_error* error = NULL;
    int const code = ctr_remove(state, name, &error) == 0 ? 0 : ctr_error_code(error);
    ctr_error_free(error);
    return code;
}

static ctr_info info_of(ctr_container* container)
{
    ctr_info info = CTR_INFO_INIT;
    expect(ctr_container_info(container, &info, NULL) == 0, "ctr_container_info");
    return info;
}

static ctr_result result_of(ctr_container* container)
{
    ctr_result result = CTR_RESULT_INIT;
    ctr_error* error = NULL;
    if (!expect(ctr_wait(container, 10000, &result, &error) == 0, "ctr_wait"))
        print_error("ctr_wait", error);
    ctr_error_free(error);
    return result;
}

static int count_names(void)
{
    char** names = NULL;
    int count = 0;
    if (!expect(ctr_names(state, &names, NULL) == 0, "ctr_names"))
        return -1;
    while (names[count] != NULL)
        count++;
    free(names);
    return count;
}

static const char* output_of(ctr_container* container, uint64_t offset, ctr_output* output)
{
    static char text[200000];
    memset(text, 0, sizeof text);
    expect(ctr_container_output(container, 1, offset, text, sizeof text - 1, output, NULL) == 0, "output");
    return text;
}

static void find_by_name(void)
{
    begin_case("a named container is found, seen and ended by its name");
    ctr_container* mine = started("first", 0, "block", NULL);
    ctr_container* other = opened("first", 0);
    if (!mine || !other) {
        expect(0, "nothing was started or opened");
        return;
    }
    ctr_info const info = info_of(other);
    expect(info.state == CTR_STATE_RUNNING, "state %u", info.state);
    expect(info.pid > 0 && kill(info.pid, 0) == 0, "pid %d", info.pid);
    expect(info.created_ns > 0 && info.ended_ns == 0, "the times");
    expect(info.pause_method == CTR_PAUSE_SIGNALS, "pause method %u", info.pause_method);
    expect(strcmp(ctr_container_name(other), "first") == 0, "the name");
    expect(strcmp(ctr_container_command(other)[0], "/payload") == 0, "the command");
    expect(count_names() == 1, "the list");
    struct pollfd polled = {ctr_container_pidfd(other), POLLIN, 0};
    expect(poll(&polled, 1, 0) == 0, "the pidfd of a running container is readable");
    expect(ctr_kill(other, SIGTERM, CTR_KILL_COMMAND, NULL) == 0, "kill");
    ctr_result const result = result_of(other);
    expect(result.kind == CTR_RESULT_SIGNALED && result.code == SIGTERM, "kind %u code %d", result.kind, result.code);
    expect(result_of(mine).code == SIGTERM, "the starter sees another end");
    expect(ctr_kill(other, SIGTERM, CTR_KILL_COMMAND, NULL) == -ESRCH, "an ended one is killed");
    ctr_container_free(other);
    ctr_container_free(mine);

    begin_case("the result is there after the end, until the name is removed");
    other = opened("first", 0);
    expect(other && info_of(other).state == CTR_STATE_ENDED && info_of(other).ended_ns > 0, "the state");
    expect(other && result_of(other).code == SIGTERM, "the result");
    ctr_event event = CTR_EVENT_INIT;
    expect(ctr_next_event(other, &event, NULL) == 0 && event.kind == CTR_EVENT_ENDED, "the last event");
    expect(ctr_kill(other, SIGTERM, CTR_KILL_ALL, NULL) != 0, "an ended one is killed");
    ctr_container_free(other);
    expect(remove_code("first") == 0, "remove");
    expect(open_code(state, "first", 0) == CTR_ERR_NOT_FOUND, "it is still there");
    expect(remove_code("first") == CTR_ERR_NOT_FOUND, "removed twice");
}

static void refuse_second(void)
{
    begin_case("a name that is taken is refused, and nothing is started");
    ctr_container* mine = started("twice", 0, "block", NULL);
    int const fds = count_fds();
    ctr_config* config = named("twice", 0, "block", NULL);
    ctr_container* second = NULL;
    ctr_error* error = NULL;
    expect(ctr_spawn(config, &second, &error) == -EEXIST, "spawned");
    expect(ctr_error_code(error) == CTR_ERR_EXISTS && is_clear(error) && *ctr_error_hint(error), "the error");
    ctr_error_free(error);
    expect(count_fds() - fds <= 2, "descriptors"); /* of the config: its program and its output */
    expect(remove_code("twice") == CTR_ERR_EXISTS, "a running one is removed");
    expect(ctr_kill(mine, SIGKILL, CTR_KILL_ALL, NULL) == 0, "kill");
    ctr_result const result = result_of(mine);
    expect(result.kind == CTR_RESULT_KILLED, "kind %u", result.kind);
    expect(ctr_spawn(config, &second, NULL) == -EEXIST, "the name of an ended one is taken away");
    expect(remove_code("twice") == 0, "remove");
    second = spawn(config);
    expect(second != NULL, "a free name");
    ctr_config_free(config);
    ctr_container_free(mine);
    ctr_container_free(second); /* ends it */
    ctr_container* third = opened("twice", 0);
    expect(third && result_of(third).code == SIGKILL, "what its starter ended is not written down");
    ctr_container_free(third);
    expect(remove_code("twice") == 0, "remove");
}

/* The starter is another process, and gone before anybody looks. */
static void leave_behind(const char* name, const char* word, const char* argument)
{
    pid_t const child = fork();
    if (child == 0) {
        ctr_config* config = named(name, 0, word, argument);
        ctr_config_set_host_death(config, CTR_HOST_DEATH_LEAVES);
        ctr_container* container = spawn(config);
        _exit(container == NULL ? 1 : 0); /* without a word */
    }
    int status = 0;
    expect(waitpid(child, &status, 0) == child && status == 0, "the starter failed");
}

static void survive(void)
{
    begin_case("a container outlives its starter and runs further commands for others");
    leave_behind("alone", "block", NULL);
    ctr_container* container = opened("alone", 0);
    ctr_config* config = ctr_config_new();
    const char* argv[] = {"/payload", "exit", "7", NULL};
    ctr_config_set_command(config, argv);
    ctr_container* command = NULL;
    ctr_error* error = NULL;
    if (!expect(ctr_exec(container, config, NULL, &command, &error) == 0, "exec"))
        print_error("ctr_exec", error);
    expect(command && result_of(command).code == 7, "the further command");
    ctr_container_free(command);
    begin_case("a further command ends with the handle of who started it");
    const char* blocking[] = {"/payload", "block", NULL};
    ctr_config_set_command(config, blocking);
    expect(ctr_exec(container, config, NULL, &command, NULL) == 0, "exec");
    int const pidfd = (int)syscall(SYS_pidfd_open, 1, 0); /* any descriptor to poll for a while */
    close(pidfd);
    struct pollfd polled = {fcntl(ctr_container_pidfd(command), F_DUPFD_CLOEXEC, 3), POLLIN, 0};
    expect(poll(&polled, 1, 0) == 0, "it does not run");
    ctr_container_free(command);
    expect(poll(&polled, 1, 3000) == 1, "it goes on");
    close(polled.fd);
    ctr_config_free(config);
    expect(info_of(container).state == CTR_STATE_RUNNING, "the container went with it");
    ctr_container_free(container);

    begin_case("freeing a handle that was opened ends nothing");
    container = opened("alone", 0);
    expect(container && info_of(container).state == CTR_STATE_RUNNING, "it ended");
    expect(ctr_kill(container, SIGKILL, CTR_KILL_ALL, NULL) == 0, "kill all");
    ctr_result const result = result_of(container);
    expect(result.kind == CTR_RESULT_KILLED, "kind %u", result.kind);
    ctr_container_free(container);
    expect(remove_code("alone") == 0, "remove");
}

static int is_stopped(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    char* text = read_text(path);
    char const* mark = text ? strrchr(text, ')') : NULL;
    int const stopped = mark && mark[2] == 'T';
    free(text);
    return stopped;
}

static pid_t child_of(pid_t parent)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    char* text = read_text(path);
    pid_t const child = text ? (pid_t)atoi(text) : 0;
    free(text);
    return child;
}

static void pause_and_resume(void)
{
    begin_case("a paused container stands still, a resumed one goes on");
    ctr_container* mine = started("still", 0, "tick", "1000");
    ctr_container* other = opened("still", 0);
    pid_t const command = child_of(info_of(other).pid);
    expect(ctr_pause(other, NULL) == 0, "pause");
    for (int i = 0; i < 100 && !is_stopped(command); i++)
        sleep_ms(10);
    expect(is_stopped(command), "it is not stopped");
    expect(info_of(mine).state == CTR_STATE_PAUSED, "the state of the starter's handle");
    expect(info_of(other).state == CTR_STATE_PAUSED, "the state of the opened handle");
    expect(ctr_pause(mine, NULL) == 0, "twice");
    ctr_config* config = ctr_config_new();
    ctr_config_set_command(config, (const char* const[]){"/payload", "exit", "0", NULL});
    ctr_container* further = NULL;
    ctr_error* error = NULL;
    expect(ctr_exec(mine, config, NULL, &further, &error) == -EAGAIN && ctr_error_code(error) == CTR_ERR_AGAIN,
           "a command begins in a paused container");
    expect(further == NULL && strstr(ctr_error_message(error), "paused") != NULL, "the error says %s",
           ctr_error_message(error));
    ctr_error_free(error);
    expect(ctr_resume(mine, NULL) == 0, "resume");
    for (int i = 0; i < 100 && is_stopped(command); i++)
        sleep_ms(10);
    expect(!is_stopped(command), "it is still stopped");
    expect(ctr_exec(mine, config, NULL, &further, NULL) == 0, "no command begins after the pause");
    ctr_container_free(further);
    ctr_config_free(config);
    expect(info_of(other).state == CTR_STATE_RUNNING, "the state");
    expect(ctr_pause(other, NULL) == 0 && ctr_kill(other, SIGKILL, CTR_KILL_ALL, NULL) == 0, "killing a paused one");
    expect(result_of(mine).kind == CTR_RESULT_SIGNALED, "the end of a paused one");
    expect(ctr_pause(mine, NULL) == -ESRCH && ctr_resume(other, NULL) == -ESRCH, "pausing an ended one");
    ctr_container_free(other);
    ctr_container_free(mine);
    expect(remove_code("still") == 0, "remove");
}

static void keep_logs(void)
{
    begin_case("output is kept in the state directory, and read after the end by others");
    leave_behind("words", "count", "12");
    ctr_container* container = opened("words", 0);
    expect(container && result_of(container).kind == CTR_RESULT_EXITED, "the end");
    ctr_container_free(container);
    container = opened("words", CTR_OPEN_LOOK);
    ctr_output output = CTR_OUTPUT_INIT;
    expect(strstr(output_of(container, 0, &output), "\n11\n12\n") != NULL, "the output is lost");
    ctr_container_free(container);
    expect(remove_code("words") == 0, "remove");

    begin_case("of a log the last bytes are kept, whole lines in order");
    ctr_config* config = named("log", 0, "count", "100000");
    ctr_config_set_capture_limit(config, 50000);
    ctr_config_set_capture_keep(config, CTR_KEEP_LAST);
    container = spawn(config);
    ctr_config_free(config);
    expect(container && result_of(container).code == 0, "the end");
    char const* text = output_of(container, 0, &output);
    expect(output.seen == 588895 && output.stored == 50000 && output.first == 538895, "seen %llu stored %llu",
           (unsigned long long)output.seen, (unsigned long long)output.stored);
    expect(output.copied == 50000, "copied %llu", (unsigned long long)output.copied);
    char const* line = strchr(text, '\n');
    int next = line ? atoi(line + 1) : 0;
    int wrong = 0;
    for (; line && line[1] != '\0'; line = strchr(line + 1, '\n'))
        wrong += atoi(line + 1) != next++;
    expect(wrong == 0 && next == 100001, "%d lines are wrong, the last is %d", wrong, next - 1);
    expect(strcmp(output_of(container, 588888, &output), "100000\n") == 0, "from an offset");
    ctr_container_free(container);
    expect(remove_code("log") == 0, "remove");

    begin_case("a stream without a name keeps its last bytes in memory");
    config = config_for(root, "count", "100000", NULL);
    ctr_config_set_stdio(config, 1, CTR_STDIO_CAPTURE, -1);
    ctr_config_set_capture_limit(config, 10);
    ctr_config_set_capture_keep(config, CTR_KEEP_LAST);
    container = spawn(config);
    ctr_config_free(config);
    expect(container && result_of(container).code == 0, "the end");
    text = output_of(container, 0, &output);
    expect(strcmp(text, "99\n100000\n") == 0, "it says \"%s\"", text);
    ctr_container_free(container);
}

static void lose(void)
{
    begin_case("a container whose ctr-init is killed is lost, and its name can be freed");
    leave_behind("lost", "block", NULL);
    ctr_container* container = opened("lost", 0);
    pid_t const init = info_of(container).pid;
    expect(init > 1 && kill(init, SIGKILL) == 0, "kill ctr-init");
    expect(result_of(container).kind == CTR_RESULT_LOST, "the result");
    expect(info_of(container).state == CTR_STATE_LOST, "the state");
    ctr_container_free(container);
    container = opened("lost", CTR_OPEN_LOOK);
    expect(container && info_of(container).state == CTR_STATE_LOST, "the state for those who look");
    ctr_container_free(container);
    expect(remove_code("lost") == 0, "remove");

    begin_case("a ctr-init that is stopped is told, and can be looked at");
    leave_behind("stuck", "block", NULL);
    container = opened("stuck", 0);
    pid_t const stuck = info_of(container).pid;
    expect(stuck > 1 && kill(stuck, SIGSTOP) == 0, "stop ctr-init");
    expect(open_code(state, "stuck", 0) == CTR_ERR_TIMED_OUT, "it was opened");
    ctr_container* look = opened("stuck", CTR_OPEN_LOOK);
    expect(look && info_of(look).state == CTR_STATE_RUNNING, "the state");
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_wait(look, 0, &result, NULL) == -EINVAL, "waiting by looking");
    expect(ctr_kill(look, SIGTERM, CTR_KILL_COMMAND, NULL) == -EINVAL, "killing by looking");
    ctr_container_free(look);
    kill(stuck, SIGKILL);
    (void)result_of(container);
    ctr_container_free(container);
    expect(remove_code("stuck") == 0, "remove");
}

static void free_at_end(void)
{
    begin_case("a name that goes with the container is free after it, whoever sees the end");
    ctr_container* mine = started("brief", CTR_NAME_REMOVE, "exit", "3");
    expect(mine && result_of(mine).code == 3, "the end");
    expect(open_code(state, "brief", 0) == CTR_ERR_NOT_FOUND, "it is still there");
    ctr_container_free(mine);
    mine = started("brief", CTR_NAME_REMOVE, "block", NULL);
    ctr_container_free(mine);
    expect(open_code(state, "brief", 0) == CTR_ERR_NOT_FOUND, "freeing left it");
    expect(count_names() == 0, "the list");
}

static void leave_successors(void)
{
    begin_case("a name that was taken by another since is left to it");
    ctr_container* first = started("heir", CTR_NAME_REMOVE, "exit", "3");
    expect(first && result_of(first).code == 3, "the end");
    ctr_container* second = started("heir", 0, "exit", "4");
    expect(second && result_of(second).code == 4, "the end of the other");
    ctr_container_free(first);
    ctr_container_free(second);
    second = opened("heir", 0);
    expect(second && result_of(second).code == 4, "it was taken away");
    ctr_container_free(second);
    expect(remove_code("heir") == 0, "remove");
}

static void attach_many(void)
{
    begin_case("sixteen may have it open, and the next is told");
    ctr_container* mine = started("many", 0, "block", NULL);
    ctr_container* others[16];
    for (int i = 0; i < 16; i++)
        others[i] = opened("many", 0);
    expect(open_code(state, "many", 0) == CTR_ERR_LIMIT, "one more");
    for (int i = 0; i < 16; i++)
        ctr_container_free(others[i]);
    expect(open_code(state, "many", 0) == 0, "when they are gone");
    ctr_container_free(mine);
    expect(remove_code("many") == 0, "remove");
}

static void keep_out_the_inside(void)
{
    begin_case("what runs inside cannot attach, even where it sees the socket");
    ctr_config* config = named("inner", 0, "knock", "/state/inner/control");
    ctr_add_mount(config, state, "/state", NULL, 0x1000 /* MS_BIND */, NULL);
    ctr_container* mine = spawn(config);
    ctr_config_free(config);
    expect(mine && result_of(mine).code == 0, "the end");
    ctr_output output = CTR_OUTPUT_INIT;
    char const* said = output_of(mine, 0, &output);
    expect(strcmp(said, "refused\n") == 0, "it says \"%s\"", said);
    ctr_container_free(mine);
    expect(remove_code("inner") == 0, "remove");
}

static void refuse_bad(void)
{
    begin_case("what cannot be a name, a directory or a flag is refused by its setter");
    ctr_config* config = ctr_config_new();
    char long_name[301];
    memset(long_name, 'x', 300);
    long_name[300] = '\0';
    char const* const bad[] = {"", "a/b", "..", ".hidden", "-x", "a b", "a\n", "\xc3\xa4", long_name, NULL};
    for (int i = 0; bad[i] != NULL; i++) {
        expect(ctr_config_set_name(config, bad[i], 0) == -EINVAL, "\"%s\" is a name", bad[i]);
        expect(open_code(state, bad[i], 0) == CTR_ERR_INVALID, "\"%s\" is opened", bad[i]);
    }
    expect(ctr_config_set_name(config, NULL, 0) == -EINVAL && ctr_config_set_name(config, "x", 2) == -EINVAL, "flags");
    expect(ctr_config_set_state_directory(config, "relative") == -EINVAL, "a relative directory");
    expect(open_code("relative", "x", 0) == CTR_ERR_INVALID, "a relative directory is opened");
    expect(open_code(state, "x", 8) == CTR_ERR_INVALID, "an unknown flag");
    expect(ctr_open(state, "x", 0, NULL, NULL) == -EINVAL && ctr_names(NULL, NULL, NULL) == -EINVAL, "NULL");
    ctr_config_free(config);

    begin_case("a name without a directory, or with what cannot be attached to, is refused");
    config = config_for(root, "exit", NULL);
    ctr_config_set_name(config, "homeless", 0);
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    expect(ctr_spawn(config, &container, &error) == -EINVAL, "no directory");
    expect(strcmp(ctr_error_call(error), "ctr_config_set_name") == 0, "the call");
    ctr_error_free(error);
    ctr_config_set_state_directory(config, state);
    ctr_config_set_init(config, CTR_INIT_OUTSIDE);
    expect(ctr_spawn(config, &container, NULL) == -EINVAL, "ctr-init outside");
    ctr_config_free(config);
}

static int spawn_code(const char* place)
{
    ctr_config* config = named("guest", 0, "exit", NULL);
    ctr_config_set_state_directory(config, place);
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    int const code = ctr_spawn(config, &container, &error) == 0 ? 0 : ctr_error_code(error);
    expect(code == 0 || is_clear(error), "the error is not clear");
    ctr_error_free(error);
    ctr_container_free(container);
    ctr_config_free(config);
    return code;
}

static void distrust(void)
{
    begin_case("a state directory that is not the caller's own is not used");
    char* place = path_in(directory, "others");
    char* link = path_in(directory, "link");
    char* deep = path_in(directory, "missing/deep");
    expect(mkdir(place, 0777) == 0 && chmod(place, 0777) == 0 && symlink(state, link) == 0, "prepare");
    expect(spawn_code(place) == CTR_ERR_DENIED, "one that others may write to");
    expect(open_code(place, "x", 0) == CTR_ERR_DENIED, "opening in it");
    expect(spawn_code(link) != 0, "a link");
    expect(spawn_code(deep) == CTR_ERR_NOT_FOUND, "a missing parent");
    expect(spawn_code("/") == (getuid() == 0 ? 0 : CTR_ERR_DENIED), "somebody else's");
    if (getuid() == 0)
        ctr_remove("/", "guest", NULL);
    free(place);
    free(link);
    free(deep);

    begin_case("what stands in it and cannot be understood is an error that names it, and can be removed");
    char const* const contents[] = {"", "ctr-info-1", "ctr-info-1\n1\n", "\xff\xff", NULL};
    for (int i = 0; contents[i] != NULL; i++) {
        char* broken = path_in(state, "broken");
        char* info = path_in(broken, "info");
        char* record = path_in(broken, "record");
        mkdir(broken, 0700);
        write_text(info, contents[i]);
        write_text(record, contents[i]);
        expect(open_code(state, "broken", 0) == CTR_ERR_FAILED, "content %d was understood", i);
        expect(count_names() == 1, "it is not listed");
        expect(remove_code("broken") == 0, "remove");
        free(broken);
        free(info);
        free(record);
    }
    char* broken = path_in(state, "broken");
    char* info = path_in(broken, "info");
    mkdir(broken, 0700);
    expect(mkfifo(info, 0600) == 0, "mkfifo");
    expect(open_code(state, "broken", 0) != 0, "a FIFO was read");
    expect(remove_code("broken") == 0, "remove a FIFO");
    expect(symlink("/etc/passwd", broken) == 0 && open_code(state, "broken", 0) != 0, "a link was followed");
    expect(unlink(broken) == 0, "the link is gone");
    free(broken);
    free(info);
}

/* A starter that does nothing else, killed at a moment of its life. */
static void kill_starters(void)
{
    begin_case("starters killed at any moment leave nothing that is not seen or swept, and names stay usable");
    for (int round = 0; round < 60; round++) {
        pid_t const child = fork();
        if (child == 0) {
            while (1) {
                ctr_config* config = named("victim", CTR_NAME_REMOVE, "exit", "0");
                ctr_container* container = NULL;
                ctr_result result = CTR_RESULT_INIT;
                if (ctr_spawn(config, &container, NULL) == 0)
                    ctr_wait(container, -1, &result, NULL);
                ctr_container_free(container);
                ctr_config_free(config);
            }
        }
        usleep((useconds_t)(1000 + (round * 7919) % 20000));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        expect(all_gone(3000), "round %d left a process", round);
        ctr_config* config = named("victim", CTR_NAME_REMOVE, "exit", "0");
        ctr_container* container = spawn(config);
        if (!expect(container != NULL, "round %d: the name is not free", round))
            round = 1000;
        if (container)
            (void)result_of(container);
        ctr_container_free(container);
        ctr_config_free(config);
    }
    expect(count_names() == 0, "names are left");
    char* left = list_tree(state);
    expect(strchr(left, '\n') == strrchr(left, '\n'), "left: %s", left); /* itself */
    free(left);
}

/* Many that want one name at once. */
static void race_for_name(void)
{
    begin_case("of many that want one name at once, one has it");
    pid_t children[8];
    for (int i = 0; i < 8; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            ctr_config* config = named("wanted", 0, "block", NULL);
            ctr_config_set_host_death(config, CTR_HOST_DEATH_LEAVES);
            ctr_container* container = NULL;
            int const result = ctr_spawn(config, &container, NULL);
            _exit(result == 0 ? 0 : result == -EEXIST ? 1 : 2);
        }
    }
    int winners = 0;
    int strange = 0;
    for (int i = 0; i < 8; i++) {
        int status = 0;
        waitpid(children[i], &status, 0);
        winners += status == 0;
        strange += status != 0 && WEXITSTATUS(status) != 1;
    }
    expect(winners == 1 && strange == 0, "%d have it, %d failed otherwise", winners, strange);
    ctr_container* container = opened("wanted", 0);
    expect(ctr_kill(container, SIGKILL, CTR_KILL_ALL, NULL) == 0, "kill");
    (void)result_of(container);
    ctr_container_free(container);
    expect(remove_code("wanted") == 0, "remove");
}

int main(int argc, char** argv)
{
    if (argc < 2)
        give_up("usage: name PAYLOAD");
    start_watchdog(200);
    directory = make_directory();
    root = make_root(directory, argv[1]);
    state = path_in(directory, "state");
    adopt_orphans();
    find_by_name();
    refuse_second();
    survive();
    pause_and_resume();
    keep_logs();
    lose();
    free_at_end();
    leave_successors();
    attach_many();
    keep_out_the_inside();
    refuse_bad();
    distrust();
    kill_starters();
    race_for_name();
    begin_case("nothing is left");
    expect(all_gone(3000), "a process is left");
    remove_tree(directory);
    return conclude();
}
