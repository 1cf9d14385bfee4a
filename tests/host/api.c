/* SPDX-License-Identifier: MIT */
/* api PAYLOAD: the manners of the C API: handles, errors, results. Bad arguments are in arguments.c. */
#include "json.h"
#include "support.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static const char* root;

static int same(const char* one, const char* other) { return one != NULL && other != NULL && strcmp(one, other) == 0; }

static ctr_container* spawn_words(const char* word, const char* argument)
{
    ctr_config* config = config_for(root, word, argument, NULL);
    ctr_container* container = spawn(config);
    ctr_config_free(config);
    return container;
}

/* ---------------------------------------------------------------------------------------- wait and kill */

static void wait_twice(void)
{
    begin_case("waiting_again_gives_the_same_result_again");
    ctr_container* container = spawn_words("exit", "42");
    ctr_result results[3] = {CTR_RESULT_INIT, CTR_RESULT_INIT, CTR_RESULT_INIT};
    for (int i = 0; i < 3; i++)
        expect(ctr_wait(container, i == 1 ? 0 : -1, &results[i], NULL) == 0, "wait %d", i);
    expect(results[0].kind == CTR_RESULT_EXITED && results[0].code == 42, "code %d", results[0].code);
    expect(memcmp(&results[0], &results[1], sizeof *results) == 0 &&
               memcmp(&results[0], &results[2], sizeof *results) == 0,
           "the results differ");
    expect(results[0].wall_source == CTR_SOURCE_CLOCK && results[0].wall_ns > 50000, "%ju ns",
           (uintmax_t)results[0].wall_ns);
    expect(ctr_kill(container, SIGTERM, CTR_KILL_COMMAND, NULL) == -ESRCH, "a signal to an ended command");
    ctr_error* error = NULL;
    expect(ctr_kill(container, SIGKILL, CTR_KILL_ALL, &error) == -ESRCH, "a kill of an ended container");
    expect(ctr_error_code(error) == CTR_ERR_ENDED && is_clear(error), "the error is not clear");
    ctr_error_free(error);
    ctr_container_free(container);
}

static void wait_with_timeout(void)
{
    begin_case("a_wait_that_passes_touches_and_kills_nothing");
    ctr_container* container = spawn_words("block", NULL);
    ctr_result result;
    ctr_result before;
    ctr_error* error = NULL;
    memset(&result, 0x5a, sizeof result);
    result.size = sizeof result;
    before = result;
    uint64_t begun = now_ns();
    expect(ctr_wait(container, 0, &result, NULL) == -ETIMEDOUT, "a poll");
    expect(ctr_wait(container, 50, &result, &error) == -ETIMEDOUT, "a wait of 50 ms");
    uint64_t taken = (now_ns() - begun) / 1000000;
    expect(taken >= 49 && taken < 5000, "it took %ju ms", (uintmax_t)taken);
    expect(ctr_error_code(error) == CTR_ERR_TIMED_OUT && is_clear(error), "the error is not clear");
    expect(memcmp(&result, &before, sizeof result) == 0, "the result was touched");
    ctr_error_free(error);
    struct pollfd ended = {ctr_container_pidfd(container), POLLIN, 0};
    expect(poll(&ended, 1, 0) == 0, "it has ended");

    begin_case("a_pidfd_polls_readable_when_the_container_has_ended");
    expect(ctr_kill(container, SIGTERM, CTR_KILL_COMMAND, NULL) == 0, "ctr_kill");
    expect(poll(&ended, 1, 5000) == 1 && (ended.revents & POLLIN) != 0, "it does not poll");
    expect(ctr_wait(container, 0, &result, NULL) == 0, "a poll after the end");
    expect(result.kind == CTR_RESULT_SIGNALED && result.code == SIGTERM, "kind %u, code %d", result.kind, result.code);
    ctr_container_free(container);
}

static void bad_signals(void)
{
    begin_case("what_is_no_signal_is_refused_and_harms_nothing");
    ctr_container* container = spawn_words("block", NULL);
    const int bad[] = {-1, 0, 65, 1000};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect(ctr_kill(container, bad[i], CTR_KILL_COMMAND, NULL) == -EINVAL, "signal %d", bad[i]);
    expect(ctr_kill(container, SIGTERM, CTR_KILL_ALL, NULL) == -EINVAL, "SIGTERM to everything");
    expect(ctr_kill(container, SIGTERM, 7, NULL) == -EINVAL, "to nobody known");
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_wait(container, 50, &result, NULL) == -ETIMEDOUT, "it has ended");
    ctr_container_free(container);
}

static void free_kills(void)
{
    begin_case("ctr_container_free_kills_and_reaps");
    adopt_orphans();
    uint64_t begun = now_ns();
    ctr_container* container = spawn_words("family", NULL);
    ctr_container_free(container);
    expect(no_children(), "a process is left");
    expect(now_ns() - begun < 5000000000U, "it took long");
}

/* ------------------------------------------------------------------------------------- config and errors */

static void reuse(void)
{
    begin_case("a_config_can_be_used_again_and_freed_before_the_wait");
    ctr_config* config = config_for(root, "exit", "6", NULL);
    ctr_container* containers[3] = {spawn(config), spawn(config), spawn(config)};
    ctr_config_free(config);
    for (int i = 0; i < 3; i++) {
        ctr_result result = CTR_RESULT_INIT;
        expect(ctr_wait(containers[i], -1, &result, NULL) == 0 && result.code == 6, "container %d", i);
        ctr_container_free(containers[i]);
    }
}

static void copied_arguments(void)
{
    begin_case("what_is_passed_in_is_copied");
    char program[] = "/payload";
    char word[] = "exit";
    char number[] = "8";
    char* words[] = {program, word, number, NULL};
    ctr_config* config = ctr_config_new();
    char* place = strdup(root);
    ctr_config_set_rootfs(config, place);
    ctr_config_set_command(config, (const char* const*)words);
    memset(place, 'x', strlen(place));
    free(place);
    number[0] = '1';
    words[0] = NULL;
    expect(run(config) == 8, "the exit status");
    ctr_config_free(config);
}

static void overridden_command(void)
{
    begin_case("ctr_spawn_with_replaces_the_command_once");
    const char* const words[] = {"/payload", "exit", "21", NULL};
    ctr_spawn_options options = CTR_SPAWN_OPTIONS_INIT;
    ctr_config* config = config_for(root, "exit", "20", NULL);
    ctr_container* container = NULL;
    ctr_result result = CTR_RESULT_INIT;
    options.argv = words;
    expect(ctr_spawn_with(config, &options, &container, NULL) == 0, "ctr_spawn_with");
    expect(ctr_wait(container, -1, &result, NULL) == 0 && result.code == 21, "code %d", result.code);
    ctr_container_free(container);
    expect(run(config) == 20, "the config's own command");
    ctr_config_free(config);
    config = ctr_config_new(); /* without a command of its own */
    ctr_config_set_rootfs(config, root);
    container = NULL;
    expect(ctr_spawn_with(config, &options, &container, NULL) == 0, "with a config without a command");
    ctr_container_free(container);
    expect(ctr_spawn(config, &container, NULL) == -EINVAL, "no command at all");
    ctr_config_free(config);
}

static void empty_command(void)
{
    begin_case("a_command_of_no_word_is_refused");
    const char* const none[] = {NULL};
    const char* const empty[] = {"", NULL};
    ctr_spawn_options options = CTR_SPAWN_OPTIONS_INIT;
    ctr_config* config = config_for(root, "exit", "20", NULL);
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    options.argv = none;
    expect(ctr_spawn_with(config, &options, &container, &error) == -EINVAL && container == NULL, "no word");
    ctr_error_free(error);
    ctr_container_free(container);
    container = NULL;
    error = NULL;
    options.argv = empty;
    expect(ctr_spawn_with(config, &options, &container, &error) == -EINVAL && container == NULL, "an empty word");
    expect(error == NULL || is_clear(error), "the error is not clear");
    ctr_error_free(error);
    ctr_container_free(container);
    ctr_config_free(config);
}

static void cancelled(void)
{
    begin_case("a_readable_cancel_fd_gives_the_start_up");
    int ends[2];
    ctr_spawn_options options = CTR_SPAWN_OPTIONS_INIT;
    ctr_config* config = config_for(root, "exit", "5", NULL);
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    if (pipe(ends) != 0)
        give_up("cannot make a pipe");
    options.cancel_fd = ends[0];
    expect(ctr_spawn_with(config, &options, &container, NULL) == 0, "a descriptor that stays silent");
    ctr_container_free(container);
    container = NULL;
    close(ends[1]); /* the end of a pipe is readable */
    expect(ctr_spawn_with(config, &options, &container, &error) == -ECANCELED && container == NULL,
           "it was not given up");
    expect(ctr_error_code(error) == CTR_ERR_CANCELLED && is_clear(error), "code %d", ctr_error_code(error));
    ctr_error_free(error);
    close(ends[0]);
    expect(no_children(), "a process is left");
    expect(run(config) == 5, "the config cannot be used again");
    ctr_config_free(config);
}

static void check_error(const ctr_error* error, const char* call, int index)
{
    expect(ctr_error_code(error) == CTR_ERR_INVALID && is_clear(error), "code %d", ctr_error_code(error));
    expect(same(ctr_error_call(error), call) && ctr_error_index(error) == index, "%s[%d]", ctr_error_call(error),
           ctr_error_index(error));
    char* json = ctr_error_to_json(error);
    if (!expect(json != NULL && is_json(json), "the error is no JSON"))
        return;
    static const char* const members[] = {"code",    "code_name", "step",  "errno",   "errno_name",
                                          "subject", "call",      "index", "message", "hint"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        char name[32];
        snprintf(name, sizeof name, "\"%s\":", members[i]);
        expect(strstr(json, name) != NULL, "no member %s in %s", members[i], json);
    }
    free(json);
}

static void first_error(void)
{
    begin_case("the_first_error_of_a_setter_is_kept_and_reported_with_call_and_index");
    ctr_config* config = config_for(root, "exit", NULL);
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    char* text = NULL;
    ctr_config_add_env(config, "A", "a");
    ctr_config_add_env(config, "B", "b");
    ctr_config_add_env(config, "not=a\"name\n\xff", "c"); /* the first: call 2 */
    ctr_config_set_cwd(config, "relative");
    ctr_config_set_hostname(config, "");
    expect(ctr_spawn(config, &container, &error) == -EINVAL && container == NULL, "ctr_spawn did not fail");
    check_error(error, "ctr_config_add_env", 2);
    ctr_error_free(error);
    error = NULL;
    expect(ctr_explain(config, &text, &error) == -EINVAL && text == NULL, "ctr_explain did not fail");
    check_error(error, "ctr_config_add_env", 2);
    ctr_error_free(error);
    expect(ctr_explain_text(config, &text, NULL) == -EINVAL && text == NULL, "ctr_explain_text did not fail");
    ctr_config_free(config);
}

static void first_descriptor_error(void)
{
    begin_case("a_descriptor_that_is_not_open_is_reported_with_call_and_index");
    ctr_config* config = config_for(root, "exit", NULL);
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    ctr_config_add_fd(config, 0, 5);
    ctr_config_add_fd(config, 4000, 6);
    expect(ctr_spawn(config, &container, &error) == -EINVAL, "ctr_spawn did not fail");
    check_error(error, "ctr_config_add_fd", 1);
    expect(ctr_error_errno(error) == EBADF, "errno %d", ctr_error_errno(error));
    ctr_error_free(error);
    ctr_config_free(config);
}

static void unknown_capability(void)
{
    begin_case("a_capability_that_nobody_knows_is_reported_with_call_and_index");
    ctr_config* config = config_for(root, "exit", NULL);
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    ctr_config_drop_capability(config, "CAP_KILL");
    ctr_config_drop_capability(config, "CAP_FLY");
    expect(ctr_spawn(config, &container, &error) == -EINVAL && container == NULL, "ctr_spawn did not fail");
    check_error(error, "ctr_config_drop_capability", 1);
    ctr_error_free(error);
    ctr_config_free(config);
}

static void explanations(void)
{
    begin_case("an_explanation_and_a_report_are_JSON_and_run_nothing");
    ctr_config* config = config_for(root, "block", NULL);
    char* before = list_tree(root);
    char* text = NULL;
    ctr_add_mount(config, "/etc", "/quo\"te\\d/\xff\x01", "bind", MS_RDONLY, NULL);
    expect(ctr_explain(config, &text, NULL) == 0 && is_json(text), "ctr_explain gave %.300s", text);
    free(text);
    text = NULL;
    expect(ctr_explain_text(config, &text, NULL) == 0 && text != NULL && strstr(text, "execve") != NULL, "as text");
    free(text);
    char* after = list_tree(root);
    expect(same(before, after), "the root has changed");
    expect(no_children(), "a process is left");
    free(before);
    free(after);
    ctr_container* container = spawn(config);
    expect(is_json(ctr_container_report(container)), "the report is %s", ctr_container_report(container));
    for (uint32_t i = 0; ctr_container_notice(container, i) != NULL; i++)
        expect(ctr_container_notice(container, i)[0] != 0 && i < 100, "notice %u is empty", i);
    expect(ctr_container_notice(container, UINT32_MAX) == NULL, "the last notice");
    ctr_container_free(container);
    ctr_config_free(config);
}

static void version(void)
{
    begin_case("the_library_that_runs_is_the_one_of_the_header");
    expect(same(ctr_version(), CTR_VERSION), "%s instead of %s", ctr_version(), CTR_VERSION);
}

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    start_watchdog(60);
    char* directory = make_directory();
    char* path = make_root(directory, argv[1]);
    root = path;
    int before = count_fds();
    wait_twice();
    wait_with_timeout();
    bad_signals();
    free_kills();
    reuse();
    copied_arguments();
    overridden_command();
    empty_command();
    cancelled();
    first_error();
    first_descriptor_error();
    unknown_capability();
    explanations();
    version();
    begin_case("no_process_and_no_descriptor_is_left");
    expect(no_children(), "a process is left");
    expect(count_fds() == before, "%d descriptors before and %d after", before, count_fds());
    remove_tree(directory);
    free(path);
    free(directory);
    return conclude();
}
