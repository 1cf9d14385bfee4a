// SPDX-License-Identifier: MIT
#include "attempts.h"

#include <cerrno>
#include <fcntl.h>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cli {
namespace {

// Without an init inside, pid 1 is this program: what it may do with itself tells nothing.
bool init_is_another() { return getppid() != 1 && getpid() != 1; }

Verdict of_init(long result) { return init_is_another() ? refused(result) : Verdict::absent; }

Verdict opens_of_init(char const* path, int flags) { return of_init(open(path, flags | O_CLOEXEC)); }

// Root of the host may see that there are descriptors; what they are is nobody's to know.
Verdict follows_descriptor_of_init()
{
    char target[64];
    for (int number = 0; number < 64; number++)
        if (readlink(("/proc/1/fd/" + std::to_string(number)).c_str(), target, sizeof target) >= 0)
            return of_init(0);
    return Verdict::held;
}

Verdict maps_ids_of_init()
{
    int const map = open("/proc/1/uid_map", O_WRONLY | O_CLOEXEC);
    return of_init(map < 0 ? -1 : write(map, "0 0 1", 5));
}

Verdict reads_memory_of_init()
{
    char byte = 0;
    iovec const mine = {&byte, 1};
    iovec const its = {reinterpret_cast<void*>(0x400000), 1};
    return of_init(syscall(SYS_process_vm_readv, 1, &mine, 1, &its, 1, 0));
}

Verdict takes_descriptor_of_init()
{
    int const init = static_cast<int>(syscall(434 /* pidfd_open */, 1, 0));
    if (init < 0)
        return Verdict::absent;
    for (int number = 0; number < 64; number++)
        if (syscall(438 /* pidfd_getfd */, init, number, 0) >= 0)
            return of_init(0);
    return Verdict::held;
}

Verdict joins(char const* path)
{
    int const ns = open(path, O_RDONLY | O_CLOEXEC);
    return ns < 0 && errno == ENOENT ? Verdict::absent : of_init(ns < 0 ? -1 : setns(ns, 0));
}

// In a user namespace of its own a process has every capability, but the mounts that came along are locked.
bool has_nested() { return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0; }

Verdict nested(long (*attempt)())
{
    if (!has_nested())
        return Verdict::held;
    return refused(attempt());
}

long writes_after_unmounting()
{
    (void)umount2("/proc/sys", MNT_DETACH); // the open tells
    (void)mount(nullptr, "/proc/sys", nullptr, MS_REMOUNT | MS_BIND, nullptr);
    return open("/proc/sys/kernel/core_pattern", O_WRONLY | O_CLOEXEC);
}

long writes_a_fresh_proc()
{
    pid_t const child = unshare(CLONE_NEWPID) == 0 ? fork() : -1;
    if (child == 0) {
        bool const mounted = mount("x", "/tmp", "proc", 0, nullptr) == 0;
        _exit(mounted && open("/tmp/sys/kernel/core_pattern", O_WRONLY | O_CLOEXEC) >= 0 ? 0 : 1);
    }
    int status = 1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : -1;
}

Verdict raises_limit()
{
    rlimit limit = {};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max == RLIM_INFINITY)
        return Verdict::absent;
    limit.rlim_max++;
    return refused(setrlimit(RLIMIT_NOFILE, &limit));
}

Verdict has_keys()
{
    char keys[64];
    long const size = syscall(SYS_keyctl, 11 /* read */, -3 /* of the session */, keys, sizeof keys, 0);
    return size > 0 ? Verdict::open : Verdict::held;
}

Verdict gains_privileges() { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? Verdict::held : Verdict::open; }

Verdict is_low_nice() { return refused(setpriority(PRIO_PROCESS, 0, -20)); }

// clang-format off
constexpr Attempt table[] = {
    {Kind::wall, "read the environment of pid 1", [] { return opens_of_init("/proc/1/environ", O_RDONLY); }},
    {Kind::wall, "read the memory of pid 1", [] { return opens_of_init("/proc/1/mem", O_RDONLY); }},
    {Kind::wall, "follow a descriptor of pid 1", follows_descriptor_of_init},
    {Kind::wall, "write the program of pid 1", [] { return opens_of_init("/proc/1/exe", O_WRONLY); }},
    {Kind::wall, "enter the directory of pid 1", [] { return of_init(chdir("/proc/1/cwd")); }},
    {Kind::wall, "copy the memory of pid 1", reads_memory_of_init},
    {Kind::wall, "trace pid 1", [] { return of_init(ptrace(PTRACE_SEIZE, 1, nullptr, nullptr)); }},
    {Kind::wall, "take a descriptor of pid 1", takes_descriptor_of_init},
    {Kind::wall, "join the mount namespace of pid 1", [] { return joins("/proc/1/ns/mnt"); }},
    {Kind::wall, "join the user namespace of pid 1", [] { return joins("/proc/1/ns/user"); }},
    {Kind::wall, "join the network namespace of pid 1", [] { return joins("/proc/1/ns/net"); }},
    {Kind::wall, "change an id map of pid 1", maps_ids_of_init},
    {Kind::wall, "gain privileges by exec", gains_privileges},
    {Kind::wall, "uncover /proc/sys in a nested user namespace", [] { return nested(writes_after_unmounting); }},
    {Kind::wall, "mount a writable proc in a nested user namespace", [] { return nested(writes_a_fresh_proc); }},
    {Kind::wall, "find keys of the caller", has_keys},
    {Kind::wall, "raise a resource limit", raises_limit},
    {Kind::wall, "take precedence over others", is_low_nice},
    {Kind::surface, "make a user namespace", [] { return refused(unshare(CLONE_NEWUSER)); }},
    {Kind::surface, "make a mount namespace", [] { return refused(unshare(CLONE_NEWNS)); }},
};
// clang-format on

} // namespace

std::span<Attempt const> attempts_on_processes() { return table; }

} // namespace cli
