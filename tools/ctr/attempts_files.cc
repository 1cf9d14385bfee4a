// SPDX-License-Identifier: MIT
// Each of these stays out of reach where the container is what it should be.
#include "attempts.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <string>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace cli {
namespace {

Verdict opens(char const* path, int flags)
{
    int const file = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return errno == ENOENT ? Verdict::absent : Verdict::held;
    (void)close(file); // nothing was written
    return Verdict::open;
}

// A masked directory cannot be listed, or is empty.
Verdict lists(char const* path)
{
    DIR* const directory = opendir(path);
    if (directory == nullptr)
        return errno == ENOENT ? Verdict::absent : Verdict::held;
    int count = 0;
    while (readdir(directory) != nullptr)
        count++;
    (void)closedir(directory); // only read
    return count > 2 ? Verdict::open : Verdict::held;
}

bool has_writable(std::string const& path, int depth)
{
    DIR* const directory = opendir(path.c_str());
    if (directory == nullptr)
        return false;
    bool found = false;
    while (dirent const* const entry = found ? nullptr : readdir(directory)) {
        std::string const name = entry->d_name;
        std::string const below = path + "/" + name;
        if (name == "." || name == "..")
            continue;
        if (entry->d_type == DT_DIR)
            found = depth > 0 && has_writable(below, depth - 1);
        else
            found = entry->d_type == DT_REG && opens(below.c_str(), O_WRONLY) == Verdict::open;
    }
    (void)closedir(directory); // only read
    return found;
}

// A directory may be there twice, on the host's mount and on the container's.
struct Place {
    uint64_t inode = 0;
    uint64_t mount = 0;
    bool operator==(Place const&) const = default;
};

Place place_of(char const* path)
{
    struct statx status = {};
    if (syscall(SYS_statx, AT_FDCWD, path, 0, STATX_INO | STATX_MNT_ID, &status) != 0) // not every C library has it
        return {};
    return {status.stx_ino, (status.stx_mask & STATX_MNT_ID) != 0 ? status.stx_mnt_id : 0};
}

// The top of all that "..", tried from here, leads to.
bool climbs_out(Place const& root)
{
    for (int level = 0; level < 64; level++) {
        if (chdir("..") != 0)
            break; // it is judged where it is
    }
    return !(place_of(".") == root);
}

Verdict by_chroot()
{
    Place const root = place_of("/");
    int const outside = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)mkdir("/tmp/jail", 0755); // there already, perhaps
    if (chroot("/tmp/jail") != 0 || fchdir(outside) != 0)
        return Verdict::held;
    return climbs_out(root) ? Verdict::open : Verdict::held;
}

Verdict by_parents() { return climbs_out(place_of("/")) ? Verdict::open : Verdict::held; }

Verdict by_descriptors()
{
    Place const root = place_of("/");
    for (int number = 0; number < 1024; number++)
        if (fchdir(number) == 0 && climbs_out(root))
            return Verdict::open;
    return Verdict::held;
}

Verdict by_working_directory()
{
    char path[4096];
    long const size = syscall(SYS_getcwd, path, sizeof path);
    return size > 0 && path[0] == '/' ? Verdict::held : Verdict::open;
}

Verdict by_handle()
{
    union {
        file_handle handle;
        char room[sizeof(file_handle) + MAX_HANDLE_SZ];
    } wanted = {};
    int mount = 0;
    wanted.handle.handle_bytes = MAX_HANDLE_SZ;
    if (name_to_handle_at(AT_FDCWD, "/etc", &wanted.handle, &mount, 0) != 0)
        return Verdict::absent;
    int const directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return refused(open_by_handle_at(directory, &wanted.handle, O_RDONLY));
}

bool is_block_device(std::string const& path)
{
    struct stat status = {};
    return stat(path.c_str(), &status) == 0 && S_ISBLK(status.st_mode);
}

Verdict by_block_devices()
{
    DIR* const directory = opendir("/dev");
    Verdict verdict = Verdict::held;
    while (dirent const* const entry = directory == nullptr ? nullptr : readdir(directory)) {
        std::string const path = std::string("/dev/") + entry->d_name;
        if (is_block_device(path) && opens(path.c_str(), O_RDONLY) == Verdict::open)
            verdict = Verdict::open;
    }
    return verdict;
}

Verdict read_only(char const* path)
{
    struct statvfs status = {};
    if (statvfs(path, &status) != 0)
        return Verdict::absent;
    return (status.f_flag & ST_RDONLY) != 0 ? Verdict::held : Verdict::open;
}

long mounts(char const* source, char const* target, char const* type, unsigned long flags)
{
    return mount(source, target, type, flags, nullptr);
}

// clang-format off
constexpr Attempt table[] = {
    {Kind::wall, "mount a tmpfs", [] { return refused(mounts("x", "/tmp", "tmpfs", 0)); }},
    {Kind::wall, "mount a proc", [] { return refused(mounts("x", "/tmp", "proc", 0)); }},
    {Kind::wall, "mount a sysfs", [] { return refused(mounts("x", "/tmp", "sysfs", 0)); }},
    {Kind::wall, "mount a cgroup hierarchy", [] { return refused(mounts("x", "/tmp", "cgroup", 0)); }},
    {Kind::wall, "bind the root elsewhere", [] { return refused(mounts("/", "/tmp", nullptr, MS_BIND | MS_REC)); }},
    {Kind::wall, "make the root writable", [] { return refused(mounts(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND)); }},
    {Kind::wall, "make /sys writable", [] { return refused(mounts(nullptr, "/sys", nullptr, MS_REMOUNT | MS_BIND)); }},
    {Kind::wall, "make /proc/sys writable", [] { return refused(mounts(nullptr, "/proc/sys", nullptr, MS_REMOUNT | MS_BIND)); }},
    {Kind::wall, "change propagation", [] { return refused(mounts(nullptr, "/", nullptr, MS_SHARED | MS_REC)); }},
    {Kind::wall, "unmount what covers /proc/sys", [] { return refused(umount2("/proc/sys", MNT_DETACH)); }},
    {Kind::wall, "unmount /proc", [] { return refused(umount2("/proc", MNT_DETACH)); }},
    {Kind::wall, "unmount the root", [] { return refused(umount2("/", MNT_DETACH)); }},
    {Kind::wall, "open a file system", [] { return refused(syscall(430 /* fsopen */, "tmpfs", 0)); }},
    {Kind::wall, "clone a mount", [] { return refused(syscall(428 /* open_tree */, AT_FDCWD, "/", 1)); }},
    {Kind::wall, "change a mount's attributes", [] { return refused(syscall(442 /* mount_setattr */, AT_FDCWD, "/", 0, "\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32)); }},
    {Kind::wall, "pivot the root", [] { return refused(syscall(SYS_pivot_root, "/tmp", "/tmp")); }},
    {Kind::wall, "leave by ..", by_parents},
    {Kind::wall, "leave by chroot", by_chroot},
    {Kind::wall, "leave by a descriptor", by_descriptors},
    {Kind::wall, "leave by the working directory", by_working_directory},
    {Kind::wall, "open a file by its handle", by_handle},
    {Kind::wall, "make a block device", [] { return refused(mknod("/tmp/block", S_IFBLK | 0600, makedev(8, 0))); }},
    {Kind::wall, "make /dev/mem", [] { return refused(mknod("/tmp/mem", S_IFCHR | 0600, makedev(1, 1))); }},
    {Kind::wall, "open a block device", by_block_devices},
    {Kind::wall, "open /dev/mem", [] { return opens("/dev/mem", O_RDONLY); }},
    {Kind::wall, "open /dev/kmsg", [] { return opens("/dev/kmsg", O_WRONLY); }},
    {Kind::wall, "open /dev/kvm", [] { return opens("/dev/kvm", O_RDWR); }},
    {Kind::wall, "write a setting of the kernel", [] { return has_writable("/proc/sys", 5) ? Verdict::open : Verdict::held; }},
    {Kind::wall, "write core_pattern", [] { return opens("/proc/sys/kernel/core_pattern", O_WRONLY); }},
    {Kind::wall, "trigger sysrq", [] { return opens("/proc/sysrq-trigger", O_WRONLY); }},
    {Kind::wall, "read the kernel's memory", [] { return opens("/proc/kcore", O_RDONLY); }},
    {Kind::wall, "list the kernel's keys", [] { return opens("/proc/keys", O_RDONLY); }},
    {Kind::wall, "list the kernel's timers", [] { return opens("/proc/timer_list", O_RDONLY); }},
    {Kind::wall, "set interrupts", [] { return opens("/proc/irq/default_smp_affinity", O_WRONLY); }},
    {Kind::wall, "write to /sys", [] { return read_only("/sys"); }},
    {Kind::wall, "write a file of /sys", [] { return has_writable("/sys/kernel", 3) ? Verdict::open : Verdict::held; }},
    {Kind::wall, "read the firmware", [] { return lists("/sys/firmware"); }},
    {Kind::wall, "measure the processor's power", [] { return lists("/sys/devices/virtual/powercap"); }},
    {Kind::wall, "make a control group", [] { return refused(mkdir("/sys/fs/cgroup/escape", 0755)); }},
};
// clang-format on

} // namespace

std::span<Attempt const> attempts_on_files() { return table; }

} // namespace cli
