// SPDX-License-Identifier: MIT
// Sensitive paths of /proc and /sys, fresh ones and the host's: masked, or read-only. Named from the mount itself, never by a path that an
// image could redirect.
#include "compile/compile.h"

#include "base/text.h"

#include <linux/mount.h>

namespace ctr::compile {

namespace {

using plan::OpCode;

constexpr uint64_t closed = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

// An empty directory that nobody may enter.
plan::Slot directory_mask(Context& context) { return make_filesystem(context, "tmpfs", {{"mode", "0"}}, closed); }

// The host's null device, on a mount where no device can be opened: EACCES for everybody, root included.
plan::Slot file_mask(Context& context)
{
    plan::Slot const tree = clone_tree(context, plan::at_cwd, "/dev/null", false);
    context.ops.add(OpCode::check_device).check_device = {tree, 1, 3};
    set_attributes(context, tree, closed, false);
    return tree;
}

// A detached tree cannot be copied before 6.15, a mounted one can: the first mask is the source of the others.
plan::Slot mask_of(Context& context, bool directory)
{
    plan::Slot& first = directory ? context.directory_mask : context.file_mask;
    if (first >= 0)
        return clone_tree(context, first, "", false);
    return first = directory ? directory_mask(context) : file_mask(context);
}

// The file system is the kernel's own and has no links on these paths, so a name in it cannot lead elsewhere.
void protect(Context& context, plan::Slot mounted, std::string_view inside, host::SystemPath const& path)
{
    context.ops.about(
        {Step::mount, {}, path.path, concat("cannot ", path.masked ? "mask " : "protect ", quoted(path.path))});
    plan::Slot const tree = path.masked ? mask_of(context, path.directory) : clone_tree(context, mounted, inside, true);
    if (!path.masked)
        set_attributes(context, tree, closed, true);
    attach_at(context, tree, mounted, inside);
    if (tree != context.directory_mask && tree != context.file_mask)
        context.ops.release(tree);
}

} // namespace

void protect_system_paths(Context& context, plan::Slot mounted, spec::Mount const& mount)
{
    for (auto const& [key, value] : mount.options)
        if (key == "subset" && value == "pid")
            return; // none of them is there
    bool const proc = mount.type == spec::MountType::proc || mount.type == spec::MountType::host_proc;
    std::string_view const at = proc ? "/proc" : "/sys";
    for (host::SystemPath const& path : context.facts.root.system_paths)
        if (starts_with_path(path.path, at))
            protect(context, mounted, path.path.substr(at.size() + 1), path);
}

} // namespace ctr::compile
