// SPDX-License-Identifier: MIT
// What a plan needs to know of this host, these sources and this root. Plain data, so that tests can fake a machine.
// Filled by survey, once per spawn; what matters for safety is checked again by an operation on a descriptor.
#pragma once

#include "base/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ctr::host {

// The caller and its ranges of ids.
struct CallerFacts {
    uint32_t uid = 0;
    uint32_t gid = 0;
    bool privileged = false;       // may write any map of ids: CAP_SETUID and CAP_SETGID
    bool groups_fixed = false;     // its user namespace denies setgroups for good, and so does every one made in it
    bool no_new_privs = false;     // setuid helpers do not work for it
    unsigned last_capability = 63; // that the kernel knows
    bool admin = false;            // may do without a user namespace: CAP_SYS_ADMIN
    std::string name;              // "" where no account has the uid
    std::string home;              // of the account, where it is a directory that the caller owns
    std::vector<uint32_t> groups;  // supplementary, without gid
    std::vector<IdRange> subuids;  // inside is not used
    std::vector<IdRange> subgids;
    std::vector<IdRange> uid_map; // of the caller's own user namespace, where it matters
    std::vector<IdRange> gid_map;
    std::string newuidmap; // paths of the helpers, "" where they are missing
    std::string newgidmap;

    bool operator==(CallerFacts const&) const = default;
};

// Who the command is, looked up in the container's passwd and group.
struct UserFacts {
    uint32_t uid = 0;
    uint32_t gid = 0;
    std::vector<uint32_t> groups; // supplementary, without gid
    std::string home;             // "" where the passwd does not say

    bool operator==(UserFacts const&) const = default;
};

struct DirFacts {
    std::string path; // "" where it is not known
    uint64_t device = 0;
    uint64_t inode = 0;

    bool operator==(DirFacts const&) const = default;
};

struct SourceFacts {
    bool missing = false;   // only with an optional mount: it is left out
    uint32_t type = 0;      // S_IFMT bits
    bool host_root = false; // it is the host's / itself
    std::string path;       // by which every process finds it, of a descriptor or a path that only the caller follows
    uint32_t device_major = 0; // of a character or block device
    uint32_t device_minor = 0;

    bool operator==(SourceFacts const&) const = default;
};

// What a target's missing components would be made in.
enum class Ground : uint8_t { root, own, bind, opaque };

struct TargetFacts {
    std::string path;    // inside the container, symbolic links resolved
    bool certain = true; // false: the survey could not look, the container will see
    bool left_out = false;
    bool exists = false;
    bool directory = false;
    Ground ground = Ground::root;
    bool layered = false;             // a layer provides it
    std::string parent;               // the deepest existing directory
    std::vector<std::string> missing; // components below parent

    bool operator==(TargetFacts const&) const = default;
};

struct Entry {
    std::string name;
    uint32_t type = 0; // S_IFMT bits
    std::string link;  // of a symbolic link

    bool operator==(Entry const&) const = default;
};

// Something to be made in a layer: relative to the layer's directory.
struct Addition {
    std::string path;
    uint32_t type = 0; // S_IFDIR, S_IFREG or S_IFLNK
    uint32_t mode = 0;
    std::string link;

    bool operator==(Addition const&) const = default;
};

// A directory of a read-only tree that lacks mount points. Where an overlay cannot go its entries are rebuilt on
// a tmpfs.
struct LayerFacts {
    std::string path;
    bool overlay = true;
    uint32_t mode = 0755;
    std::vector<Entry> entries; // to rebuild
    std::vector<Addition> additions;

    bool operator==(LayerFacts const&) const = default;
};

// A sensitive path of /proc or /sys that this kernel has.
struct SystemPath {
    std::string path;
    bool directory = false;
    bool masked = false; // else read-only

    bool operator==(SystemPath const&) const = default;
};

struct RootFacts {
    std::string path = "/";           // on the host, absolute
    bool rebuilt = false;             // the first layer is the root itself
    std::vector<SourceFacts> sources; // as Spec's list of mounts
    std::vector<TargetFacts> targets; // likewise
    std::vector<size_t> order;        // parents before children
    std::vector<LayerFacts> layers;   // parents before children
    std::vector<SystemPath> system_paths;
    std::vector<std::string> created; // mount points that the container's writable root lacks

    bool operator==(RootFacts const&) const = default;
};

struct Facts {
    CallerFacts caller;
    UserFacts user;
    DirFacts cwd;
    RootFacts root;
    int landlock = 0; // the version that the kernel offers; 0 is none, or not asked for

    bool operator==(Facts const&) const = default;
};

} // namespace ctr::host
