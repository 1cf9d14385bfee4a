// SPDX-License-Identifier: MIT
// Sees the host process die while an operation blocks: a timer asks the host's pidfd. Not an event of the channel: the
// packets that a living host sends and takes are events too.
#include "child/child.h"

#include <asm/errno.h>
#include <asm/signal.h>
#include <linux/time.h>

#if defined(__x86_64__)
// The kernel wants to be told how a handler returns.
__asm__("ctr_return_from_signal:\n\t"
        "movl $15, %eax\n\t" // rt_sigreturn
        "syscall\n");
extern "C" void ctr_return_from_signal() noexcept;
#endif

namespace ctr::child {

namespace {

constexpr long interval_us = 100000;

// As the kernel lays them out; libc's differ.
struct Action {
    void* handler;
    unsigned long flags;
    void* restorer;
    uint64_t mask;
};
struct TimerValue {
    long interval_seconds;
    long interval_us;
    long seconds;
    long us;
};

// Of the instance; a handler is given no argument.
State const* watched = nullptr;

void ask(int) noexcept
{
    if (is_host_gone(*watched))
        leave(1);
}

void set_timer(long us) noexcept
{
    TimerValue const value = {0, us, 0, us};
    (void)call(__NR_setitimer, 0 /* ITIMER_REAL */, &value, nullptr); // without it a net is missing
}

void mask_all_but(uint64_t bit) noexcept
{
    uint64_t const mask = ~bit;
    (void)call(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &mask, nullptr, sizeof mask); // cannot fail
}

} // namespace

// Timers are not inherited by a fork: the command's process starts its own.
void start_watching_host(State const& state) noexcept
{
    if (state.host < 0 || state.image->supervision.host_death != 0)
        return;
    watched = &state;
    Action action = {};
    action.handler = reinterpret_cast<void*>(ask);
    action.flags = SA_RESTART;
#if defined(__x86_64__)
    action.flags |= 0x04000000; // SA_RESTORER
    action.restorer = reinterpret_cast<void*>(ctr_return_from_signal);
#endif
    (void)call(__NR_rt_sigaction, SIGALRM, &action, nullptr, sizeof(uint64_t)); // likewise
    mask_all_but(uint64_t{1} << (SIGALRM - 1));
    set_timer(interval_us);
}

void stop_watching_host() noexcept
{
    set_timer(0);
    mask_all_but(0);
}

} // namespace ctr::child
