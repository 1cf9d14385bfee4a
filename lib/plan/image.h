// SPDX-License-Identifier: MIT
// The image of a plan and the packets between the host and ctr-init: the whole protocol. Both sides are always of
// one build, so there is one version number and no negotiation.
#pragma once

#include "plan/op.h"

namespace ctr::plan {

inline constexpr uint32_t image_magic = 0x31525443; // "CTR1"
inline constexpr int channel_fd = 3;                // where ctr-init finds its end of the channel

struct Section {
    uint32_t first = 0; // index of an operation
    uint32_t count = 0;
};

// Who runs the set-up and who ends what is left:
//   ctr-init is pid 1 inside         neither flag: it sets up, and its exit ends everything
//   the command is pid 1             setup_in_command: /proc must be mounted from inside the pid namespace
//   the pid namespace is not own     ends_descendants: ctr-init is a subreaper and ends them one by one
//
// What is written to a captured stream goes through a pipe into a file of memory that the host can read at any time:
// nobody has to read along, and nobody is kept waiting by a descendant that holds the pipe.
struct Capture {
    Slot reader = -1; // of the pipe, non-blocking; -1 is no capture
    Slot sink = -1;   // a memory file: CaptureHeader, then the bytes
    uint64_t limit = 0;
    uint64_t ring = 0; // 0: the first bytes are kept; else the last, and the byte at offset n stands at n modulo this
};
inline constexpr int capture_count = 2;
// What ctr-init reads at once. A ring is larger than its limit by as much: what is being written is not yet kept, and
// takes the place of nothing that is.
inline constexpr uint64_t capture_chunk = 65536;

struct CaptureHeader {
    uint64_t stored = 0; // bytes that are kept
    uint64_t seen = 0;   // bytes that were written by the command; more than stored where the limit was reached
    uint64_t ring = 0;   // as in Capture
};

struct Supervision {
    uint32_t setup_in_command = 0;
    uint32_t ends_descendants = 0;
    uint32_t fork_flags = 0;    // CLONE_NEW* for the command's fork
    uint32_t fork_copies = 0;   // 1: a fork with its own memory, which a time namespace needs on old kernels
    uint32_t host_death = 0;    // 0: the container ends with the host process
    uint32_t leftovers = 0;     // 0: end them with the command, 1: wait for them, 2: leave them
    uint64_t timeout_ns = 0;    // 0 is none
    uint64_t kill_after_ns = 0; // between SIGTERM and SIGKILL at the deadline
    Capture captures[capture_count];
    uint64_t cpu_ns = 0;                    // of all processes together; 0 is no limit
    uint64_t silence_ns = 0;                // 0 is no limit
    Slot proc = -1;                         // a proc of the pid namespace, for cpu_ns
    Slot watched[capture_count] = {-1, -1}; // O_PATH of files whose times tell of output
    Slot control = -1;                      // of a named container: a listening socket, for processes that attach to it
    Slot record = -1;                       // likewise: a file with a Record; its lock lasts as long as ctr-init
    uint32_t reserved = 0;                  // no padding: the image is the same for the same wishes, to the byte
};

struct Image {
    uint32_t magic = image_magic;
    uint32_t size = 0;
    uint64_t ops = 0;         // offset of Op[]
    Section enter;            // in ctr-init, before any fork: namespaces to join or leave
    Section setup;            // in ctr-init, or in the command's process with setup_in_command
    Section payload;          // in the command's process
    uint64_t arguments = 0;   // offset of uint64_t[argument_count + 1]: text offsets, relocated in place
    uint64_t environment = 0; // likewise
    uint32_t argument_count = 0;
    uint32_t environment_count = 0;
    Text search_path = {0};    // PATH of the command's environment
    uint32_t passed_fds = 0;   // received into slots 0 to passed_fds-1
    int32_t offsets_slot = -1; // gets /proc/self/timens_offsets, which only a dumpable process may open
    uint32_t slot_count = 0;
    uint64_t slots = 0; // offset of int32_t[2 * slot_count], all empty; the second half keeps the first for ctr-init
                        // while the command's process, which shares its memory, moves descriptors
    Supervision supervision;
};

// What the kernel said of the container before the command was executed, for the report.
inline constexpr int most_map_text = 64;
inline constexpr int most_confirmed_mounts = 240; // in the report; all are checked

struct Effective {
    uint32_t around = 0;       // a filter is around ctr-init: its mode, as prctl(PR_GET_SECCOMP) has it
    uint32_t compared = 0;     // the numbers of the namespaces were
    uint64_t namespaces = 0;   // CLONE_NEW* that are own
    uint32_t uid = 0;          // real, effective and saved
    uint32_t gid = 0;          // likewise
    int32_t groups = -1;       // how many supplementary ones
    uint32_t no_new_privs = 0; // 1 is set
    uint64_t bounding = 0;
    uint64_t permitted = 0; // with what is effective
    uint64_t inheritable = 0;
    uint64_t descriptors = 0; // bit n: n survives exec; those past 63 are checked and not kept here
    uint32_t filtered = 0;    // 1: the command has a filter of its own
    int32_t landlock = -1;    // the version; -1: not asked
    uint64_t landlock_paths = 0;
    uint64_t landlock_ports = 0;
    uint64_t landlock_scope = 0;
    char uid_map[most_map_text] = {}; // of a map that ctr-init wrote; others the host reads
    char gid_map[most_map_text] = {};
    uint16_t mounts[most_confirmed_mounts] = {}; // ST_*, 0 was not read
};

// ------------------------------------------------------------------------------------------------ packets

enum class PacketKind : uint32_t {
    start = 1,      // host → init, with the plan and the passed fds
    ready = 2,      // init → host: ids may be mapped now (start_wants_maps)
    gate = 3,       // host → init: the host's duties are done
    report = 4,     // init → host: running, or the operation that failed
    signal = 5,     // host → init: a signal for the command
    status = 6,     // init → host: how the command ended
    launch = 7,     // host → init, before all others: what to make while the plan is compiled, with the host's pidfd
    join = 8,       // host → init: the plan of a further command, with a channel of its own and its passed fds
    descriptor = 9, // init → host, before the report: a descriptor that is the host's
    event = 10,     // init → host: something happened to the command
    look = 11,      // host → init: hand a descriptor of the root to the channel that comes along
    pause = 12,     // host → init: stop everything, and report to the channel that comes along
    resume = 13,    // likewise
};

enum class DescriptorKind : uint32_t {
    terminal = 1,
    process = 2, // the first word to who attaches: a pidfd of ctr-init
    seccomp = 3, // what the filter of the command asks about
};

struct DescriptorPacket {
    PacketKind kind = PacketKind::descriptor;
    DescriptorKind what = DescriptorKind::terminal;
};

enum class EventKind : uint32_t { running = 1, stopped = 2, continued = 3, deadline = 4 };

struct EventPacket {
    PacketKind kind = PacketKind::event;
    EventKind event = EventKind::running;
    int32_t code = 0; // the signal that stopped it
    uint32_t slot_count = 0;
    uint64_t slots = 0; // offset of int32_t[2 * slot_count], all empty; the second half keeps the first for ctr-init
                        // while the command's process, which shares its memory, moves descriptors
};

inline constexpr uint32_t start_wants_maps = 2; // the host writes the id maps: be dumpable and say when

struct LaunchPacket {
    PacketKind kind = PacketKind::launch;
    uint32_t has_host = 0;   // a pidfd of the host process comes along
    uint64_t namespaces = 0; // CLONE_NEW* to make at once; 0 is none
    uint64_t apart = 0;      // CLONE_NEWNET: made by a thread, and entered by an operation of the plan
};
struct StartPacket {
    PacketKind kind = PacketKind::start;
    uint32_t flags = 0;
};
struct PlainPacket {
    PacketKind kind = PacketKind::ready;
};

inline constexpr int32_t no_op = -1;         // the report's index when nothing failed
inline constexpr int32_t fork_failed = -2;   // the fork of the command failed
inline constexpr int32_t start_failed = -3;  // ctr-init could not read its plan
inline constexpr int32_t launch_failed = -4; // the namespaces of the launch could not be made

struct ReportPacket {
    PacketKind kind = PacketKind::report;
    int32_t index = no_op;
    int32_t error = 0;  // errno of the operation
    int32_t detail = 0; // exec: the position in PATH that decided
    int32_t pid = 0;    // of the command, as ctr-init sees it
    int32_t has_fd = 0; // a descriptor comes along: of the container's root, or a pidfd of the command
};
// The report of a command that runs.
struct RunningPacket {
    ReportPacket report;
    Effective effective;
};
struct SignalPacket {
    PacketKind kind = PacketKind::signal;
    int32_t number = 0; // for the command; everything_ends is for all
};
inline constexpr int32_t everything_ends = -1;
struct StatusPacket {
    PacketKind kind = {}; // PacketKind::status; zero, so that a table of these needs no initialiser
    uint32_t timed_out = 0;
    int32_t wait_status = 0; // as wait(2) gives it
    uint32_t tree_left = 0;  // descendants that could not be ended
    uint64_t wall_ns = 0;
    uint64_t user_ns = 0;
    uint64_t system_ns = 0;
    uint64_t peak_bytes = 0;
};

// What a named container leaves behind, written whole each time: by the host before the start, then by ctr-init.
enum class RecordState : uint32_t { starting = 1, running = 2, paused = 3, ended = 4 };

inline constexpr uint32_t record_magic = 0x31525452; // "RTR1"

struct Record {
    uint32_t magic = 0;
    RecordState state = {};
    uint64_t ended_ns = 0; // CLOCK_REALTIME
    StatusPacket status;
};

} // namespace ctr::plan
