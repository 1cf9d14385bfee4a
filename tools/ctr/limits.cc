// SPDX-License-Identifier: MIT
// Limits that need no control group.
#include "apply.h"
#include "values.h"

namespace cli {
namespace {

Result<int32_t> number_of(Use const& use)
{
    std::optional<int32_t> const number = parse_signed(use.value);
    if (!number)
        return bad_value(use, use.value, "not a number", "write a whole number, such as 10 or -5");
    return *number;
}

} // namespace

Status apply_pids_limit(Setup& setup, Use const& use)
{
    bool const unlimited = std::string_view(use.value) == "-1";
    std::optional<uint64_t> const count = unlimited ? 0 : parse_number(use.value);
    if (!count)
        return bad_value(use, use.value, "not a number of processes", "write a number, or -1 for no limit");
    CLI_SET(setup, label_of(use), ctr_config_set_pids_limit, *count);
    return Done{};
}

Status apply_oom_score_adj(Setup& setup, Use const& use)
{
    int32_t const value = CLI_TRY(number_of(use));
    CLI_SET(setup, label_of(use), ctr_config_set_oom_score_adj, value);
    return Done{};
}

Status apply_nice(Setup& setup, Use const& use)
{
    int32_t const value = CLI_TRY(number_of(use));
    CLI_SET(setup, label_of(use), ctr_config_set_nice, value);
    return Done{};
}

Status apply_cpuset_cpus(Setup& setup, Use const& use)
{
    CLI_SET(setup, label_of(use), ctr_config_set_cpu_affinity, use.value);
    return Done{};
}

Status apply_core_sched(Setup& setup, Use const& use)
{
    CLI_SET(setup, label_of(use), ctr_config_set_core_scheduling, CTR_CORE_SCHEDULING_OWN);
    return Done{};
}

} // namespace cli
