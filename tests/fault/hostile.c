/* SPDX-License-Identifier: MIT */
/* hostile PAYLOAD: parents that make life hard: descriptors closed, limits too low for each step in turn, signals
 * ignored or blocked, the working directory gone. Each is a process of its own. It gets a container, or a clear error;
 * it is never ended, and nothing is left. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* How a parent went, as its exit status. */
enum { runs = 0, refused = 1, unclear = 2, wrong_status = 3, fd_left = 4, child_left = 5, wait_failed = 6 };
static const char* const outcomes[] = {
    "it runs",          "a clear error", "an error that is not clear", "a wrong status",
    "descriptors left", "a child left",  "ctr_wait that fails"};

enum { command_status = 23, lowest_limit = 4, highest_limit = 40 };

static const char* root;
static const char* directory;
static int number; /* what the parent's preparation is about */
static int limited_resource = -1;

/* In a parent: no stdio, because its descriptors may be closed or few. */
static int open_fds(void)
{
    int found = 0;
    for (int fd = 0; fd < 256; fd++)
        found += fcntl(fd, F_GETFD) >= 0;
    return found;
}

static int spawn_and_wait(const ctr_config* config, void (*between)(void))
{
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    if (ctr_spawn(config, &container, &error) != 0) {
        int clear = is_clear(error);
        ctr_error_free(error);
        return clear ? refused : unclear;
    }
    if (between != NULL)
        between();
    ctr_result result = CTR_RESULT_INIT;
    int waited = ctr_wait(container, 8000, &result, NULL);
    ctr_container_free(container);
    if (waited != 0)
        return wait_failed;
    return result.kind == CTR_RESULT_EXITED && result.code == command_status ? runs : wrong_status;
}

static int live(uint32_t map, void (*before)(void), void (*between)(void))
{
    ctr_config* config = config_for(root, "exit", "23", NULL);
    ctr_config_set_map(config, map);
    if (limited_resource == RLIMIT_AS)
        ctr_config_add_rlimit(config, RLIMIT_AS, CTR_RLIM_INFINITY, CTR_RLIM_INFINITY); /* not the command's */
    if (before != NULL)
        before();
    int fds = open_fds();
    int outcome = spawn_and_wait(config, between);
    int program = outcome != refused && outcome != unclear; /* the config may have kept ctr-init's descriptor */
    ctr_config_free(config);
    int left = open_fds();
    if (left > fds || (program && left != fds))
        return fd_left;
    return no_children() ? outcome : child_left;
}

/* The exit status of a parent, or 128+n for its signal. */
static int parent(uint32_t map, void (*before)(void), void (*between)(void))
{
    int status = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        alarm(20); /* a parent that hangs is ended by SIGALRM, unless it blocks it: then by what runs this test */
        _exit(live(map, before, between));
    }
    waitpid(pid, &status, 0);
    expect(all_gone(1000), "processes are left");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void expect_outcome(int got, int may_run, int may_refuse)
{
    int fine = (got == runs && may_run) || (got == refused && may_refuse);
    expect(fine, "with %d: %s (%d)", number, got <= wait_failed ? outcomes[got] : "the host was ended", got);
}

static uint32_t maps(int i) { return i == 0 ? CTR_MAP_SINGLE : CTR_MAP_AUTO; }

/* ----------------------------------------------------------------------------------------- descriptors */

static void close_stdio(void)
{
    for (int fd = 0; fd < 3; fd++)
        if ((number >> fd & 1) != 0)
            close(fd);
}

static void limit_fds(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = (rlim_t)number;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void closed_stdio(void)
{
    begin_case("a_parent_with_any_of_stdin_stdout_and_stderr_closed_gets_its_container");
    for (int i = 0; i < 2; i++)
        for (number = 0; number < 8; number++)
            expect_outcome(parent(maps(i), close_stdio, NULL), 1, 0);
}

static void few_descriptors(void)
{
    begin_case("a_parent_with_any_few_descriptors_gets_a_clear_error_or_its_container");
    int started = 0;
    int failed = 0;
    for (int i = 0; i < 2; i++)
        for (number = lowest_limit; number <= highest_limit; number++) {
            int got = parent(maps(i), limit_fds, NULL);
            expect_outcome(got, 1, 1);
            started += got == runs;
            failed += got == refused;
        }
    printf("%d started, %d failed clearly\n", started, failed);
    expect(started > 0 && failed > 0, "the limits are not those that matter");
}

static void no_descriptors_later(void)
{
    begin_case("a_parent_that_gives_up_its_descriptors_after_the_start_still_waits");
    for (number = 0; number < 2; number++)
        expect_outcome(parent(CTR_MAP_SINGLE, NULL, limit_fds), 1, 0);
}

/* --------------------------------------------------------------------------------------- other limits */

static void limit_resource(void)
{
    const struct rlimit limit = {(rlim_t)number, (rlim_t)number};
    setrlimit((__rlimit_resource_t)limited_resource, &limit);
}

static void few_processes(void)
{
    begin_case("a_parent_with_RLIMIT_NPROC_of_1_gets_a_clear_error");
    limited_resource = RLIMIT_NPROC;
    number = 1;
    for (int i = 0; i < 2; i++) /* root is not held to it, and the user's other processes count */
        expect_outcome(parent(maps(i), limit_resource, NULL), geteuid() == 0, geteuid() != 0);
}

static void no_file_size(void)
{
    begin_case("a_parent_with_RLIMIT_FSIZE_of_0_is_not_ended");
    limited_resource = RLIMIT_FSIZE;
    for (number = 0; number < 2; number++)
        expect_outcome(parent(CTR_MAP_SINGLE, limit_resource, NULL), 1, 1);
}

static void limit_memory(void)
{
    const struct rlimit limit = {(rlim_t)number, RLIM_INFINITY};
    setrlimit(RLIMIT_AS, &limit);
}

static void little_memory(void)
{
    struct rlimit limit;
    begin_case("a_parent_that_runs_out_of_address_space_gets_a_clear_error_or_its_container");
    getrlimit(RLIMIT_AS, &limit);
    if (limit.rlim_max != RLIM_INFINITY) {
        skip_case("the address space is limited already");
        return;
    }
    limited_resource = RLIMIT_AS;
    for (number = 1 << 20; number <= 64 << 20; number += number / 4)
        expect_outcome(parent(CTR_MAP_SINGLE, limit_memory, NULL), 1, 1);
    limited_resource = -1;
}

static void no_locked_memory(void)
{
    begin_case("a_parent_with_no_pending_signals_no_locked_memory_and_no_cores_gets_its_container");
    const int resources[] = {RLIMIT_SIGPENDING, RLIMIT_MEMLOCK, RLIMIT_CORE, RLIMIT_MSGQUEUE};
    number = 0;
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
        limited_resource = resources[i];
        expect_outcome(parent(CTR_MAP_SINGLE, limit_resource, NULL), 1, resources[i] == RLIMIT_MSGQUEUE);
    }
    limited_resource = -1;
}

/* --------------------------------------------------------------------------------------------- signals */

static void ignore_children(void) { signal(SIGCHLD, SIG_IGN); }

static void ignore_everything(void)
{
    for (int i = 1; i < 65; i++)
        signal(i, SIG_IGN); /* SIGKILL and SIGSTOP refuse */
}

static void block_everything(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

static void hostile_signals(void)
{
    static const struct {
        const char* name;
        void (*before)(void);
    } parents[] = {
        {"ignores_SIGCHLD", ignore_children},
        {"ignores_every_signal", ignore_everything},
        {"blocks_every_signal", block_everything},
    };
    for (size_t k = 0; k < sizeof parents / sizeof *parents; k++) {
        begin_case("a_parent_that_%s_gets_its_container", parents[k].name);
        for (number = 0; number < 2; number++)
            expect_outcome(parent(maps(number), parents[k].before, NULL), 1, 0);
    }
}

/* ------------------------------------------------------------------------------------------------ place */

static void lose_directory(void)
{
    char* path = path_in(directory, "gone");
    if (mkdir(path, 0755) != 0 || chdir(path) != 0 || rmdir(path) != 0)
        _exit(unclear);
    free(path);
}

static void mask_everything(void) { umask(0777); }

static void be_undumpable(void) { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

static void refuse_privileges(void) { prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

static void hostile_places(void)
{
    number = 0;
    begin_case("a_parent_whose_directory_is_gone_gets_its_container");
    expect_outcome(parent(CTR_MAP_AUTO, lose_directory, NULL), 1, 0);
    begin_case("a_parent_with_a_umask_of_0777_gets_its_container");
    expect_outcome(parent(CTR_MAP_AUTO, mask_everything, NULL), 1, 0);
    begin_case("a_parent_that_is_not_dumpable_gets_its_container");
    for (number = 0; number < 2; number++)
        expect_outcome(parent(maps(number), be_undumpable, NULL), 1, 0);
    begin_case("a_parent_that_may_not_gain_privileges_gets_its_container");
    expect_outcome(parent(CTR_MAP_AUTO, refuse_privileges, NULL), 1, 0);
}

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    start_watchdog(120);
    adopt_orphans();
    char* place = make_directory();
    char* path = make_root(place, argv[1]);
    directory = place;
    root = path;
    ctr_config* config = config_for(root, "exit", "0", NULL);
    if (run(config) != 0) /* and makes the mount points that stay */
        give_up("no container can be started here");
    ctr_config_free(config);
    char* before = list_tree(place);
    closed_stdio();
    few_descriptors();
    no_descriptors_later();
    few_processes();
    no_file_size();
    little_memory();
    no_locked_memory();
    hostile_signals();
    hostile_places();
    begin_case("hostile_parents_leave_no_file");
    only_created(place, before, NULL);
    free(before);
    remove_tree(place);
    free(path);
    free(place);
    return conclude();
}
