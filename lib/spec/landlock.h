// SPDX-License-Identifier: MIT
#pragma once

#include "config/config.h"

#include <vector>

namespace ctr::spec {

struct Landlock {
    std::vector<config::LandlockPath> paths;
    std::vector<config::LandlockPort> ports;
    uint64_t scope = 0; // CTR_LANDLOCK_SCOPE_*
    Origin scope_origin = {};
    bool required = true;
    bool any() const { return !paths.empty() || !ports.empty() || scope != 0; }
};

Result<Landlock> checked_landlock(config::Config const& config);

} // namespace ctr::spec
