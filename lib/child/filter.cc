// SPDX-License-Identifier: MIT
// Which system calls the command may make.
#include "child/child.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

namespace ctr::child {

// Nothing but exec and the way out may follow, unless the filter allows it: sendmsg(2) where it has a listener, which is
// the compiler's to see to.
long set_filter(State const& state, plan::SetFilter const& op) noexcept
{
    sock_fprog program = {};
    program.len = static_cast<unsigned short>(op.count);
    program.filter = reinterpret_cast<sock_filter*>(state.base + op.program.at);
    long const result = call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, op.flags, &program);
    if (result < 0 || (op.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) == 0)
        return result;
    return send_descriptor(state.channel, plan::DescriptorKind::seccomp, static_cast<int>(result));
}

} // namespace ctr::child
