// SPDX-License-Identifier: MIT
// The host's side of ctr-init, by hand: the test is the host, and there is no container.
#pragma once

#include "base/fd.h"
#include "harness.h"
#include "plan/plan.h"

#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace ctr::test {

using Words = std::vector<std::string>;

void set_programs(char const* init, char const* payload);
std::string payload_path();

// The words that execute the payload: through the emulator where this is another processor's build.
Words payload(Words words);
bool emulated();

// Under an emulator vfork is a copying fork that does not wait, so ctr-init looks too early: it may find the command
// executing, or report EINTR when it has ended. What the command did can be seen, and nothing else: not how its start
// failed, how it ended, and not what ctr-init does beside it.
void needs_vfork();

// Skips the test under an emulator, for another reason.
void needs_filters();

// A plan under construction. Its operations are of the payload section unless another one is begun.
struct Recipe {
    Recipe();

    plan::Builder ops;
    Words environment = {};
    std::string search_path = "/usr/bin:/bin";

    plan::Plan seal(Words const& words);
    plan::Plan with_exec(Words const& words); // execution is the last operation
};

// An anonymous file with these bytes.
Fd file_of(void const* bytes, size_t size);
inline Fd image_of(plan::Plan const& plan) { return file_of(plan.image.data(), plan.image.size()); }

struct Pipe {
    Pipe();
    Fd reader;
    Fd writer;

    // What comes until the end, which is waited for; or one line.
    std::string all();
    std::string line();
    bool quiet_for(int milliseconds) const;
};

Fd pidfd_of(pid_t pid);

// A process that does nothing, to be the host whose end is watched.
class Bystander {
public:
    Bystander();
    Bystander(Bystander const&) = delete;
    Bystander& operator=(Bystander const&) = delete;
    ~Bystander() { end(); }
    void end();
    Fd pidfd() const { return pidfd_of(pid_); }

private:
    pid_t pid_ = -1;
};

// What comes from ctr-init.
struct Packet {
    std::string bytes; // "" is the end of the channel
    Fd fd;
};

Packet receive_on(Fd const& channel);

class Init {
public:
    // @prepare runs in the process that becomes ctr-init.
    explicit Init(std::function<void()> const& prepare = [] {});
    Init(Init const&) = delete;
    Init& operator=(Init const&) = delete;
    ~Init();

    void send(void const* bytes, size_t size, std::vector<int> const& fds = {}) const;
    template <typename T>
    void send(T const& packet, std::vector<int> const& fds = {}) const
    {
        send(&packet, sizeof packet, fds);
    }
    // The start with a plan; the host's pidfd where it is one.
    void launch(int host = -1, uint64_t namespaces = 0) const;
    void start(plan::Plan const& plan, int host = -1) const; // launches as well
    void open_gate() const;
    // Start, ready, gate and the report.
    plan::ReportPacket run(plan::Plan const& plan, int host = -1);
    // The same, where nothing but what the command does is of interest.
    void run_command(plan::Plan const& plan, int host = -1);
    void signal_command(int number) const;

    Packet receive() const;
    void expect_ready() const;
    plan::ReportPacket report(Fd* root = nullptr) const;
    Packet receive_past_events() const;
    plan::EventPacket event() const;
    plan::StatusPacket status() const;
    void expect_end() const;

    void close_channel() { channel_.reset(); }
    pid_t pid() const { return pid_; }
    int exit_status(); // waits for it

private:
    pid_t pid_ = -1;
    Fd channel_;
};

} // namespace ctr::test
