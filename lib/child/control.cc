// SPDX-License-Identifier: MIT
// A named container: other processes of its user attach by a socket, and its record outlives ctr-init.
#include "child/watch.h"

#include <asm/errno.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/time.h>

namespace ctr::child {

namespace {

constexpr int peer_credentials = 17; // SO_PEERCRED

struct Credentials { // struct ucred
    int pid;
    unsigned uid;
    unsigned gid;
};

// A process of this pid namespace or of one below has a pid here, others have none. The socket is not for what runs
// inside, should the state directory be visible there: it would gain what ctr-init is allowed.
bool is_outside(int channel) noexcept
{
    Credentials peer = {};
    int size = sizeof peer;
    long const result = call(__NR_getsockopt, channel, 1 /* SOL_SOCKET */, peer_credentials, &peer, &size);
    return result == 0 && peer.pid == 0;
}

int* free_place(Watch& watch) noexcept
{
    for (int& peer : watch.peers)
        if (peer == 0)
            return &peer;
    return nullptr;
}

bool greet(int channel) noexcept
{
    int const self = static_cast<int>(call(__NR_pidfd_open, call(__NR_getpid), 0));
    bool const told = self >= 0 && send_descriptor(channel, plan::DescriptorKind::process, self) == 0;
    (void)call(__NR_close, self);
    return told;
}

uint64_t real_time() noexcept
{
    __kernel_timespec time = {};
    (void)call(__NR_clock_gettime, CLOCK_REALTIME, &time); // cannot fail
    return static_cast<uint64_t>(time.tv_sec) * second + static_cast<uint64_t>(time.tv_nsec);
}

} // namespace

void prepare_control(Watch& watch, State const& state) noexcept
{
    plan::Supervision const& supervision = state.image->supervision;
    watch.control = supervision.control < 0 ? -1 : number(state, supervision.control);
    watch.record = supervision.record < 0 ? -1 : number(state, supervision.record);
    note_state(watch);
}

void take_peer(Watch& watch) noexcept
{
    long const taken = call(__NR_accept4, watch.control, nullptr, nullptr, O_CLOEXEC);
    if (taken < 0)
        return; // it is gone again, or memory is short
    int const channel = static_cast<int>(taken);
    int* const place = free_place(watch);
    if (place != nullptr && is_outside(channel) && greet(channel))
        *place = channel;
    else
        (void)call(__NR_close, channel);
}

// One write: a reader sees the old record or the new one.
void note_state(Watch const& watch) noexcept
{
    if (watch.record < 0)
        return;
    Command const& main = watch.commands[0];
    plan::Record record;
    record.magic = plan::record_magic;
    record.state = main.ended     ? plan::RecordState::ended
                   : watch.paused ? plan::RecordState::paused
                                  : plan::RecordState::running;
    record.ended_ns = main.ended ? real_time() : 0;
    record.status = main.status;
    (void)call(__NR_pwrite64, watch.record, &record, sizeof record, 0); // it has its full size since the start
}

// As pid 1 ctr-init is not among those it signals, and no fork escapes: the kernel lets none begin beside it.
void pause(Watch& watch, bool stop, int const* fds, int count) noexcept
{
    int const channel = count > 0 ? fds[0] : -1;
    plan::ReportPacket report;
    long const result =
        call(__NR_getpid) == 1 ? call(__NR_kill, -1, stop ? SIGSTOP : SIGCONT) : static_cast<long>(-EOPNOTSUPP);
    report.error = result == -ESRCH ? 0 : static_cast<int32_t>(-result); // nobody is left to be stopped
    if (report.error == 0)
        watch.paused = stop;
    note_state(watch);
    send_report(channel, report, -1);
    (void)call(__NR_close, channel);
}

} // namespace ctr::child
