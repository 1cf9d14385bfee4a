// SPDX-License-Identifier: MIT
// Names of errors and signals. Not every C library can tell them.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace cli {

char const* errno_name(int number);                     // "" where there is none
std::optional<int> signal_named(std::string_view name); // with or without SIG

// Of several names of a number the usual one comes first. (made by the build)
struct NumberName {
    char const* name;
    int number;
};
extern NumberName const errno_names[];
extern size_t const errno_name_count;
extern NumberName const signal_names[];
extern size_t const signal_name_count;

} // namespace cli
