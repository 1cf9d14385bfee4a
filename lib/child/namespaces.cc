// SPDX-License-Identifier: MIT
// Namespaces that are entered after the gate, the host name and the loopback interface.
#include "child/child.h"

#include <asm/errno.h>
#include <linux/sockios.h>

namespace ctr::child {

namespace {

constexpr int internet = 2;              // AF_INET
constexpr int datagram = 2;              // SOCK_DGRAM
constexpr int socket_on_exec = 02000000; // SOCK_CLOEXEC
constexpr int interface_up = 0x1;        // IFF_UP
constexpr int name_size = 16;            // IFNAMSIZ

// struct ifreq: the kernel's header pulls libc's in.
struct InterfaceRequest {
    char name[name_size];
    short flags;
    char rest[22];
};

} // namespace

// Takes the cgroup and time namespaces too: as flags of clone they would be rooted at the host's cgroup, and
// entered by exec before the offsets can be written. CLONE_NEWUSER is never among the flags.
long unshare(State const& state, plan::Flags const& op) noexcept
{
    long const result = call(__NR_unshare, op.flags);
    state.shared->effective.namespaces |= result == 0 ? op.flags : 0;
    return result;
}

long join(State const& state, plan::Join const& op) noexcept { return call(__NR_setns, number(state, op.ns), op.type); }

long set_hostname(State const& state, plan::OneText const& op) noexcept
{
    return call(__NR_sethostname, text(state, op.text), op.size);
}

long open_socket(State& state, plan::OneSlot const& op) noexcept
{
    return keep(state, op.slot, call(__NR_socket, internet, datagram | socket_on_exec, 0));
}

long bring_up(State const& state, plan::BringUp const& op) noexcept
{
    return bring_up_named(number(state, op.socket), text(state, op.name));
}

long bring_up_named(int socket, char const* name) noexcept
{
    InterfaceRequest request = {};
    for (int i = 0; i < name_size - 1 && name[i] != 0; i++)
        request.name[i] = name[i];
    request.flags = interface_up;
    return call(__NR_ioctl, socket, SIOCSIFFLAGS, &request);
}

} // namespace ctr::child
