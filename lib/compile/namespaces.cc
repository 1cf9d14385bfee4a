// SPDX-License-Identifier: MIT
#include "compile/compile.h"

#include "base/text.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <linux/capability.h>

namespace ctr::compile {

namespace {

using plan::OpCode;
using spec::Ns;

// Made before the plan is known; not cgroup and time: the first would be rooted at the host's cgroup, and exec would
// enter the second before its offsets can be written.
constexpr Ns early[] = {Ns::user, Ns::mount, Ns::pid, Ns::net, Ns::uts, Ns::ipc};

void join(Context& context, Ns which)
{
    spec::Namespace const& wanted = context.spec.namespaces.of(which);
    context.ops.about({Step::namespaces, wanted.origin, spec::name_of(which),
                       concat("cannot join the ", spec::name_of(which), " namespace")});
    context.ops.add(OpCode::join).join = {context.joined[static_cast<size_t>(which)],
                                          static_cast<uint32_t>(spec::clone_flag(which))};
}

void unshare(Context& context, uint64_t flags, char const* name, Origin origin, int32_t accept)
{
    context.ops.about({Step::namespaces, origin, name, concat("cannot make an own ", name, " namespace")});
    context.ops.add(OpCode::unshare, accept).flags = {flags};
}

// A write for each: what the kernel refuses is known by its call.
void add_offsets(Context& context)
{
    std::vector<spec::TimeOffset> const& offsets = context.spec.namespaces.offsets;
    for (spec::TimeOffset const& offset : offsets) {
        std::string const text = concat(offset.clock == CLOCK_MONOTONIC ? "monotonic " : "boottime ",
                                        std::to_string(offset.seconds), " ", std::to_string(offset.nanoseconds), "\n");
        context.ops.about({Step::namespaces, offset.origin, "time", "cannot shift the clocks"});
        plan::Text const data = context.ops.text(text);
        context.ops.add(OpCode::write_file).write_file = {context.offsets, data, static_cast<uint32_t>(text.size())};
    }
    if (!offsets.empty())
        context.ops.release(context.offsets);
}

void own_later(Context& context)
{
    spec::Namespaces const& namespaces = context.spec.namespaces;
    if (namespaces.own(Ns::cgroup))
        unshare(context, spec::clone_flag(Ns::cgroup), "cgroup", namespaces.of(Ns::cgroup).origin, 0);
    if (!namespaces.own(Ns::time))
        return;
    // A kernel without time namespaces says EINVAL; without offsets nothing is lost, unless it was asked for.
    bool const asked = namespaces.of(Ns::time).origin.call != Call::none || !namespaces.offsets.empty();
    unshare(context, spec::clone_flag(Ns::time), "time", namespaces.of(Ns::time).origin, asked ? 0 : EINVAL);
    add_offsets(context);
}

// What ctr-init has for itself; the command's fork may have a pid namespace.
uint64_t own_early(spec::Spec const& spec)
{
    uint64_t own = 0;
    for (Ns const which : early)
        if (spec.namespaces.own(which))
            own |= spec::clone_flag(which);
    return is_outside(spec) ? own & ~spec::clone_flag(Ns::pid) : own;
}

// A process with two threads may not join a time namespace; and a thread in the host's pid namespace would be seen.
bool may_be_apart(spec::Spec const& spec)
{
    auto const joined = [](spec::Namespace const& one) { return one.mode == spec::NsMode::joined; };
    auto const& all = spec.namespaces.all;
    return spec.namespaces.own(Ns::pid) && !is_outside(spec) && std::none_of(all.begin(), all.end(), joined);
}

// What operations need, and what the command keeps: with no_new_privs exec as user 0 gives no capability that was not
// there before. Not simply all, because each costs a call that copies credentials.
uint64_t launch_capabilities(spec::Spec const& spec)
{
    uint64_t needed = 0;
    for (int const capability : {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP,
                                 CAP_NET_ADMIN, CAP_SYS_CHROOT, CAP_SYS_ADMIN, CAP_SYS_RESOURCE, CAP_SYS_TIME})
        needed |= uint64_t{1} << capability;
    if (spec.process.terminal)
        needed |= uint64_t{1} << CAP_CHOWN;
    return needed | spec.identity.capabilities.keep;
}

} // namespace

// Only the user and the pid namespace have to come with the clone.
plan::Launch launch_of(spec::Spec const& spec)
{
    plan::Launch launch;
    launch.watches_host = spec.lifetime.dies_with_host;
    launch.setup_timeout_ms = spec.lifetime.setup_timeout_ms;
    launch.capabilities = launch_capabilities(spec);
    if (spec.namespaces.joined(Ns::user))
        return launch; // all of them belong to the joined one
    uint64_t const own = own_early(spec);
    launch.clone_flags = own & (spec::clone_flag(Ns::user) | spec::clone_flag(Ns::pid));
    launch.apart_flags = may_be_apart(spec) ? own & spec::clone_flag(Ns::net) : 0;
    launch.unshare_flags = own & ~launch.clone_flags & ~launch.apart_flags;
    return launch;
}

void enter_namespaces(Context& context)
{
    spec::Namespaces const& namespaces = context.spec.namespaces;
    uint64_t const own = own_early(context.spec);
    for (size_t i = 0; i < spec::ns_count; i++) // the user namespace first: it gives the right to the others
        if (namespaces.all[i].mode == spec::NsMode::joined)
            join(context, static_cast<Ns>(i));
    if (namespaces.joined(Ns::user) && own != 0)
        unshare(context, own, "mount, net, uts or ipc", namespaces.of(Ns::user).origin, 0);
    own_later(context);
}

void add_hostname(Context& context)
{
    spec::Namespaces const& namespaces = context.spec.namespaces;
    if (!namespaces.hostname)
        return;
    context.ops.about({Step::namespaces, namespaces.hostname_origin, *namespaces.hostname, "cannot set the host name"});
    plan::Text const name = context.ops.text(*namespaces.hostname);
    context.ops.add(OpCode::set_hostname).one_text = {name, static_cast<uint32_t>(namespaces.hostname->size())};
}

void enter_network(Context& context)
{
    if (context.plan.launch.apart_flags == 0 || context.network_entered)
        return;
    context.network_entered = true;
    context.ops.about(
        {Step::namespaces, context.spec.namespaces.of(Ns::net).origin, "net", "cannot make an own net namespace"});
    context.ops.add(OpCode::enter_net);
}

void add_loopback(Context& context)
{
    if (!context.spec.namespaces.own(Ns::net))
        return;
    enter_network(context);
    context.ops.about({Step::network, {}, "lo", "cannot bring up the loopback interface"});
    if (context.network_entered) {
        context.ops.add(OpCode::check_net);
        return;
    }
    plan::Slot const socket = context.ops.slot();
    plan::Text const name = context.ops.text("lo");
    context.ops.add(OpCode::open_socket).one_slot = {socket};
    context.ops.add(OpCode::bring_up).bring_up = {socket, name};
    context.ops.release(socket);
}

} // namespace ctr::compile
