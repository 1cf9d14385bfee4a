// SPDX-License-Identifier: MIT
// Text out: numbers, quoting for people, for terminals and for JSON, and writing to a descriptor.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cli {

enum class Newlines { escaped, kept };

// Appends @text with everything escaped that could command a terminal or is no UTF-8.
void append_printable(std::string& out, std::string_view text, Newlines newlines = Newlines::escaped);

// Returns @text in double quotes, printable.
std::string quoted(std::string_view text);

// Appends @text as a JSON string; bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

void append_number(std::string& out, uint64_t number);
void append_number(std::string& out, int64_t number);

// Writes all of @text; 0 or the errno of the write that failed.
int write_all(int descriptor, std::string_view text);

} // namespace cli
