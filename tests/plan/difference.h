// SPDX-License-Identifier: MIT
// Where two texts begin to differ, in a few lines.
#pragma once

#include "base/text.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace ctr::test {

// "" where they are equal.
inline std::string difference(std::string_view wanted, std::string_view got)
{
    if (wanted == got)
        return "";
    constexpr size_t context = 3;
    auto const left = split(wanted, '\n');
    auto const right = split(got, '\n');
    size_t first = 0;
    while (first < left.size() && first < right.size() && left[first] == right[first])
        first++;
    std::string out = concat("line ", std::to_string(first + 1), " (", std::to_string(left.size()), " lines wanted, ",
                             std::to_string(right.size()), " came):\n");
    for (size_t i = first > context ? first - context : 0; i < first; i++)
        out += concat("  ", left[i], "\n");
    for (size_t i = first; i < std::min(left.size(), first + context); i++)
        out += concat("- ", left[i], "\n");
    for (size_t i = first; i < std::min(right.size(), first + context); i++)
        out += concat("+ ", right[i], "\n");
    return out;
}

} // namespace ctr::test
