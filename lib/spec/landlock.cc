// SPDX-License-Identifier: MIT
#include "spec/landlock.h"

#include "spec/fault.h"

namespace ctr::spec {

Result<Landlock> checked_landlock(config::Config const& config)
{
    Landlock landlock;
    landlock.paths = config.landlock_paths;
    landlock.ports = config.landlock_ports;
    landlock.scope = config.landlock_scope;
    landlock.scope_origin = last_call(config, Call::set_landlock_scope);
    landlock.required = config.landlock_mode == CTR_LANDLOCK_REQUIRED;
    if (!landlock.required && !landlock.any())
        return fault(last_call(config, Call::set_landlock_mode), "landlock",
                     "there is nothing that Landlock is preferred for");
    return landlock;
}

} // namespace ctr::spec
