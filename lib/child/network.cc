// SPDX-License-Identifier: MIT
// The network namespace takes the kernel as long to make as all mounts together, so a thread makes it meanwhile and
// brings the loopback interface up. The thread shares descriptors, and so the namespace is handed over by one.
#include "child/child.h"

#include <asm/errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <linux/sockios.h>

namespace ctr::child {

namespace {

constexpr unsigned long thread_stack_size = 4096;
constexpr int thread_pid = 32767; // the command is to be pid 2; every kernel has as many

alignas(16) unsigned char thread_stack[thread_stack_size];

enum Stage : int { nothing, namespace_made, loopback_up };

// Written by the thread before the stage that promises them, read after it.
int stage = nothing;
int made = 0;     // 0, or -errno of the namespace
int loopback = 0; // 0, or -errno of the interface
int handed_over = -1;

void reach(Stage reached) noexcept
{
    __atomic_store_n(&stage, reached, __ATOMIC_RELEASE);
    (void)call(__NR_futex, &stage, FUTEX_WAKE_PRIVATE, 1);
}

void wait_for(Stage wanted) noexcept
{
    for (int now = __atomic_load_n(&stage, __ATOMIC_ACQUIRE); now < wanted;
         now = __atomic_load_n(&stage, __ATOMIC_ACQUIRE))
        (void)call(__NR_futex, &stage, FUTEX_WAIT_PRIVATE, now, nullptr); // woken or not, it is asked again
}

// A socket of the namespace stands for it: /proc would show it to a dumpable process only. Without IPv4 there is no
// socket, and no interface to bring up.
void make() noexcept
{
    made = static_cast<int>(call(__NR_unshare, CLONE_NEWNET));
    int const socket = made < 0 ? made : static_cast<int>(call(__NR_socket, 2 /* AF_INET */, 2 | 02000000, 0));
    if (socket >= 0)
        handed_over = static_cast<int>(call(__NR_ioctl, socket, SIOCGSKNS)); // 4.9
    if (made == 0)
        made = socket < 0 ? socket : handed_over < 0 ? handed_over : 0;
    reach(namespace_made);
    loopback = socket < 0 ? socket : static_cast<int>(bring_up_named(socket, "lo"));
    if (socket >= 0)
        (void)call(__NR_close, socket);
    reach(loopback_up);
}

void be_thread(void*) noexcept
{
    make();
    while (true)
        (void)call(__NR_exit, 0); // of this thread only; does not return
}

} // namespace

// Where the thread cannot be made this process does its work, and is in the namespace before it enters it.
void make_net_apart() noexcept
{
    int const pid = thread_pid;
    clone_args arguments = {};
    arguments.flags = CLONE_VM | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
    arguments.stack = reinterpret_cast<uint64_t>(thread_stack);
    arguments.stack_size = thread_stack_size;
    arguments.set_tid = reinterpret_cast<uint64_t>(&pid);
    arguments.set_tid_size = 1; // 5.5
    if (arch::clone_call(__NR_clone3, arch::word(&arguments), sizeof arguments, 0, be_thread, nullptr) > 0)
        return;
    make();
}

long enter_net(State const& state) noexcept
{
    wait_for(namespace_made);
    if (made < 0)
        return made;
    long const result = call(__NR_setns, handed_over, CLONE_NEWNET);
    (void)call(__NR_close, handed_over);
    state.shared->effective.namespaces |= result == 0 ? CLONE_NEWNET : 0;
    return result;
}

long check_net() noexcept
{
    wait_for(loopback_up);
    return loopback;
}

// It counts as a process until it is reaped, a moment after its last word. Where there is none, it is not found.
void wait_for_thread() noexcept
{
    while (call(__NR_tgkill, call(__NR_getpid), thread_pid, 0) == 0)
        (void)call(__NR_sched_yield);
}

} // namespace ctr::child
