// SPDX-License-Identifier: MIT
// Values as people write them. Every conversion takes the whole text or nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace cli {

// What stands before and behind the first @separator; behind is nothing where there is none.
struct Halves {
    std::string_view before = {};
    std::optional<std::string_view> behind = {};
};

Halves split(std::string_view text, char separator);

// The parts of a text, one after the other. An empty text has one empty part.
class Parts {
public:
    Parts(std::string_view text, char separator) : rest_(text), separator_(separator) {}
    std::optional<std::string_view> next();

private:
    std::optional<std::string_view> rest_;
    char separator_;
};

// Decimal digits only: no sign, no space, no base prefix.
std::optional<uint64_t> parse_number(std::string_view text, uint64_t largest = UINT64_MAX);

// The same with a minus sign in front of it, perhaps.
std::optional<int32_t> parse_signed(std::string_view text);

// A file mode: octal digits.
std::optional<uint32_t> parse_octal(std::string_view text);

// A file descriptor number.
std::optional<int> parse_descriptor(std::string_view text);

// 4096, 64k, 1m, 1g in bytes; k is 1024.
std::optional<uint64_t> parse_size(std::string_view text);

// 1, 1.5, 500ms, 2s, 3m, 1h in milliseconds; what is not nothing is at least one.
std::optional<uint64_t> parse_duration_ms(std::string_view text);

struct Seconds {
    int64_t seconds = 0;
    uint32_t nanoseconds = 0; // counts forward, whatever the sign
};

// Signed seconds with at most nine decimal places.
std::optional<Seconds> parse_seconds(std::string_view text);

struct IdRange {
    uint32_t inside = 0;
    uint32_t outside = 0;
    uint32_t count = 0;
};

// INSIDE:OUTSIDE:COUNT
std::optional<IdRange> parse_id_range(std::string_view text);

// mount, pid, net, ... as one of CTR_NAMESPACE_*.
std::optional<uint32_t> parse_namespace(std::string_view text);

// nofile, core, ... as one of RLIMIT_*.
std::optional<int> parse_resource(std::string_view text);

// A number, "unlimited" or "-1".
std::optional<uint64_t> parse_limit(std::string_view text);

} // namespace cli
