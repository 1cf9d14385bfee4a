// SPDX-License-Identifier: MIT
// The environment's last word, and what the plan can already say of the report.
#include "compile/compile.h"

#include "base/text.h"

#include <cstdio>

namespace ctr::compile {

namespace {

std::vector<std::string> environment(Context const& context)
{
    std::vector<std::string> env = context.spec.process.env;
    if (context.spec.process.home_wanted)
        env.push_back(concat("HOME=", context.facts.user.home.empty() ? "/" : context.facts.user.home));
    return env;
}

void append_list(std::string& out, std::vector<std::string> const& texts)
{
    out += '[';
    for (size_t i = 0; i < texts.size(); i++) {
        if (i > 0)
            out += ',';
        append_json_string(out, texts[i]);
    }
    out += ']';
}

char const* proc_report(Context const& context)
{
    for (spec::Mount const& mount : context.spec.mounts.list)
        if (mount.target == "/proc")
            return mount.type == spec::MountType::proc        ? "fresh"
                   : mount.type == spec::MountType::host_proc ? "host"
                                                              : "other";
    return "absent";
}

// The bounding set, as /proc shows it; more than the kernel knows is not asked of it.
std::string capabilities_report(Context const& context)
{
    char text[24];
    std::snprintf(text, sizeof text, "%016llx",
                  static_cast<unsigned long long>(context.spec.identity.capabilities.keep));
    return text;
}

// The members of the report that are known before the start.
std::string report(Context const& context)
{
    plan::Plan const& plan = context.plan;
    std::string out = concat("\"map\":\"", plan.map.mode, "\",\"uid_map\":");
    append_json_string(out, plan.map.uid_map);
    out += ",\"gid_map\":";
    append_json_string(out, plan.map.gid_map);
    out += concat(",\"setgroups\":\"", context.may_set_groups ? "allow" : "deny",
                  "\",\"namespaces\":", namespaces_requested(context.spec.namespaces));
    out += concat(",\"capabilities\":\"", capabilities_report(context), "\",\"caller_groups\":\"",
                  context.spec.identity.map == spec::Map::joined ? "as joined"
                  : context.may_set_groups                       ? "dropped"
                  : context.facts.caller.groups.empty()          ? "none"
                                                                 : "kept",
                  "\",\"keyring\":\"",
                  !context.spec.identity.new_keyring  ? "inherited"
                  : refuses_keys(context.spec.filter) ? "new or unreachable"
                                                      : "new",
                  "\"");
    out += concat(",\"proc\":\"", proc_report(context), "\",\"root\":");
    append_json_string(out, context.facts.root.path);
    out += concat(",\"limits\":", limits_report(context), ",\"landlock\":", landlock_report(context));
    out += concat(",\"init\":\"",
                  context.ops.supervision().setup_in_command != 0 || context.ops.supervision().ends_descendants != 0
                      ? "outside"
                      : "inside",
                  "\",\"seccomp\":\"", context.spec.filter.name, "\",\"created_mount_points\":");
    append_list(out, plan.reported->created);
    out += ",\"notices\":";
    append_list(out, plan.reported->notices);
    return concat(out, ",\"requested\":", requested_report(context));
}

} // namespace

plan::Plan finish(Context& context)
{
    context.plan.reported->created = context.facts.root.created;
    context.plan.reported->own = context.plan.launch.clone_flags | context.ops.supervision().fork_flags;
    context.plan.reported->watches_host = context.plan.launch.watches_host;
    context.plan.reported->members = report(context);
    return context.ops.seal(std::move(context.plan), context.spec.process.argv, environment(context),
                            context.spec.process.search_path);
}

} // namespace ctr::compile
