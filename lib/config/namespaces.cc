// SPDX-License-Identifier: MIT
#include "config/shape.h"

#include <ctime>

namespace ctr::config {

namespace {

constexpr int64_t most_seconds = INT64_MAX / 1000000000 / 2; // where the kernel lets no clock go

} // namespace

Status set_namespace(Config& config, uint32_t which, uint32_t mode)
{
    Origin const origin = count_call(config, Call::set_namespace);
    if (which > CTR_NAMESPACE_TIME)
        return shape_error(config, origin, std::to_string(which), "there is no such namespace");
    if (which == CTR_NAMESPACE_USER)
        return shape_error(config, origin, "user",
                           "the user namespace follows the map of ids: with map none it is the caller's own");
    if (mode > CTR_NAMESPACE_SHARED)
        return shape_error(config, origin, std::to_string(mode), "a namespace is own or shared");
    config.namespaces[which].mode = mode;
    config.namespaces[which].joined.reset();
    config.namespaces[which].origin = origin;
    return Unit{};
}

Status join_namespace(Config& config, uint32_t which, int fd)
{
    Origin const origin = count_call(config, Call::join_namespace);
    if (which > CTR_NAMESPACE_TIME)
        return shape_error(config, origin, std::to_string(which), "there is no such namespace");
    config.namespaces[which].joined = CTR_TRY(duplicate(config, origin, fd));
    config.namespaces[which].origin = origin;
    return Unit{};
}

Status set_hostname(Config& config, char const* name)
{
    Origin const origin = count_call(config, Call::set_hostname);
    std::string_view const text = name == nullptr ? "" : name;
    if (text.empty() || text.size() > 64)
        return shape_error(config, origin, text, "a host name has 1 to 64 bytes");
    for (char const c : text)
        if (static_cast<unsigned char>(c) <= ' ' || c == '/' || c == 0x7f)
            return shape_error(config, origin, text, "a host name must not contain spaces, slashes or control bytes");
    config.hostname = TextWish{std::string(text), origin};
    return Unit{};
}

Status add_time_offset(Config& config, int clock, int64_t seconds, uint32_t nanoseconds)
{
    Origin const origin = count_call(config, Call::add_time_offset);
    if (clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
        return shape_error(config, origin, std::to_string(clock),
                           "only CLOCK_MONOTONIC and CLOCK_BOOTTIME can be shifted");
    if (nanoseconds > 999999999)
        return shape_error(config, origin, std::to_string(nanoseconds), "nanoseconds are less than a second");
    if (seconds > most_seconds || seconds < -most_seconds)
        return shape_error(config, origin, std::to_string(seconds), "no clock can be shifted by more than 146 years");
    config.offsets.push_back({clock, seconds, nanoseconds, origin});
    return Unit{};
}

} // namespace ctr::config
