// SPDX-License-Identifier: MIT
// What each option does to the setup: one function per row of the table.
#pragma once

#include "options.h"
#include "setup.h"

namespace cli {

// mounts.cc and special.cc
Status apply_rootfs(Setup& setup, Use const& use);
Status apply_read_only(Setup& setup, Use const& use);
Status apply_volume(Setup& setup, Use const& use);
Status apply_mount(Setup& setup, Use const& use);
Status apply_tmpfs(Setup& setup, Use const& use);
Status apply_device(Setup& setup, Use const& use);
Status apply_file(Setup& setup, Use const& use);
Status apply_symlink(Setup& setup, Use const& use);
Status apply_dir(Setup& setup, Use const& use);
Status apply_proc(Setup& setup, Use const& use);

// process.cc and environment.cc
Status apply_workdir(Setup& setup, Use const& use);
Status apply_env(Setup& setup, Use const& use);
Status apply_env_file(Setup& setup, Use const& use);
Status apply_clear_env(Setup& setup, Use const& use);
Status apply_umask(Setup& setup, Use const& use);
Status apply_stdin(Setup& setup, Use const& use);
Status apply_stdout(Setup& setup, Use const& use);
Status apply_stderr(Setup& setup, Use const& use);
Status apply_pass_fd(Setup& setup, Use const& use);
Status apply_preserve_fds(Setup& setup, Use const& use);
Status apply_ulimit(Setup& setup, Use const& use);

// landlock.cc
Status apply_landlock(Setup& setup, Use const& use);

// limits.cc
Status apply_pids_limit(Setup& setup, Use const& use);
Status apply_oom_score_adj(Setup& setup, Use const& use);
Status apply_nice(Setup& setup, Use const& use);
Status apply_cpuset_cpus(Setup& setup, Use const& use);
Status apply_core_sched(Setup& setup, Use const& use);

// terminal.cc
Status apply_tty(Setup& setup, Use const& use);
Status apply_interactive(Setup& setup, Use const& use);

// identity.cc
Status apply_user(Setup& setup, Use const& use);
Status apply_group_add(Setup& setup, Use const& use);
Status apply_cap_add(Setup& setup, Use const& use);
Status apply_cap_drop(Setup& setup, Use const& use);
Status apply_cap_profile(Setup& setup, Use const& use);
Status apply_keyring(Setup& setup, Use const& use);
Status apply_map(Setup& setup, Use const& use);
Status apply_uidmap(Setup& setup, Use const& use);
Status apply_gidmap(Setup& setup, Use const& use);
Status apply_newuidmap(Setup& setup, Use const& use);
Status apply_newgidmap(Setup& setup, Use const& use);

// namespaces.cc
Status apply_net(Setup& setup, Use const& use);
Status apply_hostname(Setup& setup, Use const& use);
Status apply_unshare(Setup& setup, Use const& use);
Status apply_share(Setup& setup, Use const& use);
Status apply_join(Setup& setup, Use const& use);
Status apply_time_offset(Setup& setup, Use const& use);

// naming.cc
Status apply_name(Setup& setup, Use const& use);
Status apply_detach(Setup& setup, Use const& use);
Status apply_rm(Setup& setup, Use const& use);
Status apply_log_size(Setup& setup, Use const& use);
Status apply_state_dir(Setup& setup, Use const& use);
bool asks_to_detach(CommandLine const& line);
void keep_output(Setup& setup);
Status set_name(Setup& setup);

// manage.cc
Status apply_all(Setup& setup, Use const& use);
Status apply_force(Setup& setup, Use const& use);
Status apply_follow(Setup& setup, Use const& use);
Status apply_signal(Setup& setup, Use const& use);
Status apply_grace(Setup& setup, Use const& use);

// control.cc
Status apply_security_opt(Setup& setup, Use const& use);
Status apply_allow_new_privs(Setup& setup, Use const& use);
Status apply_timeout(Setup& setup, Use const& use);
Status apply_cpu_timeout(Setup& setup, Use const& use);
Status apply_kill_after(Setup& setup, Use const& use);
Status apply_init(Setup& setup, Use const& use);
Status apply_no_init(Setup& setup, Use const& use);
Status apply_no_die_with_host(Setup& setup, Use const& use);
Status apply_json(Setup& setup, Use const& use);
Status apply_status_fd(Setup& setup, Use const& use);
Status apply_report(Setup& setup, Use const& use);
Status apply_quiet(Setup& setup, Use const& use);
Status apply_debug(Setup& setup, Use const& use);

// process.cc: what follows from several options, or from none.
Status check_passed_fds(CommandLine const& line);
void pass_terminal_type(Setup& setup);

} // namespace cli
