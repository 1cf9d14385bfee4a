// SPDX-License-Identifier: MIT
// What a hostile command would try, as questions to the container that it is in. Each is asked in a process of its own.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cli {

enum class Verdict : uint8_t { held, open, absent };

// A wall keeps the host safe. Surface is what of the kernel can be reached: less of it is better, and none is a hole.
enum class Kind : uint8_t { wall, surface };

struct Attempt {
    Kind kind;
    std::string_view name;
    Verdict (*attempt)();
};

std::span<Attempt const> attempts_on_files();     // mounts, /proc, /sys, /dev, the way out of the root
std::span<Attempt const> attempts_on_processes(); // pid 1, namespaces, privileges, keys
std::span<Attempt const> attempts_on_kernel();    // system calls that change the host, and those that should be few

// A call that must fail.
inline Verdict refused(long result) { return result < 0 ? Verdict::held : Verdict::open; }

} // namespace cli
