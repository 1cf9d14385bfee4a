// SPDX-License-Identifier: MIT
// The channel to the host: a SOCK_SEQPACKET socket on a fixed number that carries the start, the gate, the report
// and the status.
#include "child/child.h"

#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/poll.h>
#include <linux/uio.h>

namespace ctr::child {

namespace {

// As the kernel lays them out; its headers for user space leave these to libc.
struct MessageHeader {
    void* name;
    int name_length;
    iovec* parts;
    unsigned long part_count;
    void* control;
    unsigned long control_length;
    unsigned int flags;
};
struct ControlHeader {
    unsigned long length;
    int level;
    int type;
};
constexpr int socket_level = 1;                // SOL_SOCKET
constexpr int rights_type = 1;                 // SCM_RIGHTS
constexpr unsigned close_on_exec = 0x40000000; // MSG_CMSG_CLOEXEC
constexpr unsigned truncated = 0x20;           // MSG_TRUNC
constexpr unsigned no_signal = 0x4000;         // MSG_NOSIGNAL

struct RightsMessage {
    ControlHeader header;
    int fds[most_received];
};
RightsMessage control;

int received_count(MessageHeader const& message) noexcept
{
    if (message.control_length < sizeof(ControlHeader) || control.header.type != rights_type)
        return 0;
    return static_cast<int>((control.header.length - sizeof(ControlHeader)) / sizeof(int));
}

// Receives one packet and its descriptors into `control`.
long receive(void* packet, unsigned long size, int& fds) noexcept
{
    iovec part = {packet, size};
    MessageHeader message = {nullptr, 0, &part, 1, &control, sizeof control, 0};
    long result = 0;
    do {
        message.control_length = sizeof control;
        result = call(__NR_recvmsg, plan::channel_fd, &message, close_on_exec);
    } while (result == -EINTR);
    fds = received_count(message);
    if (result == 0)
        return -EPIPE;
    if ((message.flags & truncated) != 0)
        return -EPROTO;
    return result < 0 ? result : (static_cast<unsigned long>(result) == size ? 0 : -EPROTO);
}

// A forked copy of the host may keep the channel open when the host is gone, so that is asked as well.
long receive_from_host(State const& state, void* packet, unsigned long size, int& fds) noexcept
{
    pollfd polled[2] = {{plan::channel_fd, POLLIN, 0}, {state.host, POLLIN, 0}};
    while (true) {
        long const result = call(__NR_ppoll, polled, 2, nullptr, nullptr, 0);
        if (result == -EINTR)
            continue;
        if (result <= 0 || polled[1].revents != 0) // it waits without end: nothing can be ready after none
            return -EPIPE;
        if (polled[0].revents != 0)
            return receive(packet, size, fds);
    }
}

// @fd comes along where it is not negative.
long send_with(int channel, void* packet, unsigned long size, int fd) noexcept
{
    iovec part = {packet, size};
    control.header = {sizeof(ControlHeader) + sizeof(int), socket_level, rights_type};
    control.fds[0] = fd;
    MessageHeader message = {nullptr, 0, &part, 1, nullptr, 0, 0};
    if (fd >= 0) {
        message.control = &control;
        message.control_length = sizeof(ControlHeader) + sizeof(int);
    }
    return call(__NR_sendmsg, channel, &message, no_signal);
}

void relocate(State const& state, uint64_t offset, uint32_t count) noexcept
{
    auto* words = reinterpret_cast<uint64_t*>(state.base + offset);
    for (uint32_t i = 0; i < count; i++)
        words[i] += reinterpret_cast<uint64_t>(state.base);
}

} // namespace

// Maps the image privately, so that the command's vectors can be made pointers in place.
long map_image(State& state, int fd) noexcept
{
    plan::Image header;
    iovec part = {&header, sizeof header};
    long const got = call(__NR_preadv, fd, &part, 1, 0, 0);
    if (got != static_cast<long>(sizeof header) || header.magic != plan::image_magic)
        return -ENOEXEC;
    long const at = call(__NR_mmap, nullptr, header.size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (at < 0 && at > -4096)
        return at;
    state.base = reinterpret_cast<unsigned char*>(at);
    state.image = reinterpret_cast<plan::Image*>(at);
    state.slots = reinterpret_cast<int*>(at + static_cast<long>(header.slots));
    relocate(state, header.arguments, header.argument_count);
    relocate(state, header.environment, header.environment_count);
    return 0;
}

long receive_launch(State& state, plan::LaunchPacket& packet) noexcept
{
    int count = 0;
    long const result = receive(&packet, sizeof packet, count);
    if (result < 0)
        return result;
    if (packet.kind != plan::PacketKind::launch || count != static_cast<int>(packet.has_host))
        return -EPROTO;
    if (count == 1)
        state.host = control.fds[0];
    return 0;
}

long receive_start(State& state, uint32_t& flags) noexcept
{
    plan::StartPacket packet;
    int count = 0;
    long const result = receive_from_host(state, &packet, sizeof packet, count);
    if (result < 0)
        return result;
    flags = packet.flags;
    if (packet.kind != plan::PacketKind::start || count < 1)
        return -EPROTO;
    long const mapped = map_image(state, control.fds[0]);
    (void)call(__NR_close, control.fds[0]); // the mapping stays
    if (mapped < 0)
        return mapped;
    if (static_cast<uint32_t>(count - 1) != state.image->passed_fds)
        return -EPROTO;
    for (int i = 1; i < count; i++)
        state.slots[i - 1] = control.fds[i];
    return 0;
}

long wait_for_gate(State const& state) noexcept
{
    plan::PlainPacket packet;
    int fds = 0;
    long const result = receive_from_host(state, &packet, sizeof packet, fds);
    return result == 0 && packet.kind != plan::PacketKind::gate ? -EPROTO : result;
}

// Returns when the host has closed the channel or ended; usually it kills this process before.
void wait_for_end(State const& state) noexcept
{
    pollfd polled[2] = {{plan::channel_fd, 0, 0}, {state.host, POLLIN, 0}};
    long result = 0;
    do {
        result = call(__NR_ppoll, polled, 2, nullptr, nullptr, 0);
    } while (result == -EINTR);
}

bool is_host_gone(State const& state) noexcept
{
    pollfd polled = {state.host, POLLIN, 0};
    __kernel_timespec const at_once = {};
    return call(__NR_ppoll, &polled, 1, &at_once, nullptr, 0) > 0;
}

long send_ready() noexcept
{
    plan::PlainPacket const packet;
    return call(__NR_sendto, plan::channel_fd, &packet, sizeof packet, no_signal, nullptr, 0);
}

// A host that is gone needs no report.
void send_report(int channel, plan::ReportPacket const& report, int fd) noexcept
{
    plan::ReportPacket packet = report;
    packet.has_fd = fd >= 0 ? 1 : 0;
    (void)send_with(channel, &packet, sizeof packet, fd);
}

void send_running(int channel, plan::RunningPacket const& report, int fd) noexcept
{
    plan::RunningPacket packet = report;
    packet.report.has_fd = fd >= 0 ? 1 : 0;
    (void)send_with(channel, &packet, sizeof packet, fd);
}

long send_descriptor(int channel, plan::DescriptorKind what, int fd) noexcept
{
    plan::DescriptorPacket packet;
    packet.what = what;
    long const result = send_with(channel, &packet, sizeof packet, fd);
    return result < 0 ? result : 0;
}

void send_packet(int channel, void const* packet, unsigned long size) noexcept
{
    (void)call(__NR_sendto, channel, packet, size, no_signal, nullptr, 0); // likewise
}

long receive_any(int channel, void* packet, unsigned long size, int& fds) noexcept
{
    constexpr unsigned no_wait = 0x40; // MSG_DONTWAIT
    iovec part = {packet, size};
    MessageHeader message = {nullptr, 0, &part, 1, &control, sizeof control, 0};
    long const result = call(__NR_recvmsg, channel, &message, close_on_exec | no_wait);
    fds = result < 0 ? 0 : received_count(message);
    return result;
}

int const* descriptors() noexcept { return control.fds; }

} // namespace ctr::child
