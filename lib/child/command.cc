// SPDX-License-Identifier: MIT
// The fork of the container's own command. Its process shares ctr-init's memory until exec, so it is cheap and can say what
// failed; ctr-init sleeps meanwhile.
#include "child/child.h"

#include <asm/errno.h>
#include <asm/signal.h>
#include <linux/sched.h>

namespace ctr::child {

namespace {

constexpr unsigned long stack_size = 64 * 1024;
alignas(16) unsigned char stack[stack_size];

void run_command(void* argument) noexcept
{
    State& state = *static_cast<State*>(argument);
    plan::Supervision const& supervision = state.image->supervision;
    start_watching_host(state);
    long result = supervision.setup_in_command != 0 || supervision.ends_descendants != 0 ? die_with_parent(state) : 0;
    if (result == 0 && supervision.setup_in_command != 0)
        result = run_section(state, state.image->setup);
    if (result == 0)
        result = run_section(state, state.image->payload);
    state.shared->error = static_cast<int32_t>(-result); // exec does not return when it succeeds
    leave(127);
}

// clone3 may be refused by a filter of an outer container, which cannot look into its arguments.
long fork_command(State& state, uint64_t flags) noexcept
{
    clone_args arguments = {};
    arguments.flags = flags;
    arguments.exit_signal = SIGCHLD;
    arguments.stack = reinterpret_cast<uint64_t>(stack);
    arguments.stack_size = stack_size;
    long const pid = arch::clone_call(__NR_clone3, arch::word(&arguments), sizeof arguments, 0, run_command, &state);
    if (pid != -ENOSYS && pid != -EPERM && pid != -EACCES)
        return pid;
    return arch::clone_call(__NR_clone, arch::word(flags | SIGCHLD), arch::word(stack + stack_size), 0, run_command,
                            &state);
}

// Dead before exec without a word: a filter or the out-of-memory killer ended it.
long ended_early(State const& state, long pid) noexcept
{
    auto const* ops = reinterpret_cast<Op const*>(state.base + state.image->ops);
    if (state.shared->current >= 0 && ops[state.shared->current].code == plan::OpCode::exec)
        return pid;
    return -EINTR;
}

void keep_slots(State const& state) noexcept
{
    for (uint32_t i = 0; i < state.image->slot_count; i++)
        state.slots[state.image->slot_count + i] = state.slots[i];
}

void take_slots_back(State const& state) noexcept
{
    for (uint32_t i = 0; i < state.image->slot_count; i++)
        state.slots[i] = state.slots[state.image->slot_count + i];
}

} // namespace

long start_command(State& state) noexcept
{
    plan::Supervision const& supervision = state.image->supervision;
    uint64_t const memory = supervision.fork_copies != 0 ? 0 : CLONE_VM;
    state.shared->current = plan::fork_failed;
    if (supervision.setup_in_command != 0 || supervision.ends_descendants != 0)
        state.self = static_cast<int>(call(__NR_pidfd_open, call(__NR_getpid), 0)); // 5.3; without it a race is left
    // It sleeps until exec, and an alarm that is late would find the numbers of the command's process in its memory.
    stop_watching_host();
    state.forked = now();
    State const own = state;
    keep_slots(state);
    long pid = fork_command(state, CLONE_VFORK | memory | supervision.fork_flags);
    if (pid == -EINVAL && memory != 0) // before 6.3 nobody shares memory who gets another time namespace
        pid = fork_command(state, CLONE_VFORK | supervision.fork_flags);
    state = own; // lift_fds() moves descriptors, in the command's process
    take_slots_back(state);
    if (pid < 0)
        return pid;
    long const result = state.shared->error != 0 ? -state.shared->error : ended_early(state, pid);
    if (result < 0)
        (void)call(__NR_wait4, static_cast<int>(pid), nullptr, 0, nullptr); // nobody else would reap it
    return result;
}

} // namespace ctr::child
