// SPDX-License-Identifier: MIT
// The mounts every container has: /dev, /proc, /sys and /tmp; on the host's own root also what hides the host's
// state and the homes of its users.
#include "spec/mounts.h"

#include "base/text.h"

#include <algorithm>

namespace ctr::spec {

namespace {

Mount system_mount(MountType type, char const* target)
{
    Mount mount;
    mount.type = type;
    mount.target = target;
    mount.flags.strict_target = true;
    mount.flags.nosuid = true;
    mount.flags.nodev = type != MountType::devices;
    mount.flags.noexec = type != MountType::devices;
    return mount;
}

Mount scratch(char const* target, char const* mode)
{
    Mount mount;
    mount.type = MountType::tmpfs;
    mount.target = target;
    mount.flags.nosuid = true;
    mount.flags.nodev = true;
    mount.options = {{"mode", mode}};
    return mount;
}

void add_proc(std::vector<Mount>& mounts, config::Config const& config, Namespaces const& namespaces)
{
    bool const host = config.proc == CTR_PROC_HOST || namespaces.of(Ns::pid).mode == NsMode::shared;
    if (config.proc != CTR_PROC_ABSENT) {
        mounts.push_back(system_mount(host ? MountType::host_proc : MountType::proc, "/proc"));
        return;
    }
    if (config.rootfs)
        return;
    Mount empty = scratch("/proc", "555"); // the host's would show through
    empty.flags.read_only = true;
    mounts.push_back(empty);
}

// A host that refuses a fresh /proc because its own is partly covered refuses a fresh /sys as well.
void add_sys(std::vector<Mount>& mounts, config::Config const& config, Namespaces const& namespaces)
{
    bool const own = namespaces.of(Ns::net).mode != NsMode::shared && config.proc != CTR_PROC_HOST;
    Mount sys = system_mount(own ? MountType::sysfs : MountType::host_sys, "/sys");
    sys.flags.read_only = true;
    mounts.push_back(sys);
}

// resolv.conf is often a link into /run, which is private: with the host's network its target is put there.
void add_name_resolution(std::vector<Mount>& mounts)
{
    Mount mount;
    mount.type = MountType::bind;
    mount.source = "/etc/resolv.conf";
    mount.target = "/etc/resolv.conf";
    mount.flags.read_only = true;
    mount.flags.nosuid = true;
    mount.flags.nodev = true;
    mount.flags.optional = true;
    mounts.push_back(mount);
}

void add_host_covers(std::vector<Mount>& mounts, Namespaces const& namespaces)
{
    mounts.push_back(scratch("/run", "755"));
    for (char const* path : {"/var/tmp", "/home", "/root"}) {
        Mount cover = scratch(path, path[1] == 'v' ? "1777" : path[1] == 'r' ? "700" : "755");
        cover.flags.only_existing = true;
        mounts.push_back(cover);
    }
    if (namespaces.of(Ns::net).mode == NsMode::shared)
        add_name_resolution(mounts);
}

} // namespace

std::vector<Mount> default_mounts(config::Config const& config, Namespaces const& namespaces)
{
    std::vector<Mount> mounts;
    add_proc(mounts, config, namespaces);
    add_sys(mounts, config, namespaces);
    mounts.push_back(system_mount(MountType::devices, "/dev"));
    mounts.push_back(scratch("/tmp", "1777"));
    if (!config.rootfs)
        add_host_covers(mounts, namespaces);
    return mounts;
}

Mounts with_home_hidden(Mounts mounts, std::string const& home)
{
    if (!mounts.any || mounts.rootfs || home.empty())
        return mounts;
    for (char const* covered : {"/home", "/root", "/tmp", "/run", "/var/tmp"})
        if (starts_with_path(home, covered))
            return mounts;
    auto const there = [&](Mount const& mount) { return mount.target == home && mount.type != MountType::directory; };
    if (std::any_of(mounts.list.begin(), mounts.list.end(), there))
        return mounts;
    Mount cover = scratch(home.c_str(), "700");
    cover.flags.only_existing = true;
    mounts.list.push_back(cover);
    return mounts;
}

} // namespace ctr::spec
