// SPDX-License-Identifier: MIT
// The report's second half: what the kernel said before the command was executed. Its first half is compile/requested.cc.
#include "container/report.h"

#include "base/ids.h"
#include "base/text.h"
#include "plan/report.h"

#include <linux/seccomp.h>

namespace ctr::container {

namespace {

constexpr char const* watched_by_channel = "pidfd_open is refused here: the host's death is seen by the end of the "
                                           "channel, which a forked copy of the host can "
                                           "delay";

// Those of the clones too: the kernel's answer to one is certain.
std::string namespaces_of(plan::Reported const& reported, plan::Effective const& effective)
{
    uint64_t const own = effective.namespaces | reported.own;
    std::string out = "{";
    for (size_t i = 0; i < spec::ns_count; i++) {
        auto const which = static_cast<spec::Ns>(i);
        uint64_t const flag = spec::clone_flag(which);
        char const* const mode = (reported.joined & flag) != 0 ? "joined" : (own & flag) != 0 ? "own" : "shared";
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

std::vector<int> descriptors_of(plan::Reported const& reported, plan::Effective const& effective)
{
    std::vector<int> numbers;
    for (int number = 0; number < 64; number++)
        if ((effective.descriptors >> number & 1) != 0)
            numbers.push_back(number);
    for (int const number : reported.high_descriptors)
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

// With the members that compile's half has.
std::string effective_report(Story const& story)
{
    plan::Effective const& effective = story.effective;
    spawn::ReadMaps const& maps = story.maps;
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
    values.namespaces = namespaces_of(*story.reported, effective);
    values.mounts = plan::mounts_json(story.reported->confirmed, effective.mounts);
    values.descriptors = descriptors_of(*story.reported, effective);
    values.landlock = landlock_of(effective);
    return plan::values_json(values);
}

// Of a filter of system calls around ctr-init.
char const* outer_filter(plan::Effective const& effective)
{
    return effective.around == SECCOMP_MODE_DISABLED ? "none" : effective.compared != 0 ? "compared" : "present";
}

} // namespace

std::string report_json(Story const& story)
{
    if (!story.reported)
        return "{}";
    char const* const watched = !story.reported->watches_host ? "no" : story.watches_host ? "pidfd" : "channel";
    return concat("{", story.reported->members, ",\"effective\":", effective_report(story), ",\"outer_filter\":\"",
                  outer_filter(story.effective), "\",\"watches_host\":\"", watched, "\"}");
}

char const* notice(Story const& story, uint32_t index)
{
    size_t const known = story.reported ? story.reported->notices.size() : 0;
    if (index < known)
        return story.reported->notices[index].c_str();
    return index == known && !story.watches_host ? watched_by_channel : nullptr;
}

} // namespace ctr::container
