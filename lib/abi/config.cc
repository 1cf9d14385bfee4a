// SPDX-License-Identifier: MIT
#include "abi/handles.h"

#include <ctr/config.h>
#include <ctr/container.h>

namespace config = ctr::config;
using ctr::Call;
using ctr::abi::set;

ctr_config* ctr_config_new(void) { return new (std::nothrow) ctr_config; }

void ctr_config_free(ctr_config* config)
{
    ctr::abi::Uncancelled const uncancelled; // descriptors are closed
    delete config;
}

int ctr_config_set_command(ctr_config* config, char const* const* argv)
{
    return set(config, [&](config::Config& c) { return config::set_command(c, argv); });
}

int ctr_config_set_command_fd(ctr_config* config, int fd)
{
    return set(config, [&](config::Config& c) { return config::set_command_fd(c, fd); });
}

int ctr_config_add_env(ctr_config* config, char const* name, char const* value)
{
    return set(config, [&](config::Config& c) { return config::add_env(c, name, value); });
}

int ctr_config_set_env_base(ctr_config* config, uint32_t base)
{
    return set(config, [&](config::Config& c) {
        return config::set_choice(c, Call::set_env_base, c.env_base, base, CTR_ENV_EMPTY);
    });
}

int ctr_config_set_cwd(ctr_config* config, char const* path)
{
    return set(config, [&](config::Config& c) { return config::set_cwd(c, path); });
}

int ctr_config_set_umask(ctr_config* config, uint32_t mask)
{
    return set(config, [&](config::Config& c) { return config::set_umask(c, mask); });
}

int ctr_config_set_stdio(ctr_config* config, int number, uint32_t kind, int fd)
{
    return set(config, [&](config::Config& c) { return config::set_stdio(c, number, kind, fd); });
}

int ctr_config_set_stdio_file(ctr_config* config, int number, char const* path, uint64_t flags)
{
    return set(config, [&](config::Config& c) { return config::set_stdio_file(c, number, path, flags); });
}

int ctr_config_set_capture_limit(ctr_config* config, uint64_t bytes)
{
    return set(config, [&](config::Config& c) { return config::set_capture_limit(c, bytes); });
}

int ctr_config_set_capture_keep(ctr_config* config, uint32_t which)
{
    return set(config, [&](config::Config& c) {
        return config::set_choice(c, Call::set_capture_keep, c.capture_keep, which, CTR_KEEP_LAST);
    });
}

int ctr_config_set_terminal(ctr_config* config, uint32_t rows, uint32_t columns)
{
    return set(config, [&](config::Config& c) { return config::set_terminal(c, rows, columns); });
}

int ctr_config_add_fd(ctr_config* config, int host_fd, int inside_fd)
{
    return set(config, [&](config::Config& c) { return config::add_fd(c, host_fd, inside_fd); });
}

int ctr_config_set_listen_fds(ctr_config* config, uint32_t count)
{
    return set(config, [&](config::Config& c) { return config::set_listen_fds(c, count); });
}

int ctr_config_add_rlimit(ctr_config* config, int resource, uint64_t soft, uint64_t hard)
{
    return set(config, [&](config::Config& c) { return config::add_rlimit(c, resource, soft, hard); });
}

int ctr_config_set_new_privs(ctr_config* config, uint32_t mode)
{
    return set(config, [&](config::Config& c) {
        return config::set_choice(c, Call::set_new_privs, c.new_privs, mode, CTR_NEW_PRIVS_ALLOWED);
    });
}

int ctr_config_set_pids_limit(ctr_config* config, uint64_t count)
{
    return set(config, [&](config::Config& c) { return config::set_pids_limit(c, count); });
}

int ctr_config_set_oom_score_adj(ctr_config* config, int32_t value)
{
    return set(config, [&](config::Config& c) { return config::set_oom_score_adj(c, value); });
}

int ctr_config_set_nice(ctr_config* config, int32_t value)
{
    return set(config, [&](config::Config& c) { return config::set_nice(c, value); });
}

int ctr_config_set_cpu_affinity(ctr_config* config, char const* list)
{
    return set(config, [&](config::Config& c) { return config::set_cpu_affinity(c, list); });
}

int ctr_config_set_core_scheduling(ctr_config* config, uint32_t mode)
{
    return set(config, [&](config::Config& c) {
        return config::set_choice(c, Call::set_core_scheduling, c.core_scheduling, mode, CTR_CORE_SCHEDULING_OWN);
    });
}

int ctr_config_set_seccomp(ctr_config* config, char const* name)
{
    return set(config, [&](config::Config& c) { return config::set_seccomp(c, name); });
}

int ctr_config_set_seccomp_json(ctr_config* config, char const* json)
{
    return set(config, [&](config::Config& c) { return config::set_seccomp_json(c, json); });
}

int ctr_config_set_seccomp_bpf(ctr_config* config, void const* program, size_t size)
{
    return set(config, [&](config::Config& c) { return config::set_seccomp_bpf(c, program, size); });
}

int ctr_config_set_seccomp_listener(ctr_config* config, uint32_t mode)
{
    return set(config, [&](config::Config& c) {
        return config::set_choice(c, Call::set_seccomp_listener, c.seccomp.listener, mode, CTR_SECCOMP_LISTENER_CALLER);
    });
}

int ctr_config_set_timeout(ctr_config* config, uint64_t milliseconds)
{
    return set(config, [&](config::Config& c) {
        return config::set_milliseconds(c, Call::set_timeout, c.timeout_ms, milliseconds);
    });
}

int ctr_config_set_kill_after(ctr_config* config, uint64_t milliseconds)
{
    return set(config, [&](config::Config& c) {
        return config::set_milliseconds(c, Call::set_kill_after, c.kill_after_ms, milliseconds);
    });
}

int ctr_config_set_cpu_timeout(ctr_config* config, uint64_t milliseconds)
{
    return set(config, [&](config::Config& c) {
        return config::set_milliseconds(c, Call::set_cpu_timeout, c.cpu_timeout_ms, milliseconds);
    });
}

int ctr_config_set_silence_timeout(ctr_config* config, uint64_t milliseconds)
{
    return set(config, [&](config::Config& c) {
        return config::set_milliseconds(c, Call::set_silence_timeout, c.silence_timeout_ms, milliseconds);
    });
}

int ctr_config_set_setup_timeout(ctr_config* config, uint64_t milliseconds)
{
    return set(config, [&](config::Config& c) {
        return config::set_milliseconds(c, Call::set_setup_timeout, c.setup_timeout_ms, milliseconds);
    });
}

int ctr_config_set_init(ctr_config* config, uint32_t mode)
{
    return set(config, [&](config::Config& c) {
        return config::set_choice(c, Call::set_init, c.init, mode, CTR_INIT_OUTSIDE);
    });
}

int ctr_config_set_host_death(ctr_config* config, uint32_t mode)
{
    return set(config, [&](config::Config& c) {
        return config::set_choice(c, Call::set_host_death, c.host_death, mode, CTR_HOST_DEATH_LEAVES);
    });
}

int ctr_config_set_leftovers(ctr_config* config, uint32_t mode)
{
    return set(config, [&](config::Config& c) {
        return config::set_choice(c, Call::set_leftovers, c.leftovers, mode, CTR_LEFTOVERS_LEAVE);
    });
}

int ctr_config_set_map(ctr_config* config, uint32_t mode)
{
    return set(config,
               [&](config::Config& c) { return config::set_choice(c, Call::set_map, c.map, mode, CTR_MAP_NONE); });
}

int ctr_config_add_uid_range(ctr_config* config, uint32_t inside, uint32_t outside, uint32_t count)
{
    return set(config, [&](config::Config& c) {
        return config::add_range(c, Call::add_uid_range, {inside, outside, count, {}});
    });
}

int ctr_config_add_gid_range(ctr_config* config, uint32_t inside, uint32_t outside, uint32_t count)
{
    return set(config, [&](config::Config& c) {
        return config::add_range(c, Call::add_gid_range, {inside, outside, count, {}});
    });
}

int ctr_config_set_user(ctr_config* config, char const* user)
{
    return set(config, [&](config::Config& c) { return config::set_user(c, user); });
}

int ctr_config_add_group(ctr_config* config, char const* group)
{
    return set(config, [&](config::Config& c) { return config::add_group(c, group); });
}

int ctr_config_set_id_helpers(ctr_config* config, char const* newuidmap, char const* newgidmap)
{
    return set(config, [&](config::Config& c) { return config::set_id_helpers(c, newuidmap, newgidmap); });
}

int ctr_config_add_capability(ctr_config* config, char const* name)
{
    return set(config, [&](config::Config& c) { return config::add_capability(c, name); });
}

int ctr_config_drop_capability(ctr_config* config, char const* name)
{
    return set(config, [&](config::Config& c) { return config::drop_capability(c, name); });
}

int ctr_config_set_capability_profile(ctr_config* config, char const* name)
{
    return set(config, [&](config::Config& c) { return config::set_capability_profile(c, name); });
}

int ctr_config_set_keyring(ctr_config* config, uint32_t mode)
{
    return set(config, [&](config::Config& c) {
        return config::set_choice(c, Call::set_keyring, c.keyring, mode, CTR_KEYRING_INHERITED);
    });
}

int ctr_config_add_landlock_path(ctr_config* config, char const* path, uint64_t access)
{
    return set(config, [&](config::Config& c) { return config::add_landlock_path(c, path, access); });
}

int ctr_config_add_landlock_port(ctr_config* config, uint32_t port, uint64_t access)
{
    return set(config, [&](config::Config& c) { return config::add_landlock_port(c, port, access); });
}

int ctr_config_set_landlock_scope(ctr_config* config, uint64_t scope)
{
    return set(config, [&](config::Config& c) { return config::set_landlock_scope(c, scope); });
}

int ctr_config_set_landlock_mode(ctr_config* config, uint32_t mode)
{
    return set(config, [&](config::Config& c) {
        return config::set_choice(c, Call::set_landlock_mode, c.landlock_mode, mode, CTR_LANDLOCK_PREFERRED);
    });
}

int ctr_config_set_namespace(ctr_config* config, uint32_t which, uint32_t mode)
{
    return set(config, [&](config::Config& c) { return config::set_namespace(c, which, mode); });
}

int ctr_config_join_namespace(ctr_config* config, uint32_t which, int fd)
{
    return set(config, [&](config::Config& c) { return config::join_namespace(c, which, fd); });
}

int ctr_config_set_hostname(ctr_config* config, char const* name)
{
    return set(config, [&](config::Config& c) { return config::set_hostname(c, name); });
}

int ctr_config_add_time_offset(ctr_config* config, int clock, int64_t seconds, uint32_t nanoseconds)
{
    return set(config, [&](config::Config& c) { return config::add_time_offset(c, clock, seconds, nanoseconds); });
}

int ctr_config_set_rootfs(ctr_config* config, char const* path)
{
    return set(config, [&](config::Config& c) { return config::set_rootfs(c, path); });
}

int ctr_config_set_root_mode(ctr_config* config, uint32_t mode)
{
    return set(config, [&](config::Config& c) {
        return config::set_choice(c, Call::set_root_mode, c.root_mode, mode, CTR_ROOT_READ_ONLY);
    });
}

int ctr_add_mount(ctr_config* config, char const* source, char const* target, char const* type, uint64_t flags,
                  char const* options)
{
    return set(config, [&](config::Config& c) { return config::add_mount(c, source, target, type, flags, options); });
}

int ctr_config_add_mount_fd(ctr_config* config, int source_fd, char const* target, uint64_t flags)
{
    return set(config, [&](config::Config& c) { return config::add_mount_fd(c, source_fd, target, flags); });
}

int ctr_config_add_file(ctr_config* config, char const* target, void const* content, size_t size, uint32_t mode)
{
    return set(config, [&](config::Config& c) { return config::add_file(c, target, content, size, mode); });
}

int ctr_config_add_symlink(ctr_config* config, char const* link_target, char const* path)
{
    return set(config, [&](config::Config& c) { return config::add_symlink(c, link_target, path); });
}

int ctr_config_add_dir(ctr_config* config, char const* path, uint32_t mode)
{
    return set(config, [&](config::Config& c) { return config::add_dir(c, path, mode); });
}

int ctr_config_add_device(ctr_config* config, char const* source, char const* target)
{
    return set(config, [&](config::Config& c) { return config::add_device(c, source, target); });
}

int ctr_config_set_proc(ctr_config* config, uint32_t mode)
{
    return set(config,
               [&](config::Config& c) { return config::set_choice(c, Call::set_proc, c.proc, mode, CTR_PROC_ABSENT); });
}

int ctr_config_set_proc_options(ctr_config* config, char const* options)
{
    return set(config, [&](config::Config& c) { return config::set_proc_options(c, options); });
}

int ctr_config_set_system_paths(ctr_config* config, uint32_t mode)
{
    return set(config, [&](config::Config& c) {
        return config::set_choice(c, Call::set_system_paths, c.system_paths, mode, CTR_SYSTEM_PATHS_OPEN);
    });
}
