// SPDX-License-Identifier: MIT
// Files and directories: opened on descriptors, resolved inside the root they belong to.
#include "child/child.h"

#include <asm/errno.h>
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>

namespace ctr::child {

namespace {

// openat2(RESOLVE_IN_ROOT) answers EAGAIN now and then while others rename or mount: a few per cent of the calls
// under a storm, so this many in a row do not happen by chance.
constexpr int most_tries = 1000;

long status_of(int fd, struct statx& status) noexcept
{
    return call(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO, &status);
}

bool is_here(struct statx const& status, plan::SameDir const& op) noexcept
{
    uint64_t const device = (static_cast<uint64_t>(status.stx_dev_major) << 32) | status.stx_dev_minor;
    return device == op.device && status.stx_ino == op.inode;
}

} // namespace

long open_in_root(State& state, plan::OpenInRoot const& op) noexcept
{
    if (absent(state, op.root))
        return 0;
    open_how how = {};
    how.flags = op.flags;
    how.resolve = op.resolve;
    long result = -EAGAIN;
    for (int i = 0; i < most_tries && result == -EAGAIN; i++)
        result = call(__NR_openat2, number(state, op.root), text(state, op.path), &how, sizeof how);
    return keep(state, op.out, result);
}

long open_at(State& state, plan::OpenAt const& op) noexcept
{
    if (absent(state, op.dir))
        return 0;
    return keep(state, op.out, call(__NR_openat, number(state, op.dir), text(state, op.path), op.flags, op.mode));
}

long make_dir(State const& state, plan::MakeDir const& op) noexcept
{
    return call(__NR_mkdirat, number(state, op.dir), text(state, op.name), op.mode);
}

// mknod(2) of a regular file needs no privilege.
long make_file(State const& state, plan::MakeFile const& op) noexcept
{
    return call(__NR_mknodat, number(state, op.dir), text(state, op.name), 0100000U /* S_IFREG */ | op.mode, 0);
}

long make_link(State const& state, plan::MakeLink const& op) noexcept
{
    return call(__NR_symlinkat, text(state, op.target), number(state, op.dir), text(state, op.name));
}

long check_type(State const& state, plan::CheckType const& op) noexcept
{
    if (absent(state, op.file))
        return 0;
    struct statx status;
    long const result = status_of(number(state, op.file), status);
    if (result < 0)
        return result;
    uint32_t const type = status.stx_mode & S_IFMT;
    if (type == op.type)
        return 0;
    return type == S_IFLNK ? -ELOOP : type == S_IFDIR ? -EISDIR : op.type == S_IFDIR ? -ENOTDIR : -ESTALE;
}

long check_same(State const& state, plan::CheckSame const& op) noexcept
{
    struct statx one;
    struct statx other;
    long result = status_of(number(state, op.one), one);
    if (result == 0)
        result = status_of(number(state, op.other), other);
    if (result < 0)
        return result;
    bool const same = one.stx_ino == other.stx_ino && one.stx_dev_major == other.stx_dev_major &&
                      one.stx_dev_minor == other.stx_dev_minor;
    return same ? 0 : -ESTALE;
}

long check_device(State const& state, plan::CheckDevice const& op) noexcept
{
    struct statx status;
    long const result = status_of(number(state, op.file), status);
    if (result < 0)
        return result;
    bool const expected =
        (status.stx_mode & S_IFMT) == S_IFCHR && status.stx_rdev_major == op.major && status.stx_rdev_minor == op.minor;
    return expected ? 0 : -ENODEV;
}

long write_file(State const& state, plan::WriteFile const& op) noexcept
{
    long const written = call(__NR_write, number(state, op.file), text(state, op.data), op.size);
    if (written < 0)
        return written;
    return static_cast<uint32_t>(written) == op.size ? 0 : -ENOSPC;
}

long close_slot(State& state, plan::OneSlot const& op) noexcept
{
    if (absent(state, op.slot))
        return 0;
    (void)call(__NR_close, state.slots[op.slot]); // nothing can be done about a failing close
    state.slots[op.slot] = -1;
    return 0;
}

long enter_dir(State const& state, plan::OneSlot const& op) noexcept
{
    return call(__NR_fchdir, number(state, op.slot));
}

long change_dir(State const& state, plan::OneText const& op) noexcept { return call(__NR_chdir, text(state, op.text)); }

long change_dir_if_same(State const& state, plan::SameDir const& op) noexcept
{
    long const fd = call(__NR_openat, AT_FDCWD, text(state, op.path), O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    long entered = fd;
    struct statx status;
    if (fd >= 0) {
        entered = status_of(static_cast<int>(fd), status);
        if (entered == 0)
            entered = is_here(status, op) ? call(__NR_fchdir, fd) : -ENOENT;
        (void)call(__NR_close, fd);
    }
    return entered == 0 ? 0 : call(__NR_chdir, "/");
}

// A directory outside the root reads as "(unreachable)…": being in one would be a way out.
long check_cwd() noexcept
{
    static char path[page_size];
    long const result = call(__NR_getcwd, path, sizeof path);
    if (result < 0)
        return result; // the kernel says ENAMETOOLONG of a path that is longer than its own buffer
    return path[0] == '/' ? 0 : -EXDEV;
}

// ".." of the root leads into whatever is mounted on top of the root: a host root that was not detached would be there.
// Pinned by test_pivot_leaves_nothing_of_the_old_root.
long check_root() noexcept
{
    struct statx root;
    struct statx above;
    constexpr unsigned wanted = STATX_INO | STATX_MNT_ID;
    long result = call(__NR_statx, AT_FDCWD, "/", 0, wanted, &root);
    if (result == 0)
        result = call(__NR_statx, AT_FDCWD, "/..", 0, wanted, &above);
    if (result < 0)
        return result;
    bool const same = root.stx_ino == above.stx_ino && root.stx_dev_major == above.stx_dev_major &&
                      root.stx_dev_minor == above.stx_dev_minor && root.stx_mnt_id == above.stx_mnt_id;
    return same ? 0 : -EXDEV;
}

} // namespace ctr::child
