// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace ctr {

inline constexpr uint32_t greatest_id = UINT32_MAX - 1; // the kernel takes UINT32_MAX as "no change"

// Ids from inside on are those from outside on; the widths of uid_map(5).
struct IdRange {
    uint32_t inside = 0;
    uint32_t outside = 0;
    uint32_t count = 0;
};

inline bool operator==(IdRange const& a, IdRange const& b)
{
    return a.inside == b.inside && a.outside == b.outside && a.count == b.count;
}

// The lines of uid_map or gid_map, as the kernel prints and takes them.
std::vector<IdRange> parse_id_map(std::string_view text);

inline constexpr uint64_t no_id = UINT64_MAX;

bool is_mapped(std::vector<IdRange> const& map, uint32_t id);
bool maps_outside(std::vector<IdRange> const& map, uint32_t id);       // to something
uint64_t outside_of(std::vector<IdRange> const& map, uint32_t inside); // no_id where it is not mapped

// Whether who lives under the map may map these ids from outside on: in one piece, as the kernel asks for it.
bool can_map(std::vector<IdRange> const& map, IdRange const& ids);

} // namespace ctr
