// SPDX-License-Identifier: MIT
// After the start: ctr-init reaps, forwards signals, keeps deadlines, captures, watches the host, takes further
// commands, and reports the end.
#include "child/watch.h"

#include <asm/errno.h>
#include <asm/signal.h>
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/signalfd.h>

namespace ctr::child {

namespace {

constexpr int most_rounds = 2000; // of killing what is left; with a pause of a millisecond each
constexpr int first_kept = plan::channel_fd + 1;

enum Leftovers : uint32_t { end_them, wait_for_them, leave_them };

constinit Watch the_watch = {}; // all zero: see there

// What may be polled: three of ctr-init, one for each who has attached, and four for each command.
enum : int { signals_entry, host_entry, control_entry, first_peer };
constexpr int per_command = 2 + plan::capture_count;
constexpr int first_command = first_peer + most_peers;
constexpr int most_entries = first_command + most_commands * per_command;
// Only what is there: the kernel takes no more than RLIMIT_NOFILE. places: where an entry stands, plus one; 0 is nowhere.
pollfd polled[most_entries];
uint16_t places[most_entries];
int polled_count;

bool is_pid_one(State const& state) noexcept
{
    plan::Supervision const& supervision = state.image->supervision;
    return supervision.setup_in_command == 0 && supervision.ends_descendants == 0;
}

// The command's descriptors are not kept: a pipe must end when the command closes it. What is wanted is put together
// above the channel; 0 to 2 stay taken, so that no descriptor that is received later has such a number.
void keep_only(int** wanted, int count) noexcept
{
    for (int i = 0; i < count; i++)
        *wanted[i] = static_cast<int>(call(__NR_fcntl, *wanted[i], F_DUPFD_CLOEXEC, first_kept + count));
    for (int i = 0; i < count; i++) // the targets are below every limit that let the start happen
        *wanted[i] = static_cast<int>(call(__NR_dup3, *wanted[i], first_kept + i, O_CLOEXEC));
    for (int fd = 0; fd < 3; fd++)
        (void)call(__NR_dup3, *wanted[0], fd, O_CLOEXEC); // likewise
    unsigned const rest = static_cast<unsigned>(first_kept + count);
    if (call(__NR_close_range, rest, ~0U, 0) != 0)
        for (unsigned fd = rest; fd < 1024; fd++)
            (void)call(__NR_close, fd); // most are not open
}

void prepare(State& state, Watch& watch) noexcept
{
    uint64_t const all = ~uint64_t{0};
    watch.signals = static_cast<int>(call(__NR_signalfd4, -1, &all, sizeof all, O_CLOEXEC | O_NONBLOCK));
    int* wanted[6 + 3 * plan::capture_count];
    int count = 0;
    wanted[count++] = &watch.signals;
    if (state.host >= 0)
        wanted[count++] = &state.host;
    if (state.children >= 0)
        wanted[count++] = &state.children;
    if (watch.commands[0].proc >= 0)
        wanted[count++] = &watch.commands[0].proc;
    if (watch.control >= 0)
        wanted[count++] = &watch.control;
    if (watch.record >= 0)
        wanted[count++] = &watch.record;
    for (int& fd : watch.commands[0].watched)
        if (fd >= 0)
            wanted[count++] = &fd;
    for (Stream& stream : watch.commands[0].streams)
        if (stream.reader >= 0) {
            wanted[count++] = &stream.reader;
            wanted[count++] = &stream.sink;
        }
    keep_only(wanted, count);
    watch.host_watched = true;
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
            reap(watch);
        else if (is_forwarded(info.ssi_signo))
            signal_command(watch.commands[0], static_cast<int>(info.ssi_signo));
    }
}

// The command, and who outlives it, whatever was wished for those.
void end_everything(Command& command) noexcept
{
    signal_command(command, SIGKILL);
    command.deadline = Deadline::passed;
}

// The host process is gone: so goes the container. As pid 1 this process ends everything by ending.
void host_ended(State const& state, Watch& watch) noexcept
{
    if (is_pid_one(state))
        leave(1);
    watch.host_watched = false;
    end_everything(watch.commands[0]);
}

// The status may still find a reader.
void stop_listening(State const& state, Watch& watch, Command& command) noexcept
{
    command.deaf = true;
    if (&command != &watch.commands[0])
        signal_command(command, SIGKILL); // a further one goes with the handle of its host
    else if (state.host < 0 && state.image->supervision.host_death == 0)
        host_ended(state, watch); // without a pidfd of the host this is all there is to see its death by
}

// What is asked for the container's own command goes for the container too. False: nothing that makes sense.
bool obey(State const& state, Watch& watch, Command& command, plan::SignalPacket const& packet, int fds) noexcept
{
    using plan::PacketKind;
    if (packet.kind == PacketKind::signal) {
        if (packet.number == plan::everything_ends)
            end_everything(command);
        else
            signal_command(command, packet.number);
        return true;
    }
    if (&command != &watch.commands[0])
        return false;
    if (packet.kind == PacketKind::look)
        show_root(descriptors(), fds);
    else if (packet.kind == PacketKind::join)
        join_command(state, watch, descriptors(), fds);
    else if (packet.kind == PacketKind::pause || packet.kind == PacketKind::resume)
        pause(watch, packet.kind == PacketKind::pause, descriptors(), fds);
    else
        return false;
    return true;
}

// How many of the descriptors that come along are seen to by whoever obeys.
int taken_by(plan::PacketKind kind) noexcept
{
    if (kind == plan::PacketKind::join)
        return most_received; // all
    return kind == plan::PacketKind::signal ? 0 : 1;
}

// False at the end of the channel, and where nonsense came.
bool read_packet(State const& state, Watch& watch, Command& command, int channel) noexcept
{
    plan::SignalPacket packet;
    int fds = 0;
    long const got = receive_any(channel, &packet, sizeof packet, fds);
    if (got == -EAGAIN || got == -EINTR)
        return true;
    bool const sane = got == static_cast<long>(sizeof packet) && obey(state, watch, command, packet, fds);
    for (int i = sane ? taken_by(packet.kind) : 0; i < fds; i++)
        (void)call(__NR_close, descriptors()[i]);
    return sane;
}

void read_channel(State const& state, Watch& watch, Command& command) noexcept
{
    if (!read_packet(state, watch, command, command.channel))
        stop_listening(state, watch, command);
}

bool is_ready(int entry) noexcept { return places[entry] != 0 && polled[places[entry] - 1].revents != 0; }

void read_peers(State const& state, Watch& watch) noexcept
{
    for (int i = 0; i < most_peers; i++) {
        int& peer = watch.peers[i];
        if (peer <= 0 || !is_ready(first_peer + i) || read_packet(state, watch, watch.commands[0], peer))
            continue;
        (void)call(__NR_close, peer);
        peer = 0;
    }
    if (is_ready(control_entry))
        take_peer(watch); // after them: a new one was not polled
}

void poll_for(int entry, int fd) noexcept
{
    places[entry] = 0;
    if (fd < 0)
        return;
    polled[polled_count++] = {fd, POLLIN, 0};
    places[entry] = static_cast<uint16_t>(polled_count);
}

void fill_polled(State const& state, Watch const& watch) noexcept
{
    polled_count = 0;
    poll_for(signals_entry, watch.signals);
    poll_for(host_entry, watch.host_watched && state.image->supervision.host_death == 0 ? state.host : -1);
    poll_for(control_entry, watch.control);
    for (int i = 0; i < most_peers; i++)
        poll_for(first_peer + i, watch.peers[i] > 0 ? watch.peers[i] : -1);
    for (int i = 0; i < watch.used; i++) {
        Command const& command = watch.commands[i];
        bool const taken = command.pid != 0;
        int entry = first_command + i * per_command;
        poll_for(entry++, taken && !command.deaf ? command.channel : -1);
        poll_for(entry++, taken ? command.started : -1);
        for (Stream const& stream : command.streams)
            poll_for(entry++, taken ? stream.reader : -1);
    }
}

uint64_t earlier(uint64_t one, uint64_t other) noexcept
{
    return one == 0 || (other != 0 && other < one) ? other : one;
}

// When something is due for the command; 0 is never.
uint64_t next_of(Command const& command) noexcept
{
    uint64_t const due = has_deadline(command) ? command.due : 0;
    return command.ended ? due : earlier(due, command.look);
}

// Until the first deadline; false where there is none.
bool time_left(Watch const& watch, __kernel_timespec& left) noexcept
{
    uint64_t due = 0;
    for (int i = 0; i < watch.used; i++)
        due = earlier(due, next_of(watch.commands[i]));
    uint64_t const time = due == 0 ? 0 : now();
    uint64_t const wait = due > time ? due - time : 0;
    left = {static_cast<long long>(wait / second), static_cast<long long>(wait % second)};
    return due != 0;
}

void serve(State const& state, Watch& watch, int i) noexcept
{
    int const entry = first_command + i * per_command;
    Command& command = watch.commands[i];
    if (is_ready(entry + 1))
        note_start(command);
    for (int k = 0; k < plan::capture_count; k++)
        if (is_ready(entry + 2 + k))
            command.output = pump(command.streams[k]) ? now() : command.output;
    if (is_ready(entry))
        read_channel(state, watch, command);
}

void keep_deadlines(Watch& watch) noexcept
{
    for (int i = 0; i < watch.used; i++) {
        Command& command = watch.commands[i];
        if (has_deadline(command) && now() >= command.due)
            pass_deadline(command, 0);
        if (!command.ended && command.look != 0 && now() >= command.look)
            keep_budget(command);
    }
}

// Further commands that have ended are told and forgotten.
void settle(Watch& watch) noexcept
{
    for (int i = 1; i < watch.used; i++) {
        Command& command = watch.commands[i];
        if (command.pid == 0 || !command.ended)
            continue;
        if (command.started >= 0)
            note_start(command); // it ended before anybody looked
        send_status(command);
        release(command);
    }
}

void wait_once(State const& state, Watch& watch) noexcept
{
    __kernel_timespec left = {};
    bool const timed = time_left(watch, left);
    int const used = watch.used;
    fill_polled(state, watch);
    long const result = call(__NR_ppoll, polled, polled_count, timed ? &left : nullptr, nullptr, 0);
    if (result == -EINTR)
        return;
    if (result < 0)
        leave(1); // a filter that refuses to wait leaves nothing to do
    for (int i = 0; i < used; i++)
        serve(state, watch, i);
    read_peers(state, watch);
    if (is_ready(signals_entry))
        read_signals(watch);
    if (is_ready(host_entry))
        host_ended(state, watch);
    keep_deadlines(watch);
    settle(watch);
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

// Pid 1 ends the rest by ending; but who waits for a further command gets its status first. Elsewhere nobody ends the
// rest for us.
void end_rest(State const& state, Watch& watch) noexcept
{
    bool const pid_one = is_pid_one(state);
    bool others = false;
    for (int i = 1; i < watch.used; i++)
        others |= watch.commands[i].pid != 0;
    if (pid_one ? !others : state.image->supervision.ends_descendants == 0)
        return;
    for (int round = 0; round < most_rounds; round++) {
        reap(watch);
        if (watch.alone)
            return;
        if (pid_one && call(__NR_getpid) == 1) // elsewhere it would be everybody on the machine
            (void)call(__NR_kill, -1, SIGKILL);
        else
            kill_children(state);
        __kernel_timespec const pause = {0, 1000000};
        (void)call(__NR_nanosleep, &pause, nullptr); // cut short or not, the next round looks again
    }
    watch.commands[0].status.tree_left = pid_one ? 0 : 1;
}

// The record first: who hears of the end may look at it at once.
void tell_end(Watch& watch) noexcept
{
    Command& main = watch.commands[0];
    if (main.reported)
        return;
    drain(main);
    if (!main.lost)
        note_state(watch);
    send_status(main);
}

bool is_over(State const& state, Watch& watch) noexcept
{
    Command& main = watch.commands[0];
    if (!main.ended)
        return false;
    uint32_t const leftovers = state.image->supervision.leftovers;
    if (leftovers == leave_them)
        tell_end(watch);
    return leftovers == end_them || watch.alone || main.deadline == Deadline::passed;
}

} // namespace

void supervise(State& state, int pid) noexcept
{
    Watch& watch = the_watch;
    Command& main = *claim(watch, state, pid, state.channel);
    main.since = state.forked; // a short one has ended by now
    main.outlived = state.image->supervision.leftovers == wait_for_them;
    main.peers = watch.peers;
    prepare_control(watch, state);
    reap(watch); // a short command has ended already, and there is nothing to watch
    if (!is_over(state, watch))
        prepare(state, watch); // a SIGCHLD since then is blocked and waits to be read
    while (!is_over(state, watch))
        wait_once(state, watch);
    end_rest(state, watch);
    settle(watch);
    tell_end(watch);
}

} // namespace ctr::child
