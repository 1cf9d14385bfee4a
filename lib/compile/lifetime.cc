// SPDX-License-Identifier: MIT
// Who is pid 1, who ends what is left, and when.
#include "compile/compile.h"

#include <linux/sched.h>

namespace ctr::compile {

// With a joined user namespace the clone is made before it is entered, so ctr-init cannot be pid 1.
bool is_outside(spec::Spec const& spec)
{
    using spec::Ns;
    bool const inside = spec.lifetime.init_inside && !spec.namespaces.joined(Ns::user);
    return spec.namespaces.own(Ns::pid) && !inside;
}

void add_lifetime(Context& context)
{
    using spec::Ns;
    spec::Lifetime const& lifetime = context.spec.lifetime;
    spec::Namespaces const& namespaces = context.spec.namespaces;
    plan::Supervision& supervision = context.ops.supervision();
    bool const outside = is_outside(context.spec);
    if (outside)
        supervision.fork_flags = CLONE_NEWPID;
    supervision.setup_in_command = outside || namespaces.joined(Ns::pid) ? 1 : 0;
    supervision.ends_descendants = namespaces.own(Ns::pid) ? 0 : 1;
    supervision.fork_copies = namespaces.offsets.empty() && !namespaces.joined(Ns::time) ? 0 : 1;
    supervision.host_death = lifetime.dies_with_host ? 0 : 1;
    supervision.leftovers = lifetime.leftovers;
    supervision.timeout_ns = lifetime.timeout_ms * 1000000;
    supervision.kill_after_ns = lifetime.kill_after_ms * 1000000;
    context.plan.launch = launch_of(context.spec);
    context.plan.timeout_ms = lifetime.timeout_ms;
    context.plan.kill_after_ms = lifetime.kill_after_ms;
    if (!namespaces.own(Ns::pid))
        context.plan.reported->notices.push_back(
            "the pid namespace is not the container's own: descendants that leave their "
            "parents are ended one by one, which a fast forker can outrun");
    if (outside && lifetime.init_inside)
        context.plan.reported->notices.push_back(
            "with a joined user namespace the command is pid 1 of its pid namespace");
}

} // namespace ctr::compile
