// SPDX-License-Identifier: MIT
// The interpreter: runs the operations of a section in order and stops at the first failure.
#include "child/child.h"

#include <asm/errno.h>

namespace ctr::child {

long run_op(State& state, Op const& op) noexcept
{
    using plan::OpCode;
    switch (op.code) {
    case OpCode::open_tree: return open_tree(state, op.open_tree);
    case OpCode::set_mount: return set_mount(state, op.set_mount);
    case OpCode::open_in_root: return open_in_root(state, op.open_in_root);
    case OpCode::open_at: return open_at(state, op.open_at);
    case OpCode::make_dir: return make_dir(state, op.make_dir);
    case OpCode::make_file: return make_file(state, op.make_file);
    case OpCode::make_link: return make_link(state, op.make_link);
    case OpCode::check_type: return check_type(state, op.check_type);
    case OpCode::check_same: return check_same(state, op.check_same);
    case OpCode::check_device: return check_device(state, op.check_device);
    case OpCode::move_mount: return move_mount(state, op.move_mount);
    case OpCode::fs_open: return fs_open(state, op.fs_open);
    case OpCode::fs_set: return fs_set(state, op.fs_set);
    case OpCode::fs_set_layers: return fs_set_layers(state, op.fs_set_layers);
    case OpCode::fs_create: return fs_create(state, op.one_slot);
    case OpCode::fs_mount: return fs_mount(state, op.fs_mount);
    case OpCode::write_file: return write_file(state, op.write_file);
    case OpCode::close_slot: return close_slot(state, op.one_slot);
    case OpCode::enter_dir: return enter_dir(state, op.one_slot);
    case OpCode::pivot_root: return pivot_root();
    case OpCode::detach_here: return detach_here();
    case OpCode::check_root: return check_root();
    case OpCode::set_propagation: return set_propagation(op.flags);
    case OpCode::unshare: return unshare(state, op.flags);
    case OpCode::join: return join(state, op.join);
    case OpCode::enter_net: return enter_net(state);
    case OpCode::check_net: return check_net();
    case OpCode::set_hostname: return set_hostname(state, op.one_text);
    case OpCode::open_socket: return open_socket(state, op.one_slot);
    case OpCode::bring_up: return bring_up(state, op.bring_up);
    case OpCode::new_session: return new_session();
    case OpCode::set_umask: return set_umask(op.flags);
    case OpCode::set_limit: return set_limit(op.set_limit);
    case OpCode::change_dir: return change_dir(state, op.one_text);
    case OpCode::change_dir_if_same: return change_dir_if_same(state, op.same_dir);
    case OpCode::check_cwd: return check_cwd();
    case OpCode::default_signals: return default_signals();
    case OpCode::place_fd: return place_fd(state, op.place_fd);
    case OpCode::merge_fd: return merge_fd(op.merge_fd);
    case OpCode::lift_fds: return lift_fds(state, op.lift_fds);
    case OpCode::close_from: return close_from(op.place_fd);
    case OpCode::die_with_parent: return die_with_parent(state);
    case OpCode::set_dumpable: return set_dumpable(op.flags);
    case OpCode::no_new_privs: return no_new_privs();
    case OpCode::set_nice: return set_nice(op.flags);
    case OpCode::set_processors: return set_processors(state, op.one_text);
    case OpCode::own_cores: return own_cores();
    case OpCode::limit_processes: return limit_processes(op.set_limit);
    case OpCode::make_rules: return make_rules(state, op.make_rules);
    case OpCode::allow_path: return allow_path(state, op.allow_path);
    case OpCode::allow_port: return allow_port(state, op.allow_port);
    case OpCode::restrict_self: return restrict_self(state, op.one_slot);
    case OpCode::filter: return set_filter(state, op.filter);
    case OpCode::terminal: return call_terminal(state, op.terminal);
    case OpCode::set_groups: return set_groups(state, op.set_groups);
    case OpCode::set_group: return set_group(op.set_id);
    case OpCode::set_user: return set_user(op.set_id);
    case OpCode::clear_ambient: return clear_ambient();
    case OpCode::drop_bounding: return drop_bounding(op.capabilities);
    case OpCode::set_capabilities: return set_capabilities(op.capabilities);
    case OpCode::join_keyring: return join_keyring();
    case OpCode::check_user: return check_user(state, op.check_user);
    case OpCode::check_capabilities: return check_capabilities(state, op.check_capabilities);
    case OpCode::check_privileges: return check_privileges(state, op.flags);
    case OpCode::check_calls: return check_calls(state);
    case OpCode::check_map: return check_map(state, op.check_map);
    case OpCode::check_mount: return check_mount(state, op.check_mount);
    case OpCode::check_namespaces: return check_namespaces(state, op.check_namespaces);
    case OpCode::check_descriptors: return check_descriptors(state, op.check_descriptors);
    case OpCode::announce_pid: return announce_pid(state, op.announce_pid);
    case OpCode::exec: return execute(state, op.exec);
    }
    return -ENOSYS;
}

// By the timer of host.cc: a file system of FUSE may be told of it and answer so, whatever SA_RESTART says.
constexpr int most_interruptions = 10;

long run_section(State& state, plan::Section section) noexcept
{
    auto const* ops = reinterpret_cast<Op const*>(state.base + state.image->ops);
    for (uint32_t i = section.first; i < section.first + section.count; i++) {
        state.shared->current = static_cast<int32_t>(i);
        long result = run_op(state, ops[i]);
        for (int again = 0; result == -EINTR && again < most_interruptions; again++)
            result = run_op(state, ops[i]);
        if (result < 0 && (ops[i].accept == 0 || result != -ops[i].accept))
            return result;
    }
    return 0;
}

} // namespace ctr::child
