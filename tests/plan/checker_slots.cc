// SPDX-License-Identifier: MIT
// The life of every descriptor of a plan, and the order of what matters for safety.
#include "checker.h"

#include "base/text.h"
#include "plan/explain.h"

#include <fcntl.h>
#include <optional>

namespace ctr::test {

namespace {

using plan::Op;
using plan::OpCode;
using plan::Plan;
using plan::Slot;

struct Uses {
    std::vector<Slot> reads;
    std::optional<Slot> opens;
    std::optional<Slot> closes;
    bool on_exec = true; // what is opened is closed by exec
};

bool cloexec(uint64_t flags) { return (flags & O_CLOEXEC) != 0; } // OPEN_TREE_CLOEXEC too

Uses uses_of(Op const& op)
{
    switch (op.code) {
    case OpCode::open_tree: return {{op.open_tree.dir}, op.open_tree.out, {}, cloexec(op.open_tree.flags)};
    case OpCode::open_in_root: return {{op.open_in_root.root}, op.open_in_root.out, {}, cloexec(op.open_in_root.flags)};
    case OpCode::open_at: return {{op.open_at.dir}, op.open_at.out, {}, cloexec(op.open_at.flags)};
    case OpCode::fs_open: return {{}, op.fs_open.out, {}};
    case OpCode::fs_mount: return {{op.fs_mount.fs}, op.fs_mount.out, {}};
    case OpCode::open_socket: return {{}, op.one_slot.slot, {}};
    case OpCode::close_slot: return {{}, {}, op.one_slot.slot};
    case OpCode::set_mount: return {{op.set_mount.mount}, {}, {}};
    case OpCode::make_dir: return {{op.make_dir.dir}, {}, {}};
    case OpCode::make_file: return {{op.make_file.dir}, {}, {}};
    case OpCode::make_link: return {{op.make_link.dir}, {}, {}};
    case OpCode::check_type: return {{op.check_type.file}, {}, {}};
    case OpCode::check_same: return {{op.check_same.one, op.check_same.other}, {}, {}};
    case OpCode::check_device: return {{op.check_device.file}, {}, {}};
    case OpCode::move_mount: return {{op.move_mount.tree, op.move_mount.target}, {}, {}};
    case OpCode::fs_set: return {{op.fs_set.fs}, {}, {}};
    case OpCode::fs_set_layers: return {{op.fs_set_layers.fs, op.fs_set_layers.upper, op.fs_set_layers.lower}, {}, {}};
    case OpCode::fs_create:
    case OpCode::enter_dir: return {{op.one_slot.slot}, {}, {}};
    case OpCode::terminal:
        if (op.terminal.call == plan::TerminalCall::open)
            return {{op.terminal.slot}, op.terminal.out, {}, cloexec(op.terminal.flags)};
        return {{op.terminal.slot}, {}, {}};
    case OpCode::write_file: return {{op.write_file.file}, {}, {}};
    case OpCode::make_rules: return {{}, op.make_rules.out, {}};
    case OpCode::allow_path: // of its own path, or of a descriptor
        if (op.allow_path.path.at == 0)
            return {{op.allow_path.rules, op.allow_path.dir}, {}, {}};
        return {{op.allow_path.rules}, {}, {}};
    case OpCode::allow_port: return {{op.allow_port.rules}, {}, {}};
    case OpCode::restrict_self: return {{op.one_slot.slot}, {}, {}};
    case OpCode::join: return {{op.join.ns}, {}, {}};
    case OpCode::bring_up: return {{op.bring_up.socket}, {}, {}};
    case OpCode::place_fd: return {{op.place_fd.from}, {}, {}};
    case OpCode::check_map: return {{op.check_map.file}, {}, {}};
    case OpCode::check_mount: return {{op.check_mount.mount}, {}, {}};
    case OpCode::pivot_root:
    case OpCode::detach_here:
    case OpCode::check_root:
    case OpCode::set_propagation:
    case OpCode::unshare:
    case OpCode::enter_net:
    case OpCode::check_net:
    case OpCode::set_hostname:
    case OpCode::new_session:
    case OpCode::set_umask:
    case OpCode::set_limit:
    case OpCode::change_dir:
    case OpCode::change_dir_if_same:
    case OpCode::check_cwd:
    case OpCode::default_signals:
    case OpCode::merge_fd:
    case OpCode::lift_fds: // in place, see Walk::step
    case OpCode::close_from:
    case OpCode::die_with_parent:
    case OpCode::set_dumpable:
    case OpCode::no_new_privs:
    case OpCode::filter:
    case OpCode::set_groups:
    case OpCode::set_group:
    case OpCode::set_user:
    case OpCode::clear_ambient:
    case OpCode::drop_bounding:
    case OpCode::set_capabilities:
    case OpCode::set_nice:
    case OpCode::set_processors:
    case OpCode::own_cores:
    case OpCode::limit_processes:
    case OpCode::check_user:
    case OpCode::check_capabilities:
    case OpCode::check_privileges:
    case OpCode::check_calls:
    case OpCode::check_namespaces:
    case OpCode::check_descriptors:
    case OpCode::join_keyring:
    case OpCode::announce_pid: break;
    case OpCode::exec:
        if (op.exec.by == plan::ExecBy::descriptor)
            return {{op.exec.program}, {}, {}};
        break;
    }
    return {};
}

enum class State : uint8_t { closed, open, used, handed_over };

class Walk {
public:
    explicit Walk(Plan const& plan) : plan_(plan), states_(plan.header().slot_count, State::closed)
    {
        for (size_t i = 0; i < plan.passed.size(); i++)
            states_[i] = State::open;
        if (plan.header().offsets_slot >= 0)
            states_[static_cast<size_t>(plan.header().offsets_slot)] = State::open;
    }

    Findings run()
    {
        for (uint32_t i = 0; i < plan_.op_count(); i++)
            step(i);
        for (size_t slot = 0; slot < states_.size(); slot++)
            finish(slot);
        return findings_;
    }

private:
    void step(uint32_t index)
    {
        Op const& op = plan_.ops()[index];
        Uses const uses = uses_of(op);
        for (Slot const slot : uses.reads)
            if (slot != plan::at_cwd && valid(index, slot))
                read(index, slot, op.code == OpCode::place_fd);
        if (op.code == OpCode::lift_fds)
            for (Slot slot = 0; slot < op.lift_fds.count; slot++)
                read(index, slot, false);
        if (uses.opens && valid(index, *uses.opens)) {
            if (at(*uses.opens) != State::closed)
                say(index, *uses.opens, "is opened while it holds another descriptor");
            if (!uses.on_exec)
                say(index, *uses.opens, "is opened without close-on-exec");
            at(*uses.opens) = State::open;
        }
        if (uses.closes && valid(index, *uses.closes)) {
            if (at(*uses.closes) == State::closed)
                say(index, *uses.closes, "is closed and was not open");
            at(*uses.closes) = State::closed;
        }
    }

    void read(uint32_t index, Slot slot, bool handed_over)
    {
        if (at(slot) == State::closed)
            say(index, slot, "is used and is not open");
        else if (at(slot) != State::handed_over)
            at(slot) = handed_over ? State::handed_over : State::used;
    }

    // A descriptor that came from the caller is closed by exec; what was opened here is not to live that long.
    void finish(size_t slot)
    {
        bool const passed = slot < plan_.passed.size();
        if (is_kept(static_cast<Slot>(slot)))
            return;
        if (passed && states_[slot] == State::open)
            findings_.push_back(concat("slot ", std::to_string(slot), " is received and never used"));
        if (!passed && (states_[slot] == State::open || states_[slot] == State::used))
            findings_.push_back(concat("slot ", std::to_string(slot), " is never closed"));
    }

    // By ctr-init, for as long as it supervises.
    bool is_kept(Slot slot) const
    {
        plan::Supervision const& supervision = plan_.header().supervision;
        bool kept = slot == supervision.proc;
        for (int i = 0; i < plan::capture_count; i++)
            kept |= slot == supervision.captures[i].reader || slot == supervision.captures[i].sink ||
                    slot == supervision.watched[i];
        return kept;
    }

    bool valid(uint32_t index, Slot slot)
    {
        if (slot >= 0 && slot < static_cast<Slot>(plan_.header().slot_count))
            return true;
        say(index, slot, "does not exist");
        return false;
    }

    void say(uint32_t index, Slot slot, char const* what)
    {
        findings_.push_back(concat("operation ", std::to_string(index), " (",
                                   plan::describe(plan_, plan_.ops()[index]).name, "): slot ", std::to_string(slot),
                                   " ", what));
    }

    State& at(Slot slot) { return states_[static_cast<size_t>(slot)]; }

    Plan const& plan_;
    std::vector<State> states_;
    Findings findings_;
};

// The position of the first operation of a kind, or of none.
std::optional<uint32_t> first(Plan const& plan, OpCode code)
{
    for (uint32_t i = 0; i < plan.op_count(); i++)
        if (plan.ops()[i].code == code)
            return i;
    return std::nullopt;
}

// And of the last one: ctr-init may take ids itself, long before the command does.
std::optional<uint32_t> last(Plan const& plan, OpCode code)
{
    for (uint32_t i = plan.op_count(); i > 0; i--)
        if (plan.ops()[i - 1].code == code)
            return i - 1;
    return std::nullopt;
}

void expect_before(Plan const& plan, OpCode one, OpCode other, char const* why, Findings& findings)
{
    auto const earlier = last(plan, one);
    auto const later = last(plan, other);
    if (earlier && later && *earlier > *later)
        findings.emplace_back(why);
}

// With the root changed the host's names mean nothing: whatever still took one would resolve it in the container.
void check_pivot(Plan const& plan, Findings& findings)
{
    auto const pivot = first(plan, OpCode::pivot_root);
    if (!pivot)
        return;
    for (uint32_t i = *pivot; i < plan.op_count(); i++)
        for (Slot const slot : uses_of(plan.ops()[i]).reads)
            if (slot == plan::at_cwd)
                findings.push_back(
                    concat("operation ", std::to_string(i), " takes a path of the host after the pivot"));
    if (first(plan, OpCode::detach_here) < *pivot)
        findings.emplace_back("something is detached before the pivot");
    if (!first(plan, OpCode::detach_here) || !first(plan, OpCode::check_root))
        findings.emplace_back("the old root is not detached, or that is not checked");
}

// What comes behind a filter has to be allowed by it.
void check_filter(Plan const& plan, uint32_t exec, Findings& findings)
{
    auto const filter = first(plan, OpCode::filter);
    if (!filter)
        return;
    bool const last = *filter + 1 == exec && first(plan, OpCode::no_new_privs).value_or(exec) < *filter;
    bool const early =
        !first(plan, OpCode::no_new_privs) && *filter < first(plan, OpCode::set_capabilities).value_or(0);
    if (!last && !early)
        findings.emplace_back("the filter is neither the last before exec nor set with the capability that it needs");
}

} // namespace

Findings check_slots(Plan const& plan) { return Walk(plan).run(); }

Findings check_order(Plan const& plan)
{
    Findings findings;
    auto const exec = first(plan, OpCode::exec);
    if (!exec || *exec + 1 != plan.op_count())
        findings.emplace_back("exec is not the one last operation");
    check_pivot(plan, findings);
    expect_before(plan, OpCode::drop_bounding, OpCode::set_user, "the bounding set is dropped too late", findings);
    expect_before(plan, OpCode::set_groups, OpCode::set_group, "groups are set after the group", findings);
    expect_before(plan, OpCode::set_group, OpCode::set_user, "the group is set after the user", findings);
    expect_before(plan, OpCode::set_user, OpCode::set_capabilities, "capabilities are set before the user", findings);
    expect_before(plan, OpCode::set_capabilities, OpCode::check_capabilities,
                  "capabilities are set after they are read", findings);
    expect_before(plan, OpCode::set_user, OpCode::check_user, "the user is set after it is read", findings);
    expect_before(plan, OpCode::no_new_privs, OpCode::check_privileges, "privileges are refused after that is read",
                  findings);
    expect_before(plan, OpCode::set_limit, OpCode::set_user, "limits are set by the user", findings);
    expect_before(plan, OpCode::set_user, OpCode::change_dir_if_same, "the directory is not entered as the user",
                  findings);
    expect_before(plan, OpCode::set_user, OpCode::no_new_privs, "privileges are refused before they are given up",
                  findings);
    check_filter(plan, exec.value_or(0), findings);
    return findings;
}

} // namespace ctr::test
