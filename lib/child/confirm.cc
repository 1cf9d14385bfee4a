// SPDX-License-Identifier: MIT
// What the kernel says of the command's process just before exec. A filter around us can make a call seem to succeed, and
// a kernel can have a fault: then the command is not executed. By system calls, because reading /proc takes far longer.
#include "child/child.h"

#include <asm/errno.h>
#include <linux/capability.h>
#include <linux/prctl.h>

namespace ctr::child {

namespace {

constexpr long not_confirmed = -ENOTRECOVERABLE;
constexpr long most_compared = 1024; // groups; of more the number has to do
uint32_t the_groups[most_compared];

bool is_each(uint32_t const* ids, uint32_t wanted) noexcept
{
    return ids[0] == wanted && ids[1] == wanted && ids[2] == wanted;
}

// The kernel sorts them by what they are mapped to.
bool has_groups(State const& state, plan::CheckUser const& op) noexcept
{
    auto const* wanted = reinterpret_cast<uint32_t const*>(text(state, op.groups));
    long const count = call(__NR_getgroups, 0, nullptr);
    if (count != op.count || count > most_compared)
        return count == op.count;
    if (call(__NR_getgroups, most_compared, the_groups) != count)
        return false;
    for (long i = 0; i < count; i++) {
        long at = 0;
        while (at < count && the_groups[at] != wanted[i])
            at++;
        if (at == count)
            return false;
    }
    return true;
}

} // namespace

// In terms of the user namespace's map: an id that is mapped to another is seen as that one.
long check_user(State const& state, plan::CheckUser const& op) noexcept
{
    uint32_t ids[3] = {};
    long result = call(__NR_getresuid, &ids[0], &ids[1], &ids[2]);
    if (result < 0 || !is_each(ids, op.uid))
        return not_confirmed;
    result = call(__NR_getresgid, &ids[0], &ids[1], &ids[2]);
    if (result < 0 || !is_each(ids, op.gid))
        return not_confirmed;
    return op.count < 0 || has_groups(state, op) ? 0 : not_confirmed;
}

// The ambient set is within the permitted and the inheritable one, which is empty.
long check_capabilities(plan::CheckCapabilities const& op) noexcept
{
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{~0U, ~0U, ~0U}, {~0U, ~0U, ~0U}};
    if (call(__NR_capget, &header, sets) < 0)
        return not_confirmed;
    for (int word = 0; word < 2; word++) {
        uint32_t const more = ~static_cast<uint32_t>(op.permitted >> (32 * word));
        if (((sets[word].permitted | sets[word].effective) & more) != 0 || sets[word].inheritable != 0)
            return not_confirmed;
    }
    for (unsigned long capability = 0; capability < 64; capability++) {
        if ((op.bounding >> capability & 1) != 0)
            continue;
        long const result = call(__NR_prctl, PR_CAPBSET_READ, capability, 0, 0, 0);
        if (result == -EINVAL)
            return 0; // past the last one that this kernel knows
        if (result != 0)
            return not_confirmed;
    }
    return 0;
}

long check_privileges() noexcept { return call(__NR_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : not_confirmed; }

} // namespace ctr::child
