// SPDX-License-Identifier: MIT
//! Functions, in the header's order.

use std::os::raw::{c_char, c_int, c_void};

use crate::structs::{
    ctr_config, ctr_container, ctr_error, ctr_event, ctr_info, ctr_output, ctr_result, ctr_spawn_options,
};

extern "C" {
    pub fn ctr_version() -> *const c_char;
    pub fn ctr_error_code(error: *const ctr_error) -> c_int;
    pub fn ctr_error_step(error: *const ctr_error) -> *const c_char;
    pub fn ctr_error_errno(error: *const ctr_error) -> c_int;
    pub fn ctr_error_subject(error: *const ctr_error) -> *const c_char;
    pub fn ctr_error_call(error: *const ctr_error) -> *const c_char;
    pub fn ctr_error_index(error: *const ctr_error) -> c_int;
    pub fn ctr_error_message(error: *const ctr_error) -> *const c_char;
    pub fn ctr_error_hint(error: *const ctr_error) -> *const c_char;
    pub fn ctr_error_to_json(error: *const ctr_error) -> *mut c_char;
    pub fn ctr_error_free(error: *mut ctr_error);
    pub fn ctr_config_new() -> *mut ctr_config;
    pub fn ctr_config_free(config: *mut ctr_config);
    pub fn ctr_config_set_command(config: *mut ctr_config, argv: *const *const c_char) -> c_int;
    pub fn ctr_config_set_command_fd(config: *mut ctr_config, fd: c_int) -> c_int;
    pub fn ctr_config_add_env(config: *mut ctr_config, name: *const c_char, value: *const c_char) -> c_int;
    pub fn ctr_config_set_env_base(config: *mut ctr_config, base: u32) -> c_int;
    pub fn ctr_config_set_cwd(config: *mut ctr_config, path: *const c_char) -> c_int;
    pub fn ctr_config_set_umask(config: *mut ctr_config, mask: u32) -> c_int;
    pub fn ctr_config_set_stdio(config: *mut ctr_config, number: c_int, kind: u32, fd: c_int) -> c_int;
    pub fn ctr_config_set_capture_limit(config: *mut ctr_config, bytes: u64) -> c_int;
    pub fn ctr_config_set_capture_keep(config: *mut ctr_config, which: u32) -> c_int;
    pub fn ctr_config_set_stdio_file(config: *mut ctr_config, number: c_int, path: *const c_char, flags: u64) -> c_int;
    pub fn ctr_config_set_terminal(config: *mut ctr_config, rows: u32, columns: u32) -> c_int;
    pub fn ctr_config_add_fd(config: *mut ctr_config, host_fd: c_int, inside_fd: c_int) -> c_int;
    pub fn ctr_config_set_listen_fds(config: *mut ctr_config, count: u32) -> c_int;
    pub fn ctr_config_add_rlimit(config: *mut ctr_config, resource: c_int, soft: u64, hard: u64) -> c_int;
    pub fn ctr_config_set_new_privs(config: *mut ctr_config, mode: u32) -> c_int;
    pub fn ctr_config_set_pids_limit(config: *mut ctr_config, count: u64) -> c_int;
    pub fn ctr_config_set_oom_score_adj(config: *mut ctr_config, value: i32) -> c_int;
    pub fn ctr_config_set_nice(config: *mut ctr_config, value: i32) -> c_int;
    pub fn ctr_config_set_cpu_affinity(config: *mut ctr_config, list: *const c_char) -> c_int;
    pub fn ctr_config_set_core_scheduling(config: *mut ctr_config, mode: u32) -> c_int;
    pub fn ctr_config_set_seccomp(config: *mut ctr_config, name: *const c_char) -> c_int;
    pub fn ctr_config_set_seccomp_json(config: *mut ctr_config, json: *const c_char) -> c_int;
    pub fn ctr_config_set_seccomp_bpf(config: *mut ctr_config, program: *const c_void, size: usize) -> c_int;
    pub fn ctr_config_set_seccomp_listener(config: *mut ctr_config, mode: u32) -> c_int;
    pub fn ctr_config_set_timeout(config: *mut ctr_config, milliseconds: u64) -> c_int;
    pub fn ctr_config_set_kill_after(config: *mut ctr_config, milliseconds: u64) -> c_int;
    pub fn ctr_config_set_cpu_timeout(config: *mut ctr_config, milliseconds: u64) -> c_int;
    pub fn ctr_config_set_silence_timeout(config: *mut ctr_config, milliseconds: u64) -> c_int;
    pub fn ctr_config_set_setup_timeout(config: *mut ctr_config, milliseconds: u64) -> c_int;
    pub fn ctr_config_set_init(config: *mut ctr_config, mode: u32) -> c_int;
    pub fn ctr_config_set_host_death(config: *mut ctr_config, mode: u32) -> c_int;
    pub fn ctr_config_set_leftovers(config: *mut ctr_config, mode: u32) -> c_int;
    pub fn ctr_config_set_map(config: *mut ctr_config, mode: u32) -> c_int;
    pub fn ctr_config_add_uid_range(config: *mut ctr_config, inside: u32, outside: u32, count: u32) -> c_int;
    pub fn ctr_config_add_gid_range(config: *mut ctr_config, inside: u32, outside: u32, count: u32) -> c_int;
    pub fn ctr_config_set_user(config: *mut ctr_config, user: *const c_char) -> c_int;
    pub fn ctr_config_add_group(config: *mut ctr_config, group: *const c_char) -> c_int;
    pub fn ctr_config_set_id_helpers(
        config: *mut ctr_config,
        newuidmap: *const c_char,
        newgidmap: *const c_char,
    ) -> c_int;
    pub fn ctr_config_add_capability(config: *mut ctr_config, name: *const c_char) -> c_int;
    pub fn ctr_config_drop_capability(config: *mut ctr_config, name: *const c_char) -> c_int;
    pub fn ctr_config_set_capability_profile(config: *mut ctr_config, name: *const c_char) -> c_int;
    pub fn ctr_config_set_keyring(config: *mut ctr_config, mode: u32) -> c_int;
    pub fn ctr_config_add_landlock_path(config: *mut ctr_config, path: *const c_char, access: u64) -> c_int;
    pub fn ctr_config_add_landlock_port(config: *mut ctr_config, port: u32, access: u64) -> c_int;
    pub fn ctr_config_set_landlock_scope(config: *mut ctr_config, scope: u64) -> c_int;
    pub fn ctr_config_set_landlock_mode(config: *mut ctr_config, mode: u32) -> c_int;
    pub fn ctr_config_set_namespace(config: *mut ctr_config, which: u32, mode: u32) -> c_int;
    pub fn ctr_config_join_namespace(config: *mut ctr_config, which: u32, fd: c_int) -> c_int;
    pub fn ctr_config_set_hostname(config: *mut ctr_config, name: *const c_char) -> c_int;
    pub fn ctr_config_add_time_offset(config: *mut ctr_config, clock: c_int, seconds: i64, nanoseconds: u32) -> c_int;
    pub fn ctr_config_set_rootfs(config: *mut ctr_config, path: *const c_char) -> c_int;
    pub fn ctr_config_set_root_mode(config: *mut ctr_config, mode: u32) -> c_int;
    pub fn ctr_add_mount(
        config: *mut ctr_config,
        source: *const c_char,
        target: *const c_char,
        r#type: *const c_char,
        flags: u64,
        options: *const c_char,
    ) -> c_int;
    pub fn ctr_config_add_mount_fd(
        config: *mut ctr_config,
        source_fd: c_int,
        target: *const c_char,
        flags: u64,
    ) -> c_int;
    pub fn ctr_config_add_file(
        config: *mut ctr_config,
        target: *const c_char,
        content: *const c_void,
        size: usize,
        mode: u32,
    ) -> c_int;
    pub fn ctr_config_add_symlink(config: *mut ctr_config, link_target: *const c_char, path: *const c_char) -> c_int;
    pub fn ctr_config_add_dir(config: *mut ctr_config, path: *const c_char, mode: u32) -> c_int;
    pub fn ctr_config_add_device(config: *mut ctr_config, source: *const c_char, target: *const c_char) -> c_int;
    pub fn ctr_config_set_proc(config: *mut ctr_config, mode: u32) -> c_int;
    pub fn ctr_config_set_proc_options(config: *mut ctr_config, options: *const c_char) -> c_int;
    pub fn ctr_config_set_system_paths(config: *mut ctr_config, mode: u32) -> c_int;
    pub fn ctr_spawn(config: *const ctr_config, ret: *mut *mut ctr_container, reterr: *mut *mut ctr_error) -> c_int;
    pub fn ctr_spawn_with(
        config: *const ctr_config,
        options: *const ctr_spawn_options,
        ret: *mut *mut ctr_container,
        reterr: *mut *mut ctr_error,
    ) -> c_int;
    pub fn ctr_explain(config: *const ctr_config, ret_json: *mut *mut c_char, reterr: *mut *mut ctr_error) -> c_int;
    pub fn ctr_explain_text(
        config: *const ctr_config,
        ret_text: *mut *mut c_char,
        reterr: *mut *mut ctr_error,
    ) -> c_int;
    pub fn ctr_wait(
        container: *mut ctr_container,
        timeout_ms: c_int,
        ret: *mut ctr_result,
        reterr: *mut *mut ctr_error,
    ) -> c_int;
    pub fn ctr_kill(container: *mut ctr_container, signal: c_int, which: u32, reterr: *mut *mut ctr_error) -> c_int;
    pub fn ctr_container_terminal(container: *const ctr_container) -> c_int;
    pub fn ctr_container_seccomp_fd(container: *const ctr_container) -> c_int;
    pub fn ctr_resize(container: *mut ctr_container, rows: u32, columns: u32, reterr: *mut *mut ctr_error) -> c_int;
    pub fn ctr_container_pidfd(container: *const ctr_container) -> c_int;
    pub fn ctr_container_event_fd(container: *const ctr_container) -> c_int;
    pub fn ctr_next_event(container: *mut ctr_container, ret: *mut ctr_event, reterr: *mut *mut ctr_error) -> c_int;
    pub fn ctr_exec(
        container: *mut ctr_container,
        config: *const ctr_config,
        options: *const ctr_spawn_options,
        ret: *mut *mut ctr_container,
        reterr: *mut *mut ctr_error,
    ) -> c_int;
    pub fn ctr_container_stdio(container: *const ctr_container, number: c_int) -> c_int;
    pub fn ctr_container_take_stdio(container: *mut ctr_container, number: c_int) -> c_int;
    pub fn ctr_container_output(
        container: *mut ctr_container,
        number: c_int,
        offset: u64,
        buffer: *mut c_void,
        length: usize,
        ret: *mut ctr_output,
        reterr: *mut *mut ctr_error,
    ) -> c_int;
    pub fn ctr_container_report(container: *const ctr_container) -> *const c_char;
    pub fn ctr_container_notice(container: *const ctr_container, index: u32) -> *const c_char;
    pub fn ctr_container_detach(container: *mut ctr_container) -> c_int;
    pub fn ctr_container_free(container: *mut ctr_container);
    pub fn ctr_config_set_name(config: *mut ctr_config, name: *const c_char, flags: u64) -> c_int;
    pub fn ctr_config_set_state_directory(config: *mut ctr_config, path: *const c_char) -> c_int;
    pub fn ctr_open(
        state_directory: *const c_char,
        name: *const c_char,
        flags: u64,
        ret: *mut *mut ctr_container,
        reterr: *mut *mut ctr_error,
    ) -> c_int;
    pub fn ctr_names(state_directory: *const c_char, ret: *mut *mut *mut c_char, reterr: *mut *mut ctr_error) -> c_int;
    pub fn ctr_remove(state_directory: *const c_char, name: *const c_char, reterr: *mut *mut ctr_error) -> c_int;
    pub fn ctr_container_info(container: *mut ctr_container, ret: *mut ctr_info, reterr: *mut *mut ctr_error) -> c_int;
    pub fn ctr_container_name(container: *const ctr_container) -> *const c_char;
    pub fn ctr_container_command(container: *const ctr_container) -> *const *const c_char;
    pub fn ctr_pause(container: *mut ctr_container, reterr: *mut *mut ctr_error) -> c_int;
    pub fn ctr_resume(container: *mut ctr_container, reterr: *mut *mut ctr_error) -> c_int;
}
