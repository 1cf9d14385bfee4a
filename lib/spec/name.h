// SPDX-License-Identifier: MIT
#pragma once

#include "config/config.h"
#include "spec/lifetime.h"
#include "spec/namespaces.h"

#include <string>

namespace ctr::spec {

// How other processes find the container; "" is no name.
struct Name {
    std::string text;
    std::string directory;
    uint64_t flags = 0; // CTR_NAME_*
    Origin origin = {};
};

Result<Name> checked_name(config::Config const& config, Lifetime const& lifetime, Namespaces const& namespaces);

} // namespace ctr::spec
