// SPDX-License-Identifier: MIT
#include "base/errno_name.h"
#include "base/text.h"
#include "diagnose/diagnose.h"

#include <cstring>

namespace ctr::diagnose {

char const* step_name(Step step)
{
    switch (step) {
    case Step::none: return "";
    case Step::validate: return "validate";
    case Step::survey: return "survey";
    case Step::launch: return "launch";
    case Step::gate: return "gate";
    case Step::map: return "map";
    case Step::namespaces: return "namespaces";
    case Step::network: return "network";
    case Step::root: return "root";
    case Step::mount: return "mount";
    case Step::limits: return "limits";
    case Step::identity: return "identity";
    case Step::process: return "process";
    case Step::chdir: return "chdir";
    case Step::filter: return "filter";
    case Step::exec: return "exec";
    case Step::wait: return "wait";
    case Step::kill: return "kill";
    case Step::join: return "join";
    case Step::terminal: return "terminal";
    case Step::name: return "name";
    }
    return "";
}

char const* call_name(Call call)
{
    switch (call) {
    case Call::none: return "";
    case Call::set_command: return "ctr_config_set_command";
    case Call::set_command_fd: return "ctr_config_set_command_fd";
    case Call::add_env: return "ctr_config_add_env";
    case Call::set_env_base: return "ctr_config_set_env_base";
    case Call::set_cwd: return "ctr_config_set_cwd";
    case Call::set_umask: return "ctr_config_set_umask";
    case Call::set_capture_limit: return "ctr_config_set_capture_limit";
    case Call::set_stdio: return "ctr_config_set_stdio";
    case Call::set_stdio_file: return "ctr_config_set_stdio_file";
    case Call::add_fd: return "ctr_config_add_fd";
    case Call::set_listen_fds: return "ctr_config_set_listen_fds";
    case Call::add_rlimit: return "ctr_config_add_rlimit";
    case Call::set_new_privs: return "ctr_config_set_new_privs";
    case Call::set_timeout: return "ctr_config_set_timeout";
    case Call::set_cpu_timeout: return "ctr_config_set_cpu_timeout";
    case Call::set_silence_timeout: return "ctr_config_set_silence_timeout";
    case Call::set_kill_after: return "ctr_config_set_kill_after";
    case Call::set_setup_timeout: return "ctr_config_set_setup_timeout";
    case Call::set_init: return "ctr_config_set_init";
    case Call::set_leftovers: return "ctr_config_set_leftovers";
    case Call::set_host_death: return "ctr_config_set_host_death";
    case Call::set_map: return "ctr_config_set_map";
    case Call::add_uid_range: return "ctr_config_add_uid_range";
    case Call::add_gid_range: return "ctr_config_add_gid_range";
    case Call::set_user: return "ctr_config_set_user";
    case Call::add_group: return "ctr_config_add_group";
    case Call::set_id_helpers: return "ctr_config_set_id_helpers";
    case Call::add_capability: return "ctr_config_add_capability";
    case Call::drop_capability: return "ctr_config_drop_capability";
    case Call::set_capability_profile: return "ctr_config_set_capability_profile";
    case Call::set_keyring: return "ctr_config_set_keyring";
    case Call::set_namespace: return "ctr_config_set_namespace";
    case Call::join_namespace: return "ctr_config_join_namespace";
    case Call::set_hostname: return "ctr_config_set_hostname";
    case Call::add_time_offset: return "ctr_config_add_time_offset";
    case Call::set_rootfs: return "ctr_config_set_rootfs";
    case Call::set_root_mode: return "ctr_config_set_root_mode";
    case Call::add_mount: return "ctr_add_mount";
    case Call::add_mount_fd: return "ctr_config_add_mount_fd";
    case Call::add_file: return "ctr_config_add_file";
    case Call::add_symlink: return "ctr_config_add_symlink";
    case Call::add_dir: return "ctr_config_add_dir";
    case Call::add_device: return "ctr_config_add_device";
    case Call::set_proc: return "ctr_config_set_proc";
    case Call::set_proc_options: return "ctr_config_set_proc_options";
    case Call::set_system_paths: return "ctr_config_set_system_paths";
    case Call::set_terminal: return "ctr_config_set_terminal";
    case Call::set_capture_keep: return "ctr_config_set_capture_keep";
    case Call::set_name: return "ctr_config_set_name";
    case Call::set_state_directory: return "ctr_config_set_state_directory";
    case Call::set_pids_limit: return "ctr_config_set_pids_limit";
    case Call::set_oom_score_adj: return "ctr_config_set_oom_score_adj";
    case Call::set_nice: return "ctr_config_set_nice";
    case Call::set_cpu_affinity: return "ctr_config_set_cpu_affinity";
    case Call::set_core_scheduling: return "ctr_config_set_core_scheduling";
    case Call::add_landlock_path: return "ctr_config_add_landlock_path";
    case Call::add_landlock_port: return "ctr_config_add_landlock_port";
    case Call::set_landlock_scope: return "ctr_config_set_landlock_scope";
    case Call::set_landlock_mode: return "ctr_config_set_landlock_mode";
    case Call::set_seccomp: return "ctr_config_set_seccomp";
    case Call::set_seccomp_json: return "ctr_config_set_seccomp_json";
    case Call::set_seccomp_bpf: return "ctr_config_set_seccomp_bpf";
    case Call::set_seccomp_listener: return "ctr_config_set_seccomp_listener";
    case Call::spawn_options: return "ctr_spawn_with";
    case Call::exec_options: return "ctr_exec";
    }
    return "";
}

char const* code_name(Code code)
{
    constexpr char const* names[] = {"none",       "invalid",        "not_found", "denied",    "unsupported", "limit",
                                     "no_command", "not_executable", "timed_out", "no_memory", "ended",       "lost",
                                     "failed",     "cancelled",      "again",     "exists"};
    return names[static_cast<size_t>(code)];
}

std::string error_json(Error const& error)
{
    std::string out =
        concat("{\"code\":", std::to_string(static_cast<int>(error.code)), ",\"code_name\":\"", code_name(error.code),
               "\",\"step\":\"", step_name(error.step), "\",\"errno\":", std::to_string(error.sys), ",\"errno_name\":");
    append_json_string(out, errno_name(error.sys));
    out += ",\"subject\":";
    append_json_string(out, error.subject);
    out += concat(",\"call\":\"", call_name(error.origin.call), "\",\"index\":", std::to_string(error.origin.index),
                  ",\"message\":");
    append_json_string(out, error.message);
    out += ",\"hint\":";
    append_json_string(out, error.hint);
    return concat(out, "}");
}

} // namespace ctr::diagnose
