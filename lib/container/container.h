// SPDX-License-Identifier: MIT
// The running thing: what a handle of the C API holds.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "config/overrides.h"
#include "container/prepare.h"
#include "container/report.h"
#include "host/facts.h"
#include "plan/image.h"
#include "registry/registry.h"
#include "spawn/program.h"
#include "spawn/spawn.h"
#include "spec/spec.h"

#include <ctr/container.h>

#include <atomic>
#include <deque>
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

struct Output {
    uint64_t copied = 0;
    uint64_t first = 0; // offset of the oldest byte that is kept
    plan::CaptureHeader counts;
};

struct Event {
    uint32_t kind = 0; // CTR_EVENT_*
    int32_t code = 0;
    Outcome outcome; // with CTR_EVENT_ENDED
};

// What a further command is given where its config says nothing.
struct Inside {
    bool takes_commands = false;
    bool may_set_groups = true;
    bool has_terminals = false; // a /dev/pts of its own
    bool new_privs = false;
    spec::Capabilities capabilities = 0; // no further command has more
    std::vector<spec::Limit> limits;
    host::UserFacts user;
    std::string cwd;
    config::SeccompWish seccomp;
};

// A container's name, as its handle holds it; "" is none.
struct Naming {
    std::string name;
    std::string directory;
    uint64_t flags = 0;
    uint64_t created_ns = 0;
    Fd record;
};

// What ctr_container_info() tells.
struct State {
    uint32_t state = 0; // CTR_STATE_*
    uint32_t pause_method = 0;
    int pid = 0;
    uint64_t ended_ns = 0;
};

// What attaching to a name brings together.
struct Attached {
    spawn::Started started;
    Inside inside;
    Naming naming;
    std::vector<std::string> command;
    bool alive = false;
    bool looks_only = false;
};

// A container, by the pidfd and the channel of its ctr-init; or a further command in one, by its own pidfd, which is
// not this process's child, and a channel of its own.
class Container {
public:
    Container(spawn::Guard init, spawn::Started started, plan::Plan const& plan, Inside inside, Naming naming);
    explicit Container(Attached attached);
    Container(spawn::Started started, spec::Lifetime const& lifetime);
    Container(Container const&) = delete;
    Container& operator=(Container const&) = delete;
    ~Container();

    // Waits for the end of everything; ETIMEDOUT where the timeout passed.
    Result<Outcome> wait(int timeout_ms);
    Status kill(int signal, uint32_t which);
    Result<Event> next_event();
    Result<std::unique_ptr<Container>> exec(config::Config const& config, config::Overrides const& overrides);
    void detach() { detached_ = true; }
    Status pause(bool stop);
    State state();
    Naming const& naming() const { return naming_; }
    char const* const* command() const { return words_.data(); }

    // The host's end of a pipe; -EBADF where there is none.
    int stdio(int number);
    int take_stdio(int number);
    // Copies what is there of a captured stream, from an offset on.
    Result<Output> output(int number, uint64_t offset, void* buffer, size_t size);

    Status resize(uint32_t rows, uint32_t columns);

    int terminal() const { return terminal_.get(); }        // -1 is none
    int seccomp_listener() const { return seccomp_.get(); } // likewise
    int pidfd() const { return process_.pidfd.get(); }
    int event_fd() const { return channel_.get(); }
    char const* report(); // JSON
    char const* notice(uint32_t index) const { return container::notice(story_, index); }

private:
    int end_everything(); // 0 or errno
    int ask(int number);  // likewise
    Status check_owner(Step step) const;
    void end();
    void end_further();
    void reap_ended();
    void keep_words(std::vector<std::string> words);
    void take_record(); // the status, where the channel did not bring it
    void free_name();   // at the end of a container whose name goes with it
    void receive();     // takes what the channel holds, up to the status
    void take_packet(unsigned char const* bytes, size_t size);
    Status check_listener(config::Config const& config) const;
    Result<spawn::Attempt> join(spec::Spec& spec, sys::Patience const& patience);
    int waitable() const { return by_channel_ ? channel_.get() : process_.pidfd.get(); }
    std::optional<Outcome> ended(); // the outcome, once ctr-init is gone
    void kill_init();               // and the command, where that is not the same
    void end_orphan();
    Outcome outcome() const;
    void reap();
    bool is_over();
    sys::Deadline backstop() const;

    sys::Process process_;
    Fd channel_;
    Fd terminal_;
    Fd command_; // a pidfd, where the end of ctr-init is not the command's
    Fd seccomp_;
    pid_t owner_ = 0;          // the process that spawned it
    bool further_ = false;     // a further command: its ctr-init is another's
    bool by_channel_ = false;  // its end is that of the command, and not of ctr-init
    bool init_inside_ = false; // ctr-init is pid 1 of the container
    bool attached_ = false;    // somebody else started it
    bool looks_only_ = false;  // and nothing connects to it
    Story story_;
    Naming naming_;
    std::vector<std::string> arguments_;
    std::vector<char const*> words_; // of arguments_, ending with null
    bool shares_pids_ = false;       // the pid namespace is not the container's own
    Inside inside_;
    std::atomic<bool> detached_{false};
    std::atomic<bool> paused_{false};
    uint64_t started_ = 0;
    uint64_t limit_ms_ = 0; // the deadline, its grace and some slack; 0 is none
    std::mutex lock_;       // of what follows
    std::optional<plan::StatusPacket> status_;
    bool silent_ = false; // the channel has ended
    std::deque<Event> events_;
    bool end_told_ = false;
    int killed_by_caller_ = 0; // a signal to everything
    bool overdue_ = false;     // killed by the back-stop
    bool tree_left_ = false;   // what ctr-init would have ended may run on
    std::optional<Outcome> outcome_;
    spawn::StdioEnds stdio_;
    spawn::StdioEnds captured_;
    std::string report_; // "" until it is asked for
};

// Says why a command could not be executed, by looking into the container of the attempt.
Error exec_story(Error error, plan::Plan const& plan, spawn::Attempt const& attempt);

// Launches ctr-init, prepares, and starts; a failure is diagnosed.
Result<std::unique_ptr<Container>> start(config::Config const& config, config::Overrides const& overrides,
                                         spawn::Program const& program, Kept const& kept);

// name.cc: the container of a name.
Result<std::unique_ptr<Container>> open(std::string const& state_directory, std::string const& name, uint64_t flags);
Result<std::vector<std::string>> names(std::string const& state_directory);
Status remove(std::string const& state_directory, std::string const& name);

Result<std::string> explain(config::Config const& config, bool json);

} // namespace ctr::container
