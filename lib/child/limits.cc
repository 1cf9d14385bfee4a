// SPDX-License-Identifier: MIT
// What every process of the container inherits from the one that sets it.
#include "child/child.h"

#include <asm/errno.h>
#include <linux/prctl.h>

namespace ctr::child {

namespace {

constexpr int most_processors = 8192;
constexpr int thread_group = 1; // PIDTYPE_TGID, of PR_SCHED_CORE
constexpr int core_call = 62;   // PR_SCHED_CORE
constexpr int core_create = 1;  // PR_SCHED_CORE_CREATE
constexpr int of_process = 0;   // PRIO_PROCESS
unsigned char the_processors[most_processors / 8];

} // namespace

long set_nice(plan::Flags const& op) noexcept
{
    int const nice = static_cast<int>(op.flags);
    if (long const result = call(__NR_setpriority, of_process, 0, nice); result < 0)
        return result;
    return call(__NR_getpriority, of_process, 0) == 20 - nice ? 0 : not_confirmed; // the kernel counts the other way
}

// The kernel takes what it has of a mask and is content; here all of it was asked for.
long set_processors(State const& state, plan::OneText const& op) noexcept
{
    auto const* wanted = reinterpret_cast<unsigned char const*>(text(state, op.text));
    if (long const result = call(__NR_sched_setaffinity, 0, op.size, wanted); result < 0)
        return result;
    long const size = call(__NR_sched_getaffinity, 0, sizeof the_processors, the_processors);
    if (size < 0)
        return size;
    for (uint32_t i = 0; i < op.size; i++)
        if (wanted[i] != (i < size ? the_processors[i] : 0))
            return -ENODEV;
    return 0;
}

long own_cores() noexcept
{
    long const result = call(__NR_prctl, core_call, core_create, 0, thread_group, 0);
    return result == -EINVAL ? -ENOSYS : result; // what a kernel says to any prctl that it does not know
}

long limit_processes(plan::SetLimit const& op) noexcept
{
    wait_for_thread();
    return set_limit(op);
}

} // namespace ctr::child
