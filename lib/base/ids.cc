// SPDX-License-Identifier: MIT
#include "base/ids.h"

#include "base/text.h"

#include <algorithm>

namespace ctr {

std::vector<IdRange> parse_id_map(std::string_view text)
{
    std::vector<IdRange> ranges;
    for (std::string_view const line : split(text, '\n')) {
        uint32_t numbers[3] = {};
        size_t found = 0;
        for (std::string_view const part : split(line, ' '))
            if (auto const number = parse_number(part, UINT32_MAX); number && found < 3)
                numbers[found++] = static_cast<uint32_t>(*number);
        if (found == 3)
            ranges.push_back({numbers[0], numbers[1], numbers[2]});
    }
    return ranges;
}

bool is_mapped(std::vector<IdRange> const& map, uint32_t id) { return outside_of(map, id) != no_id; }

bool maps_outside(std::vector<IdRange> const& map, uint32_t id)
{
    return std::any_of(map.begin(), map.end(),
                       [id](IdRange const& range) { return id >= range.outside && id - range.outside < range.count; });
}

uint64_t outside_of(std::vector<IdRange> const& map, uint32_t inside)
{
    for (IdRange const& range : map)
        if (inside >= range.inside && inside - range.inside < range.count)
            return uint64_t{range.outside} + (inside - range.inside);
    return no_id;
}

bool can_map(std::vector<IdRange> const& map, IdRange const& ids)
{
    return std::any_of(map.begin(), map.end(), [&](IdRange const& range) {
        return ids.outside >= range.inside && uint64_t{ids.outside} + ids.count <= uint64_t{range.inside} + range.count;
    });
}

} // namespace ctr
