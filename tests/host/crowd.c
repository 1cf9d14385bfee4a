/* SPDX-License-Identifier: MIT */
/* crowd PAYLOAD [COUNT]: a thousand idle containers under one host, all waited for by one thread, and their memory.
 *
 * What is held against the target is private memory beyond the payload: that of ctr-init, its page tables and the
 * growth of this process. ctr-init is not dumpable, so an ordinary user may not read its smaps; everybody may read its status. Its
 * whole resident set is an upper bound of what it has for itself, because the program's own pages, which all share,
 * are counted once more for each. Root reads smaps_rollup as well, and is held to that.
 * What the kernel keeps for the namespaces is no process's memory; it is seen as the machine's loss of available
 * memory, less that of as many payloads without containers. Others use the machine too, so that is printed only. */
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { target_kib = 200, least = 10, spare_fds = 64, spare_processes = 300 };

struct member {
    ctr_container* container;
    long init;    /* pids */
    long payload; /* 0 where it cannot be found */
};

/* In KiB, of one process or of many. */
struct memory {
    long anonymous;
    long file;
    long shared;
    long tables;
    long private;
    int readable; /* of how many `private` could be read */
};

static struct member* members;
static int count;
static int set;
static atomic_int started;
static atomic_int ended;
static atomic_int wrong;
static atomic_int stop;

/* ------------------------------------------------------------------------------------------------ limits */

static long number_in(const char* path)
{
    char* text = read_text(path);
    long number = text[0] == 0 ? -1 : atol(text);
    free(text);
    return number;
}

/* The KiB, or whatever it is, that stand behind a name such as "RssAnon:"; sums up where it comes more than once. */
static long named(const char* text, const char* name)
{
    long sum = 0;
    for (const char* at = strstr(text, name); at != NULL; at = strstr(at + 1, name))
        sum += atol(at + strlen(name));
    return sum;
}

static void lower(int* most, long limit, const char* what)
{
    if (limit < 0 || limit >= *most)
        return;
    printf("at most %ld containers: %s\n", limit, what);
    *most = (int)limit;
}

/* Each has two descriptors here, two processes and a thread for a moment, and one namespace of a kind. */
static int within_limits(int wanted)
{
    static const char* const kinds[] = {"user", "mnt", "pid", "net", "ipc", "uts"};
    struct rlimit files;
    struct rlimit processes;
    int most = wanted;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_NPROC, &processes);
    if (files.rlim_cur != RLIM_INFINITY)
        lower(&most, ((long)files.rlim_cur - spare_fds) / 2, "RLIMIT_NOFILE");
    if (processes.rlim_cur != RLIM_INFINITY && geteuid() != 0)
        lower(&most, ((long)processes.rlim_cur - spare_processes) / 3, "RLIMIT_NPROC");
    lower(&most, number_in("/proc/sys/kernel/pid_max") / 4, "kernel.pid_max");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/sys/user/max_%s_namespaces", kinds[i]);
        lower(&most, number_in(path), path);
    }
    return most;
}

/* ---------------------------------------------------------------------------------------------- waiting */

static void take_events(struct member* member)
{
    ctr_event event = CTR_EVENT_INIT;
    int result = 0;
    while ((result = ctr_next_event(member->container, &event, NULL)) == 0) {
        started += event.kind == CTR_EVENT_STARTED;
        if (event.kind != CTR_EVENT_ENDED)
            continue;
        epoll_ctl(set, EPOLL_CTL_DEL, ctr_container_event_fd(member->container), NULL);
        ended++;
        return;
    }
    wrong += result != -EAGAIN;
}

static void* wait_for_all(void* unused)
{
    struct epoll_event ready[64];
    while (!stop) {
        int got = epoll_wait(set, ready, 64, 100);
        for (int i = 0; i < got; i++)
            take_events(ready[i].data.ptr);
    }
    return unused;
}

static int comes_to(atomic_int* number, int wanted)
{
    for (int i = 0; i < 2000 && *number < wanted; i++)
        sleep_ms(10);
    return *number == wanted;
}

/* ----------------------------------------------------------------------------------------------- memory */

static void add_process(struct memory* memory, long pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/status", pid);
    char* text = read_text(path);
    memory->anonymous += named(text, "RssAnon:");
    memory->file += named(text, "RssFile:");
    memory->shared += named(text, "RssShmem:");
    memory->tables += named(text, "VmPTE:");
    free(text);
    snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", pid);
    text = read_text(path);
    memory->private += named(text, "Private_Clean:") + named(text, "Private_Dirty:");
    memory->readable += text[0] != 0;
    free(text);
}

static void find_processes(struct member* member)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", ctr_container_pidfd(member->container));
    char* text = read_text(path);
    member->init = named(text, "Pid:");
    free(text);
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", member->init, member->init);
    text = read_text(path);
    member->payload = atol(text);
    free(text);
}

static void tell(const char* what, const struct memory* memory)
{
    printf("%s: resident %.1f KiB (anonymous %.1f, of files %.1f, of memory files and shared %.1f), page tables %.1f",
           what, (double)(memory->anonymous + memory->file + memory->shared) / count, (double)memory->anonymous / count,
           (double)memory->file / count, (double)memory->shared / count, (double)memory->tables / count);
    if (memory->readable == count)
        printf(", private %.1f", (double)memory->private / count);
    puts("");
}

static long own_private(void)
{
    struct memory memory = {0};
    add_process(&memory, getpid());
    return memory.readable == 1 ? memory.private : memory.anonymous;
}

static long machine(const char* name)
{
    char* text = read_text("/proc/meminfo");
    long number = named(text, name);
    free(text);
    return number;
}

/* What as many payloads cost the machine without containers. */
static long cost_of_payloads(const char* payload)
{
    pid_t* pids = calloc((size_t)count, sizeof *pids);
    long before = machine("MemAvailable:");
    for (int i = 0; i < count; i++)
        if ((pids[i] = vfork()) == 0) {
            execl(payload, "/payload", "block", (char*)NULL);
            _exit(127);
        }
    sleep_ms(200);
    long cost = before - machine("MemAvailable:");
    for (int i = 0; i < count; i++)
        if (pids[i] > 0)
            kill(pids[i], SIGKILL);
    for (int i = 0; i < count; i++)
        if (pids[i] > 0)
            waitpid(pids[i], NULL, 0);
    free(pids);
    return cost;
}

static void check_memory(long growth)
{
    begin_case("an_idle_container_has_at_most_%d_KiB_of_private_memory_beyond_its_payload", target_kib);
    struct memory inits = {0};
    struct memory payloads = {0};
    for (int i = 0; i < count; i++) {
        find_processes(&members[i]);
        add_process(&inits, members[i].init);
        if (members[i].payload > 0)
            add_process(&payloads, members[i].payload);
    }
    tell("ctr-init", &inits);
    tell("the payload", &payloads);
    int exact = inits.readable == count;
    long own = exact ? inits.private : inits.anonymous + inits.file + inits.shared;
    double each = (double)(own + inits.tables + growth) / count;
    printf("the host grew by %.1f KiB for each\n", (double)growth / count);
    printf("private memory of an idle container beyond its payload, page tables included: %s%.1f KiB\n",
           exact ? "" : "at most ", each);
    expect(inits.anonymous >= count * 4 && each <= target_kib, "%.1f KiB", each);
}

/* ------------------------------------------------------------------------------------------------- life */

/* Returns how many there are; fewer where a limit of the machine is reached. */
static int spawn_all(const ctr_config* config)
{
    for (int i = 0; i < count; i++) {
        struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = &members[i]};
        ctr_error* error = NULL;
        if (ctr_spawn(config, &members[i].container, &error) != 0) {
            print_error("ctr_spawn", error);
            if (ctr_error_code(error) == CTR_ERR_LIMIT && i >= least)
                skip_case("a limit of this machine allows %d: %s", i, ctr_error_message(error));
            else
                expect(0, "number %d could not be started", i);
            ctr_error_free(error);
            return i;
        }
        epoll_ctl(set, EPOLL_CTL_ADD, ctr_container_event_fd(members[i].container), &wanted);
    }
    return count;
}

static void start_all(const ctr_config* config, int wanted)
{
    begin_case("%d_containers_live_at_once_under_one_host", wanted);
    if (count < wanted)
        skip_case("this machine allows %d", count);
    uint64_t begun = now_ns();
    count = spawn_all(config);
    printf("%d containers in %.1f s\n", count, (double)(now_ns() - begun) / 1e9);
    expect(comes_to(&started, count), "%d of %d starts were told", started, count);
    expect(ended == 0, "%d have ended", ended);
}

/* One half by a signal to the command, the other as a whole. */
static void end_all(void)
{
    begin_case("one_thread_is_told_the_end_of_every_container");
    for (int i = 0; i < count; i++) {
        int whole = i % 2;
        expect(ctr_kill(members[i].container, whole ? SIGKILL : SIGTERM, whole ? CTR_KILL_ALL : CTR_KILL_COMMAND,
                        NULL) == 0,
               "ctr_kill of number %d", i);
    }
    expect(comes_to(&ended, count), "%d of %d ends were told", ended, count);
    expect(wrong == 0, "%d wrong answers of ctr_next_event", wrong);
    for (int i = 0; i < count; i++) {
        ctr_result result = CTR_RESULT_INIT;
        uint32_t kind = i % 2 ? CTR_RESULT_KILLED : CTR_RESULT_SIGNALED;
        expect(ctr_wait(members[i].container, 10000, &result, NULL) == 0 && result.kind == kind,
               "result %u of number %d", result.kind, i);
        ctr_container_free(members[i].container);
    }
}

static void live(const char* root, const char* payload, int wanted)
{
    ctr_config* config = config_for(root, "block", NULL);
    pthread_t thread;
    ctr_config_set_map(config, CTR_MAP_SINGLE);
    ctr_container_free(spawn(config)); /* what is paid once is not a container's */
    set = epoll_create1(EPOLL_CLOEXEC);
    pthread_create(&thread, NULL, wait_for_all, NULL);
    long alone = cost_of_payloads(payload);
    long own = own_private();
    long available = machine("MemAvailable:");
    start_all(config, wanted);
    long cost = available - machine("MemAvailable:") - alone;
    check_memory(own_private() - own);
    printf("the machine's memory beyond the payload, the kernel's included: %.0f KiB for each, about\n",
           (double)cost / count);
    end_all();
    stop = 1;
    pthread_join(thread, NULL);
    close(set);
    ctr_config_free(config);
}

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    int wanted = argc > 2 ? atoi(argv[2]) : 1000;
    start_watchdog(100);
    adopt_orphans();
    char* directory = make_directory();
    char* root = make_root(directory, argv[1]);
    count = within_limits(wanted);
    if (count < least)
        skip_all("the limits of this machine allow %d containers", count);
    members = calloc((size_t)count, sizeof *members);
    int before = count_fds();
    live(root, argv[1], wanted);
    begin_case("nothing_is_left_of_the_crowd");
    expect(all_gone(5000), "a process is left");
    expect(count_fds() == before, "%d descriptors before and %d after", before, count_fds());
    remove_tree(directory);
    free(members);
    free(directory);
    free(root);
    return conclude();
}
