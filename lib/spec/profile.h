// SPDX-License-Identifier: MIT
// A seccomp profile as a value: rules about system calls by name, as the container engines write them down.
#pragma once

#include "base/result.h"
#include "spec/capabilities.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ctr::spec {

enum class Comparison : uint8_t { equal, not_equal, less, less_or_equal, greater, greater_or_equal, masked_equal };

struct Condition {
    uint32_t argument = 0; // 0 to 5
    Comparison comparison = Comparison::equal;
    uint64_t value = 0; // masked_equal: what is left under the mask
    uint64_t mask = ~uint64_t{0};
};

// What the kernel does, as the filter says it: SECCOMP_RET_* with its errno.
using Verdict = uint32_t;

struct Rule {
    std::vector<std::string> names = {};
    std::vector<std::vector<Condition>> alternatives = {}; // one of them must hold in full; none: unconditional
    Verdict verdict = 0;
    Capabilities with = 0;    // all of them must be kept
    Capabilities without = 0; // none of them may be
    uint32_t index = 0;       // in the profile, for messages
    uint32_t line = 1;
    uint32_t column = 1;
};

struct Profile {
    Verdict otherwise = 0;
    bool logs = false;       // SECCOMP_FILTER_FLAG_LOG
    bool has_32_bit = false; // the 32-bit calls of the processor are looked at like its own; else they end the process
    std::vector<Rule> rules = {};
};

// From the JSON of the engines. Rules for other processors than this one are left out.
// The message of an error names the place, and the rule by its index.
Result<Profile> read_profile(std::string_view json);

} // namespace ctr::spec
