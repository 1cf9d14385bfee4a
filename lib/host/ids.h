// SPDX-License-Identifier: MIT
// The caller's ids: its account, its subordinate ranges, the helpers that may map them.
#pragma once

#include "host/facts.h"

#include <string_view>

namespace ctr::host {

struct IdQuestions {
    bool subids = false;       // read /etc/subuid and /etc/subgid and look for the helpers
    bool capabilities = false; // find the last one
    bool home = false;         // look for the caller's home
    std::string newuidmap;     // "" looks in the usual places
    std::string newgidmap;
};

CallerFacts survey_caller(IdQuestions const& questions);

// The lines of a subuid(5) file for this user, by name or number, in order.
std::vector<IdRange> parse_subids(std::string_view text, std::string_view name, uint32_t uid);

} // namespace ctr::host
