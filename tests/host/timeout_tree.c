/* SPDX-License-Identifier: MIT */
/* timeout_tree PAYLOAD [COUNT]: how long after its deadline a container ends whose command ignores SIGTERM and has a
 * grandchild in a session of its own that does so too and holds the output, which is a pipe.
 *
 * The deadline counts from the exec of the command, which nobody outside sees to the microsecond; it is counted from
 * the call of ctr_spawn() here, so that every number is a little too high. The end is the return of ctr_wait(). */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { at_once = 8, deadline_ms = 300, grace_ms = 100, bound_ms = 200, most_runs = 10000 };

static double late[most_runs]; /* milliseconds */
static int runs;
static atomic_int next;
static atomic_int wrong;

static void tell_wrong(const char* what, int run, long number)
{
    printf("  run %d: %s: %ld\n", run, what, number);
    wrong++;
}

/* All of the tree is gone, so the output is at its end and nobody is waited for. */
static void check_output(ctr_container* container, int run)
{
    char text[64];
    size_t length = 0;
    ssize_t got = 0;
    int fd = ctr_container_stdio(container, STDOUT_FILENO);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (length < sizeof text && (got = read(fd, text + length, sizeof text - length)) > 0)
        length += (size_t)got;
    if (got != 0)
        tell_wrong("somebody holds the output", run, errno);
    if (length != strlen("family\n") || memcmp(text, "family\n", length) != 0)
        tell_wrong("the tree did not start", run, (long)length);
}

static void run_once(const ctr_config* config, int run, uint64_t due_ms)
{
    uint64_t due = now_ns() + due_ms * 1000000;
    ctr_container* container = spawn(config);
    ctr_result result = CTR_RESULT_INIT;
    int status = container == NULL ? -1 : ctr_wait(container, 10000, &result, NULL);
    late[run] = ((double)now_ns() - (double)due) / 1e6;
    if (status != 0 || result.kind != CTR_RESULT_TIMED_OUT)
        tell_wrong("another result", run, status != 0 ? status : (long)result.kind);
    else
        check_output(container, run);
    if (late[run] < 0)
        tell_wrong("it ended before its deadline; microseconds", run, (long)(late[run] * 1000));
    ctr_container_free(container);
}

struct way {
    const char* name;
    uint32_t init;
    uint64_t grace_ms;
    const ctr_config* config;
};

static void* run_share(void* pointer)
{
    const struct way* way = pointer;
    for (int run = next++; run < runs; run = next++)
        run_once(way->config, run, deadline_ms + way->grace_ms);
    return NULL;
}

static int by_number(const void* left, const void* right)
{
    double difference = *(const double*)left - *(const double*)right;
    return (difference > 0) - (difference < 0);
}

/* So many in a hundred are not later. */
static double percentile(int hundredths)
{
    int rank = (runs * hundredths + 99) / 100;
    return late[rank - 1];
}

static void measure(const char* root, struct way* way)
{
    begin_case("%d_stubborn_trees_end_within_%d_ms_of_their_deadline_%s", runs, bound_ms, way->name);
    pthread_t threads[at_once];
    ctr_config* config = config_for(root, "deaf-family", NULL);
    ctr_config_set_map(config, CTR_MAP_SINGLE);
    ctr_config_set_init(config, way->init);
    ctr_config_set_stdio(config, STDOUT_FILENO, CTR_STDIO_PIPE, -1);
    ctr_config_set_timeout(config, deadline_ms);
    ctr_config_set_kill_after(config, way->grace_ms);
    way->config = config;
    next = 0;
    wrong = 0;
    for (int i = 0; i < at_once; i++)
        pthread_create(&threads[i], NULL, run_share, way);
    for (int i = 0; i < at_once; i++)
        pthread_join(threads[i], NULL);
    ctr_config_free(config);
    qsort(late, (size_t)runs, sizeof *late, by_number);
    printf("%s: p50 %.1f ms, p99 %.1f ms, max %.1f ms\n", way->name, percentile(50), percentile(99), late[runs - 1]);
    expect(wrong == 0, "%d things in %d runs", wrong, runs);
    expect(percentile(99) <= bound_ms, "%.1f ms at the 99th percentile", percentile(99));
}

int main(int argc, char** argv)
{
    static struct way ways[] = {
        {"with_ctr_init_inside", CTR_INIT_INSIDE, 0, NULL},
        {"with_ctr_init_outside", CTR_INIT_OUTSIDE, 0, NULL},
        {"and_its_grace", CTR_INIT_INSIDE, grace_ms, NULL},
    };
    if (argc < 2)
        return 2;
    runs = argc > 2 ? atoi(argv[2]) : 200;
    if (runs < 1 || runs > most_runs)
        return 2;
    start_watchdog((unsigned)(60 + runs / 4));
    adopt_orphans();
    char* directory = make_directory();
    char* root = make_root(directory, argv[1]);
    int before = count_fds();
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        measure(root, &ways[i]);
    begin_case("nothing_is_left_of_trees_that_timed_out");
    expect(all_gone(2000), "a process is left");
    expect(count_fds() == before, "%d descriptors before and %d after", before, count_fds());
    remove_tree(directory);
    free(directory);
    free(root);
    return conclude();
}
