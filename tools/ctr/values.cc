// SPDX-License-Identifier: MIT
#include "values.h"

#include <algorithm>
#include <climits>
#include <sys/resource.h>

#include <ctr/ctr.h>

namespace cli {
namespace {

constexpr uint64_t nanoseconds_per_second = 1'000'000'000;
constexpr uint64_t nanoseconds_per_millisecond = 1'000'000;
constexpr size_t most_decimal_places = 9;

// A number with decimal places, in units and billionths of a unit.
struct Decimal {
    uint64_t whole = 0;
    uint32_t billionths = 0;
};

std::optional<Decimal> parse_decimal(std::string_view text)
{
    auto const [digits, places] = split(text, '.');
    std::optional<uint64_t> const whole = parse_number(digits);
    if (!whole || !places)
        return whole ? std::optional(Decimal{.whole = *whole}) : std::nullopt;
    std::optional<uint64_t> fraction = parse_number(*places);
    if (!fraction || places->size() > most_decimal_places)
        return std::nullopt;
    for (size_t place = places->size(); place < most_decimal_places; ++place)
        *fraction *= 10;
    return Decimal{.whole = *whole, .billionths = static_cast<uint32_t>(*fraction)};
}

struct Unit {
    std::string_view name;
    uint64_t milliseconds;
};

constexpr Unit units[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};

std::optional<uint64_t> milliseconds_of(std::string_view unit)
{
    for (Unit const& known : units)
        if (known.name == unit)
            return known.milliseconds;
    return std::nullopt;
}

struct Namespace {
    std::string_view name;
    uint32_t which;
};

constexpr Namespace namespaces[] = {
    {"user", CTR_NAMESPACE_USER}, {"mount", CTR_NAMESPACE_MOUNT},   {"pid", CTR_NAMESPACE_PID},
    {"net", CTR_NAMESPACE_NET},   {"uts", CTR_NAMESPACE_UTS},       {"ipc", CTR_NAMESPACE_IPC},
    {"time", CTR_NAMESPACE_TIME}, {"cgroup", CTR_NAMESPACE_CGROUP},
};

struct Resource {
    std::string_view name;
    int which;
};

constexpr Resource resources[] = {
    {"as", RLIMIT_AS},           {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
    {"data", RLIMIT_DATA},       {"fsize", RLIMIT_FSIZE},       {"locks", RLIMIT_LOCKS},
    {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
    {"nofile", RLIMIT_NOFILE},   {"nproc", RLIMIT_NPROC},       {"rss", RLIMIT_RSS},
    {"rtprio", RLIMIT_RTPRIO},   {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK},
};

std::optional<uint64_t> parse_digits(std::string_view text, unsigned base, uint64_t largest)
{
    uint64_t number = 0;
    for (char const character : text) {
        unsigned const digit = static_cast<unsigned char>(character) - unsigned{'0'};
        if (digit >= base || __builtin_mul_overflow(number, base, &number) ||
            __builtin_add_overflow(number, digit, &number) || number > largest)
            return std::nullopt;
    }
    return text.empty() ? std::nullopt : std::optional(number);
}

} // namespace

Halves split(std::string_view text, char separator)
{
    size_t const position = text.find(separator);
    if (position == std::string_view::npos)
        return {.before = text, .behind = std::nullopt};
    return {.before = text.substr(0, position), .behind = text.substr(position + 1)};
}

std::optional<std::string_view> Parts::next()
{
    if (!rest_)
        return std::nullopt;
    Halves const halves = split(*rest_, separator_);
    rest_ = halves.behind;
    return halves.before;
}

std::optional<uint64_t> parse_number(std::string_view text, uint64_t largest)
{
    return parse_digits(text, 10, largest);
}

std::optional<int32_t> parse_signed(std::string_view text)
{
    bool const negative = text.starts_with('-');
    std::optional<uint64_t> const number = parse_number(negative ? text.substr(1) : text, INT32_MAX);
    if (!number)
        return std::nullopt;
    return negative ? -static_cast<int32_t>(*number) : static_cast<int32_t>(*number);
}

std::optional<uint32_t> parse_octal(std::string_view text)
{
    std::optional<uint64_t> const mode = parse_digits(text, 8, UINT32_MAX);
    return mode ? std::optional(static_cast<uint32_t>(*mode)) : std::nullopt;
}

std::optional<int> parse_descriptor(std::string_view text)
{
    std::optional<uint64_t> const number = parse_number(text, INT_MAX);
    return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

std::optional<uint64_t> parse_size(std::string_view text)
{
    constexpr std::string_view letters = "kmg";
    constexpr unsigned bits_per_unit = 10;
    unsigned shift = 0;
    char const last = text.empty() ? '\0' : text.back();
    size_t const unit = letters.find(static_cast<char>(last | 0x20)); // either case
    if (unit != std::string_view::npos) {
        shift = bits_per_unit * static_cast<unsigned>(unit + 1);
        text.remove_suffix(1);
    }
    std::optional<uint64_t> const number = parse_number(text, UINT64_MAX >> shift);
    return number ? std::optional<uint64_t>(*number << shift) : std::nullopt;
}

std::optional<uint64_t> parse_duration_ms(std::string_view text)
{
    size_t const end = std::min(text.find_first_not_of("0123456789."), text.size());
    std::optional<Decimal> const amount = parse_decimal(text.substr(0, end));
    std::optional<uint64_t> const unit = milliseconds_of(text.substr(end));
    if (!amount || !unit)
        return std::nullopt;
    // Rounded up: a duration that became 0 would mean none at all.
    uint64_t const part = (amount->billionths * *unit + nanoseconds_per_second - 1) / nanoseconds_per_second;
    uint64_t milliseconds = 0;
    if (__builtin_mul_overflow(amount->whole, *unit, &milliseconds) ||
        __builtin_add_overflow(milliseconds, part, &milliseconds) ||
        milliseconds > static_cast<uint64_t>(INT64_MAX) / nanoseconds_per_millisecond)
        return std::nullopt;
    return milliseconds;
}

std::optional<Seconds> parse_seconds(std::string_view text)
{
    bool const negative = !text.empty() && text[0] == '-';
    if (negative || (!text.empty() && text[0] == '+'))
        text.remove_prefix(1);
    std::optional<Decimal> const amount = parse_decimal(text);
    if (!amount || amount->whole >= static_cast<uint64_t>(INT64_MAX))
        return std::nullopt;
    auto const whole = static_cast<int64_t>(amount->whole);
    if (!negative || amount->billionths == 0)
        return Seconds{.seconds = negative ? -whole : whole, .nanoseconds = amount->billionths};
    return Seconds{.seconds = -whole - 1,
                   .nanoseconds = static_cast<uint32_t>(nanoseconds_per_second) - amount->billionths};
}

std::optional<IdRange> parse_id_range(std::string_view text)
{
    Parts parts(text, ':');
    uint32_t numbers[3] = {};
    for (uint32_t& number : numbers) {
        std::optional<uint64_t> const parsed = parse_number(parts.next().value_or(""), UINT32_MAX);
        if (!parsed)
            return std::nullopt;
        number = static_cast<uint32_t>(*parsed);
    }
    if (parts.next())
        return std::nullopt;
    return IdRange{.inside = numbers[0], .outside = numbers[1], .count = numbers[2]};
}

std::optional<uint32_t> parse_namespace(std::string_view text)
{
    for (Namespace const& known : namespaces)
        if (known.name == text)
            return known.which;
    return std::nullopt;
}

std::optional<int> parse_resource(std::string_view text)
{
    for (Resource const& known : resources)
        if (known.name == text)
            return known.which;
    return std::nullopt;
}

std::optional<uint64_t> parse_limit(std::string_view text)
{
    if (text == "unlimited" || text == "-1")
        return CTR_RLIM_INFINITY;
    // The largest number is the kernel's word for no limit; only the words above may mean that.
    return parse_number(text, UINT64_MAX - 1);
}

} // namespace cli
