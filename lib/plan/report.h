// SPDX-License-Identifier: MIT
// What the report says twice: as it was asked for, and as the kernel has it.
#pragma once

#include "plan/plan.h"

#include <string>
#include <vector>

namespace ctr::plan {

struct Values {
    uint32_t uid = 0;
    uint32_t gid = 0;
    int32_t groups = -1;      // -1 is not known
    std::string uid_map = {}; // "" is none
    std::string gid_map = {};
    uint64_t bounding = 0;
    uint64_t permitted = 0;
    uint64_t inheritable = 0;
    bool no_new_privs = false;
    bool filtered = false;
    std::string namespaces = {}; // JSON
    std::string mounts = {};     // likewise
    std::vector<int> descriptors = {};
    std::string landlock = {}; // likewise
};

std::string values_json(Values const& values);

// With the flags that were asked for, or those of @read: one of each mount, 0 where it was not read.
std::string mounts_json(std::vector<ConfirmedMount> const& mounts, uint16_t const* read);

// Rights that are denied where no rule allows them; LANDLOCK_ACCESS_* and LANDLOCK_SCOPE_*.
struct LandlockValues {
    uint64_t paths = 0;
    uint64_t ports = 0;
    uint64_t scope = 0;
};
// Members of an object, without its braces.
std::string landlock_json(LandlockValues const& values);

} // namespace ctr::plan
