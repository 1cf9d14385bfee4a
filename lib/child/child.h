// SPDX-License-Identifier: MIT
// ctr-init: the program that turns a plan into a container, from inside it. Freestanding: no libc, no allocation,
// no type with a destructor. Every function returns a value or -errno. One instance; one thread, but for the one that makes
// a network namespace and is gone before the command is forked; the command's process shares its memory until exec.
#pragma once

#include "arch/syscall.h"
#include "plan/image.h"

#include <linux/time_types.h>

namespace ctr::child {

using arch::call;
using plan::Op;
using plan::Slot;

// What the command's process tells ctr-init; in shared memory, because a fork may copy the rest.
struct Shared {
    int32_t current = plan::no_op; // the operation under way
    int32_t error = 0;             // its errno, 0 while nothing failed
    int32_t detail = 0;
    plan::Effective effective;
};
inline constexpr long not_confirmed = -131; // ENOTRECOVERABLE: the kernel does not say what the plan says

inline constexpr int namespace_count = 6; // that are not made by a clone

struct State {
    unsigned char* base = nullptr; // of the image
    plan::Image* image = nullptr;
    Shared* shared = nullptr;
    int host = -1;     // a pidfd of the host process
    int self = -1;     // a pidfd of this process, for the command's to see whether it is gone
    int children = -1; // /proc/thread-self/children, with ends_descendants
    int channel = plan::channel_fd;
    uint64_t forked = 0;                    // when the command was, by now()
    int started = -1;                       // of a further command: written to where it is not executed
    int namespaces = -1;                    // the directory of its own in /proc, where a filter is around
    uint64_t numbers[namespace_count] = {}; // likewise: theirs, before any was made
    int* slots = nullptr;                   // of the image
};

inline constexpr int page_size = 4096;
inline constexpr int most_received = 253; // descriptors with one packet, SCM_MAX_FD
static_assert(sizeof(Shared) <= page_size);

// ------------------------------------------------------------------------------------------------- helpers

uint64_t now() noexcept; // nanoseconds of CLOCK_MONOTONIC

inline char const* text(State const& state, plan::Text at) noexcept
{
    return at.at == 0 ? nullptr : reinterpret_cast<char const*>(state.base + at.at);
}

inline int number(State const& state, Slot slot) noexcept
{
    return slot >= 0 ? state.slots[slot] : static_cast<int>(slot);
}

// An accepted failure left the slot empty: what depends on it is skipped.
inline bool absent(State const& state, Slot slot) noexcept { return slot >= 0 && state.slots[slot] < 0; }

// Puts a descriptor into a slot and passes errors on.
inline long keep(State& state, Slot slot, long result) noexcept
{
    if (result <= 0) // 0 is standard input: nothing was opened
        return result < 0 ? result : not_confirmed;
    state.slots[slot] = static_cast<int>(result);
    return 0;
}

unsigned long length(char const* text) noexcept;
[[noreturn]] void leave(int status) noexcept;
long map_shared(Shared*& shared) noexcept; // memory that a fork does not copy

// ---------------------------------------------------------------------------------------------------- host

// While operations run: a file system that hangs must not keep a container whose host is gone. (host.cc)
void start_watching_host(State const& state) noexcept;
void stop_watching_host() noexcept;

// ------------------------------------------------------------------------------------------------- channel

long receive_launch(State& state, plan::LaunchPacket& packet) noexcept;
long receive_start(State& state, uint32_t& flags) noexcept;
long wait_for_gate(State const& state) noexcept;
long send_ready() noexcept;
void wait_for_end(State const& state) noexcept;
bool is_host_gone(State const& state) noexcept;
// @fd comes along where it is not negative: the root of a failure, a pidfd of a further command.
void send_report(int channel, plan::ReportPacket const& report, int fd) noexcept;
void send_running(int channel, plan::RunningPacket const& packet, int fd) noexcept;
void send_packet(int channel, void const* packet, unsigned long size) noexcept;
long send_descriptor(int channel, plan::DescriptorKind what, int fd) noexcept;

// Takes what a supervised channel holds; the size, 0 at its end, or -errno. `fds` are of descriptors().
long receive_any(int channel, void* packet, unsigned long size, int& fds) noexcept;
int const* descriptors() noexcept;
long map_image(State& state, int fd) noexcept;

// -------------------------------------------------------------------------------------------- running ops

// Runs a section; returns 0, or -errno of the first failure with its index in shared.current.
long run_section(State& state, plan::Section section) noexcept;
long run_op(State& state, Op const& op) noexcept;

// mounts.cc
long open_tree(State& state, plan::OpenTree const& op) noexcept;
long set_mount(State const& state, plan::SetMount const& op) noexcept;
long move_mount(State const& state, plan::MoveMount const& op) noexcept;
long fs_open(State& state, plan::FsOpen const& op) noexcept;
long fs_set(State const& state, plan::FsSet const& op) noexcept;
long fs_set_layers(State const& state, plan::FsSetLayers const& op) noexcept;
long fs_create(State const& state, plan::OneSlot const& op) noexcept;
long fs_mount(State& state, plan::FsMount const& op) noexcept;
long pivot_root() noexcept;
long detach_here() noexcept;
long set_propagation(plan::Flags const& op) noexcept;

// files.cc
long open_in_root(State& state, plan::OpenInRoot const& op) noexcept;
long open_at(State& state, plan::OpenAt const& op) noexcept;
long make_dir(State const& state, plan::MakeDir const& op) noexcept;
long make_file(State const& state, plan::MakeFile const& op) noexcept;
long make_link(State const& state, plan::MakeLink const& op) noexcept;
long check_type(State const& state, plan::CheckType const& op) noexcept;
long check_same(State const& state, plan::CheckSame const& op) noexcept;
long check_device(State const& state, plan::CheckDevice const& op) noexcept;
long write_file(State const& state, plan::WriteFile const& op) noexcept;
long close_slot(State& state, plan::OneSlot const& op) noexcept;
long enter_dir(State const& state, plan::OneSlot const& op) noexcept;
long change_dir(State const& state, plan::OneText const& op) noexcept;
long change_dir_if_same(State const& state, plan::SameDir const& op) noexcept;
long check_cwd() noexcept;
long check_root() noexcept;

// namespaces.cc
long unshare(State const& state, plan::Flags const& op) noexcept;
long join(State const& state, plan::Join const& op) noexcept;
long set_hostname(State const& state, plan::OneText const& op) noexcept;
long open_socket(State& state, plan::OneSlot const& op) noexcept;
long bring_up(State const& state, plan::BringUp const& op) noexcept;

// network.cc: the namespace that a thread makes while the rest goes on.
void make_net_apart() noexcept;
long enter_net(State const& state) noexcept;
long check_net() noexcept;
void wait_for_thread() noexcept;                            // until it is gone
long bring_up_named(int socket, char const* name) noexcept; // namespaces.cc

// process.cc
long new_session() noexcept;
long set_umask(plan::Flags const& op) noexcept;
long set_limit(plan::SetLimit const& op) noexcept;
void default_handler(int signal) noexcept;

long default_signals() noexcept;
long place_fd(State const& state, plan::PlaceFd const& op) noexcept;
long merge_fd(plan::MergeFd const& op) noexcept;
long lift_fds(State& state, plan::LiftFds const& op) noexcept;
long close_from(plan::PlaceFd const& op) noexcept;
long die_with_parent(State const& state) noexcept;
long set_dumpable(plan::Flags const& op) noexcept;
long no_new_privs() noexcept;
long announce_pid(State const& state, plan::AnnouncePid const& op) noexcept;
long execute(State& state, plan::Exec const& op) noexcept;

// confirm.cc
long check_user(State const& state, plan::CheckUser const& op) noexcept;
long check_capabilities(State const& state, plan::CheckCapabilities const& op) noexcept;
long check_privileges(State const& state, plan::Flags const& op) noexcept;
long check_map(State const& state, plan::CheckMap const& op) noexcept;
long check_mount(State const& state, plan::CheckMount const& op) noexcept;
long check_descriptors(State const& state, plan::CheckDescriptors const& op) noexcept;

// around.cc: what only a filter around ctr-init makes necessary.
void look_around(State& state) noexcept;
long check_calls(State& state) noexcept;
long check_namespaces(State& state, plan::CheckNamespaces const& op) noexcept;

// landlock.cc
long make_rules(State& state, plan::MakeRules const& op) noexcept;
long allow_path(State const& state, plan::AllowPath const& op) noexcept;
long allow_port(State const& state, plan::AllowPort const& op) noexcept;
long restrict_self(State const& state, plan::OneSlot const& op) noexcept;

// slice.cc
void shorten_slices() noexcept;
void restore_slices() noexcept;

// limits.cc
long set_nice(plan::Flags const& op) noexcept;
long set_processors(State const& state, plan::OneText const& op) noexcept;
long own_cores() noexcept;
long limit_processes(plan::SetLimit const& op) noexcept;

// filter.cc
long set_filter(State const& state, plan::SetFilter const& op) noexcept;

// terminal.cc
long call_terminal(State& state, plan::Terminal const& op) noexcept;

// identity.cc
long set_groups(State const& state, plan::SetGroups const& op) noexcept;
long set_group(plan::SetId const& op) noexcept;
long set_user(plan::SetId const& op) noexcept;
long clear_ambient() noexcept;
long drop_bounding(plan::KeepCapabilities const& op) noexcept;
long set_capabilities(plan::KeepCapabilities const& op) noexcept;
long join_keyring() noexcept;

// ------------------------------------------------------------------------------------------- the command

// Starts the command's process; returns its pid once it has executed, or -errno with shared telling where.
long start_command(State& state) noexcept;

// Watches the command until it ended, then reports and returns.
void supervise(State& state, int command) noexcept;

} // namespace ctr::child
