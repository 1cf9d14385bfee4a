// SPDX-License-Identifier: MIT
// Which ids are mapped to which, and who the command becomes.
#include "compile/compile.h"

#include "base/text.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>

namespace ctr::compile {

namespace {

using spec::Map;

struct Maps {
    std::vector<IdRange> uids;
    std::vector<IdRange> gids;
    bool by_helper = false;
    bool deny_setgroups = false;
    char const* mode = "";
};

std::string lines(std::vector<IdRange> const& ranges)
{
    std::string out;
    for (IdRange const& range : ranges)
        out += concat(std::to_string(range.inside), " ", std::to_string(range.outside), " ",
                      std::to_string(range.count), "\n");
    return out;
}

Error map_error(Context const& context, Code code, std::string subject, std::string message)
{
    return Error{.code = code,
                 .step = Step::map,
                 .subject = std::move(subject),
                 .origin = context.spec.identity.map_origin,
                 .message = std::move(message)};
}

// The caller's own id at one place, its ranges in order around it.
std::vector<IdRange> around(uint32_t inside, uint32_t outside, std::vector<IdRange> const& ranges)
{
    std::vector<IdRange> out;
    uint64_t next = 0;
    bool placed = false;
    auto const place = [&] {
        if (!placed && next == inside) {
            out.push_back({inside, outside, 1});
            placed = true;
            next++;
        }
    };
    for (IdRange range : ranges) {
        while (range.count > 0 && next < UINT32_MAX) {
            place();
            uint64_t const room = !placed && next < inside ? inside - next : UINT32_MAX - next;
            auto const count = static_cast<uint32_t>(std::min<uint64_t>(range.count, room));
            out.push_back({static_cast<uint32_t>(next), range.outside, count});
            range.outside += count;
            range.count -= count;
            next += count;
        }
    }
    if (!placed)
        out.push_back({inside, outside, 1});
    return out;
}

Maps single(Context const& context)
{
    host::CallerFacts const& caller = context.facts.caller;
    Maps maps;
    maps.uids = {{context.facts.user.uid, caller.uid, 1}};
    maps.gids = {{context.facts.user.gid, caller.gid, 1}};
    maps.deny_setgroups = !caller.privileged;
    maps.mode = "single";
    return maps;
}

// A numeric user is the caller itself; a name of the container's passwd is one of its own ids.
Maps subid(Context const& context)
{
    host::CallerFacts const& caller = context.facts.caller;
    bool const numeric = context.spec.identity.user.number.has_value();
    Maps maps;
    maps.uids = around(numeric ? context.facts.user.uid : 0, caller.uid, caller.subuids);
    maps.gids = around(numeric ? context.facts.user.gid : 0, caller.gid, caller.subgids);
    maps.by_helper = !caller.privileged;
    maps.mode = "subid";
    return maps;
}

std::vector<IdRange> as_itself(std::vector<IdRange> const& map)
{
    std::vector<IdRange> out;
    for (IdRange const& range : map)
        out.push_back({range.inside, range.inside, range.count});
    return out;
}

// An unknown map is taken for the host's.
bool has_all(std::vector<IdRange> const& map, std::vector<IdRange> const& ranges)
{
    return map.empty() ||
           std::all_of(ranges.begin(), ranges.end(), [&](IdRange const& ids) { return can_map(map, ids); });
}

// What keeps subordinate ids from being used, "" where nothing does.
std::string missing_for_subid(host::CallerFacts const& caller)
{
    std::string const who = caller.name.empty() ? std::to_string(caller.uid) : caller.name;
    if (caller.subuids.empty())
        return concat("there is no range for ", who, " in /etc/subuid");
    if (caller.subgids.empty())
        return concat("there is no range for ", who, " in /etc/subgid");
    if (!caller.privileged && caller.no_new_privs)
        return "newuidmap and newgidmap gain no privileges under no_new_privs, which is set on the caller";
    if (!caller.privileged && (caller.newuidmap.empty() || caller.newgidmap.empty()))
        return "newuidmap and newgidmap are not installed";
    std::vector<IdRange> const root = {{0, 0, 1}};
    if (!caller.privileged && !(has_all(caller.uid_map, root) && has_all(caller.gid_map, root)))
        return "newuidmap and newgidmap gain no privileges in the caller's user namespace, which has no user 0";
    if (!has_all(caller.uid_map, caller.subuids) || !has_all(caller.gid_map, caller.subgids))
        return "the caller's own user namespace lacks its ranges of ids";
    return "";
}

Result<Maps> automatic(Context& context)
{
    host::CallerFacts const& caller = context.facts.caller;
    if (caller.privileged && !caller.uid_map.empty() && !caller.gid_map.empty())
        return Maps{as_itself(caller.uid_map), as_itself(caller.gid_map), false, false, "identity"};
    std::string const missing = missing_for_subid(caller);
    if (missing.empty())
        return subid(context);
    context.plan.reported->notices.push_back(concat("only one user id is mapped: ", missing));
    return single(context);
}

Result<Maps> explicit_ranges(Context const& context)
{
    host::CallerFacts const& caller = context.facts.caller;
    spec::Identity const& identity = context.spec.identity;
    auto const own = [](std::vector<IdRange> const& ranges, uint32_t id) {
        return ranges.size() == 1 && ranges[0].count == 1 && ranges[0].outside == id;
    };
    Maps maps{identity.uids, identity.gids, false, false, "explicit"};
    if (caller.privileged)
        return maps;
    bool const alone = own(maps.uids, caller.uid) && own(maps.gids, caller.gid);
    maps.deny_setgroups = alone;
    maps.by_helper = !alone;
    if (maps.by_helper && (caller.newuidmap.empty() || caller.newgidmap.empty()))
        return map_error(context, Code::unsupported, "newuidmap", "newuidmap and newgidmap are not installed");
    return maps;
}

Result<Maps> chosen(Context& context)
{
    switch (context.spec.identity.map) {
    case Map::automatic: return automatic(context);
    case Map::single: return single(context);
    case Map::explicit_ranges: return explicit_ranges(context);
    case Map::none: return Maps{{}, {}, false, false, "none"};
    case Map::joined: return Maps{{}, {}, false, false, "joined"};
    case Map::subid: break;
    }
    if (std::string missing = missing_for_subid(context.facts.caller); !missing.empty())
        return map_error(context, Code::unsupported, "subid", std::move(missing));
    return subid(context);
}

uint32_t lowest(std::vector<IdRange> const& ranges)
{
    return std::min_element(ranges.begin(), ranges.end(),
                            [](IdRange const& a, IdRange const& b) { return a.inside < b.inside; })
        ->inside;
}

Error unmapped(char const* kind, uint32_t id, Origin origin)
{
    return Error{.code = Code::invalid,
                 .step = Step::identity,
                 .subject = std::to_string(id),
                 .origin = origin,
                 .message = concat("the ", kind, " id ", std::to_string(id), " is not mapped into the container")};
}

// Whether groups stay as they are: the map is written so, or the caller lives where it was.
bool fixes_groups(Context const& context, Maps const& maps)
{
    return maps.deny_setgroups || context.facts.caller.groups_fixed;
}

Status check_mapped(Context const& context, Maps const& maps)
{
    host::UserFacts const& user = context.facts.user;
    Origin const origin = context.spec.identity.user.origin;
    if (!is_mapped(maps.uids, user.uid))
        return unmapped("user", user.uid, origin);
    if (!is_mapped(maps.gids, user.gid))
        return unmapped("group", user.gid, origin);
    if (fixes_groups(context, maps) && !context.spec.identity.groups.empty())
        return Error{.code = Code::invalid,
                     .step = Step::identity,
                     .subject = context.spec.identity.groups[0].name,
                     .origin = context.spec.identity.groups[0].origin,
                     .message = "supplementary groups need a map with ranges of group ids"};
    if (!fixes_groups(context, maps))
        for (uint32_t const gid : user.groups)
            if (!is_mapped(maps.gids, gid))
                return unmapped("group", gid, origin);
    return Unit{};
}

Status check_capabilities(Context const& context)
{
    spec::CapabilityWishes const& wishes = context.spec.identity.capabilities;
    unsigned const last = context.facts.caller.last_capability;
    if (last >= 63 || wishes.asked >> (last + 1) == 0)
        return Unit{};
    return Error{.code = Code::unsupported,
                 .step = Step::identity,
                 .subject = concat("capability ", std::to_string(63 - __builtin_clzll(wishes.asked))),
                 .origin = wishes.origin,
                 .message = "the kernel does not know this capability"};
}

} // namespace

Status choose_maps(Context& context)
{
    CTR_TRY(check_capabilities(context));
    Maps const maps = CTR_TRY(chosen(context));
    plan::MapDuty& duty = context.plan.map;
    duty.mode = maps.mode;
    duty.origin = context.spec.identity.map_origin;
    std::vector<IdRange> const& gids = maps.uids.empty() ? context.facts.caller.gid_map : maps.gids;
    context.maps_group_five = gids.empty() || is_mapped(gids, 5);
    context.may_set_groups = !fixes_groups(context, maps);
    context.plan.may_set_groups = context.may_set_groups;
    if (!maps.uids.empty() &&
        !(maps_outside(maps.uids, context.facts.caller.uid) && maps_outside(maps.gids, context.facts.caller.gid)))
        context.own_ids = {lowest(maps.uids), lowest(maps.gids)};
    if (context.spec.identity.map == Map::none && !context.facts.caller.admin)
        return map_error(context, Code::denied, "none",
                         "a container without a user namespace needs a privileged caller");
    if (maps.uids.empty())
        return Unit{};
    CTR_TRY(check_mapped(context, maps));
    context.command_id = outside_of(maps.uids, context.facts.user.uid);
    context.init_id =
        context.own_ids ? outside_of(maps.uids, context.own_ids->first) : uint64_t{context.facts.caller.uid};
    context.maps_one_user = maps.uids.size() == 1 && maps.uids[0].count == 1;
    if (!context.may_set_groups && !context.facts.user.groups.empty())
        context.plan.reported->notices.push_back(
            "the user's supplementary groups are left out: the map has one group id only");
    if (!context.may_set_groups && !context.facts.caller.groups.empty())
        context.plan.reported->notices.push_back(
            "the caller's supplementary groups stay with the command: without ranges of "
            "group ids the kernel lets nobody drop them");
    duty.uid_map = lines(maps.uids);
    duty.gid_map = lines(maps.gids);
    // One id, the caller's own, may be mapped from inside; everything else asks for power over the parent namespace.
    duty.by_init = maps.deny_setgroups;
    duty.needed = !duty.by_init;
    if (!duty.needed) {
        context.own_uid_map = duty.uid_map;
        context.own_gid_map = duty.gid_map;
        return Unit{};
    }
    duty.by_helper = maps.by_helper;
    duty.newuidmap = context.facts.caller.newuidmap;
    duty.newgidmap = context.facts.caller.newgidmap;
    duty.helpers_origin = context.spec.identity.helpers_origin;
    return Unit{};
}

namespace {

// What was written is read back by the same descriptor.
void write_map(Context& context, char const* name, std::string const& content, std::optional<plan::MapOf> of)
{
    std::string const path = concat("/proc/self/", name);
    context.ops.about(
        {Step::map, context.spec.identity.map_origin, name, concat("cannot write the container's ", name)});
    plan::Slot const file = context.ops.slot();
    plan::Text const text = context.ops.text(path);
    plan::Text const data = context.ops.text(content);
    uint32_t const flags = of ? O_RDWR | O_CLOEXEC : O_WRONLY | O_CLOEXEC;
    context.ops.add(plan::OpCode::open_at).open_at = {plan::at_cwd, text, flags, 0, file};
    context.ops.add(plan::OpCode::write_file).write_file = {file, data, static_cast<uint32_t>(content.size())};
    if (of)
        context.ops.add(plan::OpCode::check_map).check_map = {file, *of, data};
    context.ops.release(file);
}

} // namespace

// Saves the host two switches. Only a dumpable process owns its files in /proc; nobody else is inside yet.
void write_own_maps(Context& context)
{
    if (context.own_uid_map.empty())
        return;
    context.ops.about({Step::map, context.spec.identity.map_origin, "ctr-init", "cannot prepare to map ids"});
    context.ops.add(plan::OpCode::set_dumpable).flags = {1};
    write_map(context, "setgroups", "deny", std::nullopt); // the kernel asks for it before an unprivileged gid_map
    write_map(context, "gid_map", context.own_gid_map, plan::MapOf::groups);
    write_map(context, "uid_map", context.own_uid_map, plan::MapOf::users);
    context.ops.about({Step::map, context.spec.identity.map_origin, "ctr-init", "cannot close /proc/self again"});
    context.ops.add(plan::OpCode::set_dumpable).flags = {0};
}

// Whether the filter refuses the calls that reach a key, whatever the keyring.
bool refuses_keys(spec::Filter const& filter)
{
    bool const built_in = !filter.profile && filter.wish.kind == config::SeccompKind::name;
    return built_in && (filter.name == "default" || filter.name == "strict" || filter.name == "contained" ||
                        filter.name == "crabcan");
}

// A used-up quota of keys, which a login has for some 200 containers, is no error where no key can be reached anyway.
void add_keyring(Context& context)
{
    if (!context.spec.identity.new_keyring)
        return;
    context.ops.about({Step::identity, {Call::set_keyring, -1}, "session keyring", "cannot make a session keyring"});
    context.ops.add(plan::OpCode::join_keyring, refuses_keys(context.spec.filter) ? EDQUOT : 0);
}

spec::Capabilities kept_capabilities(Context const& context)
{
    return context.facts.user.uid == 0 ? context.spec.identity.capabilities.keep : 0;
}

// With its own group among them, as login makes them: else a program that changes the group leaves it, and opens what shuts its
// members out. User 0 is shut out of nothing.
std::vector<uint32_t> groups_in_force(Context const& context)
{
    host::UserFacts const& user = context.facts.user;
    std::vector<uint32_t> groups = user.groups;
    if (user.uid != 0)
        groups.insert(groups.begin(), user.gid);
    return groups;
}

void add_identity(Context& context)
{
    if (context.spec.process.new_privs)
        add_filter(context); // without no_new_privs the kernel asks for CAP_SYS_ADMIN
    host::UserFacts const& user = context.facts.user;
    spec::Identity const& identity = context.spec.identity;
    std::string const who = concat(std::to_string(user.uid), ":", std::to_string(user.gid));
    context.ops.about({Step::identity, identity.user.origin, identity.user.name.empty() ? who : identity.user.name,
                       concat("cannot become the command's user ", who)});
    context.ops.add(plan::OpCode::drop_bounding).capabilities = {identity.capabilities.keep}; // while it may
    if (context.may_set_groups) {
        // A joined namespace may have denied setgroups for good.
        auto& op = context.ops.add(plan::OpCode::set_groups, identity.map == Map::joined ? EPERM : 0);
        std::vector<uint32_t> const groups = groups_in_force(context);
        op.set_groups = {{0}, static_cast<uint32_t>(groups.size())};
        plan::Text const ids = context.ops.blob(groups.data(), groups.size() * sizeof(uint32_t), 4);
        op.set_groups.ids = ids;
    }
    context.ops.add(plan::OpCode::set_group).set_id = {user.gid};
    context.ops.add(plan::OpCode::set_user).set_id = {user.uid};
    context.ops.add(plan::OpCode::clear_ambient);
    // Before exec, so that the command is looked up with no more rights than it will have.
    context.ops.add(plan::OpCode::set_capabilities).capabilities = {kept_capabilities(context)};
    bool const needs =
        context.ops.supervision().setup_in_command != 0 || context.ops.supervision().ends_descendants != 0;
    if (needs)
        context.ops.add(plan::OpCode::die_with_parent); // a change of ids clears it, so after them
}

} // namespace ctr::compile
