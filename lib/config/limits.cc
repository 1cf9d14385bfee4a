// SPDX-License-Identifier: MIT
#include "config/shape.h"

namespace ctr::config {

namespace {

constexpr uint64_t greatest_pid = 4194304;
constexpr uint64_t most_processors = 8192;

Status keep_number(Config& config, Call call, std::optional<NumberWish>& field, int64_t value, int64_t least,
                   int64_t most, char const* message)
{
    Origin const origin = count_call(config, call);
    if (value < least || value > most)
        return shape_error(config, origin, std::to_string(value), message);
    field = NumberWish{value, origin};
    return Unit{};
}

bool add_processors(std::vector<unsigned char>& mask, std::string_view part)
{
    size_t const dash = part.find('-');
    auto const first = parse_number(part.substr(0, dash), most_processors - 1);
    auto const last = dash == std::string_view::npos ? first : parse_number(part.substr(dash + 1), most_processors - 1);
    if (!first || !last || *first > *last)
        return false;
    if (mask.size() <= *last / 8)
        mask.resize((*last / 64 + 1) * 8); // whole words, as the kernel has them
    for (uint64_t processor = *first; processor <= *last; processor++)
        mask[processor / 8] = static_cast<unsigned char>(mask[processor / 8] | 1U << processor % 8);
    return true;
}

} // namespace

Status set_pids_limit(Config& config, uint64_t count)
{
    Origin const origin = count_call(config, Call::set_pids_limit);
    if (count > greatest_pid)
        return shape_error(config, origin, std::to_string(count), "a limit on processes is at most 4194304");
    config.pids_limit.reset();
    if (count == 0)
        return Unit{};
    config.pids_limit = NumberWish{static_cast<int64_t>(count), origin};
    return Unit{};
}

Status set_oom_score_adj(Config& config, int32_t value)
{
    return keep_number(config, Call::set_oom_score_adj, config.oom_score_adj, value, -1000, 1000,
                       "an adjustment of the out-of-memory score is from -1000 to 1000");
}

Status set_nice(Config& config, int32_t value)
{
    return keep_number(config, Call::set_nice, config.nice, value, -20, 19, "a nice value is from -20 to 19");
}

Status set_cpu_affinity(Config& config, char const* list)
{
    Origin const origin = count_call(config, Call::set_cpu_affinity);
    config.processors.reset();
    if (list == nullptr)
        return Unit{};
    ProcessorsWish wish{list, {}, origin};
    for (std::string_view const part : split(wish.list, ','))
        if (!add_processors(wish.mask, part))
            return shape_error(config, origin, list, "processors are numbers and ranges, such as 0-3,8, below 8192");
    config.processors = std::move(wish);
    return Unit{};
}

} // namespace ctr::config
