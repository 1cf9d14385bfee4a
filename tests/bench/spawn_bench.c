/* SPDX-License-Identifier: MIT */
/*
 * Times ctr_spawn() and ctr_wait() from a host process that has touched a given amount of memory.
 *
 * usage: spawn_bench [-n COUNT] [--bare | --fresh] MEBIBYTES ROOT COMMAND [ARGUMENT...]      (without -n: see rounds.h)
 * --bare leaves out what neither the floor nor bubblewrap does: the filter of system calls and the keyring.
 * --fresh makes a config for every spawn; else one config serves all of them, as it does in programs that spawn often.
 */
#include "rounds.h"

#include <ctr/ctr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int complain(char const* doing, ctr_error* error)
{
    fprintf(stderr, "spawn_bench: %s: %s: %s (%s), errno %d\n", doing, ctr_error_step(error), ctr_error_message(error),
            ctr_error_subject(error), ctr_error_errno(error));
    ctr_error_free(error);
    return -1;
}

struct wish {
    int bare;
    int fresh;
    char const* root;
    char const* const* command;
    ctr_config* config; /* of all spawns */
};

static ctr_config* make_config(struct wish const* wish)
{
    ctr_config* config = ctr_config_new();
    if (!config)
        return NULL;
    /* One id is what the floor and bubblewrap map too; ranges would add two helper programs to each spawn. */
    (void)ctr_config_set_map(config, CTR_MAP_SINGLE); /* a refusal is kept in the config and told by ctr_spawn() */
    (void)ctr_config_set_rootfs(config, wish->root);
    if (wish->bare) {
        (void)ctr_config_set_seccomp(config, "unconfined");
        (void)ctr_config_set_keyring(config, CTR_KEYRING_INHERITED);
    }
    (void)ctr_config_set_command(config, wish->command);
    return config;
}

static int spawn_and_wait(ctr_config const* config)
{
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    ctr_result result = CTR_RESULT_INIT;
    if (ctr_spawn(config, &container, &error) != 0)
        return complain("ctr_spawn", error);
    int waited = ctr_wait(container, -1, &result, &error);
    ctr_container_free(container);
    if (waited != 0)
        return complain("ctr_wait", error);
    if (result.kind != CTR_RESULT_EXITED || result.code != 0) {
        fprintf(stderr, "spawn_bench: the command ended with kind %u, code %d\n", result.kind, result.code);
        return -1;
    }
    return 0;
}

static int round_of(void* context)
{
    struct wish const* wish = context;
    if (!wish->fresh)
        return spawn_and_wait(wish->config);
    ctr_config* config = make_config(wish);
    int status = config ? spawn_and_wait(config) : -1;
    ctr_config_free(config);
    return status;
}

/* Small pages on purpose: they are what makes copying a big process expensive. */
static int touch(size_t mebibytes)
{
    size_t size = mebibytes << 20;
    if (size == 0)
        return 0;
    unsigned char* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        perror("spawn_bench: mmap");
        return -1;
    }
    (void)madvise(memory, size, MADV_NOHUGEPAGE); /* a kernel without huge pages refuses; it has none to avoid */
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t offset = 0; offset < size; offset += page)
        memory[offset] = 1;
    return 0;
}

int main(int argc, char** argv)
{
    unsigned long count = rounds_take_count(&argc, &argv);
    struct wish wish = {0};
    wish.bare = argc > 1 && strcmp(argv[1], "--bare") == 0;
    wish.fresh = argc > 1 && strcmp(argv[1], "--fresh") == 0;
    argc -= wish.bare + wish.fresh;
    argv += wish.bare + wish.fresh;
    if (argc < 4) {
        fprintf(stderr, "usage: spawn_bench [-n COUNT] [--bare | --fresh] MEBIBYTES ROOT COMMAND [ARGUMENT...]\n");
        return 2;
    }
    if (touch(strtoul(argv[1], NULL, 10)) != 0)
        return 1;
    wish.root = argv[2];
    wish.command = (char const* const*)(argv + 3);
    wish.config = make_config(&wish);
    if (!wish.config)
        return 1;
    int status = rounds_serve(count, round_of, &wish);
    ctr_config_free(wish.config);
    return status;
}
