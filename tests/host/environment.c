/* SPDX-License-Identifier: MIT */
/* environment PAYLOAD: what a command finds and what becomes of its descendants, with ctr-init as pid 1, with ctr-init
 * outside of the pid namespace, and without an own pid namespace. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct mode {
    const char* name;
    uint32_t init;
    uint32_t pid_namespace;
    uint32_t map;
};
static const struct mode modes[] = {
    {"init_inside", CTR_INIT_INSIDE, CTR_NAMESPACE_OWN, CTR_MAP_AUTO},
    {"init_outside", CTR_INIT_OUTSIDE, CTR_NAMESPACE_OWN, CTR_MAP_AUTO},
    {"a_shared_pid_namespace", CTR_INIT_INSIDE, CTR_NAMESPACE_SHARED, CTR_MAP_AUTO},
    {"a_single_id", CTR_INIT_INSIDE, CTR_NAMESPACE_OWN, CTR_MAP_SINGLE},
    {"no_user_namespace", CTR_INIT_INSIDE, CTR_NAMESPACE_OWN, CTR_MAP_NONE},
    {"no_user_namespace_and_init_outside", CTR_INIT_OUTSIDE, CTR_NAMESPACE_OWN, CTR_MAP_NONE},
};

static const char* root;
static const struct mode* mode;

static ctr_config* config_of(const char* word, const char* argument)
{
    ctr_config* config = config_for(root, word, argument, NULL);
    ctr_config_set_init(config, mode->init);
    ctr_config_set_namespace(config, CTR_NAMESPACE_PID, mode->pid_namespace);
    ctr_config_set_map(config, mode->map);
    return config;
}

/* What the command prints; the caller's. Frees the config. */
static char* output_of(ctr_config* config)
{
    int ends[2];
    size_t size = 0;
    char* text = NULL;
    if (pipe2(ends, O_CLOEXEC) != 0)
        give_up("cannot make a pipe");
    ctr_config_set_stdio(config, 1, CTR_STDIO_FD, ends[1]);
    close(ends[1]);
    expect(run(config) == 0, "the exit status");
    ctr_config_free(config); /* the last that holds the other end */
    FILE* out = open_memstream(&text, &size);
    char buffer[4096];
    ssize_t got = 0;
    while ((got = read(ends[0], buffer, sizeof buffer)) > 0)
        fwrite(buffer, 1, (size_t)got, out);
    close(ends[0]);
    fclose(out);
    return text;
}

static int count_lines(const char* text, const char* start)
{
    int found = 0;
    for (const char* line = text; *line != 0; line += strcspn(line, "\n"), line += *line == '\n')
        found += strncmp(line, start, strlen(start)) == 0;
    return found;
}

static void clean_environment(void)
{
    begin_case("an_environment_of_PATH_HOME_and_TERM_and_what_was_added_with_%s", mode->name);
    ctr_config* config = config_of("env", NULL);
    ctr_config_add_env(config, "ADDED", "first");
    ctr_config_add_env(config, "EMPTY", "");
    ctr_config_add_env(config, "ADDED", "second");
    char* text = output_of(config);
    expect(count_lines(text, "PATH=/") == 1 && count_lines(text, "HOME=/") == 1 && count_lines(text, "TERM=") == 1,
           "PATH, HOME and TERM are not there once each");
    expect(count_lines(text, "ADDED=") == 1 && count_lines(text, "ADDED=second") == 1, "the later value does not win");
    expect(count_lines(text, "EMPTY=") == 1, "an empty value");
    if (!expect(count_lines(text, "") == 5, "%d variables", count_lines(text, "")))
        printf("%s", text);
    free(text);
    config = config_of("env", NULL);
    ctr_config_set_env_base(config, CTR_ENV_EMPTY);
    ctr_config_add_env(config, "ONLY", "this");
    text = output_of(config);
    expect(strcmp(text, "ONLY=this\n") == 0, "CTR_ENV_EMPTY leaves %s", text);
    free(text);
}

static void own_pid(void)
{
    begin_case("the_command_has_the_pid_that_was_asked_for_with_%s", mode->name);
    char* text = output_of(config_of("pid", NULL));
    int pid = atoi(text);
    int first = mode->init == CTR_INIT_OUTSIDE;
    expect(first ? pid == 1 : pid > 1, "pid %d", pid);
    if (mode->pid_namespace == CTR_NAMESPACE_OWN)
        expect(pid < 10, "pid %d in a new pid namespace", pid);
    free(text);
}

static void own_descriptors(void)
{
    begin_case("only_stdio_is_inherited_by_a_new_session_with_%s", mode->name);
    int careless = open("/", O_RDONLY | O_DIRECTORY);
    char* text = output_of(config_of("fds", NULL));
    expect(strcmp(text, "0 1 2 \n") == 0, "descriptors %s", text);
    close(careless);
    free(text);
    ctr_config* config = config_of("session", NULL);
    expect(run(config) == 0, "the command leads no session of its own");
    ctr_config_free(config);
}

static void statuses(void)
{
    begin_case("exit_statuses_are_the_commands_own_with_%s", mode->name);
    for (int status = 0; status < 256; status += 51) {
        char text[16];
        snprintf(text, sizeof text, "%d", status);
        ctr_config* config = config_of("exit", text);
        int got = run(config);
        expect(got == status, "exit %d gave %d", status, got);
        ctr_config_free(config);
    }
}

static void orphans(void)
{
    begin_case("orphans_are_reaped_with_%s", mode->name);
    ctr_config* config = config_of("orphans", "100");
    if (mode->init == CTR_INIT_OUTSIDE)
        skip_case("the command is pid 1 itself and reaps for itself");
    else if (mode->pid_namespace == CTR_NAMESPACE_SHARED)
        skip_case("it would count the zombies of the whole machine");
    else
        expect(run(config) == 0, "zombies are left");
    ctr_config_free(config);
}

static void left_family(void)
{
    begin_case("nothing_outlives_the_command_with_%s", mode->name);
    ctr_config* config = config_of("leave-family", NULL);
    ctr_config_set_stdio(config, 1, CTR_STDIO_NULL, -1);
    uint64_t begun = now_ns();
    expect(run(config) == 0, "the exit status");
    expect(now_ns() - begun < 3000000000U, "it took %ju ms", (uintmax_t)((now_ns() - begun) / 1000000));
    ctr_config_free(config);
    expect(no_children(), "a process is left when ctr_wait returns");
    (void)all_gone(0);
}

static void deadline(const char* word, uint64_t timeout, uint64_t grace)
{
    ctr_config* config = config_of(word, NULL);
    ctr_config_set_stdio(config, 1, CTR_STDIO_NULL, -1);
    ctr_config_set_timeout(config, timeout);
    ctr_config_set_kill_after(config, grace);
    ctr_container* container = spawn(config);
    ctr_result result = CTR_RESULT_INIT;
    uint64_t begun = now_ns();
    expect(ctr_wait(container, -1, &result, NULL) == 0, "ctr_wait");
    uint64_t taken = (now_ns() - begun) / 1000000;
    expect(result.kind == CTR_RESULT_TIMED_OUT, "kind %u", result.kind);
    expect(taken + 50 >= timeout + grace && taken < timeout + grace + 1000, "it took %ju ms", (uintmax_t)taken);
    expect(no_children(), "a process is left");
    (void)all_gone(0);
    ctr_container_free(container);
    ctr_config_free(config);
}

static void deadlines(void)
{
    begin_case("a_deadline_ends_the_whole_tree_with_%s", mode->name);
    deadline("family", 200, 0);
    begin_case("a_grace_ends_what_ignores_SIGTERM_with_%s", mode->name);
    deadline("ignore-term", 150, 150);
}

static void kills(void)
{
    for (uint32_t which = CTR_KILL_COMMAND; which <= CTR_KILL_ALL; which++) {
        begin_case("SIGKILL_to_%s_ends_the_whole_tree_with_%s", which == CTR_KILL_ALL ? "everything" : "the_command",
                   mode->name);
        ctr_config* config = config_of("family", NULL);
        ctr_config_set_stdio(config, 1, CTR_STDIO_NULL, -1);
        ctr_container* container = spawn(config);
        ctr_result result = CTR_RESULT_INIT;
        sleep_ms(30);
        expect(ctr_kill(container, SIGKILL, which, NULL) == 0, "ctr_kill");
        expect(ctr_wait(container, 10000, &result, NULL) == 0, "ctr_wait");
        uint32_t kind = which == CTR_KILL_ALL ? CTR_RESULT_KILLED : CTR_RESULT_SIGNALED;
        expect(result.kind == kind && result.code == SIGKILL, "kind %u, code %d", result.kind, result.code);
        expect(all_gone(mode->pid_namespace == CTR_NAMESPACE_SHARED ? 1000 : 0), "a process is left");
        ctr_container_free(container);
        ctr_config_free(config);
    }
}

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    start_watchdog(120);
    adopt_orphans();
    setenv("SECRET", "of the host", 1);
    char* directory = make_directory();
    char* path = make_root(directory, argv[1]);
    root = path;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        mode = &modes[i];
        if (mode->map == CTR_MAP_NONE && !is_admin()) {
            begin_case("%s", mode->name);
            skip_case("only a privileged caller can do without a user namespace");
            continue;
        }
        clean_environment();
        own_pid();
        own_descriptors();
        statuses();
        orphans();
        left_family();
        deadlines();
        kills();
    }
    remove_tree(directory);
    free(path);
    free(directory);
    return conclude();
}
