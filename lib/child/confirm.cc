// SPDX-License-Identifier: MIT
// What the kernel says of the command's process before exec. A filter around us can make a call seem to succeed, and a
// kernel can have a fault: then the command is not executed. By system calls, because reading /proc takes far longer.
// What was read is kept for the report. Whatever a call fills in is set before to what would not be confirmed.
#include "child/child.h"

#include <asm/errno.h>
#include <asm/statfs.h>
#include <linux/capability.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>

namespace ctr::child {

namespace {

static_assert(not_confirmed == -ENOTRECOVERABLE);
constexpr uint32_t no_id = ~0U;
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
    state.shared->effective.groups = static_cast<int32_t>(count);
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
    uint32_t ids[3] = {no_id, no_id, no_id};
    long result = call(__NR_getresuid, &ids[0], &ids[1], &ids[2]);
    if (result < 0 || !is_each(ids, op.uid))
        return not_confirmed;
    ids[0] = ids[1] = ids[2] = no_id;
    result = call(__NR_getresgid, &ids[0], &ids[1], &ids[2]);
    if (result < 0 || !is_each(ids, op.gid))
        return not_confirmed;
    state.shared->effective.uid = op.uid;
    state.shared->effective.gid = op.gid;
    return op.count < 0 || has_groups(state, op) ? 0 : not_confirmed;
}

namespace {

// The ones that the kernel knows; all where it knows no end, which is not confirmed then.
uint64_t bounding_set() noexcept
{
    uint64_t set = 0;
    for (unsigned long capability = 0; capability < 64; capability++) {
        long const result = call(__NR_prctl, PR_CAPBSET_READ, capability, 0, 0, 0);
        if (result < 0)
            return result == -EINVAL ? set : ~uint64_t{0}; // past the last one that this kernel knows
        set |= uint64_t{result != 0} << capability;
    }
    return ~uint64_t{0};
}

uint64_t both(uint32_t low, uint32_t high) noexcept { return uint64_t{high} << 32 | low; }

} // namespace

// The ambient set is within the permitted and the inheritable one, which is empty.
long check_capabilities(State const& state, plan::CheckCapabilities const& op) noexcept
{
    plan::Effective& effective = state.shared->effective;
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{~0U, ~0U, ~0U}, {~0U, ~0U, ~0U}};
    if (call(__NR_capget, &header, sets) < 0)
        return not_confirmed;
    effective.permitted = both(sets[0].permitted | sets[0].effective, sets[1].permitted | sets[1].effective);
    effective.inheritable = both(sets[0].inheritable, sets[1].inheritable);
    effective.bounding = bounding_set();
    bool const more = (effective.permitted & ~op.permitted) != 0 || (effective.bounding & ~op.bounding) != 0;
    return more || effective.inheritable != 0 ? not_confirmed : 0;
}

// It may be set although it need not be: a process around us has it.
long check_privileges(State const& state, plan::Flags const& op) noexcept
{
    bool const refused = call(__NR_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    state.shared->effective.no_new_privs = refused ? 1 : 0;
    return refused || op.flags == 0 ? 0 : not_confirmed;
}

namespace {

bool is_space(char sign) noexcept { return sign == ' ' || sign == '\n'; }

// Without regard to how the numbers are spaced.
bool is_same_map(char const* one, char const* other) noexcept
{
    while (*one != 0 || *other != 0) {
        while (is_space(*one))
            one++;
        while (is_space(*other))
            other++;
        while (*one == *other && *one != 0 && !is_space(*one)) {
            one++;
            other++;
        }
        bool const ends = (*one == 0 || is_space(*one)) && (*other == 0 || is_space(*other));
        if (!ends)
            return false;
    }
    return true;
}

} // namespace

// By the descriptor that wrote it, so nothing else can be read. The map of one id fits in.
long check_map(State const& state, plan::CheckMap const& op) noexcept
{
    plan::Effective& effective = state.shared->effective;
    char* const map = op.of == plan::MapOf::users ? effective.uid_map : effective.gid_map;
    long const got = call(__NR_pread64, number(state, op.file), map, plan::most_map_text - 1, 0);
    if (got <= 0)
        return not_confirmed;
    map[got] = 0;
    return is_same_map(map, text(state, op.map)) ? 0 : not_confirmed;
}

// A mount may have more than was asked for: what its source has and cannot be taken away.
long check_mount(State const& state, plan::CheckMount const& op) noexcept
{
    if (absent(state, op.mount))
        return 0;
    struct statfs status = {};
    long const result = call(__NR_fstatfs, number(state, op.mount), &status);
    if (result == -ENOSYS || result == -EPERM || result == -EACCES)
        return 0; // a filter around us refuses to say; the flags were set by a call that can fail, see around.cc
    if (result < 0)
        return not_confirmed;
    auto const flags = static_cast<uint32_t>(status.f_flags);
    if (op.number >= 0 && op.number < plan::most_confirmed_mounts)
        state.shared->effective.mounts[op.number] = static_cast<uint16_t>(flags);
    return (op.flags & ~flags) == 0 ? 0 : not_confirmed;
}

namespace {

bool survives(int fd) noexcept { return call(__NR_fcntl, fd, F_GETFD, 0) == 0; }

} // namespace

// ctr-init closed all but its channel when it began, and opens the lowest number that is free: what it has is low, or
// was moved by a call that sets the flag. So the low numbers and the listed ones are all there can be.
long check_descriptors(State const& state, plan::CheckDescriptors const& op) noexcept
{
    auto const* numbers = reinterpret_cast<int32_t const*>(text(state, op.numbers));
    uint32_t listed = 0;
    uint64_t open = 0;
    for (int fd = 0; fd < op.below; fd++) {
        bool const expected = fd < 3 || (listed < op.count && numbers[listed] == fd);
        listed += fd >= 3 && expected ? 1 : 0;
        bool const there = survives(fd);
        if (there != expected && fd >= 3)
            return not_confirmed;
        open |= uint64_t{there} << fd;
    }
    for (; listed < op.count; listed++) {
        if (!survives(numbers[listed]))
            return not_confirmed;
        open |= numbers[listed] < 64 ? uint64_t{1} << numbers[listed] : 0;
    }
    state.shared->effective.descriptors = open;
    return 0;
}

} // namespace ctr::child
