// SPDX-License-Identifier: MIT
// The report's second half: what the kernel said before the command was executed. Its first half is compile/requested.cc.
#include "container/report.h"

#include "base/ids.h"
#include "base/text.h"
#include "plan/report.h"

#include <linux/seccomp.h>

namespace ctr::container {

namespace {

// The command's own too, where they come with its fork: the kernel's answer to a clone is certain.
uint64_t own_namespaces(plan::Plan const& plan, plan::Effective const& effective)
{
    return effective.namespaces | plan.launch.clone_flags | plan.header().supervision.fork_flags;
}

std::string namespaces_of(plan::Plan const& plan, plan::Effective const& effective)
{
    std::string out = "{";
    for (size_t i = 0; i < spec::ns_count; i++) {
        auto const which = static_cast<spec::Ns>(i);
        uint64_t const flag = spec::clone_flag(which);
        char const* const mode = (plan.joined & flag) != 0                       ? "joined"
                                 : (own_namespaces(plan, effective) & flag) != 0 ? "own"
                                                                                 : "shared";
        out += concat(i > 0 ? "," : "", "\"", spec::name_of(which), "\":\"", mode, "\"");
    }
    return concat(out, "}");
}

// As requests have it: the kernel aligns the numbers.
std::string plain_map(std::string const& map)
{
    std::string out;
    for (IdRange const& range : parse_id_map(map))
        out += concat(std::to_string(range.inside), " ", std::to_string(range.outside), " ",
                      std::to_string(range.count), "\n");
    return out;
}

std::vector<int> descriptors_of(plan::Plan const& plan, plan::Effective const& effective)
{
    std::vector<int> numbers;
    for (int number = 0; number < 64; number++)
        if ((effective.descriptors >> number & 1) != 0)
            numbers.push_back(number);
    for (int const number : plan.high_descriptors)
        numbers.push_back(number); // each was seen open, or there were no command
    return numbers;
}

std::string landlock_of(plan::Effective const& effective)
{
    if (effective.landlock < 0)
        return "null";
    plan::LandlockValues const values{effective.landlock_paths, effective.landlock_ports, effective.landlock_scope};
    return concat("{\"version\":", std::to_string(effective.landlock), ",", plan::landlock_json(values), "}");
}

} // namespace

std::string effective_report(plan::Plan const& plan, plan::Effective const& effective, spawn::ReadMaps const& maps)
{
    plan::Values values;
    values.uid = effective.uid;
    values.gid = effective.gid;
    values.groups = effective.groups;
    values.uid_map = plain_map(maps.uids.empty() ? effective.uid_map : maps.uids);
    values.gid_map = plain_map(maps.gids.empty() ? effective.gid_map : maps.gids);
    values.bounding = effective.bounding;
    values.permitted = effective.permitted;
    values.inheritable = effective.inheritable;
    values.no_new_privs = effective.no_new_privs != 0;
    values.filtered = effective.filtered != 0;
    values.namespaces = namespaces_of(plan, effective);
    values.mounts = plan::mounts_json(plan.confirmed, effective.mounts);
    values.descriptors = descriptors_of(plan, effective);
    values.landlock = landlock_of(effective);
    return plan::values_json(values);
}

char const* outer_filter(plan::Effective const& effective)
{
    return effective.around == SECCOMP_MODE_DISABLED ? "none" : effective.compared != 0 ? "compared" : "present";
}

} // namespace ctr::container
