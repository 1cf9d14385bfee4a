// SPDX-License-Identifier: MIT
// Short time slices while a container is made. On busy processors a new task waits for the next tick, and one that enters a
// new session goes behind everybody of the old one, because the kernel groups sessions: 4 ms each. Who asks for less at a
// time comes first (6.12); his share stays the same. Pinned by test_scheduling.py.
#include "child/child.h"

#include <linux/sched.h>
#include <linux/sched/types.h>

namespace ctr::child {

namespace {

constexpr uint64_t shortest = 100000; // nanoseconds; the kernel takes no less

uint64_t before = 0; // of the instance: what the host has

bool ask(sched_attr& attributes) noexcept
{
    return call(__NR_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0 &&
           attributes.sched_policy == SCHED_NORMAL;
}

} // namespace

// Without it a busy machine starts containers later, no more; so nothing here fails. A kernel that has no slices says 0.
void shorten_slices() noexcept
{
    sched_attr attributes = {};
    if (!ask(attributes) || attributes.sched_runtime == 0)
        return;
    before = attributes.sched_runtime;
    attributes.sched_runtime = shortest;
    (void)call(__NR_sched_setattr, 0, &attributes, 0);
}

// The command has what its host has.
void restore_slices() noexcept
{
    sched_attr attributes = {};
    if (before == 0 || !ask(attributes))
        return;
    attributes.sched_runtime = before;
    (void)call(__NR_sched_setattr, 0, &attributes, 0);
}

} // namespace ctr::child
