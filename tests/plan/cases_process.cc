// SPDX-License-Identifier: MIT
// Identity, namespaces and the command's process. What is not about mounts shares the mount namespace.
#include "cases.h"

#include <ctime>
#include <sys/resource.h>

namespace ctr::test {

namespace {

using config::Config;

void no_mounts(Config& config) { share(config, CTR_NAMESPACE_MOUNT); }

void map(Config& config, uint32_t mode)
{
    no_mounts(config);
    (void)config::set_choice(config, Call::set_map, config.map, mode, CTR_MAP_NONE);
}

void single(Config& config) { map(config, CTR_MAP_SINGLE); }

void subid(Config& config) { map(config, CTR_MAP_SUBID); }

void subid_as_1100(Config& config)
{
    map(config, CTR_MAP_SUBID);
    (void)config::set_user(config, "1100");
}

void user_1100(Machine& machine) { machine.facts.user = {1100, 1100, {}, ""}; }

void explicit_ranges(Config& config)
{
    no_mounts(config);
    (void)config::add_range(config, Call::add_uid_range, {0, 1000, 1, {}});
    (void)config::add_range(config, Call::add_uid_range, {1, 100000, 100, {}});
    (void)config::add_range(config, Call::add_gid_range, {0, 200000, 50, {}});
}

// The caller's own id is not among them: what ctr-init makes would have no owner.
void ranges_without_caller(Config& config)
{
    small_root(config);
    bind(config, "/home/me/src", "/data", 0);
    (void)config::add_range(config, Call::add_uid_range, {0, 100000, 100, {}});
    (void)config::add_range(config, Call::add_gid_range, {0, 200000, 100, {}});
}

void root_caller(Machine& machine) { machine.privileged(); }

void none(Config& config) { map(config, CTR_MAP_NONE); }

void budgets(Config& config)
{
    small_root(config);
    config.cpu_timeout_ms = 60000;
    config.silence_timeout_ms = 5000;
    (void)config::set_stdio(config, 1, CTR_STDIO_CAPTURE, -1);
    (void)config::set_stdio_file(config, 2, "/var/log/errors", CTR_STDIO_APPEND);
}

void named_user(Config& config)
{
    no_mounts(config);
    (void)config::set_user(config, "alice:users");
    (void)config::add_group(config, "audio");
}

void alice(Machine& machine) { machine.facts.user = {500, 100, {29, 44}, "/home/alice"}; }

void capabilities(Config& config)
{
    no_mounts(config);
    (void)config::add_capability(config, "SYS_PTRACE");
    (void)config::drop_capability(config, "CHOWN");
    (void)config::set_choice(config, Call::set_new_privs, config.new_privs, CTR_NEW_PRIVS_ALLOWED,
                             CTR_NEW_PRIVS_ALLOWED);
}

void net_host(Config& config)
{
    small_root(config);
    share(config, CTR_NAMESPACE_NET);
}

void share_pid(Config& config)
{
    no_mounts(config);
    share(config, CTR_NAMESPACE_PID);
}

void no_init(Config& config)
{
    small_root(config);
    (void)config::set_choice(config, Call::set_init, config.init, CTR_INIT_OUTSIDE, CTR_INIT_OUTSIDE);
}

void join_user_and_net(Config& config)
{
    small_root(config);
    (void)config::join_namespace(config, CTR_NAMESPACE_NET, fixed_descriptor());
    (void)config::join_namespace(config, CTR_NAMESPACE_USER, fixed_descriptor());
}

void join_everything(Config& config)
{
    for (uint32_t which = CTR_NAMESPACE_USER; which <= CTR_NAMESPACE_TIME; which++)
        (void)config::join_namespace(config, which, fixed_descriptor());
}

void share_everything(Config& config)
{
    map(config, CTR_MAP_NONE);
    for (uint32_t which = CTR_NAMESPACE_MOUNT; which <= CTR_NAMESPACE_TIME; which++)
        share(config, which);
}

void time_offsets(Config& config)
{
    no_mounts(config);
    (void)config::add_time_offset(config, CLOCK_BOOTTIME, 86400, 0);
    (void)config::add_time_offset(config, CLOCK_MONOTONIC, -5, 250000000);
}

void limits_and_descriptors(Config& config)
{
    no_mounts(config);
    (void)config::add_rlimit(config, RLIMIT_NOFILE, 64, 128);
    (void)config::add_rlimit(config, RLIMIT_CORE, 0, CTR_RLIM_INFINITY);
    (void)config::add_fd(config, fixed_descriptor(), 3);
    (void)config::add_fd(config, fixed_descriptor(), 9);
    (void)config::set_stdio(config, 1, CTR_STDIO_FD, fixed_descriptor());
}

// The command is the caller and so is ctr-init, which is not to be counted.
void limits_without_control_group(Config& config)
{
    no_mounts(config);
    (void)config::set_pids_limit(config, 100);
    (void)config::set_oom_score_adj(config, 500);
    (void)config::set_nice(config, -5);
    (void)config::set_cpu_affinity(config, "0-1,9");
    (void)config::set_choice(config, Call::set_core_scheduling, config.core_scheduling, CTR_CORE_SCHEDULING_OWN,
                             CTR_CORE_SCHEDULING_OWN);
}

void landlock(Config& config)
{
    small_root(config);
    config.cpu_timeout_ms = 1000;
    (void)config::add_landlock_path(config, "/", CTR_LANDLOCK_READ | CTR_LANDLOCK_EXECUTE);
    (void)config::add_landlock_path(config, "/data", CTR_LANDLOCK_READ | CTR_LANDLOCK_WRITE);
    (void)config::add_landlock_port(config, 443, CTR_LANDLOCK_CONNECT);
    (void)config::set_landlock_scope(config, CTR_LANDLOCK_SCOPE_SOCKETS);
}

void landlock_preferred(Config& config)
{
    landlock(config);
    (void)config::set_choice(config, Call::set_landlock_mode, config.landlock_mode, CTR_LANDLOCK_PREFERRED,
                             CTR_LANDLOCK_PREFERRED);
}

void newest_landlock(Machine& machine) { machine.facts.landlock = 7; }
void second_landlock(Machine& machine) { machine.facts.landlock = 2; }

void stdio_null(Config& config)
{
    small_root(config);
    for (int number = 0; number < 3; number++)
        (void)config::set_stdio(config, number, CTR_STDIO_NULL, -1);
}

void stdio_made_at_the_spawn(Config& config)
{
    no_mounts(config);
    (void)config::set_stdio(config, 0, CTR_STDIO_PIPE, -1);
    (void)config::set_stdio_file(config, 1, "log/out", CTR_STDIO_APPEND);
    (void)config::set_stdio(config, 2, CTR_STDIO_MERGE, -1);
    (void)config::add_fd(config, fixed_descriptor(), 5);
}

void stdio_pipes(Config& config)
{
    no_mounts(config);
    (void)config::set_stdio_file(config, 0, "/srv/in", 0);
    for (int number = 1; number < 3; number++)
        (void)config::set_stdio(config, number, CTR_STDIO_PIPE, -1);
}

void announced_descriptors_and_a_program(Config& config)
{
    no_mounts(config);
    (void)config::set_command_fd(config, fixed_descriptor());
    for (int number = 3; number < 6; number++)
        (void)config::add_fd(config, fixed_descriptor(), number);
    (void)config::set_listen_fds(config, 2);
}

// A root with little but /dev, which brings the terminal.
void terminal(Config& config)
{
    (void)config::set_rootfs(config, "/srv/root");
    (void)config::set_choice(config, Call::set_proc, config.proc, CTR_PROC_ABSENT, CTR_PROC_ABSENT);
    for (char const* target : {"/sys", "/tmp"})
        tmpfs(config, target);
    (void)config::set_terminal(config, 24, 80);
}

void names_and_places(Config& config)
{
    small_root(config);
    char const* const argv[] = {"make", "-C", "/data", nullptr};
    (void)config::set_command(config, argv);
    (void)config::set_hostname(config, "box");
    (void)config::set_cwd(config, "/data");
    (void)config::set_umask(config, 077);
}

void filter_unconfined(Config& config)
{
    share(config, CTR_NAMESPACE_MOUNT);
    (void)config::set_seccomp(config, "unconfined");
}

void filter_before_new_privileges(Config& config)
{
    share(config, CTR_NAMESPACE_MOUNT);
    (void)config::set_seccomp(config, "build");
    (void)config::set_choice(config, Call::set_new_privs, config.new_privs, CTR_NEW_PRIVS_ALLOWED,
                             CTR_NEW_PRIVS_ALLOWED);
}

void filter_of_json(Config& config)
{
    share(config, CTR_NAMESPACE_MOUNT);
    (void)config::set_seccomp_json(config, R"({"defaultAction":"SCMP_ACT_LOG"})");
}

void no_directory(Machine& machine) { machine.facts.cwd = {}; }

} // namespace

std::vector<Case> process_cases()
{
    return {
        {"map_single", single, nothing_special},
        {"map_subid_caller_as_root", subid, nothing_special},
        {"map_subid_caller_as_1100", subid_as_1100, user_1100},
        {"map_explicit", explicit_ranges, nothing_special},
        {"map_without_caller", ranges_without_caller, nothing_special},
        {"map_identity", no_mounts, root_caller},
        {"map_none", none, root_caller},
        {"user_by_name", named_user, alice},
        {"budgets", budgets, nothing_special},
        {"capabilities", capabilities, nothing_special},
        {"net_host", net_host, nothing_special},
        {"share_pid", share_pid, nothing_special},
        {"share_everything", share_everything, root_caller},
        {"no_init", no_init, nothing_special},
        {"join_user_and_net", join_user_and_net, nothing_special},
        {"join_everything", join_everything, nothing_special},
        {"time_offsets", time_offsets, nothing_special},
        {"limits_and_descriptors", limits_and_descriptors, nothing_special},
        {"limits_without_control_group", limits_without_control_group, nothing_special},
        {"landlock", landlock, newest_landlock},
        {"landlock_preferred_on_an_old_kernel", landlock_preferred, second_landlock},
        {"stdio_null", stdio_null, nothing_special},
        {"stdio_made_at_the_spawn", stdio_made_at_the_spawn, nothing_special},
        {"stdio_pipes", stdio_pipes, nothing_special},
        {"announced_descriptors_and_a_program", announced_descriptors_and_a_program, nothing_special},
        {"terminal", terminal, nothing_special},
        {"names_and_places", names_and_places, nothing_special},
        {"filter_unconfined", filter_unconfined, nothing_special},
        {"filter_before_new_privileges", filter_before_new_privileges, nothing_special},
        {"filter_of_json", filter_of_json, nothing_special},
        {"directory_unknown", no_mounts, no_directory},
    };
}

} // namespace ctr::test
