// SPDX-License-Identifier: MIT
#include "base/ids.h"

#include "base/text.h"

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

} // namespace ctr
