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
static char* state;

/* The first start from a config: it remembers nothing. Returns 0 when it needs no more than so many allocations. */
static int one_fails(uint32_t map, const char* name, long number)
{
    ctr_config* config = config_for(root, name == NULL ? "exit" : "block", "0", NULL);
    ctr_config_set_map(config, map);
    if (name != NULL) {
        ctr_config_set_name(config, name, CTR_NAME_REMOVE);
        ctr_config_set_state_directory(config, state);
        ctr_config_set_stdio(config, 1, CTR_STDIO_CAPTURE, -1);
    }
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
    left = number % 9; /* neither does the end of a handle end the host */
    ctr_container_free(container);
    left = -1;
    ctr_config_free(config);
    return failed;
}

static int has_name(void)
{
    char** names = NULL;
    int found = ctr_names(state, &names, NULL) == 0 && names[0] != NULL;
    free(names);
    return found;
}

static void sweep(uint32_t map, const char* name)
{
    int descriptors = count_fds();
    long number = 0;
    while (number < most && one_fails(map, name, number))
        number++;
    expect(name == NULL || !has_name(), "the name is taken");
    expect(number > 10 && number < most, "%ld allocations", number);
    expect(count_fds() == descriptors, "%d descriptors, and %d before", count_fds(), descriptors);
    expect(no_children(), "a child is left");
}

/* ------------------------------------------------------------------------------------------------- setters */

typedef int setter(ctr_config* config);

static int drop_all(ctr_config* config) { return ctr_config_drop_capability(config, "a-name-that-is-not-short"); }
static int restrict_paths(ctr_config* config)
{
    return ctr_config_add_landlock_path(config, "/usr", CTR_LANDLOCK_READ | CTR_LANDLOCK_EXECUTE);
}
static int another_command(ctr_config* config)
{
    const char* argv[] = {"/payload", "exit", "0", "a-word-that-needs-memory-of-its-own", NULL};
    return ctr_config_set_command(config, argv);
}
static int another_root(ctr_config* config) { return ctr_config_set_rootfs(config, "/a/root/that/is/not/there"); }
static int cover_etc(ctr_config* config) { return ctr_add_mount(config, NULL, "/etc", "tmpfs", 0, NULL); }
static int name_it(ctr_config* config) { return ctr_config_set_name(config, "a-name-that-is-not-short", 0); }

static void setters(void)
{
    static const struct {
        const char* name;
        setter* call;
    } all[] = {{"ctr_config_drop_capability", drop_all},
               {"ctr_config_add_landlock_path", restrict_paths},
               {"ctr_config_set_command", another_command},
               {"ctr_config_set_rootfs", another_root},
               {"ctr_add_mount", cover_etc},
               {"ctr_config_set_name", name_it}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        begin_case("a_wish_that_%s_lost_for_want_of_memory_is_not_forgotten", all[i].name);
        ctr_config* config = config_for(root, "exit", "0", NULL);
        ctr_container* container = NULL;
        ctr_error* error = NULL;
        left = 0;
        int set = all[i].call(config);
        left = -1;
        expect(set == -ENOMEM, "the setter gave %d", set);
        expect(ctr_spawn(config, &container, &error) == -ENOMEM, "it was started");
        expect(strcmp(ctr_error_call(error), all[i].name) == 0, "the error names \"%s\"", ctr_error_call(error));
        ctr_error_free(error);
        ctr_container_free(container);
        ctr_config_free(config);
    }
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
    state = path_in(directory, "state");
    adopt_orphans();

    setters();

    begin_case("a_start_that_runs_out_of_memory_anywhere_says_so_and_leaves_nothing");
    sweep(CTR_MAP_SINGLE, NULL);

    begin_case("a_start_whose_ids_are_mapped_by_helpers_does_too");
    if (has_ranges())
        sweep(CTR_MAP_SUBID, NULL);
    else
        skip_case("no ranges of ids here");
    begin_case("a_start_with_a_name_does_too_and_the_name_is_free_again");
    sweep(CTR_MAP_SINGLE, "one");
    remove_tree(directory);
    free(state);
    free(path);
    free(directory);
    return conclude();
}
