// SPDX-License-Identifier: MIT
// What has to be in force before the command is executed, asked of the kernel once more.
#include "compile/compile.h"

#include "base/text.h"

namespace ctr::compile {

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
    if (context.spec.process.new_privs)
        return;
    context.ops.about({Step::filter, {}, "no_new_privs", "the kernel does not confirm that privileges are refused"});
    context.ops.add(plan::OpCode::check_privileges);
}

} // namespace ctr::compile
