// SPDX-License-Identifier: MIT
// Starts ctr-init and hands it a plan: the only functions with side effects on the way in.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "plan/plan.h"
#include "spawn/stdio.h"
#include "sys/launch.h"
#include "sys/pidfd.h"

#include <memory>
#include <optional>

namespace ctr::spawn {

// The id maps as the kernel has them; "" where ctr-init wrote them, or nobody.
struct ReadMaps {
    std::string uids;
    std::string gids;
};

struct Started {
    sys::Process process; // ctr-init
    Fd channel;
    int command = 0;          // pid of the command, as ctr-init sees it
    bool watches_host = true; // ctr-init got a pidfd of the host
    StdioEnds stdio;
    StdioEnds captured; // memory that ctr-init fills
    Fd terminal;        // the host's side of it, where the plan makes one
    Fd command_fd;      // a pidfd, where the end of ctr-init is not the command's
    Fd seccomp = {};    // what the filter asks about, likewise
    std::unique_ptr<plan::Effective> effective = {};
    ReadMaps maps = {};
};

// Ends a process, and with ctr-init the container, unless it is released.
class Guard {
public:
    Guard() = default;
    explicit Guard(sys::Process process) : process_(std::move(process)) {}
    Guard(Guard&& other) noexcept : process_(std::move(other.process_)) {}
    Guard& operator=(Guard&& other) noexcept
    {
        end();
        process_ = std::move(other.process_);
        return *this;
    }
    ~Guard() { end(); }
    sys::Process const& process() const { return process_; }
    sys::Process release() { return std::move(process_); }

private:
    void end();

    sys::Process process_;
};

// ctr-init, making its namespaces and waiting for its plan. It is gone with this.
struct Init {
    Guard guard;
    Fd channel;
    sys::Patience patience;   // of the whole start
    bool watches_host = true; // it got a pidfd of the host
    ReadMaps maps = {};
};

// Either it runs, or the error says why; what was started is gone with the attempt. A failed exec brings a descriptor of the
// container's root along.
struct Attempt {
    std::optional<Started> started;
    Error error = {};
    Fd root;
    Init held; // the container stays in place for as long as the attempt lives: ctr-init waits for the channel's end
};

// The two halves of a start, so that the kernel makes namespaces while the caller compiles the plan.
// @cancel is a descriptor that gives the start up when it is readable; -1 is none.
Result<Init> launch(plan::Launch const& launch, int program, int cancel);
Attempt start(Init init, plan::Plan const& plan, Named named);

// Both, for a plan that is there already; of a container without a name.
Attempt spawn(plan::Plan const& plan, int program, int cancel);

// join.cc: a further command in the container whose ctr-init has the other end of @channel; its process is known by a
// pidfd, and it is not a child of this process.
Attempt join(int channel, plan::Plan const& plan, sys::Patience const& patience);
Result<Fd> look(int channel, sys::Patience const& patience); // an O_PATH descriptor of the container's root

// The story of a report that says no.
Error report_error(plan::Plan const& plan, plan::ReportPacket const& report);

// identity.cc: writes the maps of the new user namespace, and reads them back.
Result<ReadMaps> write_maps(sys::Process const& process, plan::MapDuty const& duty, sys::Patience const& patience);

// The first word of a ctr-init that was connected to.
Result<sys::Process> greeted(int channel, sys::Patience const& patience);
// Stops everything, or lets it go on.
Status pause(int channel, bool stop, sys::Patience const& patience);

} // namespace ctr::spawn
