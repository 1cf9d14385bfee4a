/* SPDX-License-Identifier: MIT */
/* A program that uses the library, for what the command line cannot show:
 * host thread-exit ROOT MARK      the spawning thread ends; says "alive" or "gone" half a second later
 * host reaper ROOT COUNT          spawns beside a thread that waits for any child
 * host ignore ROOT COUNT          spawns with SIGCHLD ignored
 * host threads ROOT THREADS EACH  spawns from threads beside others that allocate, set the environment, take signals
 * host cost ROOT MIB COUNT        touches so much memory; prints the median nanoseconds of spawn and wait
 * All but the first and last print "ok" when every status was right and nothing is left. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <ctr/ctr.h>

static atomic_int stop;
static atomic_int wrong;

static ctr_config* config_of(const char* root, const char* const* argv)
{
    ctr_config* config = ctr_config_new();
    ctr_config_set_rootfs(config, root);
    ctr_config_set_command(config, argv);
    return config;
}

static ctr_container* spawn(const ctr_config* config)
{
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    if (ctr_spawn(config, &container, &error) == 0)
        return container;
    fprintf(stderr, "%s: %s: %s (errno %d)\n", ctr_error_step(error), ctr_error_subject(error),
            ctr_error_message(error), ctr_error_errno(error));
    ctr_error_free(error);
    return NULL;
}

/* Returns the exit status, or a negative value where there is none. */
static int spawn_and_wait(const ctr_config* config)
{
    ctr_container* container = spawn(config);
    if (!container)
        return -1;
    ctr_result result = CTR_RESULT_INIT;
    ctr_error* error = NULL;
    int outcome = ctr_wait(container, 20000, &result, &error);
    if (outcome)
        fprintf(stderr, "wait: %s\n", ctr_error_message(error));
    ctr_error_free(error);
    ctr_container_free(container);
    return outcome == 0 && result.kind == CTR_RESULT_EXITED ? result.code : -2;
}

static int count_fds(void)
{
    int found = 0;
    DIR* directory = opendir("/proc/self/fd");
    while (directory && readdir(directory))
        found++;
    if (directory)
        closedir(directory);
    return found;
}

static int check(const char* what, int condition)
{
    if (!condition)
        fprintf(stderr, "wrong: %s\n", what);
    return !condition;
}

static int no_children(void) { return waitpid(-1, NULL, WNOHANG | __WALL) < 0 && errno == ECHILD; }

static int spawn_many(const char* root, int count)
{
    for (int index = 0; index < count; index++) {
        char script[32];
        snprintf(script, sizeof script, "exit %d", index % 200);
        const char* const argv[] = {"sh", "-c", script, NULL};
        ctr_config* config = config_of(root, argv);
        int status = spawn_and_wait(config);
        ctr_config_free(config);
        if (check("exit status", status == index % 200))
            return 1;
    }
    return 0;
}

static void* wait_for_any(void* unused)
{
    while (!stop)
        if (waitpid(-1, NULL, WNOHANG | __WALL) <= 0)
            usleep(50);
    return unused;
}

static int beside_reaper(const char* root, int count)
{
    pthread_t reaper;
    pthread_create(&reaper, NULL, wait_for_any, NULL);
    int failed = spawn_many(root, count);
    stop = 1;
    pthread_join(reaper, NULL);
    return failed | check("no children", no_children());
}

static int with_ignored_signal(const char* root, int count)
{
    signal(SIGCHLD, SIG_IGN);
    return spawn_many(root, count) | check("no children", no_children());
}

static void* allocate(void* unused)
{
    while (!stop) {
        for (size_t size = 16; size < (1 << 20); size *= 2)
            free(memset(malloc(size), 1, size));
        usleep(500);
    }
    return unused;
}

static void* set_environment(void* unused)
{
    for (unsigned index = 0; !stop; index++) {
        char name[32];
        snprintf(name, sizeof name, "HOST_%u", index % 100);
        setenv(name, "value", 1);
        unsetenv(name);
        usleep(100);
    }
    return unused;
}

static void take_signal(int number) { (void)number; }

static void* send_signals(void* unused)
{
    struct sigaction action = {.sa_handler = take_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    while (!stop) {
        kill(getpid(), SIGUSR1);
        usleep(200);
    }
    return unused;
}

struct share {
    const ctr_config* config;
    int count;
};

static void* spawn_share(void* pointer)
{
    const struct share* share = pointer;
    for (int index = 0; index < share->count; index++)
        if (spawn_and_wait(share->config) != 7)
            wrong++;
    return NULL;
}

static int from_threads(const char* root, int threads, int each)
{
    static void* (*const noise[])(void*) = {allocate, set_environment, send_signals};
    pthread_t noisy[3];
    pthread_t spawning[64];
    const char* const argv[] = {"sh", "-c", "exit 7", NULL};
    ctr_config* config = config_of(root, argv);
    ctr_config_set_map(config, CTR_MAP_SINGLE);
    struct share share = {config, each};
    int before = count_fds();
    for (int index = 0; index < 3; index++)
        pthread_create(&noisy[index], NULL, noise[index], NULL);
    for (int index = 0; index < threads && index < 64; index++)
        pthread_create(&spawning[index], NULL, spawn_share, &share);
    for (int index = 0; index < threads && index < 64; index++)
        pthread_join(spawning[index], NULL);
    stop = 1;
    for (int index = 0; index < 3; index++)
        pthread_join(noisy[index], NULL);
    ctr_config_free(config);
    return check("every status", wrong == 0) | check("descriptors", count_fds() == before) |
           check("no children", no_children());
}

static ctr_container* spawned;

static void* spawn_once(void* config)
{
    spawned = spawn(config);
    return NULL;
}

static int thread_exit(const char* root, const char* mark)
{
    const char* const argv[] = {"sleep", mark, NULL};
    ctr_config* config = config_of(root, argv);
    pthread_t thread;
    pthread_create(&thread, NULL, spawn_once, config);
    pthread_join(thread, NULL);
    ctr_config_free(config);
    if (!spawned)
        return 1;
    struct pollfd ended = {ctr_container_pidfd(spawned), POLLIN, 0};
    puts(poll(&ended, 1, 500) == 0 ? "alive" : "gone");
    ctr_container_free(spawned);
    return 0;
}

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int by_size(const void* left, const void* right)
{
    long long difference = *(const long long*)left - *(const long long*)right;
    return (difference > 0) - (difference < 0);
}

static int cost(const char* root, size_t mebibytes, int count)
{
    static long long taken[1000];
    char* memory = malloc(mebibytes << 20);
    for (size_t at = 0; memory && at < mebibytes << 20; at += 4096)
        ((volatile char*)memory)[at] = 1;
    const char* const argv[] = {"true", NULL};
    ctr_config* config = config_of(root, argv);
    ctr_config_set_map(config, CTR_MAP_SINGLE);
    for (int index = 0; index < count && index < 1000; index++) {
        long long begun = now();
        if (spawn_and_wait(config) != 0)
            return 1;
        taken[index] = now() - begun;
    }
    qsort(taken, (size_t)count, sizeof *taken, by_size);
    printf("%lld\n", taken[count / 2]);
    ctr_config_free(config);
    free(memory);
    return 0;
}

static int conclude(int failed)
{
    if (!failed)
        puts("ok");
    return failed;
}

int main(int argc, char** argv)
{
    if (argc < 4)
        return 2;
    if (strcmp(argv[1], "thread-exit") == 0)
        return thread_exit(argv[2], argv[3]);
    if (strcmp(argv[1], "reaper") == 0)
        return conclude(beside_reaper(argv[2], atoi(argv[3])));
    if (strcmp(argv[1], "ignore") == 0)
        return conclude(with_ignored_signal(argv[2], atoi(argv[3])));
    if (argc < 5)
        return 2;
    if (strcmp(argv[1], "threads") == 0)
        return conclude(from_threads(argv[2], atoi(argv[3]), atoi(argv[4])));
    return cost(argv[2], strtoul(argv[3], NULL, 10), atoi(argv[4]));
}
