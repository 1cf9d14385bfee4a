// SPDX-License-Identifier: MIT
// The host's side of a container's terminal.
#include "container/container.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <sys/ioctl.h>

namespace ctr::container {

// The kernel sends SIGWINCH to the foreground of the terminal's session where the size changes.
Status Container::resize(uint32_t rows, uint32_t columns)
{
    Error error{.code = Code::invalid, .step = Step::terminal};
    error.message = "the container has no terminal of its own";
    if (!terminal_)
        return error;
    error.subject = std::to_string(std::max(rows, columns));
    error.message = "a terminal has at most 65535 rows and columns";
    if (rows > USHRT_MAX || columns > USHRT_MAX)
        return error;
    winsize const size = {static_cast<unsigned short>(rows), static_cast<unsigned short>(columns), 0, 0};
    if (::ioctl(terminal_.get(), TIOCSWINSZ, &size) == 0)
        return Unit{};
    error.sys = errno;
    error.code = code_of(error.sys);
    error.message = "cannot set the size of the terminal";
    return error;
}

} // namespace ctr::container
