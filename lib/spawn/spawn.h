// SPDX-License-Identifier: MIT
// Starts a plan: the only function with side effects on the way in.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "plan/plan.h"
#include "sys/launch.h"
#include "sys/pidfd.h"

#include <optional>

namespace ctr::spawn {

struct Started {
    sys::Process process; // ctr-init
    Fd channel;
    int command = 0;          // pid of the command, as ctr-init sees it
    bool watches_host = true; // ctr-init got a pidfd of the host
};

// Either it runs, or everything it started is gone and the error says why. A failed exec brings a descriptor of the
// container's root along, and the position in PATH that decided.
struct Attempt {
    std::optional<Started> started;
    Error error = {};
    Fd root;
    int position = 0;
};

Attempt spawn(plan::Plan const& plan, int program);

// identity.cc: writes the maps of the new user namespace, and reads them back.
Status write_maps(sys::Process const& process, plan::MapDuty const& duty, sys::Deadline deadline);

} // namespace ctr::spawn
