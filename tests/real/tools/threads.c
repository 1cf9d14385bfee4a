/* SPDX-License-Identifier: MIT */
/* Threads that share a counter, a condition and a barrier, thread-local memory, a shared mapping and a child process. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 32, ROUNDS = 20000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t begun = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static long counter;
static int started;
static _Thread_local long own;

static void* work(void* unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    started++;
    pthread_cond_signal(&begun);
    pthread_mutex_unlock(&lock);
    pthread_barrier_wait(&barrier);
    for (own = 0; own < ROUNDS; own++)
        __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
    return (void*)own;
}

static int run_threads(void)
{
    pthread_t threads[THREADS];
    long sum = 0;
    void* result;

    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, NULL) != 0)
            return perror("pthread_create"), -1;
    pthread_mutex_lock(&lock);
    while (started < THREADS)
        pthread_cond_wait(&begun, &lock);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &result);
        sum += (long)result;
    }
    return sum == counter && counter == (long)THREADS * ROUNDS ? 0 : -1;
}

static int share_with_child(void)
{
    int status = -1;
    long* shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = shared == MAP_FAILED ? -1 : fork();

    if (child == 0) {
        *shared = 42;
        _exit(7);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return perror("fork"), -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 7 && *shared == 42 ? 0 : -1;
}

int main(void)
{
    struct timespec now;

    if (run_threads() != 0 || share_with_child() != 0)
        return 1;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0 || sched_yield() != 0)
        return 1;
    printf("%d threads counted to %ld\n", THREADS, counter);
    return 0;
}
