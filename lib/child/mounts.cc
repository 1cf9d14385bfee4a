// SPDX-License-Identifier: MIT
// Mounts, by the descriptor-based calls only (5.2; mount_setattr is 5.12). An empty slot skips the operation: the
// mount it would have held was optional or is not offered by this kernel.
#include "child/child.h"

#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/mount.h>

namespace ctr::child {

namespace {

constexpr unsigned move_empty_source = 0x04; // MOVE_MOUNT_F_EMPTY_PATH
constexpr unsigned move_empty_target = 0x40; // MOVE_MOUNT_T_EMPTY_PATH
constexpr int detach = 2;                    // MNT_DETACH

char* append(char* at, char const* more) noexcept
{
    while (*more != 0)
        *at++ = *more++;
    return at;
}

char* append_number(char* at, int value) noexcept
{
    char digits[12];
    int count = 0;
    do {
        digits[count++] = static_cast<char>('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

} // namespace

long open_tree(State& state, plan::OpenTree const& op) noexcept
{
    if (absent(state, op.dir))
        return 0;
    char const* path = text(state, op.path);
    unsigned const flags = op.flags | (path == nullptr ? AT_EMPTY_PATH : 0U);
    return keep(state, op.out, call(__NR_open_tree, number(state, op.dir), path == nullptr ? "" : path, flags));
}

long set_mount(State const& state, plan::SetMount const& op) noexcept
{
    if (absent(state, op.mount))
        return 0;
    mount_attr attributes = {op.set, op.clear, 0, 0};
    return call(__NR_mount_setattr, number(state, op.mount), "", AT_EMPTY_PATH | op.flags, &attributes,
                sizeof attributes);
}

long move_mount(State const& state, plan::MoveMount const& op) noexcept
{
    if (absent(state, op.tree) || absent(state, op.target))
        return 0;
    char const* path = op.target == plan::at_cwd ? "/" : text(state, op.path);
    return call(__NR_move_mount, number(state, op.tree), "", number(state, op.target), path == nullptr ? "" : path,
                move_empty_source | (path == nullptr ? move_empty_target : 0U));
}

long fs_open(State& state, plan::FsOpen const& op) noexcept
{
    return keep(state, op.out, call(__NR_fsopen, text(state, op.type), 1 /* FSOPEN_CLOEXEC */));
}

long fs_set(State const& state, plan::FsSet const& op) noexcept
{
    char const* value = text(state, op.value);
    int const kind = value == nullptr ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
    return call(__NR_fsconfig, number(state, op.fs), kind, text(state, op.key), value, 0);
}

// Layers by descriptor exist since 6.13 only; by the names in /proc they exist everywhere.
long fs_set_layers(State const& state, plan::FsSetLayers const& op) noexcept
{
    char layers[64];
    char* at = append_number(append(layers, "/proc/self/fd/"), number(state, op.upper));
    at = append_number(append(at, ":/proc/self/fd/"), number(state, op.lower));
    *at = 0;
    return call(__NR_fsconfig, number(state, op.fs), FSCONFIG_SET_STRING, "lowerdir", layers, 0);
}

long fs_create(State const& state, plan::OneSlot const& op) noexcept
{
    return call(__NR_fsconfig, number(state, op.slot), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
}

long fs_mount(State& state, plan::FsMount const& op) noexcept
{
    return keep(state, op.out, call(__NR_fsmount, number(state, op.fs), 1 /* FSMOUNT_CLOEXEC */, op.attributes));
}

// Stacks the old root on the new one in the same place, so no directory is needed for it.
long pivot_root() noexcept { return call(__NR_pivot_root, ".", "."); }

long detach_here() noexcept { return call(__NR_umount2, ".", detach); }

long set_propagation(plan::Flags const& op) noexcept
{
    return call(__NR_mount, nullptr, "/", nullptr, op.flags, nullptr);
}

} // namespace ctr::child
