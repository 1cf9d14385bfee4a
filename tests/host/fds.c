/* SPDX-License-Identifier: MIT */
/* fds PAYLOAD WALK: what a command is given leads nowhere: WALK tries to get out, see there. The host holds directories
 * of its own open, close-on-exec and not, as careless programs do. */
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char walk_there[2][64];
static const char* root;
static const char* program;

static void describe_place(char* text, size_t size, const char* path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        give_up("cannot look at %s", path);
    snprintf(text, size, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
}

static void walk(ctr_config* config, const char* path, const char* init)
{
    const char* const words[] = {path, init, walk_there[0], walk_there[1], NULL};
    ctr_config_set_command(config, words);
    fflush(stdout);
    int status = run(config);
    expect(status == 0, "WALK says %d", status);
    ctr_config_free(config);
}

/* With every capability there is. */
static ctr_config* config_of(uint32_t init, uint32_t pid_namespace)
{
    ctr_config* config = config_for(root, NULL);
    ctr_config_add_capability(config, "ALL");
    ctr_config_set_init(config, init);
    ctr_config_set_namespace(config, CTR_NAMESPACE_PID, pid_namespace);
    return config;
}

static void walk_from_root(void)
{
    begin_case("nothing_leads_out_and_init_is_closed");
    walk(config_of(CTR_INIT_INSIDE, CTR_NAMESPACE_OWN), "/walk", "1");

    begin_case("nothing_leads_out_with_init_outside");
    walk(config_of(CTR_INIT_OUTSIDE, CTR_NAMESPACE_OWN), "/walk", "0");

    begin_case("nothing_leads_out_and_init_is_closed_with_a_shared_pid_namespace");
    walk(config_of(CTR_INIT_INSIDE, CTR_NAMESPACE_SHARED), "/walk", "parent");

    begin_case("nothing_leads_out_and_init_is_closed_with_a_single_id");
    ctr_config* config = config_of(CTR_INIT_INSIDE, CTR_NAMESPACE_OWN);
    ctr_config_set_map(config, CTR_MAP_SINGLE);
    walk(config, "/walk", "1");

    begin_case("nothing_leads_out_and_init_is_closed_with_system_paths_open");
    config = config_of(CTR_INIT_INSIDE, CTR_NAMESPACE_OWN);
    ctr_config_set_system_paths(config, CTR_SYSTEM_PATHS_OPEN);
    ctr_config_set_new_privs(config, CTR_NEW_PRIVS_ALLOWED);
    walk(config, "/walk", "1");

    begin_case("nothing_leads_out_and_init_is_closed_with_the_usual_capabilities");
    config = config_for(root, NULL);
    walk(config, "/walk", "1");

    begin_case("nothing_leads_out_of_a_read_only_root_with_layers");
    config = config_of(CTR_INIT_INSIDE, CTR_NAMESPACE_OWN);
    ctr_config_set_root_mode(config, CTR_ROOT_READ_ONLY);
    ctr_config_add_file(config, "/etc/deep/file", "text", 4, 0644);
    ctr_config_add_symlink(config, "nowhere", "/etc/deep/link");
    walk(config, "/walk", "1");
}

/* A capability to unmount would show, as its documentation says, what is hidden here; so the usual ones only. */
static void walk_from_host_root(void)
{
    begin_case("nothing_leads_to_a_writable_view_from_the_host_root");
    ctr_config* config = ctr_config_new();
    ctr_add_mount(config, program, "/tmp/walk", "bind", 0, NULL);
    walk(config, "/tmp/walk", "1");
}

int main(int argc, char** argv)
{
    if (argc < 3)
        return 2;
    start_watchdog(60);
    char* directory = make_directory();
    char* path = make_root(directory, argv[1]);
    char* probe = path_in(path, "walk");
    char* own = path_in(directory, "walk");
    root = path;
    program = own;
    copy_program(argv[2], probe);
    copy_program(argv[2], own); /* somewhere that the test's user may bind from */
    describe_place(walk_there[0], sizeof *walk_there, "/");
    describe_place(walk_there[1], sizeof *walk_there, "/etc");
    int careless[] = {open("/", O_RDONLY | O_DIRECTORY), open("/etc", O_PATH), open("/", O_PATH | O_CLOEXEC)};
    for (size_t i = 0; i < sizeof careless / sizeof *careless; i++)
        if (careless[i] < 0)
            give_up("cannot open a directory");
    walk_from_root();
    walk_from_host_root();
    remove_tree(directory);
    free(own);
    free(probe);
    free(path);
    free(directory);
    return conclude();
}
