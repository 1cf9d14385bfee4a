// SPDX-License-Identifier: MIT
// Between clone and exec the child shares the host's memory while the host's thread sleeps: raw system calls only,
// no libc, no locks, no signal handlers. CLONE_VM always comes with CLONE_VFORK: alone, an out-of-memory kill of the
// child would take the host along.
#include "sys/launch.h"

#include "arch/syscall.h"
#include "sys/pidfd.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/sched.h>

#define CTR_BARE CTR_UNWATCHED __attribute__((noinline))

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif

namespace ctr::sys {

namespace {

using arch::call;

constexpr size_t stack_size = 2048; // the child needs a fifth of it, and the host's thread may have little
constexpr int channel_number = 3;
constexpr uint64_t all_signals = ~uint64_t{0};

struct Window {
    Launch const* launch = nullptr;
    Helper const* helper = nullptr;
    int error = 0;
    LaunchStage stage = LaunchStage::prepare;
};

[[noreturn]] CTR_BARE void leave(Window& window, LaunchStage stage, long result)
{
    window.stage = stage;
    window.error = static_cast<int>(-result);
    while (true)
        (void)call(__NR_exit_group, 127); // does not return
}

// Raising the ambient set lets exec keep the capabilities of the new user namespace, in which no id is mapped yet.
CTR_BARE void keep_capabilities(uint64_t keep)
{
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {};
    if (call(__NR_capget, &header, sets) != 0)
        return;
    sets[0].inheritable = sets[0].permitted;
    sets[1].inheritable = sets[1].permitted;
    (void)call(__NR_capset, &header, sets); // what is not kept shows in the first operation that needs it
    for (unsigned long capability = 0; capability < 64; capability++)
        if ((keep >> capability & 1) != 0)
            (void)call(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0); // likewise
}

CTR_BARE void run_init(void* argument)
{
    Window& window = *static_cast<Window*>(argument);
    long const placed = call(__NR_dup3, window.launch->channel, channel_number, 0);
    if (placed < 0)
        leave(window, LaunchStage::prepare, placed);
    keep_capabilities(window.launch->capabilities);
    char const* const argv[] = {"ctr-init", nullptr};
    char const* const environment[] = {nullptr};
    leave(window, LaunchStage::exec, call(__NR_execveat, window.launch->program, "", argv, environment, AT_EMPTY_PATH));
}

struct SignalAction {
    void* handler;
    unsigned long flags;
    void* restorer;
    uint64_t mask;
};

// The helper must not inherit what the host ignores or blocks: newuidmap is a program like any other.
CTR_BARE void run_helper(void* argument)
{
    Window& window = *static_cast<Window*>(argument);
    Helper const& helper = *window.helper;
    // The calling thread waits for it, so the death of the thread is that of the host.
    (void)call(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    int const sources[3] = {helper.null, helper.null, helper.errors};
    for (int fd = 0; fd < 3; fd++)
        if (long const placed = call(__NR_dup3, sources[fd], fd, 0); placed < 0)
            leave(window, LaunchStage::prepare, placed);
    (void)call(__NR_close_range, 3, ~0U, 0); // descriptors of a careless host; where refused they pass to the helper
    SignalAction const action = {};
    for (int signal = 1; signal <= 64; signal++)
        (void)call(__NR_rt_sigaction, signal, &action, nullptr, sizeof(uint64_t)); // KILL and STOP refuse
    uint64_t const none = 0;
    (void)call(__NR_rt_sigprocmask, SIG_SETMASK, &none, nullptr, sizeof none); // cannot fail
    char const* const environment[] = {nullptr};
    leave(window, LaunchStage::exec, call(__NR_execve, helper.path, helper.argv, environment));
}

// clone3 may be refused by a filter, which cannot look into its arguments; clone does the same but for the
// handlers, which the blocked signals keep from running until exec resets them.
CTR_BARE long clone_process(uint64_t flags, int* pidfd, unsigned char* stack, void (*entry)(void*), Window* window)
{
    clone_args arguments = {};
    arguments.flags = flags | CLONE_CLEAR_SIGHAND;
    arguments.pidfd = reinterpret_cast<uint64_t>(pidfd);
    arguments.exit_signal = SIGCHLD;
    arguments.stack = reinterpret_cast<uint64_t>(stack);
    arguments.stack_size = stack_size;
    long const pid = arch::clone_call(__NR_clone3, arch::word(&arguments), sizeof arguments, 0, entry, window);
    if (pid != -ENOSYS && pid != -EPERM && pid != -EACCES)
        return pid;
    return arch::clone_call(__NR_clone, arch::word(flags | SIGCHLD), arch::word(stack + stack_size), arch::word(pidfd),
                            entry, window);
}

CTR_BARE Launched start(uint64_t flags, void (*entry)(void*), Window& window)
{
    alignas(16) unsigned char stack[stack_size];
    uint64_t before = 0;
    int pidfd = -1;
    (void)call(__NR_rt_sigprocmask, SIG_SETMASK, &all_signals, &before, sizeof before); // cannot fail
    long const pid = clone_process(flags | CLONE_VM | CLONE_VFORK | CLONE_PIDFD, &pidfd, stack, entry, &window);
    (void)call(__NR_rt_sigprocmask, SIG_SETMASK, &before, nullptr, sizeof before); // cannot fail
    Launched launched;
    if (pid < 0) {
        launched.error = static_cast<int>(-pid);
        return launched;
    }
    launched.process = {static_cast<int>(pid), Fd(pidfd)};
    launched.error = window.error;
    launched.stage = window.stage;
    return launched;
}

// What was started and failed is reaped here; what runs is the caller's.
Launched settle(Launched launched)
{
    Process& process = launched.process;
    if (!process.pidfd)
        return launched;
    if (launched.error == 0) {
        launched.error = lift(process.pidfd);
        if (launched.error == 0)
            return launched;
        (void)send_signal(process.pidfd.get(), process.pid, SIGKILL); // it may have ended already
    }
    reap(process.pidfd.get());
    process = {};
    return launched;
}

} // namespace

Launched launch_init(Launch const& launch)
{
    Window window;
    window.launch = &launch;
    return settle(start(launch.flags, run_init, window));
}

Launched launch_helper(Helper const& helper)
{
    Window window;
    window.helper = &helper;
    return settle(start(0, run_helper, window));
}

} // namespace ctr::sys
