// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ctr::diagnose {

// What the kernel would look at first.
struct Elf {
    bool whole = true;       // false: the file ends before its headers do
    std::string machine;     // "x86-64", "aarch64", …
    bool native = false;     // this machine runs it, natively or in its 32-bit mode
    std::string interpreter; // the loader it asks for, "" for a static one
};

// Nothing where the file is not ELF. @start is the beginning of the file: headers and interpreter are there.
std::optional<Elf> parse_elf(std::string_view start);

// What a first line "#!" asks for, or nothing.
struct Shebang {
    std::string interpreter;
    bool carriage_return = false; // the line ends with CR LF
    bool too_long = false;        // the kernel reads 255 bytes of it
};
std::optional<Shebang> parse_shebang(std::string_view start);

std::string native_machine();

} // namespace ctr::diagnose
