// SPDX-License-Identifier: MIT
// Who the command is: groups, then group, then user, then capabilities.
#include "child/child.h"

#include <asm/errno.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/prctl.h>

namespace ctr::child {

long set_groups(State const& state, plan::SetGroups const& op) noexcept
{
    return call(__NR_setgroups, op.count, text(state, op.ids));
}

// The ranges are checked at compile time: an id of -1 would mean "no change" here.
long set_group(plan::SetId const& op) noexcept { return call(__NR_setresgid, op.id, op.id, op.id); }

long set_user(plan::SetId const& op) noexcept { return call(__NR_setresuid, op.id, op.id, op.id); }

long clear_ambient() noexcept { return call(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); }

// Goes on past the last one that was known when this was written, so newer capabilities are dropped too.
long drop_bounding(plan::KeepCapabilities const& op) noexcept
{
    for (unsigned long capability = 0; capability < 64; capability++) {
        if ((op.keep >> capability & 1) != 0)
            continue;
        long const result = call(__NR_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
        if (result == -EINVAL)
            return 0; // past the last one that this kernel knows
        if (result < 0)
            return result;
    }
    return 0;
}

long set_capabilities(plan::KeepCapabilities const& op) noexcept
{
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    long const result = call(__NR_capget, &header, sets);
    if (result < 0)
        return result;
    for (int word = 0; word < 2; word++) {
        sets[word].permitted &= static_cast<uint32_t>(op.keep >> (32 * word));
        sets[word].effective = sets[word].permitted;
        sets[word].inheritable = 0;
    }
    return call(__NR_capset, &header, sets);
}

// A kernel without keys has none to keep away; a filter around us that refuses keyctl refuses it to the command too.
long join_keyring() noexcept
{
    long const result = call(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr, 0, 0, 0);
    return result == -ENOSYS || result == -EPERM || result > 0 ? 0 : result == 0 ? not_confirmed : result;
}

} // namespace ctr::child
