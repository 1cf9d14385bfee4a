/* SPDX-License-Identifier: MIT */
/* state PAYLOAD: the library changes nothing of the process it lives in, and prints nothing, whether a spawn succeeds
 * or fails. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

extern char** environ;

/* --------------------------------------------------------------------------------- the state as a text */

static void describe_signals(FILE* out)
{
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    for (int number = 1; number < 65; number++) {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        if (sigaction(number, NULL, &action) == 0)
            fprintf(out, "signal %d %p %x blocked %d\n", number, (void*)(size_t)action.sa_handler, action.sa_flags,
                    sigismember(&mask, number));
    }
    stack_t stack;
    if (sigaltstack(NULL, &stack) == 0)
        fprintf(out, "signal stack %p %x\n", stack.ss_sp, stack.ss_flags);
}

static void describe_limits(FILE* out)
{
    for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
        struct rlimit limit;
        if (getrlimit((__rlimit_resource_t)resource, &limit) == 0)
            fprintf(out, "limit %d %ju %ju\n", resource, (uintmax_t)limit.rlim_cur, (uintmax_t)limit.rlim_max);
    }
}

static void describe_capabilities(FILE* out)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2];
    memset(sets, 0, sizeof sets);
    syscall(SYS_capget, &header, sets);
    for (int i = 0; i < 2; i++)
        fprintf(out, "capabilities %x %x %x\n", sets[i].effective, sets[i].permitted, sets[i].inheritable);
    for (unsigned long capability = 0; capability < 41; capability++)
        fprintf(out, "%d%d", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0),
                prctl(PR_CAPBSET_READ, capability, 0, 0, 0));
    fprintf(out, " securebits %d\n", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
}

static void describe_flags(FILE* out)
{
    int subreaper = -1;
    int death = -1;
    char thread[32] = "";
    prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
    prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0);
    prctl(PR_GET_NAME, thread, 0, 0, 0);
    fprintf(out, "dumpable %d keepcaps %d new_privs %d seccomp %d subreaper %d death %d slack %d name %s\n",
            prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0),
            prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_SECCOMP, 0, 0, 0, 0), subreaper, death,
            prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0), thread);
    fprintf(out, "personality %x\n", (unsigned)personality(0xffffffff));
}

static void describe_place(FILE* out)
{
    char directory[4096];
    struct stat status;
    mode_t mask = umask(0);
    umask(mask);
    if (getcwd(directory, sizeof directory) != NULL && stat(".", &status) == 0)
        fprintf(out, "cwd %s %ju %ju\n", directory, (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    if (stat("/", &status) == 0)
        fprintf(out, "root %ju %ju\n", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    int terminal = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
    fprintf(out, "umask %o session %d group %d terminal %d\n", mask, getsid(0), getpgrp(), terminal >= 0 ? 1 : -errno);
    if (terminal >= 0)
        close(terminal);
}

static void describe_identity(FILE* out)
{
    uid_t uids[3];
    gid_t gids[3];
    gid_t groups[256];
    getresuid(&uids[0], &uids[1], &uids[2]);
    getresgid(&gids[0], &gids[1], &gids[2]);
    for (int i = 0; i < 3; i++)
        fprintf(out, "ids %u %u\n", uids[i], gids[i]);
    int count = getgroups(256, groups);
    for (int i = 0; i < count; i++)
        fprintf(out, "group %u\n", groups[i]);
}

static void describe_namespaces(FILE* out)
{
    static const char* const kinds[] = {"user", "mnt",    "pid",  "pid_for_children", "net", "uts",
                                        "ipc",  "cgroup", "time", "time_for_children"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char path[64];
        char name[64] = "";
        snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
        if (readlink(path, name, sizeof name - 1) > 0)
            fprintf(out, "%s\n", name);
    }
}

static void describe_files(FILE* out)
{
    static const char* const paths[] = {
        "/proc/self/mountinfo",      "/proc/self/cgroup", "/proc/self/oom_score_adj", "/proc/self/coredump_filter",
        "/proc/self/timens_offsets", "/proc/self/comm",   "/proc/self/cmdline"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char* text = read_text(paths[i]);
        fprintf(out, "%s: %s\n", paths[i], text);
        free(text);
    }
}

static void describe_rest(FILE* out)
{
    struct itimerval timer;
    cpu_set_t processors;
    memset(&timer, 0, sizeof timer);
    getitimer(ITIMER_REAL, &timer);
    CPU_ZERO(&processors);
    sched_getaffinity(0, sizeof processors, &processors);
    fprintf(out, "timer %d processors %d priority %d scheduler %d descriptors %d\n", timer.it_interval.tv_sec != 0,
            CPU_COUNT(&processors), getpriority(PRIO_PROCESS, 0), sched_getscheduler(0), count_fds());
    for (char** variable = environ; *variable != NULL; variable++)
        fprintf(out, "environment %p %s\n", (void*)*variable, *variable);
    fprintf(out, "children %d\n", !no_children());
}

static char* describe(void)
{
    size_t size = 0;
    char* text = NULL;
    FILE* out = open_memstream(&text, &size);
    describe_signals(out);
    describe_limits(out);
    describe_capabilities(out);
    describe_flags(out);
    describe_place(out);
    describe_identity(out);
    describe_namespaces(out);
    describe_files(out);
    describe_rest(out);
    fclose(out);
    return text;
}

static void name_difference(const char* before, const char* after)
{
    while (*before != 0 && *after != 0) {
        size_t one = strcspn(before, "\n");
        size_t other = strcspn(after, "\n");
        if (one != other || memcmp(before, after, one) != 0) {
            expect(0, "before: %.*s; after: %.*s", (int)one, before, (int)other, after);
            return;
        }
        before += one + 1;
        after += other + 1;
    }
}

/* ------------------------------------------------------------------------------------------- the deeds */

static const char* root;

static void succeed(void)
{
    ctr_config* config = config_for(root, "exit", "3", NULL);
    ctr_config_set_hostname(config, "inside");
    ctr_config_set_umask(config, 077);
    ctr_config_add_rlimit(config, RLIMIT_NOFILE, 100, 100);
    expect(run(config) == 3, "the exit status");
    ctr_config_free(config);
}

static void succeed_with_init_outside(void)
{
    ctr_config* config = config_for(root, "exit", "4", NULL);
    ctr_config_set_init(config, CTR_INIT_OUTSIDE);
    expect(run(config) == 4, "the exit status");
    ctr_config_free(config);
}

static void succeed_on_the_host_root(void)
{
    const char* const words[] = {"/bin/sh", "-c", "exit 5", NULL};
    ctr_config* config = ctr_config_new();
    ctr_config_set_command(config, words);
    expect(run(config) == 5, "the exit status");
    ctr_config_free(config);
}

static void expect_failure(ctr_config* config, int code)
{
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    expect(ctr_spawn(config, &container, &error) < 0 && container == NULL, "ctr_spawn did not fail");
    if (!expect(ctr_error_code(error) == code && is_clear(error), "the error's code is %d", ctr_error_code(error)))
        print_error("ctr_spawn", error);
    ctr_error_free(error);
    ctr_config_free(config);
}

static void fail_to_validate(void)
{
    ctr_config* config = config_for(root, NULL);
    ctr_config_set_cwd(config, "relative");
    expect_failure(config, CTR_ERR_INVALID);
}

static void fail_to_survey(void)
{
    ctr_config* config = config_for(root, NULL);
    ctr_add_mount(config, "/no/such/source", "/data", "bind", 0, NULL);
    expect_failure(config, CTR_ERR_NOT_FOUND);
}

static void fail_in_the_child(void)
{
    ctr_config* config = config_for(root, NULL);
    ctr_add_mount(config, NULL, "/data", "tmpfs", 0, "size=nonsense");
    expect_failure(config, CTR_ERR_INVALID);
}

static void fail_to_execute(void)
{
    const char* const words[] = {"/missing", NULL};
    ctr_config* config = config_for(root, NULL);
    ctr_config_set_command(config, words);
    expect_failure(config, CTR_ERR_NO_COMMAND);
}

static void fail_to_map(void)
{
    ctr_config* config = config_for(root, NULL);
    if (!has_ranges() || geteuid() == 0) {
        ctr_config_free(config);
        skip_case("no ranges of ids that a helper would map");
        return;
    }
    ctr_config_set_map(config, CTR_MAP_SUBID);
    ctr_config_set_id_helpers(config, "/bin/false", "/bin/false");
    expect_failure(config, CTR_ERR_DENIED);
}

static void kill_it(void)
{
    ctr_config* config = config_for(root, "block", NULL);
    ctr_container* container = spawn(config);
    ctr_result result = CTR_RESULT_INIT;
    expect(ctr_wait(container, 1, &result, NULL) == -ETIMEDOUT, "a wait that passes");
    expect(ctr_kill(container, SIGKILL, CTR_KILL_ALL, NULL) == 0, "ctr_kill");
    expect(ctr_wait(container, 10000, &result, NULL) == 0, "ctr_wait");
    ctr_container_free(container);
    ctr_config_free(config);
}

static void only_explain(void)
{
    char* text = NULL;
    ctr_config* config = config_for(root, "exit", NULL);
    expect(ctr_explain_text(config, &text, NULL) == 0, "ctr_explain_text");
    free(text);
    text = NULL;
    expect(ctr_explain(config, &text, NULL) == 0, "ctr_explain");
    free(text);
    ctr_config_free(config);
}

/* ------------------------------------------------------------------------------------------- the test */

static void make_state_special(void)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    umask(0137);
    setenv("FOO", "bar", 1);
    prctl(PR_SET_NAME, "the-host", 0, 0, 0);
    prctl(PR_SET_TIMERSLACK, 61234, 0, 0, 0);
}

/* What is printed while the deed is done goes to a file, which stays empty. */
static int silently(void (*deed)(void), const char* path)
{
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    int kept_errors = dup(STDERR_FILENO);
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    deed();
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    dup2(kept_errors, STDERR_FILENO);
    close(file);
    close(kept);
    close(kept_errors);
    char* text = read_text(path);
    int silent = text[0] == 0 || strstr(text, "SKIP ") == text;
    if (!silent || text[0] != 0)
        fputs(text, stdout);
    free(text);
    return silent;
}

int main(int argc, char** argv)
{
    static const struct {
        const char* name;
        void (*deed)(void);
    } deeds[] = {
        {"a_container_that_exits", succeed},
        {"a_container_with_init_outside", succeed_with_init_outside},
        {"a_container_on_the_host_root", succeed_on_the_host_root},
        {"a_container_that_is_killed", kill_it},
        {"a_config_that_is_wrong", fail_to_validate},
        {"a_source_that_is_missing", fail_to_survey},
        {"a_mount_that_fails", fail_in_the_child},
        {"a_command_that_is_missing", fail_to_execute},
        {"helpers_that_fail", fail_to_map},
        {"an_explanation", only_explain},
    };
    if (argc < 2)
        return 2;
    start_watchdog(60);
    char* directory = make_directory();
    char* path = make_root(directory, argv[1]);
    char* output = path_in(directory, "output");
    root = path;
    make_state_special();
    alarm(0); /* the time that is left of it is no state of interest */
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
        begin_case("%s_changes_nothing_of_the_host_and_prints_nothing", deeds[i].name);
        char* before = describe();
        expect(silently(deeds[i].deed, output), "something was printed");
        char* after = describe();
        name_difference(before, after);
        free(before);
        free(after);
    }
    umask(022);
    remove_tree(directory);
    free(output);
    free(path);
    free(directory);
    return conclude();
}
