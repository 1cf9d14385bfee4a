// SPDX-License-Identifier: MIT
// After the start: ctr-init reaps, forwards signals, keeps the deadline, watches the host, and reports the end.
#include "child/child.h"

#include <asm/errno.h>
#include <asm/signal.h>
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/resource.h>
#include <linux/signalfd.h>
#include <linux/time.h>
#include <linux/wait.h>

namespace ctr::child {

namespace {

enum class Deadline { none, running, grace, passed };

struct Watch {
    int command = 0;
    int signals = -1;
    bool channel_open = true;
    bool command_ended = false;
    bool host_watched = true;
    bool lost = false; // the command is gone and its status with it
    Deadline deadline = Deadline::none;
    uint64_t started = 0; // nanoseconds of CLOCK_MONOTONIC
    uint64_t due = 0;     // when the deadline or the grace ends
    plan::StatusPacket status;
};

constexpr int host_fd = plan::channel_fd + 1;
constexpr int signals_fd = plan::channel_fd + 2;
constexpr int children_fd = plan::channel_fd + 3;
constexpr uint64_t second = 1000000000;
constexpr int most_rounds = 2000; // of killing what is left; with a pause of a millisecond each

uint64_t now() noexcept
{
    __kernel_timespec time = {};
    (void)call(__NR_clock_gettime, CLOCK_MONOTONIC, &time); // cannot fail
    return static_cast<uint64_t>(time.tv_sec) * second + static_cast<uint64_t>(time.tv_nsec);
}

void move_fd(int& fd, int to) noexcept
{
    if (fd >= 0 && fd != to)
        (void)call(__NR_dup3, fd, to, O_CLOEXEC); // the targets are below every limit that let the start happen
    fd = fd >= 0 ? to : -1;
}

// The command's descriptors are not kept: a pipe must end when the command closes it. Moves from the lowest target
// up are safe: received descriptors stand above them, or are already in place.
void keep_only_own(State& state, Watch& watch) noexcept
{
    uint64_t const all = ~uint64_t{0};
    watch.signals = static_cast<int>(call(__NR_signalfd4, -1, &all, sizeof all, O_CLOEXEC | O_NONBLOCK));
    int sources[3] = {state.host, watch.signals, state.children};
    int lifted[3];
    for (int i = 0; i < 3; i++)
        lifted[i] = sources[i] < 0 ? -1 : static_cast<int>(call(__NR_fcntl, sources[i], F_DUPFD_CLOEXEC, 7));
    move_fd(lifted[0], host_fd);
    move_fd(lifted[1], signals_fd);
    move_fd(lifted[2], children_fd);
    state.host = lifted[0];
    watch.signals = lifted[1];
    state.children = lifted[2];
    for (int fd = 0; fd < 3; fd++)
        (void)call(__NR_close, fd); // may be closed already
    if (call(__NR_close_range, children_fd + 1, ~0U, 0) != 0)
        for (int fd = children_fd + 1; fd < 1024; fd++)
            (void)call(__NR_close, fd); // most are not open
}

void note_end(Watch& watch, int status, rusage const& usage) noexcept
{
    watch.command_ended = true;
    watch.status.wait_status = status;
    watch.status.wall_ns = now() - watch.started;
    auto const time = [](auto const& value) {
        return static_cast<uint64_t>(value.tv_sec) * second + static_cast<uint64_t>(value.tv_usec) * 1000;
    };
    watch.status.user_ns = time(usage.ru_utime);
    watch.status.system_ns = time(usage.ru_stime);
    watch.status.peak_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

// Returns whether any child is left.
bool reap(Watch& watch) noexcept
{
    while (true) {
        int status = 0;
        rusage usage = {};
        long const pid = call(__NR_wait4, -1, &status, WNOHANG, &usage);
        if (pid <= 0)
            return pid == 0;
        if (pid == watch.command && !watch.command_ended)
            note_end(watch, status, usage);
    }
}

void signal_command(Watch& watch, int number) noexcept
{
    if (watch.command_ended)
        return;
    // Not reaped, so the pid is the command's; ESRCH would mean that somebody else took its status.
    if (call(__NR_kill, watch.command, number) == -ESRCH) {
        watch.command_ended = true;
        watch.lost = true;
    }
}

bool is_forwarded(unsigned number) noexcept
{
    switch (number) {
    case SIGTERM:
    case SIGINT:
    case SIGHUP:
    case SIGQUIT:
    case SIGUSR1:
    case SIGUSR2: return true;
    default: return false;
    }
}

void read_signals(Watch& watch) noexcept
{
    signalfd_siginfo info;
    while (call(__NR_read, watch.signals, &info, sizeof info) == static_cast<long>(sizeof info)) {
        if (info.ssi_signo == SIGCHLD)
            (void)reap(watch); // what is left is learnt at the end
        else if (is_forwarded(info.ssi_signo))
            signal_command(watch, static_cast<int>(info.ssi_signo));
    }
}

// The host process is gone: so goes the container. As pid 1 this process ends everything by ending.
void host_ended(State const& state, Watch& watch) noexcept
{
    plan::Supervision const& supervision = state.image->supervision;
    if (supervision.setup_in_command == 0 && supervision.ends_descendants == 0)
        leave(1);
    watch.host_watched = false;
    signal_command(watch, SIGKILL);
}

void read_channel(State const& state, Watch& watch) noexcept
{
    plan::SignalPacket packet;
    constexpr int no_wait = 0x40; // MSG_DONTWAIT
    long const got = call(__NR_recvfrom, plan::channel_fd, &packet, sizeof packet, no_wait, nullptr, nullptr);
    if (got == -EAGAIN || got == -EINTR)
        return;
    if (got == static_cast<long>(sizeof packet) && packet.kind == plan::PacketKind::signal) {
        signal_command(watch, packet.number == plan::everything_ends ? SIGKILL : packet.number);
        return;
    }
    watch.channel_open = false;
    // Without a pidfd of the host the end of the channel is all there is to see its death by.
    if (state.host < 0 && state.image->supervision.host_death == 0)
        host_ended(state, watch);
}

void pass_deadline(State const& state, Watch& watch) noexcept
{
    uint64_t const grace = state.image->supervision.kill_after_ns;
    watch.status.timed_out = 1;
    if (watch.deadline == Deadline::running && grace > 0) {
        signal_command(watch, SIGTERM);
        signal_command(watch, SIGCONT);
        watch.deadline = Deadline::grace;
        watch.due += grace;
        return;
    }
    signal_command(watch, SIGKILL);
    watch.deadline = Deadline::passed;
}

bool has_deadline(Watch const& watch) noexcept
{
    return watch.deadline == Deadline::running || watch.deadline == Deadline::grace;
}

void wait_once(State const& state, Watch& watch) noexcept
{
    bool const watch_host = watch.host_watched && state.image->supervision.host_death == 0;
    pollfd polled[3] = {{watch.signals, POLLIN, 0},
                        {watch.channel_open ? plan::channel_fd : -1, POLLIN, 0},
                        {watch_host ? state.host : -1, POLLIN, 0}};
    __kernel_timespec left = {};
    if (has_deadline(watch)) {
        uint64_t const time = now();
        uint64_t const wait = watch.due > time ? watch.due - time : 0;
        left = {static_cast<long long>(wait / second), static_cast<long long>(wait % second)};
    }
    long const result = call(__NR_ppoll, polled, 3, has_deadline(watch) ? &left : nullptr, nullptr, 0);
    if (result == -EINTR)
        return;
    if (result < 0)
        leave(1); // a filter that refuses to wait leaves nothing to do
    if (polled[0].revents != 0)
        read_signals(watch);
    if (polled[1].revents != 0)
        read_channel(state, watch);
    if (polled[2].revents != 0)
        host_ended(state, watch);
    if (has_deadline(watch) && !watch.command_ended && now() >= watch.due)
        pass_deadline(state, watch);
}

// Sends SIGKILL to every direct child; orphans come to ctr-init, a subreaper, as their parents end.
void kill_children(State const& state) noexcept
{
    char list[page_size];
    long const got = state.children < 0 ? 0 : call(__NR_pread64, state.children, list, sizeof list, 0);
    long pid = 0;
    for (long i = 0; i < got; i++) {
        if (list[i] >= '0' && list[i] <= '9') {
            pid = pid * 10 + (list[i] - '0');
            continue;
        }
        if (pid > 0)
            (void)call(__NR_kill, pid, SIGKILL); // our unreaped child, so the pid is still its own
        pid = 0;
    }
}

// Where the pid namespace is not the container's own nobody ends the rest for us.
void end_descendants(State const& state, Watch& watch) noexcept
{
    for (int round = 0; round < most_rounds; round++) {
        if (!reap(watch))
            return;
        kill_children(state);
        __kernel_timespec const pause = {0, 1000000};
        (void)call(__NR_nanosleep, &pause, nullptr); // cut short or not, the next round looks again
    }
    watch.status.tree_left = 1;
}

} // namespace

void supervise(State& state, int command) noexcept
{
    Watch watch;
    watch.command = command;
    watch.started = now();
    (void)reap(watch); // a short command has ended already, and there is nothing to watch
    if (!watch.command_ended)
        keep_only_own(state, watch); // a SIGCHLD since then is blocked and waits to be read
    if (state.image->supervision.timeout_ns > 0) {
        watch.deadline = Deadline::running;
        watch.due = watch.started + state.image->supervision.timeout_ns;
    }
    while (!watch.command_ended)
        wait_once(state, watch);
    if (state.image->supervision.ends_descendants != 0)
        end_descendants(state, watch);
    // As pid 1 this process ends the rest by ending; the host waits for that too.
    if (watch.lost)
        return;
    (void)call(__NR_sendto, plan::channel_fd, &watch.status, sizeof watch.status, 0x4000 /* MSG_NOSIGNAL */, nullptr,
               0);
}

} // namespace ctr::child
