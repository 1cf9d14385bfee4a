/* SPDX-License-Identifier: MIT */
/* exhausted PAYLOAD: memory runs out at every place of a start, one after the other: the call says so, and leaves no
 * process and no descriptor. */
#include "support.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CAN_RUN_OUT 1

void* __libc_malloc(size_t size);

static long left = -1; /* of allocations that succeed; -1: all */

void* malloc(size_t size)
{
    if (left == 0) {
        left = -1; /* the one that fails; what tells of it finds memory */
        errno = ENOMEM;
        return NULL;
    }
    if (left > 0)
        left--;
    return __libc_malloc(size);
}

#else
#define CAN_RUN_OUT 0
static long left;
#endif

enum { most = 20000 };

static const char* root;

/* The first start from a config: it remembers nothing. Returns 0 when it needs no more than so many allocations. */
static int one_fails(uint32_t map, long number)
{
    ctr_config* config = config_for(root, "exit", "0", NULL);
    ctr_config_set_map(config, map);
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    left = number;
    int result = ctr_spawn(config, &container, &error);
    int failed = left == -1;
    left = -1;
    expect(result == 0 || (result == -ENOMEM && ctr_error_code(error) == CTR_ERR_NO_MEMORY), "allocation %ld: %d %s",
           number, result, ctr_error_message(error));
    expect(result == 0 || *ctr_error_message(error) != 0, "allocation %ld: the error says nothing", number);
    ctr_error_free(error);
    ctr_container_free(container);
    ctr_config_free(config);
    return failed;
}

static void sweep(uint32_t map)
{
    int descriptors = count_fds();
    long number = 0;
    while (number < most && one_fails(map, number))
        number++;
    expect(number > 10 && number < most, "%ld allocations", number);
    expect(count_fds() == descriptors, "%d descriptors, and %d before", count_fds(), descriptors);
    expect(no_children(), "a child is left");
}

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    if (!CAN_RUN_OUT)
        skip_all("allocation cannot be made to fail in this build");
    start_watchdog(200);
    char* directory = make_directory();
    char* path = make_root(directory, argv[1]);
    root = path;

    begin_case("a_start_that_runs_out_of_memory_anywhere_says_so_and_leaves_nothing");
    sweep(CTR_MAP_SINGLE);

    begin_case("a_start_whose_ids_are_mapped_by_helpers_does_too");
    if (has_ranges())
        sweep(CTR_MAP_SUBID);
    else
        skip_case("no ranges of ids here");
    remove_tree(directory);
    free(path);
    free(directory);
    return conclude();
}
