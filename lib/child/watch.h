// SPDX-License-Identifier: MIT
// What ctr-init knows of the commands it supervises. The first is the container's own; further ones joined it later.
#pragma once

#include "child/child.h"

namespace ctr::child {

enum class Deadline : uint8_t { none, running, grace, passed };

// A captured stream under way: descriptors in place of slots, and what was counted.
struct Stream {
    int reader; // -1: nothing is captured, or its end was seen
    int sink;
    uint64_t limit;
    plan::CaptureHeader header;
};

// All zero is a free entry, so that the table needs no room in the program's file.
struct Command {
    int pid;       // 0: the entry is free
    int channel;   // to the host of this command
    int started;   // of a further one: readable when it has executed, or will not; -1 afterwards
    int pidfd;     // likewise, until the report has taken it along
    Shared* story; // likewise: the operation under way, in memory of both
    int last;      // the index of its last operation, which executes it
    bool ended;    // reaped
    bool lost;     // the status went to somebody else
    bool failed;   // a further one that was not executed, and has said so itself
    bool reported; // its status is sent
    bool deaf;     // its host is gone or talks nonsense: nothing is read any more
    bool outlived; // the deadline goes on after its end, for those that are waited for
    Deadline deadline;
    uint64_t since; // nanoseconds of CLOCK_MONOTONIC
    uint64_t due;   // when the deadline or the grace ends
    uint64_t grace;
    Stream streams[plan::capture_count];
    uint64_t cpu_ns;     // 0: processor time is not limited
    uint64_t silence_ns; // 0: silence is not limited
    uint64_t output;     // when something was written last
    uint64_t look;       // when to look at the two again; 0 is never
    int proc;            // of the pid namespace, for cpu_ns
    int watched[plan::capture_count];
    __kernel_timespec written[plan::capture_count]; // the times of what is watched, when they were looked at last
    int const* peers; // of the container's own command: channels of who has attached, 0 is none; null for the others
    plan::StatusPacket status;
};

inline constexpr int most_commands = 64;
inline constexpr int most_peers = 16;
inline constexpr uint64_t second = 1000000000; // in nanoseconds

struct Watch {
    Command commands[most_commands];
    int used;    // entries below this one may be taken
    int signals; // a signalfd
    bool host_watched;
    bool alone;  // no child is left
    int control; // of a named container: listens for who attaches; -1 is none
    int record;  // likewise: how it goes and how it ended
    bool paused;
    int peers[most_peers];
};

// commands.cc
Command* claim(Watch& watch, State const& state, int pid, int channel) noexcept; // null: all are taken
void release(Command& command) noexcept;
void reap(Watch& watch) noexcept;
void signal_command(Command& command, int number) noexcept;
void pass_deadline(Command& command, uint32_t which) noexcept; // CTR_DEADLINE_*
bool has_deadline(Command const& command) noexcept;
void send_status(Command& command) noexcept;
void send_event(Command const& command, plan::EventKind event, int code) noexcept;

// control.cc: who attaches to a named container, and what is written down of it.
void prepare_control(Watch& watch, State const& state) noexcept;
void take_peer(Watch& watch) noexcept;
void note_state(Watch const& watch) noexcept;
void pause(Watch& watch, bool stop, int const* fds, int count) noexcept;

// budget.cc: processor time and silence.
void prepare_budget(Command& command, State const& state) noexcept;
void keep_budget(Command& command) noexcept;

// capture.cc; whether something was read
bool pump(Stream& stream) noexcept;
void drain(Command& command) noexcept;

// join.cc: a further command, from the descriptors that came with its packet.
void join_command(State const& state, Watch& watch, int const* fds, int count) noexcept;
void note_start(Command& command) noexcept;
void show_root(int const* fds, int count) noexcept;

} // namespace ctr::child
