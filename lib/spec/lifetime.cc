// SPDX-License-Identifier: MIT
#include "spec/lifetime.h"

#include "spec/fault.h"

namespace ctr::spec {

Result<Lifetime> checked_lifetime(config::Config const& config)
{
    if (config.kill_after_ms > 0 && config.timeout_ms == 0)
        return fault(last_call(config, Call::set_kill_after), std::to_string(config.kill_after_ms),
                     "a grace before killing needs a deadline to start from");
    Lifetime lifetime;
    lifetime.timeout_ms = config.timeout_ms;
    lifetime.kill_after_ms = config.kill_after_ms;
    lifetime.setup_timeout_ms = config.setup_timeout_ms;
    lifetime.init_inside = config.init == CTR_INIT_INSIDE;
    lifetime.dies_with_host = config.host_death == CTR_HOST_DEATH_KILLS;
    lifetime.leftovers = config.leftovers;
    if (lifetime.leftovers != CTR_LEFTOVERS_KILL && !lifetime.init_inside)
        return fault(last_call(config, Call::set_leftovers), std::to_string(lifetime.leftovers),
                     "what a command that is pid 1 leaves behind ends with it");
    return lifetime;
}

} // namespace ctr::spec
