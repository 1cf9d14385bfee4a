/* SPDX-License-Identifier: MIT */
/* arguments PAYLOAD: what the C API does with NULL, numbers that mean nothing, and structs of other versions. */
#include "json.h"
#include "support.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

static const char* root;

static int same(const char* one, const char* other) { return one != NULL && other != NULL && strcmp(one, other) == 0; }

static void null_handles(void)
{
    begin_case("NULL_handles_are_refused_or_ignored");
    ctr_result result = CTR_RESULT_INIT;
    ctr_container* container = NULL;
    char* text = NULL;
    ctr_config* config = config_for(root, NULL);
    ctr_config_free(NULL);
    ctr_container_free(NULL);
    ctr_error_free(NULL);
    expect(ctr_spawn(NULL, &container, NULL) == -EINVAL, "ctr_spawn without a config");
    expect(ctr_spawn(config, NULL, NULL) == -EINVAL, "ctr_spawn without a place for the handle");
    expect(ctr_spawn(NULL, NULL, NULL) == -EINVAL, "ctr_spawn of nothing");
    expect(ctr_spawn_with(NULL, NULL, NULL, NULL) == -EINVAL, "ctr_spawn_with of nothing");
    expect(ctr_explain(NULL, &text, NULL) == -EINVAL && ctr_explain(config, NULL, NULL) == -EINVAL, "ctr_explain");
    expect(ctr_explain_text(NULL, &text, NULL) == -EINVAL && ctr_explain_text(config, NULL, NULL) == -EINVAL,
           "ctr_explain_text");
    expect(ctr_wait(NULL, 0, &result, NULL) == -EINVAL, "ctr_wait");
    expect(ctr_kill(NULL, SIGTERM, CTR_KILL_COMMAND, NULL) == -EINVAL, "ctr_kill");
    expect(ctr_container_pidfd(NULL) < 0, "ctr_container_pidfd");
    expect(ctr_container_detach(NULL) == -EINVAL, "ctr_container_detach");
    expect(ctr_container_report(NULL) == NULL || is_json(ctr_container_report(NULL)) ||
               same(ctr_container_report(NULL), ""),
           "ctr_container_report");
    expect(ctr_container_notice(NULL, 0) == NULL, "ctr_container_notice");
    expect(container == NULL && text == NULL, "something was made of nothing");
    ctr_config_free(config);
}

static void null_error(void)
{
    begin_case("a_NULL_error_has_no_story");
    expect(ctr_error_code(NULL) == CTR_ERR_NONE && ctr_error_errno(NULL) == 0 && ctr_error_index(NULL) == -1,
           "its numbers");
    expect(same(ctr_error_step(NULL), "") && same(ctr_error_subject(NULL), "") && same(ctr_error_call(NULL), "") &&
               same(ctr_error_message(NULL), "") && same(ctr_error_hint(NULL), ""),
           "its words");
    char* json = ctr_error_to_json(NULL);
    expect(json == NULL || is_json(json), "its JSON is %s", json);
    free(json);
}

static void null_setters(void)
{
    begin_case("every_setter_refuses_a_NULL_config");
    const char* const words[] = {"/payload", NULL};
    expect(ctr_config_set_command(NULL, words) == -EINVAL, "set_command");
    expect(ctr_config_add_env(NULL, "A", "b") == -EINVAL, "add_env");
    expect(ctr_config_set_env_base(NULL, 0) == -EINVAL, "set_env_base");
    expect(ctr_config_set_cwd(NULL, "/") == -EINVAL, "set_cwd");
    expect(ctr_config_set_umask(NULL, 0) == -EINVAL, "set_umask");
    expect(ctr_config_set_stdio(NULL, 0, CTR_STDIO_NULL, -1) == -EINVAL, "set_stdio");
    expect(ctr_config_add_fd(NULL, 0, 3) == -EINVAL, "add_fd");
    expect(ctr_config_add_rlimit(NULL, 0, 0, 0) == -EINVAL, "add_rlimit");
    expect(ctr_config_set_new_privs(NULL, 0) == -EINVAL, "set_new_privs");
    expect(ctr_config_set_pids_limit(NULL, 1) == -EINVAL && ctr_config_set_oom_score_adj(NULL, 1) == -EINVAL &&
               ctr_config_set_nice(NULL, 1) == -EINVAL && ctr_config_set_cpu_affinity(NULL, "0") == -EINVAL &&
               ctr_config_set_core_scheduling(NULL, 0) == -EINVAL,
           "limits");
    expect(ctr_config_set_capability_profile(NULL, "default") == -EINVAL && ctr_config_set_keyring(NULL, 0) == -EINVAL,
           "set_capability_profile, set_keyring");
    expect(ctr_config_add_landlock_path(NULL, "/", 1) == -EINVAL &&
               ctr_config_add_landlock_port(NULL, 1, 1) == -EINVAL &&
               ctr_config_set_landlock_scope(NULL, 0) == -EINVAL && ctr_config_set_landlock_mode(NULL, 0) == -EINVAL,
           "landlock");
    expect(ctr_config_set_proc_options(NULL, NULL) == -EINVAL, "set_proc_options");
    expect(ctr_config_set_timeout(NULL, 1) == -EINVAL, "set_timeout");
    expect(ctr_config_set_kill_after(NULL, 1) == -EINVAL, "set_kill_after");
    expect(ctr_config_set_setup_timeout(NULL, 1) == -EINVAL, "set_setup_timeout");
    expect(ctr_config_set_init(NULL, 0) == -EINVAL, "set_init");
    expect(ctr_config_set_host_death(NULL, 0) == -EINVAL, "set_host_death");
    expect(ctr_config_set_map(NULL, 0) == -EINVAL, "set_map");
    expect(ctr_config_add_uid_range(NULL, 0, 0, 1) == -EINVAL, "add_uid_range");
    expect(ctr_config_add_gid_range(NULL, 0, 0, 1) == -EINVAL, "add_gid_range");
    expect(ctr_config_set_user(NULL, "0") == -EINVAL, "set_user");
    expect(ctr_config_add_group(NULL, "0") == -EINVAL, "add_group");
    expect(ctr_config_set_id_helpers(NULL, NULL, NULL) == -EINVAL, "set_id_helpers");
    expect(ctr_config_add_capability(NULL, "KILL") == -EINVAL, "add_capability");
    expect(ctr_config_drop_capability(NULL, "KILL") == -EINVAL, "drop_capability");
    expect(ctr_config_set_namespace(NULL, 1, 0) == -EINVAL, "set_namespace");
    expect(ctr_config_join_namespace(NULL, 1, 0) == -EINVAL, "join_namespace");
    expect(ctr_config_set_hostname(NULL, "a") == -EINVAL, "set_hostname");
    expect(ctr_config_add_time_offset(NULL, 1, 1, 0) == -EINVAL, "add_time_offset");
    expect(ctr_config_set_rootfs(NULL, "/") == -EINVAL, "set_rootfs");
    expect(ctr_config_set_root_mode(NULL, 0) == -EINVAL, "set_root_mode");
    expect(ctr_add_mount(NULL, "/", "/a", "bind", 0, NULL) == -EINVAL, "add_mount");
    expect(ctr_config_add_mount_fd(NULL, 0, "/a", 0) == -EINVAL, "add_mount_fd");
    expect(ctr_config_add_file(NULL, "/a", "", 0, 0) == -EINVAL, "add_file");
    expect(ctr_config_add_symlink(NULL, "a", "/a") == -EINVAL, "add_symlink");
    expect(ctr_config_add_dir(NULL, "/a", 0) == -EINVAL, "add_dir");
    expect(ctr_config_add_device(NULL, "/dev/null", NULL) == -EINVAL, "add_device");
    expect(ctr_config_set_proc(NULL, 0) == -EINVAL, "set_proc");
    expect(ctr_config_set_system_paths(NULL, 0) == -EINVAL, "set_system_paths");
}

static void null_arguments(void)
{
    begin_case("every_setter_refuses_NULL_arguments_and_numbers_that_mean_nothing");
    const char* const none[] = {NULL};
    ctr_config* config = ctr_config_new();
    expect(ctr_config_set_command(config, NULL) == -EINVAL, "set_command NULL");
    expect(ctr_config_set_command(config, none) == -EINVAL, "set_command of no word");
    expect(ctr_config_add_env(config, NULL, "b") == -EINVAL && ctr_config_add_env(config, "A", NULL) == -EINVAL &&
               ctr_config_add_env(config, "", "b") == -EINVAL && ctr_config_add_env(config, "A=B", "c") == -EINVAL,
           "add_env");
    expect(ctr_config_set_cwd(config, NULL) == -EINVAL, "set_cwd");
    expect(ctr_config_set_umask(config, 01000) == -EINVAL, "set_umask");
    expect(ctr_config_set_stdio(config, 3, CTR_STDIO_NULL, -1) == -EINVAL &&
               ctr_config_set_stdio(config, -1, CTR_STDIO_NULL, -1) == -EINVAL &&
               ctr_config_set_stdio(config, 0, 77, -1) == -EINVAL &&
               ctr_config_set_stdio(config, 0, CTR_STDIO_FD, -1) == -EINVAL,
           "set_stdio");
    expect(ctr_config_add_fd(config, -1, 3) == -EINVAL && ctr_config_add_fd(config, 0, 2) == -EINVAL, "add_fd");
    expect(ctr_config_add_rlimit(config, -1, 0, 0) == -EINVAL && ctr_config_add_rlimit(config, 999, 0, 0) == -EINVAL &&
               ctr_config_add_rlimit(config, 0, 2, 1) == -EINVAL,
           "add_rlimit");
    expect(ctr_config_set_user(config, NULL) == -EINVAL && ctr_config_add_group(config, NULL) == -EINVAL, "set_user");
    expect(ctr_config_add_capability(config, NULL) == -EINVAL && ctr_config_drop_capability(config, NULL) == -EINVAL,
           "add_capability, drop_capability");
    expect(ctr_config_set_namespace(config, CTR_NAMESPACE_USER, CTR_NAMESPACE_SHARED) == -EINVAL &&
               ctr_config_set_namespace(config, 99, 0) == -EINVAL && ctr_config_set_namespace(config, 1, 99) == -EINVAL,
           "set_namespace");
    expect(ctr_config_join_namespace(config, CTR_NAMESPACE_NET, -1) == -EINVAL, "join_namespace");
    expect(ctr_config_set_hostname(config, NULL) == -EINVAL && ctr_config_set_rootfs(config, NULL) == -EINVAL,
           "set_hostname, set_rootfs");
    expect(ctr_config_add_time_offset(config, 99, 0, 0) == -EINVAL, "add_time_offset");
    expect(ctr_add_mount(config, NULL, NULL, NULL, 0, NULL) == -EINVAL &&
               ctr_add_mount(config, NULL, "/a", "bind", 0, NULL) == -EINVAL &&
               ctr_add_mount(config, "/", "/a", "bind", MS_REMOUNT, NULL) == -EINVAL &&
               ctr_add_mount(config, "/", "/a", "bind", UINT64_C(1) << 63, NULL) == -EINVAL &&
               ctr_add_mount(config, NULL, "/a", "ext4", 0, NULL) == -EINVAL,
           "add_mount");
    expect(ctr_config_add_mount_fd(config, -1, "/a", 0) == -EINVAL, "add_mount_fd");
    expect(ctr_config_add_file(config, "/a", NULL, 1, 0644) == -EINVAL &&
               ctr_config_add_file(config, NULL, "", 0, 0) < 0,
           "add_file");
    expect(ctr_config_add_symlink(config, NULL, "/a") == -EINVAL &&
               ctr_config_add_symlink(config, "a", NULL) == -EINVAL,
           "add_symlink");
    expect(ctr_config_add_dir(config, NULL, 0) == -EINVAL && ctr_config_add_device(config, NULL, "/a") == -EINVAL,
           "add_dir, add_device");
    ctr_config_free(config);
}

static void sized_options(void)
{
    struct {
        ctr_spawn_options known;
        uint64_t unknown[2];
    } options = {CTR_SPAWN_OPTIONS_INIT, {0, 0}};
    ctr_config* config = config_for(root, "exit", "0", NULL);
    ctr_container* container = NULL;
    ctr_error* error = NULL;

    begin_case("options_below_the_first_version_are_EINVAL_and_unknown_ones_E2BIG");
    for (uint32_t size = 0; size < 16; size += 4) {
        options.known.size = size;
        expect(ctr_spawn_with(config, &options.known, &container, NULL) == -EINVAL, "size %u", size);
    }
    options.known.size = sizeof options;
    options.unknown[1] = 1;
    expect(ctr_spawn_with(config, &options.known, &container, &error) == -E2BIG, "an unknown member that is set");
    expect(is_clear(error), "the error is not clear");
    ctr_error_free(error);
    expect(container == NULL, "a container was made");

    begin_case("options_of_a_size_that_nobody_set_are_EINVAL");
    options.known.size = UINT32_MAX;
    expect(ctr_spawn_with(config, &options.known, &container, NULL) == -EINVAL, "size %u", options.known.size);
    options.known.size = sizeof options;

    begin_case("options_with_an_unknown_member_of_zero_are_taken");
    options.unknown[1] = 0;
    error = NULL;
    if (!expect(ctr_spawn_with(config, &options.known, &container, &error) == 0, "an unknown member of zero"))
        print_error("ctr_spawn_with", error);
    expect(error == NULL, "the error was touched on success");
    ctr_container_free(container);
    ctr_config_free(config);
}

static void sized_result(void)
{
    struct {
        ctr_result known;
        unsigned char unknown[32];
    } result;
    ctr_config* config = config_for(root, "exit", "9", NULL);
    ctr_container* container = spawn(config);
    ctr_error* error = NULL;

    begin_case("a_result_below_the_first_version_is_EINVAL_and_a_larger_one_is_filled_and_zeroed");
    memset(&result, 0xff, sizeof result);
    result.known.size = 8;
    expect(ctr_wait(container, -1, &result.known, &error) == -EINVAL && is_clear(error), "a result of 8 bytes");
    expect(ctr_wait(container, -1, NULL, NULL) == -EINVAL, "no result");
    expect(ctr_wait(container, -2, &result.known, NULL) == -EINVAL, "a timeout of -2");
    expect(result.known.kind == UINT32_MAX, "the result was touched");
    ctr_error_free(error);
    result.known.size = sizeof result;
    expect(ctr_wait(container, -1, &result.known, NULL) == 0, "a larger result");
    expect(result.known.size == sizeof result && result.known.kind == CTR_RESULT_EXITED && result.known.code == 9,
           "size %u, kind %u, code %d", result.known.size, result.known.kind, result.known.code);
    for (size_t i = 0; i < sizeof result.unknown; i++)
        expect(result.unknown[i] == 0, "unknown byte %zu", i);
    ctr_container_free(container);
    ctr_config_free(config);
}

static int is_under_valgrind(void)
{
    const char* preloaded = getenv("LD_PRELOAD");
    return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

static void missing_helpers(void)
{
    begin_case("an_id_helper_that_cannot_be_executed_is_that_of_its_setter");
    if (is_under_valgrind()) {
        skip_case("under valgrind a vfork copies memory, and nobody hears that exec failed");
        return;
    }
    if (!has_ranges() || is_admin()) {
        skip_case("no helper is executed here");
        return;
    }
    ctr_config* config = config_for(root, "exit", "0", NULL);
    ctr_config_set_map(config, CTR_MAP_SUBID);
    ctr_config_set_id_helpers(config, "/nowhere/newuidmap", NULL);
    ctr_container* container = NULL;
    ctr_error* error = NULL;
    expect(ctr_spawn(config, &container, &error) == -ENOENT && container == NULL, "it was started");
    expect(ctr_error_code(error) == CTR_ERR_NOT_FOUND && ctr_error_index(error) == 0, "code %d, index %d",
           ctr_error_code(error), ctr_error_index(error));
    expect(strcmp(ctr_error_call(error), "ctr_config_set_id_helpers") == 0, "the call is %s", ctr_error_call(error));
    expect(strcmp(ctr_error_subject(error), "/nowhere/newuidmap") == 0, "the subject is %s", ctr_error_subject(error));
    ctr_error_free(error);
    ctr_config_free(config);
}

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    start_watchdog(60);
    char* directory = make_directory();
    char* path = make_root(directory, argv[1]);
    root = path;
    int before = count_fds();
    null_handles();
    null_error();
    null_setters();
    null_arguments();
    sized_options();
    sized_result();
    missing_helpers();
    begin_case("no_process_and_no_descriptor_is_left_of_bad_arguments");
    expect(no_children(), "a process is left");
    expect(count_fds() == before, "%d descriptors before and %d after", before, count_fds());
    remove_tree(directory);
    free(path);
    free(directory);
    return conclude();
}
