// SPDX-License-Identifier: MIT
#pragma once

#include "base/ids.h"
#include "config/config.h"
#include "spec/capabilities.h"

#include <optional>
#include <string>
#include <vector>

namespace ctr::spec {

enum class Map : uint8_t { automatic, single, subid, explicit_ranges, none, joined };

// A number, or a name to be looked up in the container.
struct Id {
    std::string name;
    std::optional<uint32_t> number;
    Origin origin = {};
};

struct Identity {
    Map map = Map::automatic;
    std::vector<IdRange> uids; // with explicit_ranges
    std::vector<IdRange> gids;
    Id user;
    std::optional<Id> group; // the user's own where it is not given
    std::vector<Id> groups;  // supplementary
    std::string newuidmap;   // "" is found by the survey
    std::string newgidmap;
    Origin helpers_origin = {};
    Origin map_origin = {};
    CapabilityWishes capabilities;
    bool new_keyring = true;
};

Result<Identity> checked_identity(config::Config const& config);

// A number when text is nothing but digits, else a name; a number out of range or a malformed name is an error.
Result<Id> checked_id(std::string_view text, Origin origin);

} // namespace ctr::spec
