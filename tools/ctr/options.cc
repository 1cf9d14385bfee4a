// SPDX-License-Identifier: MIT
#include "options.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "apply.h"
#include "text.h"

namespace cli {
namespace {

constexpr auto adds = Repeat::adds;
constexpr auto last_wins = Repeat::last_wins;

constexpr std::string_view state_dir_help =
    "where names live (default: $XDG_RUNTIME_DIR/ctr, else /run/user/UID/ctr where it is there, else /tmp/ctr-UID)";

// clang-format off
constexpr Option run_table[] = {
    {'\0', Group::root, last_wins, "rootfs", "", "DIR", apply_rootfs,
     "make DIR the root file system, writable; without it the host's own root is used, read-only"},
    {'\0', Group::root, last_wins, "read-only", "", "", apply_read_only, "make the root file system read-only"},
    {'v', Group::root, adds, "volume", "", "SRC[:DST][:OPTS]", apply_volume,
     "show the host's SRC at DST (default: the same path); OPTS, separated by commas: ro, rw, rbind (default), bind, "
     "noexec, nosuid, nodev, optional (leave it out if SRC is missing), create (make a missing mount point inside "
     "another volume), nofollow (SRC must not be a symbolic link)"},
    {'\0', Group::root, adds, "mount", "", "type=TYPE,KEY=VALUE,...", apply_mount,
     "any mount: TYPE is bind, tmpfs, proc, sysfs, mqueue, devpts, cgroup, file, symlink or dir; keys: source (src), "
     "target (dst, destination), mode, size, nr_inodes, options=KEY=VALUE:..., readonly (ro) and the OPTS of --volume"},
    {'\0', Group::root, adds, "tmpfs", "", "DST[:OPTS]", apply_tmpfs,
     "an empty file system in memory; OPTS: size=SIZE, mode=MODE, nr_inodes=N, ro, noexec, suid, dev"},
    {'\0', Group::root, adds, "device", "", "PATH[:DST]", apply_device, "show a device node of the host"},
    {'\0', Group::root, adds, "file", "", "DST=SRC", apply_file, "a read-only copy of the host's file SRC at DST"},
    {'\0', Group::root, adds, "symlink", "", "DST=TARGET", apply_symlink, "a symbolic link at DST that holds TARGET"},
    {'\0', Group::root, adds, "dir", "", "DST[:MODE]", apply_dir, "a directory at DST, with its parents"},
    {'\0', Group::root, last_wins, "proc", "", "fresh|host|none", apply_proc,
     "what /proc shows: the container's processes (default), the host's, or nothing"},

    {'w', Group::process, last_wins, "workdir", "", "DIR", apply_workdir,
     "working directory inside; default: the caller's where it is visible inside, else /"},
    {'e', Group::process, adds, "env", "", "NAME[=VALUE]", apply_env,
     "set an environment variable, or pass the caller's; the environment starts with PATH, HOME and TERM only"},
    {'\0', Group::process, adds, "env-file", "", "FILE", apply_env_file,
     "variables from FILE, a NAME[=VALUE] per line; # starts a comment line"},
    {'\0', Group::process, last_wins, "clear-env", "", "", apply_clear_env, "start from an empty environment"},
    {'\0', Group::process, last_wins, "umask", "", "MODE", apply_umask, "file mode creation mask (default 022)"},
    {'\0', Group::process, last_wins, "stdin", "", "null|PATH", apply_stdin,
     "read standard input from nothing or from a file"},
    {'\0', Group::process, last_wins, "stdout", "", "null|PATH", apply_stdout,
     "write standard output nowhere or to a file, emptied first"},
    {'\0', Group::process, last_wins, "stderr", "", "null|stdout|PATH", apply_stderr,
     "write standard error nowhere, to what standard output is, or to a file, emptied first"},
    {'\0', Group::process, adds, "pass-fd", "", "HOST[:INSIDE]", apply_pass_fd,
     "pass an open file descriptor in; no other than 0, 1 and 2 is inherited"},
    {'\0', Group::process, last_wins, "preserve-fds", "", "N", apply_preserve_fds,
     "pass the open file descriptors 3 to 3+N-1 in, and announce them by LISTEN_FDS and LISTEN_PID"},
    {'\0', Group::process, adds, "ulimit", "", "NAME=SOFT[:HARD]", apply_ulimit,
     "a resource limit, such as nofile=1024:4096 or core=unlimited"},
    {'t', Group::process, last_wins, "tty", "", "", apply_tty,
     "give the command a terminal of the container's own as standard input, output and error"},
    {'i', Group::process, last_wins, "interactive", "", "", apply_interactive,
     "with --tty: pass standard input to that terminal, which makes the caller's raw until the end (after a kill -9 of "
     "ctr itself, stty sane); without it standard input is always passed"},

    {'u', Group::identity, last_wins, "user", "", "USER[:GROUP]", apply_user,
     "run as this user, by number or by a name of the container's passwd (default 0)"},
    {'\0', Group::identity, adds, "group-add", "", "GROUP", apply_group_add, "add a supplementary group"},
    {'\0', Group::identity, last_wins, "map", "", "auto|single|subid|none|RANGES", apply_map,
     "how ids are mapped: subid if it can be, else single (auto, default); the caller's id only (single); it and the "
     "ranges of /etc/subuid and /etc/subgid (subid); no user namespace (none); or INSIDE:OUTSIDE:COUNT[,...]"},
    {'\0', Group::identity, adds, "uidmap", "", "INSIDE:OUTSIDE:COUNT", apply_uidmap, "map user ids explicitly"},
    {'\0', Group::identity, adds, "gidmap", "", "INSIDE:OUTSIDE:COUNT", apply_gidmap, "map group ids explicitly"},
    {'\0', Group::identity, last_wins, "newuidmap", "", "PATH", apply_newuidmap, "the program that maps user ids"},
    {'\0', Group::identity, last_wins, "newgidmap", "", "PATH", apply_newgidmap, "the program that maps group ids"},

    {'\0', Group::namespaces, last_wins, "net", "network", "none|host", apply_net,
     "own network with loopback only (none, default), or the host's"},
    {'h', Group::namespaces, last_wins, "hostname", "", "NAME", apply_hostname, "host name (default: the host's)"},
    {'\0', Group::namespaces, adds, "unshare", "", "LIST", apply_unshare,
     "own namespaces, of mount, pid, net, uts, ipc, cgroup, time (default: all)"},
    {'\0', Group::namespaces, adds, "share", "", "LIST", apply_share, "namespaces shared with the host"},
    {'\0', Group::namespaces, adds, "join", "", "NAME=PATH", apply_join,
     "join the namespace of a namespace file, such as net=/proc/123/ns/net"},
    {'\0', Group::namespaces, adds, "time-offset", "", "CLOCK=SECONDS", apply_time_offset,
     "shift a clock: boottime or monotonic"},

    {'\0', Group::security, adds, "cap-add", "", "NAME|ALL", apply_cap_add,
     "let the command keep a capability, of its own user namespace"},
    {'\0', Group::security, adds, "cap-drop", "", "NAME|ALL", apply_cap_drop, "take a capability from the command"},
    {'\0', Group::security, last_wins, "cap-profile", "", "default|contained|crabcan", apply_cap_profile,
     "the capabilities that user 0 starts with, before --cap-add and --cap-drop"},
    {'\0', Group::security, last_wins, "keyring", "", "new|inherit", apply_keyring,
     "an empty session keyring (new, default), or the caller's"},
    {'\0', Group::security, adds, "landlock", "", "KEY=VALUE", apply_landlock,
     "restrict by Landlock, beside all else: read=PATH, write=PATH (and read), exec=PATH (and read) allow what is below "
     "PATH and nothing else; bind=PORT and connect=PORT, of TCP, likewise; scope=sockets|signals; mode=required (default) "
     "or preferred"},
    {'\0', Group::security, adds, "security-opt", "", "OPT", apply_security_opt,
     "seccomp=PROFILE: which system calls may be made (default, build for package builders, strict, unconfined for "
     "all of them, contained, crabcan, or a FILE with a JSON profile or a BPF program); unmask=ALL (leave /proc and "
     "/sys as the kernel mounts them); proc-opts=OPTIONS (of /proc, such as hidepid=2 or subset=pid); "
     "no-new-privileges[=true|false]"},
    {'\0', Group::security, last_wins, "allow-new-privs", "", "", apply_allow_new_privs,
     "let programs gain privileges when they are executed, as setuid programs do"},

    {'\0', Group::limits, last_wins, "pids-limit", "", "N", apply_pids_limit,
     "at most N processes and threads of each user id (an rlimit inside the container's user namespace); 0 or -1: any"},
    {'\0', Group::limits, last_wins, "oom-score-adj", "", "N", apply_oom_score_adj,
     "how eagerly the out-of-memory killer takes the container: -1000 (never) to 1000 (first)"},
    {'\0', Group::limits, last_wins, "nice", "", "N", apply_nice, "nice value, -20 to 19"},
    {'\0', Group::limits, last_wins, "cpuset-cpus", "", "LIST", apply_cpuset_cpus,
     "run on these processors, such as 0-3,8; an affinity, which the command may change"},
    {'\0', Group::limits, last_wins, "core-sched", "", "", apply_core_sched,
     "let no other program run on the sibling threads of a processor core meanwhile"},

    {'\0', Group::lifetime, last_wins, "timeout", "", "DURATION", apply_timeout,
     "kill the container when this time has passed: 1, 1.5, 500ms, 2s, 3m, 1h"},
    {'\0', Group::lifetime, last_wins, "cpu-timeout", "", "DURATION", apply_cpu_timeout,
     "end the container when all of it has used this much processor time"},
    {'\0', Group::lifetime, last_wins, "kill-after", "", "DURATION", apply_kill_after,
     "at the timeout send SIGTERM first, and kill after this time"},
    {'\0', Group::lifetime, last_wins, "init", "", "", apply_init,
     "run an init as pid 1 that reaps and forwards (default)"},
    {'\0', Group::lifetime, last_wins, "no-init", "", "", apply_no_init, "run the command itself as pid 1"},
    {'\0', Group::lifetime, last_wins, "no-die-with-host", "", "", apply_no_die_with_host,
     "let the container live on when ctr is killed"},
    {'d', Group::lifetime, last_wins, "detach", "", "", apply_detach,
     "return when the command runs, and print the container's name; its output is kept for \"logs\""},
    {'\0', Group::lifetime, last_wins, "name", "", "NAME", apply_name,
     "give the container a name, by which others of the same user find it; it stays taken until \"rm\""},
    {'\0', Group::lifetime, last_wins, "rm", "", "", apply_rm,
     "let a name go with its container; nothing else is ever left"},
    {'\0', Group::lifetime, last_wins, "log-size", "", "SIZE", apply_log_size,
     "with --detach: how much of each stream is kept, its end (default 1m)"},
    {'\0', Group::lifetime, last_wins, "state-dir", "", "DIR", apply_state_dir, state_dir_help},

    {'\0', Group::outcome, last_wins, "json", "", "", apply_json,
     "run: print the outcome on standard output when the command has ended; explain: print the plan as JSON"},
    {'\0', Group::outcome, last_wins, "status-fd", "", "N", apply_status_fd,
     "write the outcome as JSON to this file descriptor"},
    {'\0', Group::outcome, last_wins, "report", "", "FILE", apply_report, "write the outcome as JSON to FILE"},
    {'q', Group::outcome, last_wins, "quiet", "", "", apply_quiet, "print no notes"},
    {'\0', Group::outcome, last_wins, "debug", "", "", apply_debug, "print the plan on standard error first"},
    {'\0', Group::outcome, last_wins, "help", "", "", nullptr, "print this help"},
};

constexpr Option ps_table[] = {
    {'a', Group::outcome, last_wins, "all", "", "", apply_all, "those that have ended too"},
    {'q', Group::outcome, last_wins, "quiet", "", "", apply_quiet, "names only"},
    {'\0', Group::outcome, last_wins, "json", "", "", apply_json, "as JSON"},
    {'\0', Group::outcome, last_wins, "state-dir", "", "DIR", apply_state_dir, state_dir_help},
    {'h', Group::outcome, last_wins, "help", "", "", nullptr, "print this help"},
};

constexpr Option named_table[] = {
    {'\0', Group::outcome, last_wins, "state-dir", "", "DIR", apply_state_dir, state_dir_help},
    {'q', Group::outcome, last_wins, "quiet", "", "", apply_quiet, "print no notes"},
    {'h', Group::outcome, last_wins, "help", "", "", nullptr, "print this help"},
};

constexpr Option kill_table[] = {
    {'s', Group::outcome, last_wins, "signal", "", "SIGNAL", apply_signal, "the signal (default KILL)"},
    {'\0', Group::outcome, last_wins, "state-dir", "", "DIR", apply_state_dir, state_dir_help},
    {'h', Group::outcome, last_wins, "help", "", "", nullptr, "print this help"},
};

constexpr Option stop_table[] = {
    {'t', Group::outcome, last_wins, "time", "", "DURATION", apply_grace,
     "how long it has after SIGTERM (default 10s)"},
    {'\0', Group::outcome, last_wins, "state-dir", "", "DIR", apply_state_dir, state_dir_help},
    {'h', Group::outcome, last_wins, "help", "", "", nullptr, "print this help"},
};

constexpr Option wait_table[] = {
    {'\0', Group::outcome, last_wins, "json", "", "", apply_json, "the whole result, as JSON"},
    {'\0', Group::outcome, last_wins, "state-dir", "", "DIR", apply_state_dir, state_dir_help},
    {'h', Group::outcome, last_wins, "help", "", "", nullptr, "print this help"},
};

constexpr Option logs_table[] = {
    {'f', Group::outcome, last_wins, "follow", "", "", apply_follow, "go on until the container has ended"},
    {'\0', Group::outcome, last_wins, "state-dir", "", "DIR", apply_state_dir, state_dir_help},
    {'h', Group::outcome, last_wins, "help", "", "", nullptr, "print this help"},
};

constexpr Option rm_table[] = {
    {'f', Group::outcome, last_wins, "force", "", "", apply_force,
     "end it first where it runs; what is not there is no error"},
    {'\0', Group::outcome, last_wins, "state-dir", "", "DIR", apply_state_dir, state_dir_help},
    {'h', Group::outcome, last_wins, "help", "", "", nullptr, "print this help"},
};

constexpr Option plain_table[] = {
    {'h', Group::outcome, last_wins, "help", "", "", nullptr, "print this help"},
};
// clang-format on

// What of `ctr run` can be said of a further command, too.
constexpr bool is_of_the_process(Option const& option)
{
    if (option.group == Group::process || option.group == Group::outcome)
        return option.name != "debug" && option.apply != apply_preserve_fds;
    constexpr decltype(option.apply) others[] = {apply_user,    apply_group_add,  apply_cap_drop,
                                                 apply_timeout, apply_kill_after, apply_state_dir};
    for (auto const apply : others)
        if (option.apply == apply)
            return true;
    return false;
}

constexpr size_t exec_count = std::count_if(std::begin(run_table), std::end(run_table), is_of_the_process);

constexpr std::array<Option, exec_count> make_exec_table()
{
    std::array<Option, exec_count> table = {};
    std::copy_if(std::begin(run_table), std::end(run_table), table.begin(), is_of_the_process);
    return table;
}

constexpr std::array<Option, exec_count> exec_table = make_exec_table();

} // namespace

std::span<Option const> exec_options() { return exec_table; }

std::span<Option const> ps_options() { return ps_table; }

std::span<Option const> named_options() { return named_table; }

std::span<Option const> kill_options() { return kill_table; }

std::span<Option const> stop_options() { return stop_table; }

std::span<Option const> wait_options() { return wait_table; }

std::span<Option const> logs_options() { return logs_table; }

std::span<Option const> rm_options() { return rm_table; }

std::span<Option const> run_options() { return run_table; }

std::span<Option const> plain_options() { return plain_table; }

std::string label_of(Use const& use)
{
    std::string label(use.option->name);
    if (use.option->repeat == Repeat::adds) {
        label += ' ';
        append_number(label, uint64_t{use.ordinal});
    }
    return label;
}

Problem bad_value(Use const& use, std::string_view value, std::string_view what, std::string_view hint)
{
    return {.status = exit_usage,
            .subject = std::string(value),
            .message = quoted(value) + " is " + std::string(what),
            .option = label_of(use),
            .hint = std::string(hint)};
}

} // namespace cli
