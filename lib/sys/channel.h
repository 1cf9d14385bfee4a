// SPDX-License-Identifier: MIT
// The channel to ctr-init: packets with descriptors over a SOCK_SEQPACKET pair.
#pragma once

#include "base/fd.h"
#include "sys/file.h"

#include <cstddef>
#include <vector>

namespace ctr::sys {

struct Channel {
    Fd ours;
    Fd theirs;
};

Outcome<Channel> make_channel();

int send_packet(int socket, void const* packet, size_t size, std::vector<int> const& fds); // 0 or errno
int send_at_once(int socket, void const* packet, size_t size); // likewise; EAGAIN where the other end does not read

struct Packet {
    size_t size = 0; // 0 is the end of the channel
    Fd fd;           // at most one comes this way
};

// Never waits: EAGAIN where there is nothing to receive.
Outcome<Packet> receive_packet(int socket, void* buffer, size_t size);

} // namespace ctr::sys
