// SPDX-License-Identifier: MIT
// A terminal of the container's own: its two sides, its size, and the session that it controls.
#include "child/child.h"

#include <asm/errno.h>
#include <asm/ioctls.h>
#include <asm/termios.h>

namespace ctr::child {

namespace {

constexpr unsigned unchanged = ~0U; // a group that stays: devpts has chosen it

} // namespace

// The command's side is opened without a name, so nothing that is mounted on /dev/pts can come between. Control is
// taken by the leader of a session without a terminal only; nothing is taken from another session.
long call_terminal(State& state, plan::Terminal const& op) noexcept
{
    int const fd = number(state, op.slot);
    int const unlocked = 0;
    winsize const size = {static_cast<unsigned short>(op.rows), static_cast<unsigned short>(op.columns), 0, 0};
    switch (op.call) {
    case plan::TerminalCall::unlock: return call(__NR_ioctl, fd, TIOCSPTLCK, &unlocked);
    case plan::TerminalCall::open: return keep(state, op.out, call(__NR_ioctl, fd, TIOCGPTPEER, op.flags));
    case plan::TerminalCall::resize: return call(__NR_ioctl, fd, TIOCSWINSZ, &size);
    case plan::TerminalCall::control: return call(__NR_ioctl, fd, TIOCSCTTY, 0);
    case plan::TerminalCall::give: return call(__NR_fchown, fd, op.flags, unchanged);
    case plan::TerminalCall::hand_over: return send_descriptor(state.channel, plan::DescriptorKind::terminal, fd);
    }
    return -ENOSYS;
}

} // namespace ctr::child
