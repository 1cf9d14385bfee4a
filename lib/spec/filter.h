// SPDX-License-Identifier: MIT
#pragma once

#include "config/config.h"
#include "spec/profile.h"

#include <optional>
#include <string>

namespace ctr::spec {

// Which system calls the command may make.
struct Filter {
    std::string name = "default"; // of a built-in profile, or what the report calls another; "unconfined" is no filter
    std::optional<Profile> profile = {}; // of JSON
    bool listens = false;                // somebody answers what it asks
    config::SeccompWish wish = {};       // as it was given: further commands get it too, with their own capabilities
};

Result<Filter> checked_filter(config::SeccompWish const& wish);

} // namespace ctr::spec
