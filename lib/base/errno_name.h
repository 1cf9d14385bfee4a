// SPDX-License-Identifier: MIT
// Names of errno(3). Not every C library can tell them.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace ctr {

char const* errno_name(int number); // "" where there is none
std::optional<int> errno_named(std::string_view name);

// Of several names of a number the usual one comes first. (made by the build)
struct NumberName {
    char const* name;
    int number;
};
extern NumberName const errno_names[];
extern size_t const errno_name_count;
extern NumberName const signal_names[];
extern size_t const signal_name_count;

} // namespace ctr
