// SPDX-License-Identifier: MIT
#pragma once

#include "config/config.h"
#include "spec/namespaces.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ctr::spec {

enum class MountType : uint8_t {
    bind,  // of a path or descriptor of the host
    tmpfs, // and the other file systems that are made fresh
    proc,
    sysfs,
    mqueue,
    devpts,
    cgroup2,
    devices,   // the container's /dev: a tmpfs with nodes, links, pts, shm and mqueue
    host_proc, // the host's /proc, recursively
    host_sys,  // the host's /sys, recursively and read-only
    file,      // a file with given content
    symlink,
    directory,
    device, // one node, bound
};

struct MountFlags {
    bool read_only = false;
    bool nosuid = false;
    bool nodev = false;
    bool noexec = false;
    bool noatime = false;
    bool recursive = false;
    bool optional = false;      // left out where the source is missing
    bool create = false;        // mount points are made inside binds of the host too
    bool nofollow = false;      // the source's last component is no symbolic link
    bool only_existing = false; // left out where the target is missing
    bool strict_target = false; // the target's path has no symbolic links: system mounts
};

struct Mount {
    MountType type = MountType::bind;
    std::string source; // of a bind or device, or a link's target
    int source_fd = -1; // borrowed; instead of source
    std::string target; // absolute and lexically normal
    MountFlags flags = {};
    std::vector<std::pair<std::string, std::string>> options = {};
    std::string content = {};
    uint32_t mode = 0;
    Origin origin = {};
};

struct Mounts {
    bool any = true;                   // false: the mount namespace is not own, and nothing is mounted
    std::optional<std::string> rootfs; // none: the host's own root
    Origin rootfs_origin = {};
    bool read_only = true;
    bool masked = true;      // sensitive paths of /proc and /sys
    std::vector<Mount> list; // the default ones and the asked-for ones, in no order
};

Result<Mounts> checked_mounts(config::Config const& config, Namespaces const& namespaces);

// The mounts every container has, less those that the config replaces. (defaults.cc)
std::vector<Mount> default_mounts(config::Config const& config, Namespaces const& namespaces);

// On the host's own root the caller's home is hidden too, wherever it is. (defaults.cc)
Mounts with_home_hidden(Mounts mounts, std::string const& home);

} // namespace ctr::spec
