// SPDX-License-Identifier: MIT
// Mounts, parents before children, every one by descriptors.
#include "compile/compile.h"

#include "base/text.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>

#ifndef OPEN_TREE_CLONE
#error "the kernel headers must know open_tree(2)"
#endif

namespace ctr::compile {

namespace {

using plan::OpCode;
using spec::Mount;
using spec::MountType;

constexpr uint32_t at_recursive = 0x8000; // AT_RECURSIVE

plan::Slot bind_source(Context& context, size_t i)
{
    Mount const& mount = context.spec.mounts.list[i];
    host::SourceFacts const& source = context.facts.root.sources[i];
    context.ops.subject(mount.source);
    if (context.cloned[i] >= 0)
        return context.cloned[i];
    std::string const& name = source.path.empty() ? mount.source : source.path;
    if (context.sources[i] >= 0) {
        plan::Slot const tree = clone_tree(context, plan::at_cwd, name, mount.flags.recursive);
        context.ops.add(OpCode::check_same).check_same = {tree, context.sources[i]};
        return tree;
    }
    if (!mount.flags.nofollow)
        return clone_tree(context, plan::at_cwd, name, mount.flags.recursive);
    plan::Slot const file = context.ops.slot();
    plan::Text const path = context.ops.text(name);
    context.ops.add(OpCode::open_at).open_at = {plan::at_cwd, path, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, file};
    context.ops.add(OpCode::check_type).check_type = {file, source.type};
    plan::Slot const tree = clone_tree(context, file, "", mount.flags.recursive);
    context.ops.release(file);
    return tree;
}

void add_bind(Context& context, size_t i)
{
    Mount const& mount = context.spec.mounts.list[i];
    context.ops.about({Step::mount, mount.origin, mount.source,
                       concat("cannot bind ", quoted(mount.source), " to ", quoted(mount.target))});
    plan::Slot const tree = bind_source(context, i);
    context.cloned[i] = -1;
    if (mount.type == MountType::device) {
        host::SourceFacts const& source = context.facts.root.sources[i];
        if (source.type == S_IFCHR)
            context.ops.add(OpCode::check_device).check_device = {tree, source.device_major, source.device_minor};
    }
    set_attributes(context, tree, attributes_of(mount.flags), mount.flags.recursive, mount.target);
    attach(context, tree, open_target(context, i));
}

void add_host_tree(Context& context, size_t i, char const* source)
{
    Mount const& mount = context.spec.mounts.list[i];
    context.ops.about({Step::mount, mount.origin, source, concat("cannot bind the host's ", source)});
    plan::Slot const tree = clone_tree(context, plan::at_cwd, source, true);
    set_attributes(context, tree, attributes_of(mount.flags), true, mount.target);
    plan::Slot const target = open_target(context, i);
    context.ops.add(OpCode::move_mount).move_mount = {tree, target, {0}};
    context.ops.release(target);
    protect_system_paths(context, tree, mount); // the host's own are as sensitive as fresh ones
    context.ops.release(tree);
}

// Whether something is made in this mount. Then it is read-only afterwards.
bool is_filled(Context const& context, size_t i)
{
    auto const& targets = context.facts.root.targets;
    std::string const& path = targets[i].path;
    return std::any_of(targets.begin(), targets.end(), [&](host::TargetFacts const& target) {
        return !target.left_out && !target.missing.empty() && target.path != path &&
               starts_with_path(target.parent, path);
    });
}

void add_filesystem(Context& context, size_t i, char const* type)
{
    Mount const& mount = context.spec.mounts.list[i];
    context.ops.about(
        {Step::mount, mount.origin, mount.target, concat("cannot mount ", type, " on ", quoted(mount.target))});
    bool const sealed = mount.type == MountType::tmpfs && mount.flags.read_only && is_filled(context, i);
    uint32_t const attributes = attributes_of(mount.flags) & ~(sealed ? uint32_t{MOUNT_ATTR_RDONLY} : 0U);
    plan::Slot const made = make_filesystem(context, type, mount.options, attributes);
    confirm_mount(context, made, attributes, sealed ? std::string_view() : mount.target);
    plan::Slot const target = open_target(context, i);
    context.ops.add(OpCode::move_mount).move_mount = {made, target, {0}};
    context.ops.release(target);
    if (mount.type == MountType::proc || mount.type == MountType::sysfs)
        protect_system_paths(context, made, mount);
    if (sealed)
        context.sealed_last.push_back({made, attributes_of(mount.flags), mount.target});
    else
        context.ops.release(made);
}

void add_file(Context& context, size_t i)
{
    Mount const& mount = context.spec.mounts.list[i];
    context.ops.about({Step::mount, mount.origin, mount.target, concat("cannot make the file ", quoted(mount.target))});
    plan::Text const name = context.ops.text(concat("file", std::to_string(i)));
    plan::Text const content = context.ops.text(mount.content);
    plan::Slot const file = context.ops.slot();
    context.ops.add(OpCode::open_at).open_at = {context.scratch, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                                mount.mode, file};
    context.ops.add(OpCode::write_file).write_file = {file, content, static_cast<uint32_t>(mount.content.size())};
    context.ops.release(file);
    plan::Slot const tree = clone_tree(context, context.scratch, concat("file", std::to_string(i)), false);
    set_attributes(context, tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, false, mount.target);
    attach(context, tree, open_target(context, i));
}

void add_made(Context& context, size_t i)
{
    Mount const& mount = context.spec.mounts.list[i];
    host::TargetFacts const& target = context.facts.root.targets[i];
    if (target.missing.empty() || target.layered)
        return; // it is there, or a layer has it
    context.ops.about({Step::mount, mount.origin, mount.target, concat("cannot make ", quoted(mount.target))});
    plan::Slot const made = open_target(context, i);
    if (made >= 0)
        context.ops.release(made);
}

void add_mount(Context& context, size_t i)
{
    switch (context.spec.mounts.list[i].type) {
    case MountType::bind:
    case MountType::device: return add_bind(context, i);
    case MountType::tmpfs: return add_filesystem(context, i, "tmpfs");
    case MountType::proc: return add_filesystem(context, i, "proc");
    case MountType::sysfs: enter_network(context); return add_filesystem(context, i, "sysfs");
    case MountType::mqueue: return add_filesystem(context, i, "mqueue");
    case MountType::devpts: return add_filesystem(context, i, "devpts");
    case MountType::cgroup2: return add_filesystem(context, i, "cgroup2");
    case MountType::devices: return add_devices(context, i);
    case MountType::host_proc: return add_host_tree(context, i, "/proc");
    case MountType::host_sys: return add_host_tree(context, i, "/sys");
    case MountType::file: return add_file(context, i);
    case MountType::symlink:
    case MountType::directory: return add_made(context, i);
    }
}

} // namespace

uint32_t attributes_of(spec::MountFlags const& flags)
{
    uint32_t attributes = 0;
    if (flags.read_only)
        attributes |= MOUNT_ATTR_RDONLY;
    if (flags.nosuid)
        attributes |= MOUNT_ATTR_NOSUID;
    if (flags.nodev)
        attributes |= MOUNT_ATTR_NODEV;
    if (flags.noexec)
        attributes |= MOUNT_ATTR_NOEXEC;
    if (flags.noatime)
        attributes |= MOUNT_ATTR_NOATIME;
    return attributes;
}

plan::Slot clone_tree(Context& context, plan::Slot dir, std::string_view path, bool recursive)
{
    plan::Slot const out = context.ops.slot();
    plan::Text const text = path.empty() ? plan::Text{0} : context.ops.text(path);
    uint32_t const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? at_recursive : 0);
    context.ops.add(OpCode::open_tree).open_tree = {dir, text, flags, out};
    return out;
}

void set_attributes(Context& context, plan::Slot mount, uint64_t attributes, bool recursive, std::string_view target)
{
    uint64_t const clear = attributes & MOUNT_ATTR__ATIME ? MOUNT_ATTR__ATIME : 0; // the kernel asks for all or none
    context.ops.add(OpCode::set_mount).set_mount = {mount, recursive ? at_recursive : 0, attributes, clear};
    confirm_mount(context, mount, attributes, target);
}

void attach(Context& context, plan::Slot tree, plan::Slot target)
{
    context.ops.add(OpCode::move_mount).move_mount = {tree, target, {0}};
    context.ops.release(target);
    context.ops.release(tree);
}

// For directories that nobody else can change, so that the name is what it was.
void attach_at(Context& context, plan::Slot tree, plan::Slot dir, std::string_view name)
{
    plan::Text const text = context.ops.text(name);
    context.ops.add(OpCode::move_mount).move_mount = {tree, dir, text};
}

plan::Slot make_filesystem(Context& context, char const* type,
                           std::vector<std::pair<std::string, std::string>> const& options, uint32_t attributes)
{
    plan::Slot const fs = context.ops.slot();
    plan::Text const name = context.ops.text(type);
    context.ops.add(OpCode::fs_open).fs_open = {name, fs};
    plan::Text const subject = context.ops.current_subject();
    for (auto const& [key, value] : options) {
        context.ops.subject(value.empty() ? key : concat(key, "=", value)); // a refused option is named
        plan::Text const key_text = context.ops.text(key);
        plan::Text const value_text = value.empty() ? plan::Text{0} : context.ops.text(value);
        // Which groups a joined user namespace maps is not known; terminals then belong to their openers' group.
        bool const unsure = key == "gid" && context.spec.identity.map == spec::Map::joined;
        context.ops.add(OpCode::fs_set, unsure ? EINVAL : 0).fs_set = {fs, key_text, value_text};
    }
    context.ops.resume_subject(subject);
    plan::Slot const out = context.ops.slot();
    context.ops.add(OpCode::fs_create).one_slot = {fs};
    context.ops.add(OpCode::fs_mount).fs_mount = {fs, attributes, out};
    context.ops.release(fs);
    return out;
}

// The new root is stacked on the host's /: a bind of / itself must not contain it. And where ctr-init takes ids of
// the container it may no longer reach what the caller may.
void clone_early(Context& context)
{
    context.cloned.assign(context.spec.mounts.list.size(), -1);
    for (size_t i = 0; i < context.spec.mounts.list.size(); i++) {
        Mount const& mount = context.spec.mounts.list[i];
        bool const early = context.own_ids || context.facts.root.sources[i].host_root;
        if (mount.type != MountType::bind || !early || context.facts.root.targets[i].left_out)
            continue;
        context.ops.about({Step::mount, mount.origin, mount.source,
                           concat("cannot bind ", quoted(mount.source), " to ", quoted(mount.target))});
        context.cloned[i] = bind_source(context, i);
    }
}

void add_mounts(Context& context)
{
    for (size_t const i : context.facts.root.order)
        if (!context.facts.root.targets[i].left_out)
            add_mount(context, i);
}

} // namespace ctr::compile
