// SPDX-License-Identifier: MIT
// The container's root: a copy of a host tree, stacked on the old root, made the root at the end.
#include "compile/compile.h"

#include "base/text.h"

#include <algorithm>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>

namespace ctr::compile {

namespace {

using plan::OpCode;

bool needs_scratch(Context const& context)
{
    auto const is_file = [](spec::Mount const& mount) { return mount.type == spec::MountType::file; };
    auto const& list = context.spec.mounts.list;
    return !context.facts.root.layers.empty() || std::any_of(list.begin(), list.end(), is_file);
}

// A private tmpfs below the new root. It is detached with the old root; mounts cloned from it live on.
void add_scratch(Context& context)
{
    context.ops.about({Step::mount, {}, "tmpfs", "cannot make a private tmpfs"});
    context.scratch = make_filesystem(context, "tmpfs", {{"mode", "755"}}, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    context.ops.add(OpCode::move_mount).move_mount = {context.scratch, plan::at_cwd, {0}};
    context.stacked++;
}

// A file system made by an id that is not mapped would have no owner: EOVERFLOW.
void take_ids(Context& context)
{
    context.ops.about(
        {Step::identity, context.spec.identity.map_origin, "ctr-init", "cannot take ids of the container"});
    context.ops.add(OpCode::set_group).set_id = {context.own_ids->second};
    context.ops.add(OpCode::set_user).set_id = {context.own_ids->first};
}

} // namespace

void add_root(Context& context)
{
    host::RootFacts const& root = context.facts.root;
    spec::Mounts const& mounts = context.spec.mounts;
    plan::About const about{Step::root, mounts.rootfs_origin, root.path,
                            concat("cannot use ", quoted(root.path), " as the root")};
    context.ops.about(about);
    context.ops.add(OpCode::set_umask).flags = {0}; // modes are meant as given
    context.ops.add(OpCode::set_propagation).flags = {MS_REC | MS_PRIVATE};
    bool const cloned = !root.rebuilt || root.layers[0].overlay; // else layers.cc makes the root
    if (cloned) {
        context.root = clone_tree(context, plan::at_cwd, root.path, true);
        set_attributes(context, context.root, MOUNT_ATTR_NODEV | (mounts.read_only ? MOUNT_ATTR_RDONLY : 0), true);
    }
    clone_early(context);
    if (context.own_ids)
        take_ids(context);
    if (needs_scratch(context))
        add_scratch(context); // on the host's /, so what is cloned from there was cloned before
    if (!cloned)
        return;
    context.ops.about(about);
    context.ops.add(OpCode::move_mount).move_mount = {context.root, plan::at_cwd, {0}};
}

void enter_root(Context& context)
{
    context.ops.about({Step::root, {}, "/", "cannot make a mount read-only"});
    for (Sealed const& sealed : context.sealed_last) {
        context.ops.add(OpCode::set_mount).set_mount = {sealed.mount, 0, MOUNT_ATTR_RDONLY, 0};
        confirm_mount(context, sealed.mount, sealed.attributes, sealed.target);
    }
    for (Sealed const& sealed : context.sealed_last)
        if (sealed.mount != context.root)
            context.ops.release(sealed.mount);
    context.ops.about({Step::root, context.spec.mounts.rootfs_origin, context.facts.root.path,
                       "the kernel does not confirm the flags of the root"});
    bool const read_only = context.spec.mounts.read_only;
    confirm_mount(context, context.root, MOUNT_ATTR_NODEV | (read_only ? MOUNT_ATTR_RDONLY : 0U), "/");
    context.ops.about(
        {Step::root, context.spec.mounts.rootfs_origin, context.facts.root.path, "cannot change to the new root"});
    context.ops.add(OpCode::enter_dir).one_slot = {context.root};
    context.ops.add(OpCode::pivot_root);
    // The old root is on top of the new one now, and what was stacked on the old root is on top of that.
    for (int i = 0; i <= context.stacked; i++)
        context.ops.add(OpCode::detach_here);
    plan::Text const top = context.ops.text("/");
    context.ops.add(OpCode::change_dir).one_text = {top, 0};
    context.ops.add(OpCode::check_root);
    for (plan::Slot const slot : {context.root, context.scratch, context.directory_mask, context.file_mask})
        if (slot >= 0)
            context.ops.release(slot);
}

} // namespace ctr::compile
