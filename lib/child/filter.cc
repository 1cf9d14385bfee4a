// SPDX-License-Identifier: MIT
// Which system calls the command may make.
#include "child/child.h"

#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>

namespace ctr::child {

namespace {

// A filter around us can let this seem to succeed. A listener's descriptor cannot be pretended, so one is asked for: it
// ends with exec, and none of the verdicts is a question. Where none can be had, because another is there already or the
// filter around refuses it, the call that can only fail has to do (around.cc).
long install(unsigned flags, sock_fprog const& program) noexcept
{
    bool const around = call(__NR_prctl, PR_GET_SECCOMP, 0, 0, 0, 0) != 0;
    if (!around || (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0)
        return call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    long const result = call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags | SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    if (result == 0)
        return not_confirmed;
    return result > 0 ? result : call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

} // namespace

// Nothing but exec and the way out may follow, unless the filter allows it: sendmsg(2) where it has a listener, which is
// the compiler's to see to.
long set_filter(State const& state, plan::SetFilter const& op) noexcept
{
    sock_fprog program = {};
    program.len = static_cast<unsigned short>(op.count);
    program.filter = reinterpret_cast<sock_filter*>(state.base + op.program.at);
    long const result = install(op.flags, program);
    state.shared->effective.filtered = result >= 0 ? 1 : 0;
    if (result < 0 || (op.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) == 0)
        return result;
    if (result == 0)
        return not_confirmed;
    return send_descriptor(state.channel, plan::DescriptorKind::seccomp, static_cast<int>(result));
}

} // namespace ctr::child
