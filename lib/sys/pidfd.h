// SPDX-License-Identifier: MIT
// Processes by descriptor: watched, signalled and reaped without a race against their pid.
#pragma once

#include "base/fd.h"
#include "sys/file.h"

#include <cstdint>
#include <optional>

namespace ctr::sys {

Outcome<Fd> open_pidfd(int pid);
int pid_of(int pidfd); // as this process sees it; 0 where it has ended or cannot be known
// 0 or errno; ESRCH after the end. Where a filter refuses pidfd_send_signal, the pid serves: it is a child's, and its
// pidfd says that it has not ended. -1 is a process that is not.
int send_signal(int pidfd, int pid, int signal);

// Waits for the process's end and reaps it. That somebody else reaped it, or that the host ignores SIGCHLD, is no
// error: the channel tells how a container ended.
void reap(int pidfd);

// The signal that ended a child, which stays to be reaped; 0 where none did, or nobody can tell any more.
int ending_signal(int pidfd);

// Nanoseconds of CLOCK_MONOTONIC.
uint64_t now();

// A point in time; none is never.
using Deadline = std::optional<uint64_t>;
Deadline deadline_in(uint64_t milliseconds); // 0 is never

// How long to wait for what.
struct Patience {
    Deadline deadline;
    int cancel = -1; // a descriptor that ends the waiting when it is readable
};

struct Ready {
    bool first = false;
    bool second = false;
    bool passed = false; // the deadline
    bool cancelled = false;
};

// Polls up to two descriptors (-1 is none) for reading. What is ready comes before the cancelling.
Ready wait_ready(int first, int second, Patience const& patience);

} // namespace ctr::sys
