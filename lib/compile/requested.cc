// SPDX-License-Identifier: MIT
// The report's first half: what was asked for. The other half has the same members: container/report.cc.
#include "compile/compile.h"

#include "base/text.h"
#include "plan/report.h"

namespace ctr::compile {

std::string namespaces_requested(spec::Namespaces const& namespaces)
{
    constexpr char const* modes[] = {"own", "shared", "joined"};
    std::string out = "{";
    for (size_t i = 0; i < spec::ns_count; i++)
        out += concat(i > 0 ? "," : "", "\"", spec::name_of(static_cast<spec::Ns>(i)), "\":\"",
                      modes[static_cast<size_t>(namespaces.all[i].mode)], "\"");
    return concat(out, "}");
}

namespace {

plan::Values identity_of(Context const& context)
{
    host::UserFacts const& user = context.facts.user;
    bool const sure = context.may_set_groups && context.spec.identity.map != spec::Map::joined;
    plan::Values values;
    values.uid = user.uid;
    values.gid = user.gid;
    values.groups = sure ? static_cast<int32_t>(user.groups.size()) : -1;
    values.uid_map = context.plan.map.uid_map;
    values.gid_map = context.plan.map.gid_map;
    values.bounding = context.spec.identity.capabilities.keep;
    values.permitted = kept_capabilities(context);
    return values;
}

} // namespace

std::string requested_report(Context const& context)
{
    spec::Process const& process = context.spec.process;
    plan::Values values = identity_of(context);
    values.no_new_privs = !process.new_privs;
    values.filtered = !context.filter.empty();
    values.namespaces = namespaces_requested(context.spec.namespaces);
    values.mounts = plan::mounts_json(context.plan.reported->confirmed, nullptr);
    values.descriptors = {0, 1, 2};
    for (spec::PassedFd const& passed : process.fds)
        values.descriptors.push_back(passed.inside);
    values.landlock = landlock_requested(context);
    return plan::values_json(values);
}

} // namespace ctr::compile
