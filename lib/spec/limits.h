// SPDX-License-Identifier: MIT
#pragma once

#include "config/config.h"

#include <optional>

namespace ctr::spec {

// What needs no control group; of every process of the container. Resource limits are the process's.
struct Limits {
    std::optional<config::NumberWish> pids;
    std::optional<config::NumberWish> oom_score_adj;
    std::optional<config::NumberWish> nice;
    std::optional<config::ProcessorsWish> processors;
    bool own_cores = false;
    Origin cores_origin = {};
};

Result<Limits> checked_limits(config::Config const& config);

} // namespace ctr::spec
