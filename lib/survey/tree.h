// SPDX-License-Identifier: MIT
// The file tree of a container that does not exist yet: the root, with the mounts that will be on it. Paths are
// resolved as they will be inside, without following anything out of it. What is found is checked again by the
// operations, on descriptors.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "host/facts.h"
#include "spec/spec.h"

#include <map>
#include <string>
#include <vector>

namespace ctr::survey {

enum class BackingKind : uint8_t {
    directory, // of the host
    file,      // of the host, or made
    fresh,     // an own file system: only what is made there exists
    opaque,    // a kernel's file system: only the container can see
};

struct Backing {
    BackingKind kind = BackingKind::fresh;
    Fd fd;
    host::Ground ground = host::Ground::own;
    std::string content = {}; // of a file that is made
};

struct Look {
    enum Kind : uint8_t { missing, directory, other, link, unknown } kind = missing;
    std::string to; // of a link
};

class Tree {
public:
    explicit Tree(Backing root) { mounts_["/"] = std::move(root); }

    // Where a target will be. The last component is followed too, unless @follow is false.
    Result<host::TargetFacts> resolve(spec::Mount const& mount, bool follow) const;

    void add_mount(std::string const& path, Backing backing) { mounts_[path] = std::move(backing); }
    void add_made(std::string const& path, bool directory)
    {
        made_[path] = {directory ? Look::directory : Look::other, ""};
    }

    // For readers of files: no target leads through a link that is made.
    void add_link(std::string const& path, std::string const& to) { made_[path] = {Look::link, to}; }

    // The content of a regular file, "" where it is missing; symbolic links are followed inside. Anything else of
    // that name is an error: an image may have put a fifo or a device there.
    Result<std::string> read_file(std::string const& path, size_t most) const;

    Backing const& backing_of(std::string const& path) const;

    // Whether nobody could make anything there, whatever the permissions.
    bool is_read_only(std::string const& directory) const;

private:
    Look look(std::string const& path) const;
    Look look_into(Backing const& backing, std::string const& path) const;
    std::string relative(std::string const& path) const;

    std::map<std::string, Backing> mounts_;
    std::map<std::string, Look> made_;
};

std::string join(std::string const& directory, std::string_view name);
std::string parent_of(std::string const& path);

} // namespace ctr::survey
