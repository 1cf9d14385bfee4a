// SPDX-License-Identifier: MIT
#pragma once

#include "config/config.h"

namespace ctr::spec {

// Times in milliseconds; 0 is none.
struct Lifetime {
    uint64_t timeout_ms = 0;
    uint64_t kill_after_ms = 0;
    uint64_t cpu_timeout_ms = 0;
    uint64_t silence_timeout_ms = 0;
    uint64_t setup_timeout_ms = 0;
    bool init_inside = true;
    bool dies_with_host = true;
    uint32_t leftovers = CTR_LEFTOVERS_KILL;
};

Result<Lifetime> checked_lifetime(config::Config const& config);

} // namespace ctr::spec
