// SPDX-License-Identifier: MIT
// The running thing: what a handle of the C API holds.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "config/config.h"
#include "host/facts.h"
#include "plan/image.h"
#include "spawn/program.h"
#include "spawn/spawn.h"

#include <ctr/container.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace ctr::container {

using spawn::Program;

struct Outcome {
    uint32_t kind = 0; // CTR_RESULT_*
    int32_t code = 0;
    uint32_t flags = 0;
    plan::StatusPacket status;
    bool known = false; // the status came from ctr-init
};

class Container {
public:
    Container(spawn::Started started, plan::Plan const& plan);
    Container(Container const&) = delete;
    Container& operator=(Container const&) = delete;
    ~Container();

    // Waits for the end of everything; ETIMEDOUT where the timeout passed.
    Result<Outcome> wait(int timeout_ms);
    Status kill(int signal, uint32_t which);
    void detach() { detached_ = true; }

    int pidfd() const { return process_.pidfd.get(); }
    char const* report() const { return report_.c_str(); }
    char const* notice(uint32_t index) const { return index < notices_.size() ? notices_[index].c_str() : nullptr; }

private:
    int end_everything();           // 0 or errno
    bool receive_status();          // takes what the channel holds; whether the status is there
    std::optional<Outcome> ended(); // the outcome, once ctr-init is gone
    Outcome outcome() const;
    sys::Deadline backstop() const;

    sys::Process process_;
    Fd channel_;
    pid_t owner_ = 0;         // the process that spawned it
    bool init_inside_ = true; // ctr-init is pid 1 of the container
    std::atomic<bool> detached_{false};
    uint64_t started_ = 0;
    uint64_t limit_ms_ = 0; // the deadline, its grace and some slack; 0 is none
    std::mutex lock_;       // of what follows
    std::optional<plan::StatusPacket> status_;
    int killed_by_caller_ = 0; // a signal to everything
    bool overdue_ = false;     // killed by the back-stop
    std::optional<Outcome> outcome_;
    std::string report_;
    std::vector<std::string> notices_;
};

// config → spec → facts → plan.
struct Prepared {
    plan::Plan plan;
    host::Facts facts;
};
Result<Prepared> prepare(config::Config const& config, std::vector<std::string> const& argv);

// What differs from one start of a config to the next.
struct StartOptions {
    std::vector<std::string> argv; // replaces the command
    int cancel_fd = -1;            // readable: the start is given up
};

// Launches ctr-init, prepares, and starts; a failure is diagnosed.
Result<std::unique_ptr<Container>> start(config::Config const& config, StartOptions const& options,
                                         spawn::Program const& program);

Result<std::string> explain(config::Config const& config, bool json);

} // namespace ctr::container
