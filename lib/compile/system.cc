// SPDX-License-Identifier: MIT
// Sensitive paths of a fresh /proc or /sys: masked, or read-only. Opened on the mount itself, never by a path that an
// image could redirect.
#include "compile/compile.h"

#include "base/text.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/mount.h>

namespace ctr::compile {

namespace {

using plan::OpCode;

constexpr uint64_t closed = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

// A read-only directory nobody may enter masks a directory; the host's null device would hide that a file is masked,
// so a file of mode 0 does it.
plan::Slot mask_of(Context& context, bool directory)
{
    return clone_tree(context, context.scratch, directory ? "masked" : "unreadable", false);
}

void protect(Context& context, plan::Slot mounted, std::string_view inside, host::SystemPath const& path)
{
    context.ops.about(
        {Step::mount, {}, path.path, concat("cannot ", path.masked ? "mask " : "protect ", quoted(path.path))});
    plan::Slot const target = open_inside(context, mounted, inside, O_PATH, false);
    plan::Slot const tree = path.masked ? mask_of(context, path.directory) : clone_tree(context, target, "", true);
    set_attributes(context, tree, closed, !path.masked);
    attach(context, tree, target);
}

} // namespace

void protect_system_paths(Context& context, plan::Slot mounted, std::string_view at)
{
    for (host::SystemPath const& path : context.facts.root.system_paths)
        if (starts_with_path(path.path, at))
            protect(context, mounted, path.path.substr(at.size()), path);
}

} // namespace ctr::compile
