// SPDX-License-Identifier: MIT
// The descriptors that a plan hands over: those that are there, and pipes and files made for this one spawn.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "plan/plan.h"

#include <array>
#include <vector>

namespace ctr::spawn {

using StdioEnds = std::array<Fd, 3>; // the host's ends of pipes, by standard descriptor

struct Descriptors {
    std::vector<int> passed; // in the order of the plan's slots
    std::vector<Fd>
        made; // those of them that this spawn owns; closed here, an end of file comes when the command closes
    std::array<int, 3> streams = {-1, -1, -1}; // of `made`, by standard descriptor
    StdioEnds ends;
    StdioEnds readers;  // of captures, on their way to ctr-init
    StdioEnds captured; // the memory that is read by the host
};

// What a named container brings along: borrowed, but for the files of captures, which are taken.
struct Named {
    int control = -1;
    int record = -1;
    StdioEnds sinks; // in place of memory
};

Result<Descriptors> make_descriptors(plan::Plan const& plan, Named named);

} // namespace ctr::spawn
