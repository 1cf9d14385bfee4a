// SPDX-License-Identifier: MIT
#include "spec/limits.h"

#include "spec/fault.h"

#include <sys/resource.h>

namespace ctr::spec {

Result<Limits> checked_limits(config::Config const& config)
{
    Limits limits;
    limits.pids = config.pids_limit;
    limits.oom_score_adj = config.oom_score_adj;
    limits.nice = config.nice;
    limits.processors = config.processors;
    limits.own_cores = config.core_scheduling == CTR_CORE_SCHEDULING_OWN;
    limits.cores_origin = last_call(config, Call::set_core_scheduling);
    if (limits.pids)
        for (config::LimitWish const& wish : config.limits)
            if (wish.resource == RLIMIT_NPROC)
                return fault(wish.origin, "nproc", "a limit on processes is given as well: they are the same one");
    return limits;
}

} // namespace ctr::spec
