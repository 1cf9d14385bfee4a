// SPDX-License-Identifier: MIT
#pragma once

#include "config/config.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ctr::spec {

// A set of capabilities, a bit each.
using Capabilities = uint64_t;

inline constexpr Capabilities all_capabilities = ~Capabilities{0};

// What a command that runs as user 0 keeps; another user keeps none. The set of the well-known engines: enough to
// install and build packages, too little to undo mounts, and so what they hide or protect.
Capabilities default_capabilities();

// The number of a capability, by its name with or without "CAP_", in any case.
std::optional<unsigned> capability_number(std::string_view name);

struct CapabilityWishes {
    Capabilities keep = 0;
    Capabilities asked = 0; // by name: the kernel must know them
    Origin origin = {};
};
Result<CapabilityWishes> checked_capabilities(config::Config const& config);

// Of a further command: what its container has, less what is dropped.
Result<CapabilityWishes> capabilities_within(config::Config const& config, Capabilities most);

} // namespace ctr::spec
