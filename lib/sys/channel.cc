// SPDX-License-Identifier: MIT
#include "sys/channel.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace ctr::sys {

namespace {

constexpr size_t most_fds = 253;            // SCM_MAX_FD
using Length = decltype(cmsghdr::cmsg_len); // C libraries differ

struct Rights {
    alignas(cmsghdr) char bytes[CMSG_SPACE(sizeof(int) * most_fds)];
};

} // namespace

Outcome<Channel> make_channel()
{
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return {{}, errno};
    Outcome<Fd> ours = lifted(Fd(ends[0]));
    Outcome<Fd> theirs = lifted(Fd(ends[1]));
    if (!ours || !theirs)
        return {{}, !ours ? ours.error : theirs.error};
    return {Channel{std::move(ours.value), std::move(theirs.value)}, 0};
}

int send_packet(int socket, void const* packet, size_t size, std::vector<int> const& fds)
{
    if (fds.size() > most_fds)
        return EINVAL;
    iovec part = {const_cast<void*>(packet), size};
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    Rights rights = {};
    if (!fds.empty()) {
        message.msg_control = rights.bytes;
        message.msg_controllen = static_cast<Length>(CMSG_SPACE(sizeof(int) * fds.size()));
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = static_cast<Length>(CMSG_LEN(sizeof(int) * fds.size()));
        std::memcpy(CMSG_DATA(header), fds.data(), sizeof(int) * fds.size());
    }
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? errno : 0;
}

int send_at_once(int socket, void const* packet, size_t size)
{
    ssize_t sent = 0;
    do {
        sent = ::send(socket, packet, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? errno : 0;
}

Outcome<Packet> receive_packet(int socket, void* buffer, size_t size)
{
    iovec part = {buffer, size};
    msghdr message = {};
    Rights rights = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = rights.bytes;
    message.msg_controllen = CMSG_LEN(sizeof(int)); // with the room that is left by alignment a second one would fit
    ssize_t got = 0;
    do {
        got = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return {{}, errno};
    Packet packet;
    packet.size = static_cast<size_t>(got);
    cmsghdr const* header = CMSG_FIRSTHDR(&message);
    if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
        packet.fd = Fd(fd);
    }
    if (packet.fd)
        if (int const error = lift(packet.fd); error != 0)
            return {{}, error};
    return {std::move(packet), 0};
}

} // namespace ctr::sys
