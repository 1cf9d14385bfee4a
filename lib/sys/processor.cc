// SPDX-License-Identifier: MIT
#include "sys/processor.h"

#include <sched.h>
#include <sys/sysinfo.h>

namespace ctr::sys {

namespace {

// By the load of the last minute: how many tasks run at this moment the kernel does not tell in a way to rely on, since it
// counts those that have just fallen asleep.
bool is_busy()
{
    cpu_set_t allowed;
    struct sysinfo info = {};
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0 || ::sysinfo(&info) != 0)
        return true;
    return info.loads[0] >> SI_LOAD_SHIFT >= static_cast<unsigned long>(CPU_COUNT(&allowed));
}

} // namespace

void give_way()
{
    if (!is_busy())
        (void)::sched_yield(); // cannot fail
}

} // namespace ctr::sys
