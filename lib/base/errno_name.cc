// SPDX-License-Identifier: MIT
#include "base/errno_name.h"

#include <algorithm>

namespace ctr {

char const* errno_name(int number)
{
    auto const* const end = errno_names + errno_name_count;
    auto const* const found =
        std::find_if(errno_names, end, [&](NumberName const& one) { return one.number == number; });
    return found == end ? "" : found->name;
}

std::optional<int> errno_named(std::string_view name)
{
    auto const* const end = errno_names + errno_name_count;
    auto const* const found = std::find_if(errno_names, end, [&](NumberName const& one) { return one.name == name; });
    return found == end ? std::nullopt : std::optional<int>(found->number);
}

} // namespace ctr
