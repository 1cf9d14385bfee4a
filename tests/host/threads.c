/* SPDX-License-Identifier: MIT */
/* threads PAYLOAD [EACH]: 8 threads that spawn, beside threads that allocate, change the environment, open and close
 * descriptors and send signals. 1250 each are the 10 000 of the long form. */
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { spawner_count = 8, ranged_from = 6, noise_count = 5 };

static atomic_int stop;
static atomic_int finished;
static atomic_int wrong_status;
static atomic_int wrong_pipe;
static atomic_int taken;
static pthread_t spawners[spawner_count];

struct share {
    const ctr_config* config;
    int number;
    int each;
};

static void* spawn_share(void* pointer)
{
    const struct share* share = pointer;
    for (int i = 0; i < share->each; i++) {
        int status = run(share->config);
        if (status != share->number + 1) {
            wrong_status++;
            printf("  wrong: thread %d, spawn %d: %d\n", share->number, i, status);
        }
    }
    finished++;
    return NULL;
}

/* ---------------------------------------------------------------------------------------------- noise */

static void* allocate(void* unused)
{
    while (!stop)
        for (size_t size = 16; size < (1U << 20); size *= 2) {
            char* memory = malloc(size);
            if (memory != NULL)
                memset(memory, 1, size);
            free(memory);
        }
    return unused;
}

static void* change_environment(void* unused)
{
    for (unsigned i = 0; !stop; i++) {
        char name[32];
        snprintf(name, sizeof name, "HOST_%u", i % 100);
        setenv(name, "value", 1);
        unsetenv(name);
    }
    return unused;
}

/* Sees it when somebody else closes or takes a descriptor of its own. */
static void* use_descriptors(void* unused)
{
    for (unsigned i = 0; !stop; i++) {
        int ends[2];
        unsigned got = 0;
        if (pipe(ends) != 0) {
            wrong_pipe++;
            continue;
        }
        if (write(ends[1], &i, sizeof i) != sizeof i || read(ends[0], &got, sizeof got) != sizeof got || got != i)
            wrong_pipe++;
        if (close(ends[0]) != 0 || close(ends[1]) != 0)
            wrong_pipe++;
    }
    return unused;
}

static void take_signal(int number)
{
    (void)number;
    int saved = errno;
    taken++;
    errno = saved;
}

/* System calls are interrupted: without SA_RESTART. */
static void* send_signals(void* unused)
{
    for (unsigned i = 0; !stop; i++) {
        pthread_kill(spawners[i % spawner_count], i % 2 == 0 ? SIGUSR1 : SIGUSR2);
        usleep(200);
    }
    return unused;
}

static void* send_process_signals(void* unused)
{
    while (!stop) {
        kill(getpid(), SIGUSR1);
        usleep(500);
    }
    return unused;
}

static void handle_signals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = take_signal;
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
}

/* ----------------------------------------------------------------------------------------------- test */

static void run_all(struct share* shares)
{
    static void* (*const noise[noise_count])(void*) = {allocate, change_environment, use_descriptors, send_signals,
                                                       send_process_signals};
    pthread_t noisy[noise_count];
    for (int i = 0; i < spawner_count; i++)
        pthread_create(&spawners[i], NULL, spawn_share, &shares[i]);
    for (int i = 0; i < noise_count; i++)
        pthread_create(&noisy[i], NULL, noise[i], NULL);
    while (finished < spawner_count)
        usleep(20000);
    stop = 1;
    for (int i = 0; i < noise_count; i++)
        pthread_join(noisy[i], NULL);
    for (int i = 0; i < spawner_count; i++)
        pthread_join(spawners[i], NULL);
}

/* Six threads have a config each with the same root; two share one whose ids are mapped by helpers where they can. */
static void prepare_shares(struct share* shares, ctr_config** configs, const char* root, int each)
{
    for (int i = 0; i < spawner_count; i++) {
        char status[16];
        snprintf(status, sizeof status, "%d", i + 1);
        configs[i] = config_for(root, "exit", status, NULL);
        if (i < ranged_from || !has_ranges())
            ctr_config_set_map(configs[i], CTR_MAP_SINGLE);
        shares[i] = (struct share){configs[i], i, each};
    }
    /* Many threads may spawn from one config. */
    shares[1] = (struct share){configs[0], 0, each};
    shares[spawner_count - 1] = (struct share){configs[ranged_from], ranged_from, each};
}

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    int each = argc > 2 ? atoi(argv[2]) : 250;
    start_watchdog((unsigned)(60 + each / 2));
    handle_signals();
    adopt_orphans();
    char* directory = make_directory();
    char* root = make_root(directory, argv[1]);
    struct share shares[spawner_count];
    ctr_config* configs[spawner_count];
    int before = count_fds();
    prepare_shares(shares, configs, root, each);

    begin_case("%d_spawns_from_%d_threads_beside_noisy_ones", each * spawner_count, spawner_count);
    uint64_t begun = now_ns();
    run_all(shares);
    uint64_t taken_ns = now_ns() - begun;
    printf("%d spawns in %.1f s, %d signals taken\n", each * spawner_count, (double)taken_ns / 1e9, taken);
    expect(wrong_status == 0, "%d exit statuses", wrong_status);
    expect(wrong_pipe == 0, "%d times a descriptor of another thread was closed or taken", wrong_pipe);
    expect(no_children(), "a child is left");
    for (int i = 0; i < spawner_count; i++)
        ctr_config_free(configs[i]);
    int after = count_fds();
    expect(after == before, "%d descriptors before and %d after", before, after);
    remove_tree(directory);
    free(directory);
    free(root);
    return conclude();
}
