// SPDX-License-Identifier: MIT
#include "config/shape.h"

namespace ctr::config {

Status add_range(Config& config, Call call, RangeWish range)
{
    range.origin = count_call(config, call);
    (call == Call::add_uid_range ? config.uid_ranges : config.gid_ranges).push_back(range);
    return Unit{};
}

Status set_user(Config& config, char const* user)
{
    Origin const origin = count_call(config, Call::set_user);
    if (user == nullptr || user[0] == '\0')
        return shape_error(config, origin, "", "a user must not be empty");
    config.user = TextWish{user, origin};
    return Unit{};
}

Status add_group(Config& config, char const* group)
{
    Origin const origin = count_call(config, Call::add_group);
    if (group == nullptr || group[0] == '\0')
        return shape_error(config, origin, "", "a group must not be empty");
    config.groups.push_back({group, origin});
    return Unit{};
}

Status set_id_helpers(Config& config, char const* newuidmap, char const* newgidmap)
{
    Origin const origin = count_call(config, Call::set_id_helpers);
    for (char const* path : {newuidmap, newgidmap}) {
        if (path == nullptr)
            continue;
        if (std::string fault = path_fault(path, false); !fault.empty())
            return shape_error(config, origin, path, std::move(fault));
        if (path[0] != '/')
            return shape_error(config, origin, path, "a helper program's path must be absolute");
    }
    config.newuidmap = newuidmap == nullptr ? "" : newuidmap;
    config.newgidmap = newgidmap == nullptr ? "" : newgidmap;
    return Unit{};
}

namespace {

Status keep_capability(Config& config, Call call, char const* name, std::vector<TextWish>& list)
{
    Origin const origin = count_call(config, call);
    if (name == nullptr || name[0] == '\0')
        return shape_error(config, origin, "", "a capability's name must not be empty");
    list.push_back({name, origin});
    return Unit{};
}

} // namespace

Status add_capability(Config& config, char const* name)
{
    return keep_capability(config, Call::add_capability, name, config.capabilities_added);
}

Status set_capability_profile(Config& config, char const* name)
{
    Origin const origin = count_call(config, Call::set_capability_profile);
    if (name == nullptr || name[0] == '\0')
        return shape_error(config, origin, "", "a capability profile's name must not be empty");
    config.capability_profile = TextWish{name, origin};
    return Unit{};
}

Status drop_capability(Config& config, char const* name)
{
    return keep_capability(config, Call::drop_capability, name, config.capabilities_dropped);
}

} // namespace ctr::config
