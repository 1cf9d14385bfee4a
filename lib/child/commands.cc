// SPDX-License-Identifier: MIT
// The table of commands: claimed at their start, reaped, signalled, and told to their hosts.
#include "child/watch.h"

#include <asm/errno.h>
#include <asm/ioctls.h>
#include <asm/signal.h>
#include <linux/resource.h>
#include <linux/time.h>
#include <linux/wait.h>

namespace ctr::child {

namespace {

constexpr int most_unread = 16 * 1024; // bytes of a channel that nobody reads; the status must always find room

Command* find(Watch& watch, long pid) noexcept
{
    for (int i = 0; i < watch.used; i++)
        if (watch.commands[i].pid == pid && !watch.commands[i].ended)
            return &watch.commands[i];
    return nullptr;
}

void note_end(Command& command, int status, rusage const& usage) noexcept
{
    command.ended = true;
    command.status.wait_status = status;
    command.status.wall_ns = now() - command.since;
    auto const time = [](auto const& value) {
        return static_cast<uint64_t>(value.tv_sec) * second + static_cast<uint64_t>(value.tv_usec) * 1000;
    };
    command.status.user_ns = time(usage.ru_utime);
    command.status.system_ns = time(usage.ru_stime);
    command.status.peak_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

void note_change(Command& command, int status, rusage const& usage) noexcept
{
    bool const stopped = (status & 0xff) == 0x7f && status != 0xffff;
    if (stopped)
        send_event(command, plan::EventKind::stopped, (status >> 8) & 0xff);
    else if (status == 0xffff)
        send_event(command, plan::EventKind::continued, 0);
    else
        note_end(command, status, usage);
}

bool has_room(int channel) noexcept
{
    int unread = 0;
    return call(__NR_ioctl, channel, TIOCOUTQ, &unread) == 0 && unread <= most_unread;
}

// To its host, and to who has attached to it.
void tell(Command const& command, void const* packet, unsigned long size) noexcept
{
    send_packet(command.channel, packet, size);
    for (int i = 0; command.peers != nullptr && i < most_peers; i++)
        if (command.peers[i] > 0)
            send_packet(command.peers[i], packet, size);
}

} // namespace

uint64_t now() noexcept
{
    __kernel_timespec time = {};
    (void)call(__NR_clock_gettime, CLOCK_MONOTONIC, &time); // cannot fail
    return static_cast<uint64_t>(time.tv_sec) * second + static_cast<uint64_t>(time.tv_nsec);
}

Command* claim(Watch& watch, State const& state, int pid, int channel) noexcept
{
    int at = 0;
    while (at < watch.used && watch.commands[at].pid != 0)
        at++;
    if (at == most_commands)
        return nullptr;
    watch.used = at < watch.used ? watch.used : at + 1;
    plan::Supervision const& supervision = state.image->supervision;
    Command& command = watch.commands[at];
    command = {};
    command.pid = pid;
    command.channel = channel;
    command.started = -1;
    command.pidfd = -1;
    command.status.kind = plan::PacketKind::status;
    command.since = now();
    command.grace = supervision.kill_after_ns;
    command.due = command.since + supervision.timeout_ns;
    command.deadline = supervision.timeout_ns > 0 ? Deadline::running : Deadline::none;
    for (int i = 0; i < plan::capture_count; i++) {
        plan::Capture const& capture = supervision.captures[i];
        command.streams[i].reader = capture.reader < 0 ? -1 : number(state, capture.reader);
        command.streams[i].sink = capture.reader < 0 ? -1 : number(state, capture.sink);
        command.streams[i].limit = capture.limit;
        command.streams[i].header.ring = capture.ring;
    }
    prepare_budget(command, state);
    return &command;
}

void release(Command& command) noexcept
{
    drain(command);
    int const fds[] = {command.channel, command.started, command.pidfd, command.watched[0], command.watched[1]};
    for (int const fd : fds)
        if (fd >= 0)
            (void)call(__NR_close, fd);
    command = {};
}

void reap(Watch& watch) noexcept
{
    while (true) {
        int status = 0;
        rusage usage = {};
        long const pid = call(__NR_wait4, -1, &status, WNOHANG | WUNTRACED | WCONTINUED, &usage);
        watch.alone = pid < 0;
        if (pid <= 0)
            return;
        if (Command* const command = find(watch, pid))
            note_change(*command, status, usage);
    }
}

void signal_command(Command& command, int number) noexcept
{
    if (command.ended)
        return;
    // Not reaped, so the pid is the command's; ESRCH would mean that somebody else took its status.
    if (call(__NR_kill, command.pid, number) == -ESRCH) {
        command.ended = true;
        command.lost = true;
    }
}

bool has_deadline(Command const& command) noexcept
{
    return (!command.ended || command.outlived) &&
           (command.deadline == Deadline::running || command.deadline == Deadline::grace);
}

void pass_deadline(Command& command, uint32_t which) noexcept
{
    command.look = 0;
    if (command.status.timed_out == 0) {
        send_event(command, plan::EventKind::deadline, static_cast<int>(which));
        command.status.timed_out = which + 1;
        command.deadline = Deadline::running; // the grace begins now, whichever it is
        command.due = now();
    }
    if (command.deadline == Deadline::running && command.grace > 0) {
        signal_command(command, SIGTERM);
        signal_command(command, SIGCONT);
        command.deadline = Deadline::grace;
        command.due += command.grace;
        return;
    }
    signal_command(command, SIGKILL); // of those that outlived it, the end of the supervision takes care
    command.deadline = Deadline::passed;
}

void send_status(Command& command) noexcept
{
    if (command.reported)
        return;
    command.reported = true;
    drain(command);
    if (!command.lost && !command.failed)
        tell(command, &command.status, sizeof command.status);
}

// Dropped where the host does not read: an event is news, and the status comes whatever happens.
void send_event(Command const& command, plan::EventKind event, int code) noexcept
{
    plan::EventPacket packet;
    packet.event = event;
    packet.code = code;
    if (has_room(command.channel))
        send_packet(command.channel, &packet, sizeof packet);
    for (int i = 0; command.peers != nullptr && i < most_peers; i++)
        if (command.peers[i] > 0 && has_room(command.peers[i]))
            send_packet(command.peers[i], &packet, sizeof packet);
}

} // namespace ctr::child
