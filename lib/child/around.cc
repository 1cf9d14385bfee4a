// SPDX-License-Identifier: MIT
// A filter around ctr-init, as an outer container or a service manager has it, can let a call seem to succeed that is
// never made. It sees numbers and not memory, so it can answer with 0 or an error, and it rarely tells one call of a
// kind from another. Therefore: what gives a descriptor or a count is certain by its answer; what the command gains or
// loses is read back (confirm.cc); of everything else one call is made that can only fail, of each kind that the plan
// has and of no other, because a filter may end who makes a call that it does not know. Without a filter the kernel's
// own answer is certain, and nothing of this is done.
// A tracer, or who answers by SECCOMP_RET_USER_NOTIF, can give any answer and write any memory: nothing helps there.
#include "child/child.h"

#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/stat.h>
#include <linux/utsname.h>

namespace ctr::child {

namespace {

constexpr int nobody = -1; // no descriptor, and no process
constexpr unsigned long beyond = 999;

struct NamespaceName {
    char const* name;
    uint64_t flag;
};
// The user and the pid namespace come with the clone.
constexpr NamespaceName namespace_names[namespace_count] = {
    {"mnt", CLONE_NEWNS},  {"net", CLONE_NEWNET},       {"uts", CLONE_NEWUTS},
    {"ipc", CLONE_NEWIPC}, {"cgroup", CLONE_NEWCGROUP}, {"time_for_children", CLONE_NEWTIME}};

uint64_t number_of(int directory, char const* name) noexcept
{
    struct statx status = {};
    long const result = call(__NR_statx, directory, name, 0, STATX_INO, &status);
    return result < 0 ? 0 : status.stx_ino;
}

// One that every kernel refuses, whatever it has; arguments that no kernel takes.
long refused(long number) noexcept
{
    switch (number) {
    case __NR_unshare: return call(number, 1);
    case __NR_prctl: return call(number, PR_CAPBSET_READ, 64, 0, 0, 0);
    case __NR_close_range: return call(number, 1, 0, 0);
    case __NR_prlimit64: return call(number, 0, beyond, 0, 0);
    case __NR_setpriority: return call(number, beyond, 0, 0);
    case __NR_rt_sigaction: return call(number, 0, 0, 0, sizeof(uint64_t));
    case __NR_rt_sigprocmask: return call(number, 0, 0, 0, 1);
    case __NR_setitimer: return call(number, beyond, 1, 0);
    case __NR_setpgid: return call(number, 0, nobody);
    case __NR_tgkill: return call(number, nobody, nobody, 0);
    case __NR_kill: return call(number, 1, beyond);
    case __NR_getgroups: return call(number, nobody, 0);
    case __NR_sethostname: return call(number, 0, nobody);
    case __NR_keyctl: return call(number, beyond, 0, 0, 0, 0);
    case __NR_seccomp: return call(number, beyond, 0, 0);
    case 444 /* landlock_create_ruleset */: return call(number, 0, 0, 0);
    case __NR_pivot_root:
    case __NR_chdir:
    case __NR_umount2:
    case __NR_mount:
    case __NR_symlinkat:
    case __NR_capset: return call(number, 0, 0, 0, 0, 0);
    default: return call(number, nobody, 0, 0, 0, 0); // no such descriptor, or no such address
    }
}

// What is not read back in another way. At most two kinds of calls are one operation.
struct Kinds {
    long first = -1;
    long second = -1;
};

Kinds kinds_of(plan::OpCode code) noexcept
{
    using plan::OpCode;
    switch (code) {
    case OpCode::set_mount: return {__NR_mount_setattr};
    case OpCode::make_dir: return {__NR_mkdirat};
    case OpCode::make_file: return {__NR_mknodat};
    case OpCode::make_link: return {__NR_symlinkat};
    case OpCode::check_type:
    case OpCode::check_same:
    case OpCode::check_device:
    case OpCode::check_root: return {__NR_statx};
    case OpCode::move_mount: return {__NR_move_mount};
    case OpCode::fs_set:
    case OpCode::fs_set_layers:
    case OpCode::fs_create: return {__NR_fsconfig};
    case OpCode::enter_dir: return {__NR_fchdir};
    case OpCode::pivot_root: return {__NR_pivot_root};
    case OpCode::detach_here: return {__NR_umount2};
    case OpCode::set_propagation: return {__NR_mount};
    case OpCode::unshare: return {__NR_unshare};
    case OpCode::enter_net: return {__NR_setns, __NR_unshare};
    case OpCode::join: return {__NR_setns};
    case OpCode::check_net:
    case OpCode::bring_up: return {__NR_ioctl};
    case OpCode::terminal: return {__NR_ioctl, __NR_fchown};
    case OpCode::set_hostname: return {__NR_sethostname};
    case OpCode::set_limit: return {__NR_prlimit64};
    case OpCode::limit_processes: return {__NR_prlimit64, __NR_tgkill};
    case OpCode::change_dir: return {__NR_chdir};
    case OpCode::change_dir_if_same: return {__NR_chdir, __NR_fchdir};
    case OpCode::default_signals: return {__NR_rt_sigaction, __NR_rt_sigprocmask};
    case OpCode::place_fd:
    case OpCode::merge_fd: return {__NR_dup3};
    case OpCode::lift_fds:
    case OpCode::check_descriptors: return {__NR_fcntl};
    case OpCode::close_from: return {__NR_close_range};
    case OpCode::die_with_parent:
    case OpCode::set_dumpable:
    case OpCode::own_cores:
    case OpCode::no_new_privs:
    case OpCode::clear_ambient:
    case OpCode::drop_bounding:
    case OpCode::check_capabilities:
    case OpCode::check_privileges: return {__NR_prctl};
    case OpCode::set_nice: return {__NR_setpriority};
    case OpCode::set_processors: return {__NR_sched_setaffinity};
    case OpCode::make_rules: return {444};    // landlock_create_ruleset
    case OpCode::allow_path:                  // fall through
    case OpCode::allow_port: return {445};    // landlock_add_rule
    case OpCode::restrict_self: return {446}; // landlock_restrict_self
    case OpCode::filter: return {__NR_seccomp};
    case OpCode::set_groups: return {__NR_setgroups};
    case OpCode::check_user: return {__NR_getgroups};
    case OpCode::set_capabilities: return {__NR_capset};
    case OpCode::join_keyring: return {__NR_keyctl};
    case OpCode::close_slot: return {__NR_close};
    case OpCode::check_mount: return {__NR_fstatfs};
    // They give a descriptor, a count or a text, which 0 is not; or getresuid(2) and its like show what came of them.
    case OpCode::open_tree:
    case OpCode::open_in_root:
    case OpCode::open_at:
    case OpCode::fs_open:
    case OpCode::fs_mount:
    case OpCode::open_socket:
    case OpCode::write_file:
    case OpCode::new_session:
    case OpCode::set_umask:
    case OpCode::check_cwd:
    case OpCode::set_group:
    case OpCode::set_user:
    case OpCode::check_map:
    case OpCode::check_calls:
    case OpCode::check_namespaces:
    case OpCode::announce_pid:
    case OpCode::exec: break;
    }
    return {};
}

// They are of the host's /proc.
void close_namespaces(State& state) noexcept
{
    (void)call(__NR_close, state.namespaces); // nothing was written; it may not be open
    state.namespaces = -1;
}

long check_call(State const& state, long number) noexcept
{
    static uint64_t asked[8]; // bits, of call numbers
    if (number < 0 || (asked[number / 64] >> (number % 64) & 1) != 0)
        return 0;
    asked[number / 64] |= uint64_t{1} << (number % 64);
    if (refused(number) < 0)
        return 0;
    state.shared->detail = static_cast<int32_t>(number);
    return not_confirmed;
}

} // namespace

// prctl(2) may be what seems to succeed. Whether a filter is there is asked before anything is made.
void look_around(State& state) noexcept
{
    long const mode = call(__NR_prctl, PR_GET_SECCOMP, 0, 0, 0, 0);
    bool const honest = refused(__NR_prctl) < 0;
    if (mode == 0 && honest)
        return;
    state.shared->effective.around = mode > 0 ? static_cast<uint32_t>(mode) : SECCOMP_MODE_FILTER;
    state.namespaces =
        static_cast<int>(call(__NR_openat, AT_FDCWD, "/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
    for (int i = 0; i < namespace_count; i++)
        state.numbers[i] = state.namespaces > 0 ? number_of(state.namespaces, namespace_names[i].name) : 0;
}

long check_calls(State& state) noexcept
{
    if (state.shared->effective.around == 0)
        return 0;
    if (state.image->supervision.setup_in_command != 0)
        close_namespaces(state); // /proc shows a process its own only, and here it is the command's that sets up
    constexpr long always[] = {__NR_setpgid, __NR_rt_sigaction, __NR_rt_sigprocmask, __NR_setitimer, __NR_kill};
    for (long const number : always)
        if (long const result = check_call(state, number); result < 0)
            return result;
    auto const* ops = reinterpret_cast<Op const*>(state.base + state.image->ops);
    uint32_t const count = state.image->payload.first + state.image->payload.count;
    for (uint32_t i = 0; i < count; i++) {
        Kinds const kinds = kinds_of(ops[i].code);
        long result = check_call(state, kinds.first);
        if (result == 0)
            result = check_call(state, kinds.second);
        if (result < 0)
            return result;
    }
    return 0;
}

namespace {

bool has_hostname(char const* wanted) noexcept
{
    new_utsname system = {};
    if (call(__NR_uname, &system) < 0)
        return false;
    int i = 0;
    while (wanted[i] != 0 && system.nodename[i] == wanted[i])
        i++;
    return wanted[i] == 0 && system.nodename[i] == 0;
}

} // namespace

long check_namespaces(State& state, plan::CheckNamespaces const& op) noexcept
{
    char const* const hostname = text(state, op.hostname);
    if (hostname != nullptr && !has_hostname(hostname))
        return not_confirmed;
    if (state.namespaces < 0)
        return 0;
    uint64_t own = 0;
    for (int i = 0; i < namespace_count; i++) {
        uint64_t const number = number_of(state.namespaces, namespace_names[i].name);
        bool const other = number != state.numbers[i];
        bool const known = number != 0 && state.numbers[i] != 0;
        if (known &&
            ((op.own & namespace_names[i].flag) != 0 ? !other : (op.shared & namespace_names[i].flag) != 0 && other))
            return not_confirmed;
        own |= known && other ? namespace_names[i].flag : 0;
    }
    plan::Effective& effective = state.shared->effective;
    effective.namespaces = own;
    effective.compared = 1;
    close_namespaces(state);
    return 0;
}

} // namespace ctr::child
