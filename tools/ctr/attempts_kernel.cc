// SPDX-License-Identifier: MIT
// Arguments are such that nothing happens where a call is allowed: the question is whether it asks for a privilege first.
#include "attempts.h"

#include <cerrno>
#include <ctime>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <sys/io.h>
#endif

namespace cli {
namespace {

// Only a missing privilege, or a call that is not there, is a refusal: other errors come behind that check.
Verdict forbidden(long result)
{
    bool const refusal = result < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS);
    return refusal ? Verdict::held : Verdict::open;
}

Verdict has_socket(int family, int type, int protocol)
{
    int const made = socket(family, type, protocol);
    return made < 0 && errno == EAFNOSUPPORT ? Verdict::absent : refused(made);
}

// With the time that it is.
Verdict sets_clock()
{
    timespec now = {};
    (void)clock_gettime(CLOCK_REALTIME, &now); // cannot fail
    return forbidden(clock_settime(CLOCK_REALTIME, &now));
}

// What is typed into the container's own is read by the container.
bool is_foreign_terminal()
{
    struct stat terminal = {};
    struct stat own = {};
    bool const known = isatty(STDIN_FILENO) != 0 && fstat(STDIN_FILENO, &terminal) == 0;
    return known && (stat("/dev/pts", &own) != 0 || own.st_dev != terminal.st_dev);
}

Verdict types_into_terminal(unsigned long bits)
{
    char byte = 0;
    if (!is_foreign_terminal())
        return Verdict::absent;
    return refused(syscall(SYS_ioctl, STDIN_FILENO, TIOCSTI | bits, &byte));
}

Verdict reads_log()
{
    char text[16];
    return forbidden(syscall(SYS_syslog, 3, text, sizeof text));
}

Verdict uses_ports()
{
#if defined(__x86_64__)
    return refused(ioperm(0x80, 1, 1));
#else
    return Verdict::absent;
#endif
}

Verdict has_all_ports()
{
#if defined(__x86_64__)
    return refused(iopl(3));
#else
    return Verdict::absent;
#endif
}

// clang-format off
constexpr Attempt table[] = {
    {Kind::wall, "load a module", [] { return forbidden(syscall(SYS_init_module, nullptr, 0, "")); }},
    {Kind::wall, "load a module from a file", [] { return forbidden(syscall(SYS_finit_module, -1, "", 0)); }},
    {Kind::wall, "remove a module", [] { return forbidden(syscall(SYS_delete_module, "ctr-no-such-module", 0)); }},
    {Kind::wall, "load another kernel", [] { return forbidden(syscall(SYS_kexec_load, 0, 0, nullptr, 0)); }},
    {Kind::wall, "set the clock", sets_clock},
    {Kind::wall, "swap", [] { return forbidden(syscall(SYS_swapon, "/nowhere", 0)); }},
    {Kind::wall, "stop swapping", [] { return forbidden(syscall(SYS_swapoff, "/nowhere")); }},
    {Kind::wall, "account processes", [] { return forbidden(syscall(SYS_acct, "/nowhere")); }},
    {Kind::wall, "hang terminals up", [] { return forbidden(syscall(SYS_vhangup)); }},
    {Kind::wall, "use an input port", uses_ports},
    {Kind::wall, "use all input ports", has_all_ports},
    {Kind::wall, "type into the terminal", [] { return types_into_terminal(0); }},
    {Kind::wall, "type into the terminal by a long number", [] { return types_into_terminal(1UL << 32); }},
    {Kind::surface, "read the kernel's log", reads_log},
    {Kind::surface, "load a BPF program", [] { return forbidden(syscall(SYS_bpf, 5, nullptr, 0)); }},
    {Kind::surface, "count performance events", [] { return forbidden(syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0)); }},
    {Kind::surface, "handle page faults", [] { return forbidden(syscall(SYS_userfaultfd, ~0)); }},
    {Kind::surface, "make an io_uring", [] { return forbidden(syscall(425 /* io_uring_setup */, 0, nullptr)); }},
    {Kind::surface, "add a key", [] { return forbidden(syscall(SYS_add_key, "user", "ctr-selftest", "x", 1, -2)); }},
    {Kind::surface, "request a key", [] { return forbidden(syscall(SYS_request_key, "user", "ctr-selftest", nullptr, -2)); }},
    {Kind::surface, "compare processes", [] { return forbidden(syscall(SYS_kcmp, 1, 1, 0, 0, 0)); }},
    {Kind::surface, "use the kernel's ciphers", [] { return has_socket(38 /* AF_ALG */, SOCK_SEQPACKET, 0); }},
    {Kind::surface, "talk to the hypervisor", [] { return has_socket(40 /* AF_VSOCK */, SOCK_STREAM, 0); }},
    {Kind::surface, "send raw packets", [] { return has_socket(AF_PACKET, SOCK_RAW, 0); }},
    {Kind::surface, "talk to the audit daemon", [] { return has_socket(AF_NETLINK, SOCK_RAW, 9); }},
};
// clang-format on

} // namespace

std::span<Attempt const> attempts_on_kernel() { return table; }

} // namespace cli
