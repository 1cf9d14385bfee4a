// SPDX-License-Identifier: MIT
// A further command: forked off ctr-init, so that it is in every namespace without joining one, and nothing of the host
// is ever near. It runs a plan of its own whose only section is the payload. The fork copies memory and nobody waits
// for its exec: a file system that hangs must not stop the supervision.
#include "child/watch.h"

#include <asm/errno.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/sched.h>

namespace ctr::child {

namespace {

constinit State joining; // set by load()

void close_all(int const* fds, int count) noexcept
{
    for (int i = 0; i < count; i++)
        (void)call(__NR_close, fds[i]);
}

long load(int const* fds, int count) noexcept
{
    joining.base = nullptr;
    joining.image = nullptr;
    joining.shared = nullptr;
    joining.host = joining.self = joining.children = joining.started = -1;
    joining.channel = fds[1];
    long result = map_image(joining, fds[0]);
    if (result == 0)
        result = map_shared(joining.shared);
    if (result < 0)
        return result;
    joining.shared->current = plan::fork_failed;
    if (static_cast<uint32_t>(count - 2) != joining.image->passed_fds)
        return -EPROTO;
    for (int i = 2; i < count; i++)
        joining.slots[i - 2] = fds[i];
    return 0;
}

void forget(Shared*& story) noexcept
{
    if (story != nullptr)
        (void)call(__NR_munmap, story, page_size);
    story = nullptr;
}

[[noreturn]] void be_command(int started) noexcept
{
    joining.started = started;
    long const result = run_section(joining, joining.image->payload);
    plan::ReportPacket report;
    report.index = joining.shared->current;
    report.error = static_cast<int32_t>(-result);
    report.detail = joining.shared->detail;
    int const root = static_cast<int>(call(__NR_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
    send_report(joining.channel, report, root);
    (void)call(__NR_write, joining.started, "", 1); // before the end of the pipe: it was not executed
    leave(127);
}

bool is_captured(int fd) noexcept
{
    for (plan::Capture const& capture : joining.image->supervision.captures)
        if (capture.reader >= 0 && (number(joining, capture.reader) == fd || number(joining, capture.sink) == fd))
            return true;
    for (Slot const slot : joining.image->supervision.watched)
        if (slot >= 0 && number(joining, slot) == fd)
            return true;
    return false;
}

// The entry, or -errno. The channel and what is captured stay open.
long start(Watch& watch, int const* fds, int count) noexcept
{
    long result = load(fds, count);
    if (result == 0 && watch.paused)
        result = -EBUSY;
    int ends[2] = {-1, -1};
    if (result == 0)
        result = call(__NR_pipe2, ends, O_CLOEXEC);
    if (result < 0)
        return result;
    Command* const command = claim(watch, joining, 0, fds[1]);
    if (command == nullptr) {
        close_all(ends, 2);
        return -EAGAIN;
    }
    int pidfd = -1;
    long const pid = call(__NR_clone, CLONE_PIDFD | SIGCHLD, 0, &pidfd, 0, 0);
    if (pid == 0)
        be_command(ends[1]);
    (void)call(__NR_close, ends[1]);
    if (pid < 0) {
        (void)call(__NR_close, ends[0]);
        *command = {};
        return pid;
    }
    command->pid = static_cast<int>(pid);
    command->started = ends[0];
    command->pidfd = pidfd;
    command->story = joining.shared;
    command->last = static_cast<int>(joining.image->payload.first + joining.image->payload.count) - 1;
    return 0;
}

// It runs; or it died before exec without a word: the out-of-memory killer or a filter ended it.
void report_start(Command const& command) noexcept
{
    plan::ReportPacket report;
    report.pid = command.pid;
    if (command.failed) {
        report.index = command.story->current;
        report.error = EINTR;
    }
    send_report(command.channel, report, command.failed ? -1 : command.pidfd);
}

} // namespace

void join_command(State const&, Watch& watch, int const* received, int count) noexcept
{
    int fds[most_received];
    for (int i = 0; i < count; i++)
        fds[i] = received[i];
    if (count < 2) {
        close_all(fds, count);
        return;
    }
    long const result = start(watch, fds, count);
    if (result < 0) {
        plan::ReportPacket report;
        report.index = plan::start_failed;
        report.error = static_cast<int32_t>(-result);
        send_report(fds[1], report, -1);
    }
    for (int i = 0; i < count; i++)
        if (result < 0 || (i != 1 && !is_captured(fds[i])))
            (void)call(__NR_close, fds[i]);
    if (result < 0)
        forget(joining.shared);
    if (joining.base != nullptr)
        (void)call(__NR_munmap, joining.base, joining.image->size);
    joining.base = nullptr;
}

// Who a command is may have to be read in the container.
void show_root(int const* fds, int count) noexcept
{
    int const channel = count > 0 ? fds[0] : -1;
    int const root = static_cast<int>(call(__NR_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
    send_report(channel, plan::ReportPacket(), root);
    (void)call(__NR_close, root);
    (void)call(__NR_close, channel); // nothing was kept but these
}

void note_start(Command& command) noexcept
{
    char byte = 0;
    bool const told = call(__NR_read, command.started, &byte, 1) == 1;
    command.failed = told || command.story->current < command.last;
    if (!told)
        report_start(command);
    if (!command.failed)
        send_event(command, plan::EventKind::running, 0);
    (void)call(__NR_close, command.started);
    (void)call(__NR_close, command.pidfd);
    command.started = command.pidfd = -1;
    forget(command.story);
}

} // namespace ctr::child
