// SPDX-License-Identifier: MIT
// What went wrong, as a value. An Error is complete where it is born; only the hint is added later, by diagnose.
#pragma once

#include <cstdint>
#include <string>

namespace ctr {

// What the caller can do about it; equal to CTR_ERR_* of include/ctr/error.h (abi/error.cc asserts that).
enum class Code : uint8_t {
    none,
    invalid,
    not_found,
    denied,
    unsupported,
    limit,
    no_command,
    not_executable,
    timed_out,
    no_memory,
    ended,
    lost,
    failed,
    cancelled,
    again,
    exists,
};

// Where it went wrong: the stage, as ops and errors name it. Names are in diagnose/step.cc.
enum class Step : uint8_t {
    none,
    validate,
    survey,
    launch,
    gate,
    map,
    namespaces,
    network,
    root,
    mount,
    limits,
    identity,
    process,
    chdir,
    filter,
    exec,
    wait,
    kill,
    join,
    terminal,
    name,
};

// The setter that gave the subject of an error; names are in diagnose/step.cc.
enum class Call : uint8_t {
    none,
    set_command,
    set_command_fd,
    add_env,
    set_env_base,
    set_cwd,
    set_umask,
    set_stdio,
    set_capture_limit,
    set_stdio_file,
    add_fd,
    set_listen_fds,
    add_rlimit,
    set_new_privs,
    set_timeout,
    set_kill_after,
    set_cpu_timeout,
    set_silence_timeout,
    set_setup_timeout,
    set_init,
    set_host_death,
    set_leftovers,
    set_map,
    add_uid_range,
    add_gid_range,
    set_user,
    add_group,
    set_id_helpers,
    add_capability,
    drop_capability,
    set_capability_profile,
    set_keyring,
    set_namespace,
    join_namespace,
    set_hostname,
    add_time_offset,
    set_rootfs,
    set_root_mode,
    add_mount,
    add_mount_fd,
    add_file,
    add_symlink,
    add_dir,
    add_device,
    set_proc,
    set_proc_options,
    set_system_paths,
    set_terminal,
    set_capture_keep,
    set_name,
    set_state_directory,
    set_pids_limit,
    set_oom_score_adj,
    set_nice,
    set_cpu_affinity,
    set_core_scheduling,
    add_landlock_path,
    add_landlock_port,
    set_landlock_scope,
    set_landlock_mode,
    set_seccomp,
    set_seccomp_json,
    set_seccomp_bpf,
    set_seccomp_listener,
    spawn_options,
    exec_options, // the same, of a further command
};

// Where a wish came from: the setter, and the zero-based count of its calls.
struct Origin {
    Call call = Call::none;
    int32_t index = -1;

    bool operator==(Origin const&) const = default;
};

struct Error {
    Code code = Code::failed;
    Step step = Step::none;
    int sys = 0;              // errno of the system call that failed, 0 where none did
    std::string subject = {}; // the path, range or option
    Origin origin = {};
    std::string message = {}; // one lower-case sentence fragment, without the errno text
    std::string hint = {};    // written by diagnose/hint.cc only
};

// What a caller can do about an errno in general.
Code code_of(int sys);

} // namespace ctr
