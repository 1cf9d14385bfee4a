// SPDX-License-Identifier: MIT
#include "spec/namespaces.h"

#include "spec/fault.h"

#include <linux/sched.h>

namespace ctr::spec {

char const* name_of(Ns which)
{
    constexpr char const* names[] = {"user", "mount", "pid", "net", "uts", "ipc", "cgroup", "time"};
    return names[static_cast<size_t>(which)];
}

uint64_t clone_flag(Ns which)
{
    constexpr uint64_t flags[] = {CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,    CLONE_NEWNET,
                                  CLONE_NEWUTS,  CLONE_NEWIPC, CLONE_NEWCGROUP, CLONE_NEWTIME};
    return flags[static_cast<size_t>(which)];
}

namespace {

// setns and unshare ask for power over the user namespace that owns the other; an own new one has none over it.
Status check_joins(Namespaces const& namespaces, config::Config const& config)
{
    bool const can = namespaces.joined(Ns::user) || config.map == CTR_MAP_NONE;
    for (size_t i = 1; i < ns_count; i++)
        if (namespaces.all[i].mode == NsMode::joined && !can)
            return fault(namespaces.all[i].origin, name_of(static_cast<Ns>(i)),
                         "joining a namespace needs the user namespace that owns it to be joined too, or, for a "
                         "privileged caller, no user namespace (map none)");
    return Unit{};
}

Status check_needs(Namespaces const& namespaces)
{
    if (namespaces.hostname && !namespaces.own(Ns::uts))
        return fault(namespaces.hostname_origin, *namespaces.hostname, "a host name needs an own uts namespace");
    if (!namespaces.offsets.empty() && !namespaces.own(Ns::time))
        return fault(namespaces.offsets[0].origin, "time", "a time offset needs an own time namespace");
    return Unit{};
}

// The last one for a clock counts.
void keep_offset(std::vector<TimeOffset>& offsets, config::OffsetWish const& wish)
{
    TimeOffset const offset{wish.clock, wish.seconds, wish.nanoseconds, wish.origin};
    for (TimeOffset& other : offsets)
        if (other.clock == wish.clock) {
            other = offset;
            return;
        }
    offsets.push_back(offset);
}

} // namespace

Result<Namespaces> checked_namespaces(config::Config const& config)
{
    Namespaces namespaces;
    for (size_t i = 0; i < ns_count; i++) {
        config::NamespaceWish const& wish = config.namespaces[i];
        NsMode const mode = wish.joined                         ? NsMode::joined
                            : wish.mode == CTR_NAMESPACE_SHARED ? NsMode::shared
                                                                : NsMode::own;
        namespaces.all[i] = {mode, wish.joined.get(), wish.origin};
    }
    if (config.map == CTR_MAP_NONE && !namespaces.joined(Ns::user))
        namespaces.all[static_cast<size_t>(Ns::user)].mode = NsMode::shared;
    if (config.hostname) {
        namespaces.hostname = config.hostname->text;
        namespaces.hostname_origin = config.hostname->origin;
    }
    for (config::OffsetWish const& wish : config.offsets)
        keep_offset(namespaces.offsets, wish);
    CTR_TRY(check_joins(namespaces, config));
    CTR_TRY(check_needs(namespaces));
    return namespaces;
}

} // namespace ctr::spec
