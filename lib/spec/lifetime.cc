// SPDX-License-Identifier: MIT
#include "spec/lifetime.h"

#include "spec/fault.h"

#include <algorithm>

namespace ctr::spec {

namespace {

Status check_silence(config::Config const& config)
{
    using config::StdioKind;
    auto const is_seen = [](config::StdioWish const& wish) {
        return wish.kind == StdioKind::capture || wish.kind == StdioKind::file;
    };
    if (config.silence_timeout_ms > 0 && !is_seen(config.stdio[1]) && !is_seen(config.stdio[2]))
        return fault(last_call(config, Call::set_silence_timeout), std::to_string(config.silence_timeout_ms),
                     "silence is only seen where standard output or error is a capture or a file");
    return Unit{};
}

// A start that hangs would outlast the deadline that the caller has set for all of it. A busy machine has a second.
uint64_t setup_timeout(config::Config const& config)
{
    constexpr uint64_t least = 1000; // milliseconds
    bool const asked = last_call(config, Call::set_setup_timeout).call != Call::none;
    if (asked || config.timeout_ms == 0)
        return config.setup_timeout_ms;
    return std::min(config.setup_timeout_ms, std::max(config.timeout_ms, least));
}

} // namespace

Result<Lifetime> checked_lifetime(config::Config const& config)
{
    if (config.kill_after_ms > 0 && config.timeout_ms == 0 && config.cpu_timeout_ms == 0 &&
        config.silence_timeout_ms == 0)
        return fault(last_call(config, Call::set_kill_after), std::to_string(config.kill_after_ms),
                     "a grace before killing needs a deadline to start from");
    Lifetime lifetime;
    lifetime.timeout_ms = config.timeout_ms;
    lifetime.kill_after_ms = config.kill_after_ms;
    lifetime.cpu_timeout_ms = config.cpu_timeout_ms;
    lifetime.silence_timeout_ms = config.silence_timeout_ms;
    CTR_TRY(check_silence(config));
    lifetime.setup_timeout_ms = setup_timeout(config);
    lifetime.init_inside = config.init == CTR_INIT_INSIDE;
    lifetime.dies_with_host = config.host_death == CTR_HOST_DEATH_KILLS;
    lifetime.leftovers = config.leftovers;
    if (lifetime.leftovers != CTR_LEFTOVERS_KILL && !lifetime.init_inside)
        return fault(last_call(config, Call::set_leftovers), std::to_string(lifetime.leftovers),
                     "what a command that is pid 1 leaves behind ends with it");
    return lifetime;
}

} // namespace ctr::spec
