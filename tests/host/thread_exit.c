/* SPDX-License-Identifier: MIT */
/* thread_exit PAYLOAD: whose end ends a container: the host process's, not that of a thread or of a forked copy.
 * This process is the subreaper that sees what is left; hosts are its children. */
#include "support.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { soon = 1000, a_while = 300 };

struct mode {
    const char* name;
    uint32_t init;
    uint32_t pid_namespace;
};
static const struct mode modes[] = {
    {"init_inside", CTR_INIT_INSIDE, CTR_NAMESPACE_OWN},
    {"init_outside", CTR_INIT_OUTSIDE, CTR_NAMESPACE_OWN},
    {"a_shared_pid_namespace", CTR_INIT_INSIDE, CTR_NAMESPACE_SHARED},
};

static const char* root;
static const struct mode* mode;
static int to_parent = -1; /* in a host: where it says how it goes */

static ctr_config* config_of(uint32_t host_death)
{
    ctr_config* config = config_for(root, "family", NULL);
    ctr_config_set_init(config, mode->init);
    ctr_config_set_namespace(config, CTR_NAMESPACE_PID, mode->pid_namespace);
    ctr_config_set_host_death(config, host_death);
    ctr_config_set_stdio(config, 1, CTR_STDIO_NULL, -1);
    return config;
}

static void tell(char byte)
{
    if (write(to_parent, &byte, 1) != 1)
        _exit(1);
}

static int is_running(const ctr_container* container)
{
    struct pollfd ended = {ctr_container_pidfd(container), POLLIN, 0};
    return poll(&ended, 1, a_while) == 0;
}

/* ----------------------------------------------------------------------------------------------- hosts */

static void* spawn_in_thread(void* config) { return spawn(config); }

static void host_of_thread(uint32_t host_death)
{
    pthread_t thread;
    void* container = NULL;
    pthread_create(&thread, NULL, spawn_in_thread, config_of(host_death));
    pthread_join(thread, &container);
    tell(container != NULL && is_running(container) ? 'r' : 'e');
    pause();
}

static void host_that_is_killed(void) { host_of_thread(CTR_HOST_DEATH_KILLS); }

static void host_that_leaves(void) { host_of_thread(CTR_HOST_DEATH_LEAVES); }

static void host_that_returns(void)
{
    ctr_container* container = spawn(config_of(CTR_HOST_DEATH_KILLS));
    tell(container != NULL ? 'r' : 'e');
    exit(0);
}

static void host_that_detaches(void)
{
    ctr_container* container = spawn(config_of(CTR_HOST_DEATH_LEAVES));
    ctr_container_detach(container);
    ctr_container_free(container);
    tell('r');
    exit(0);
}

static void host_with_copy(void)
{
    ctr_container* container = spawn(config_of(CTR_HOST_DEATH_KILLS));
    if (fork() == 0) {
        tell(container != NULL ? 'r' : 'e');
        for (;;)
            pause(); /* the copy holds every descriptor of the host */
    }
    pause();
}

static void host_whose_copy_frees(void)
{
    ctr_container* container = spawn(config_of(CTR_HOST_DEATH_KILLS));
    pid_t copy = fork();
    if (copy == 0) {
        ctr_container_free(container);
        _exit(0);
    }
    waitpid(copy, NULL, 0);
    tell(container != NULL && is_running(container) ? 'r' : 'e');
    pause();
}

/* ------------------------------------------------------------------------------------------------ test */

static pid_t start_host(void (*host)(void))
{
    int ends[2];
    char word = 0;
    if (pipe(ends) != 0)
        give_up("cannot make a pipe");
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        to_parent = ends[1];
        host();
        _exit(1);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], &word, 1);
    expect(got == 1 && word == 'r', "the container does not run");
    close(ends[0]);
    return pid;
}

static void end_host(pid_t host)
{
    kill(host, SIGKILL);
    waitpid(host, NULL, 0);
}

static void expect_gone(void)
{
    uint64_t begun = now_ns();
    if (expect(all_gone(soon), "processes are left after %d ms", soon))
        printf("  gone after %.1f ms\n", (double)(now_ns() - begun) / 1e6);
}

static void sudden_death(void)
{
    begin_case("the_end_of_the_spawning_thread_leaves_and_that_of_the_host_ends_a_container_with_%s", mode->name);
    end_host(start_host(host_that_is_killed));
    expect_gone();
}

static void return_from_main(void)
{
    begin_case("a_host_that_returns_from_main_ends_its_container_with_%s", mode->name);
    pid_t host = start_host(host_that_returns);
    waitpid(host, NULL, 0);
    expect_gone();
}

static void left_by(void (*host)(void), const char* how)
{
    begin_case("CTR_HOST_DEATH_LEAVES_leaves_a_container_when_the_host_%s_with_%s", how, mode->name);
    pid_t pid = start_host(host);
    end_host(pid);
    sleep_ms(a_while);
    expect(!no_children(), "nothing is left");
    (void)all_gone(0); /* ends what is left, on purpose */
    expect(all_gone(soon), "what was left cannot be ended");
}

static void copy_outlives(void)
{
    begin_case("a_forked_copy_of_the_host_does_not_keep_its_container_alive_with_%s", mode->name);
    end_host(start_host(host_with_copy));
    sleep_ms(soon);
    /* The copy itself is one child of ours now; nothing else may be. */
    pid_t pid = 0;
    while ((pid = waitpid(-1, NULL, WNOHANG | __WALL)) > 0)
        ;
    char* children = read_text("/proc/thread-self/children");
    char* rest = NULL;
    const char* copy = strtok_r(children, " \n", &rest);
    expect(copy != NULL && strtok_r(NULL, " \n", &rest) == NULL, "the container is left beside the copy");
    if (copy != NULL)
        kill((pid_t)atol(copy), SIGKILL);
    free(children);
    expect_gone();
}

static void copy_frees(void)
{
    begin_case("ctr_container_free_in_a_forked_copy_ends_nothing_with_%s", mode->name);
    end_host(start_host(host_whose_copy_frees));
    expect_gone();
}

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    start_watchdog(120);
    adopt_orphans();
    char* directory = make_directory();
    char* path = make_root(directory, argv[1]);
    root = path;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        mode = &modes[i];
        sudden_death();
        return_from_main();
        left_by(host_that_leaves, "is_killed");
        left_by(host_that_detaches, "detaches_and_returns");
        copy_outlives();
        copy_frees();
    }
    remove_tree(directory);
    free(path);
    free(directory);
    return conclude();
}
