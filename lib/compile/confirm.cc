// SPDX-License-Identifier: MIT
// What has to be in force before the command is executed, asked of the kernel once more.
#include "compile/compile.h"

#include "base/text.h"

#include <algorithm>
#include <linux/mount.h>
#include <sys/statvfs.h>

namespace ctr::compile {

namespace {

using plan::OpCode;

// ctr-init's own, beside those of slots: standard ones, the channel, pidfds, a pipe.
constexpr int32_t own_descriptors = 16;
constexpr int32_t most_looked_at = 64;

uint32_t statfs_flags(uint64_t attributes)
{
    uint32_t flags = 0;
    for (auto const& [attribute, flag] : {std::pair{MOUNT_ATTR_RDONLY, ST_RDONLY},
                                          {MOUNT_ATTR_NOSUID, ST_NOSUID},
                                          {MOUNT_ATTR_NODEV, ST_NODEV},
                                          {MOUNT_ATTR_NOEXEC, ST_NOEXEC},
                                          {MOUNT_ATTR_NOATIME, ST_NOATIME}})
        if ((attributes & static_cast<uint64_t>(attribute)) != 0)
            flags |= static_cast<uint32_t>(flag);
    return flags;
}

void confirm_descriptors(Context& context)
{
    std::vector<int32_t> numbers;
    for (spec::PassedFd const& passed : context.spec.process.fds)
        numbers.push_back(passed.inside);
    std::sort(numbers.begin(), numbers.end());
    for (int32_t const number : numbers)
        if (number >= most_looked_at)
            context.plan.reported->high_descriptors.push_back(number);
    context.ops.about({Step::process, {}, "descriptors", "the kernel does not confirm which descriptors stay open"});
    plan::Text const blob = context.ops.blob(numbers.data(), numbers.size() * sizeof(int32_t), sizeof(int32_t));
    int32_t const below = std::min(own_descriptors + context.ops.slots(), most_looked_at);
    context.ops.add(OpCode::check_descriptors).check_descriptors = {blob, static_cast<uint32_t>(numbers.size()), below};
}

} // namespace

void check_calls(Context& context)
{
    context.ops.about(
        {Step::launch, {}, "system calls", "a filter around this process lets system calls seem to succeed"});
    context.ops.add(OpCode::check_calls);
}

void confirm_mount(Context& context, plan::Slot mount, uint64_t attributes, std::string_view target)
{
    uint32_t const flags = statfs_flags(attributes);
    if (flags == 0 && target.empty())
        return;
    int32_t const number = target.empty() ? -1 : static_cast<int32_t>(context.plan.reported->confirmed.size());
    if (!target.empty())
        context.plan.reported->confirmed.push_back({std::string(target), flags});
    context.ops.add(OpCode::check_mount).check_mount = {mount, flags, number};
}

void confirm_namespaces(Context& context)
{
    spec::Namespaces const& namespaces = context.spec.namespaces;
    plan::CheckNamespaces wanted = {0, 0, {0}};
    for (size_t i = 0; i < spec::ns_count; i++) {
        auto const which = static_cast<spec::Ns>(i);
        // One that was not asked for may be missing on an old kernel.
        bool const unsure = which == spec::Ns::time && namespaces.all[i].origin.call == Call::none;
        if (namespaces.all[i].mode == spec::NsMode::shared)
            wanted.shared |= spec::clone_flag(which);
        else if (namespaces.joined(which))
            context.plan.reported->joined |= spec::clone_flag(which);
        else if (!unsure)
            wanted.own |= spec::clone_flag(which);
    }
    context.ops.about({Step::namespaces, {}, "namespaces", "the kernel does not confirm the container's namespaces"});
    if (namespaces.hostname)
        wanted.hostname = context.ops.text(*namespaces.hostname);
    context.ops.add(OpCode::check_namespaces).check_namespaces = wanted;
}

void add_confirmation(Context& context)
{
    host::UserFacts const& user = context.facts.user;
    spec::Identity const& identity = context.spec.identity;
    bool const sure = context.may_set_groups && identity.map != spec::Map::joined;
    std::vector<uint32_t> const wanted = sure ? groups_in_force(context) : std::vector<uint32_t>();
    int32_t const count = sure ? static_cast<int32_t>(wanted.size()) : -1;
    context.ops.about({Step::identity, identity.user.origin,
                       concat(std::to_string(user.uid), ":", std::to_string(user.gid)),
                       "the kernel does not confirm the command's user and groups"});
    plan::Text const groups = context.ops.blob(wanted.data(), wanted.size() * sizeof(uint32_t), 4);
    context.ops.add(plan::OpCode::check_user).check_user = {user.uid, user.gid, count, groups};
    context.ops.about({Step::identity, identity.capabilities.origin, "capabilities",
                       "the kernel does not confirm the command's capabilities"});
    context.ops.add(plan::OpCode::check_capabilities).check_capabilities = {
        identity.capabilities.keep, user.uid == 0 ? identity.capabilities.keep : 0};
    confirm_descriptors(context);
    context.ops.about({Step::filter, {}, "no_new_privs", "the kernel does not confirm that privileges are refused"});
    context.ops.add(OpCode::check_privileges).flags = {context.spec.process.new_privs ? 0U : 1U};
}

} // namespace ctr::compile
