// SPDX-License-Identifier: MIT
#include "names.h"

#include <algorithm>

namespace cli {

char const* errno_name(int number)
{
    auto const* const end = errno_names + errno_name_count;
    auto const* const found =
        std::find_if(errno_names, end, [&](NumberName const& one) { return one.number == number; });
    return found == end ? "" : found->name;
}

std::optional<int> signal_named(std::string_view name)
{
    constexpr std::string_view prefix = "SIG";
    auto const* const end = signal_names + signal_name_count;
    auto const* const found = std::find_if(signal_names, end, [&](NumberName const& one) {
        return one.name == name || std::string_view(one.name).substr(prefix.size()) == name;
    });
    return found == end ? std::nullopt : std::optional<int>(found->number);
}

} // namespace cli
