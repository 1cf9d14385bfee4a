// SPDX-License-Identifier: MIT
// The host's side of the channel while a container starts.
#pragma once

#include "base/result.h"
#include "plan/plan.h"
#include "sys/launch.h"
#include "sys/pidfd.h"

#include <memory>

namespace ctr::spawn {

struct Answer {
    plan::ReportPacket report;                  // with PacketKind::report
    std::unique_ptr<plan::Effective> effective; // where it runs; not on the stack, of which a thread may have little
    plan::PacketKind kind = plan::PacketKind::ready;
    Fd root; // or the descriptor that a descriptor packet brings
};

// Whether it brings the descriptor of the filter's questions.
bool is_listener(Answer const& answer);

// Queued before ctr-init exists. @host is a pidfd of this process, -1 is none.
Status send_launch(int channel, plan::Launch const& launch, int host);

// The plan and its descriptors. That ctr-init has ended is left to next_answer().
Status send_start(int channel, plan::Plan const& plan, int image, std::vector<int> const& passed);

// Waits for ctr-init's next word; its silent end, the deadline and a cancel are errors.
Result<Answer> next_answer(int channel, sys::Process const& process, sys::Patience const& patience);

Status open_gate(int channel);

} // namespace ctr::spawn
