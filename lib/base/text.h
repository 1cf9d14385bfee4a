// SPDX-License-Identifier: MIT
// Small helpers for text: quoting, joining, strict numbers, splitting.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ctr {

std::string quoted(std::string_view text);

template <typename... Parts>
std::string concat(Parts const&... parts)
{
    std::string out;
    (out.append(parts), ...);
    return out;
}

// A whole decimal number in range, or nothing: no sign, no space, no trailing text.
std::optional<uint64_t> parse_number(std::string_view text, uint64_t most);

std::vector<std::string_view> split(std::string_view text, char separator);

// What a container may be called: see include/ctr/name.h.
bool is_name(std::string_view text);

bool starts_with_path(std::string_view path, std::string_view parent);

// Appends text as a JSON string, quotes included; bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

} // namespace ctr
