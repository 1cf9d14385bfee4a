// SPDX-License-Identifier: MIT
// Layers over read-only trees that lack mount points: a read-only overlay with a skeleton below the original, or,
// where an overlay cannot go, the directory's entries bound one by one on a tmpfs.
#include "compile/compile.h"

#include "base/text.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>

namespace ctr::compile {

namespace {

using plan::OpCode;

constexpr uint32_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

std::string octal(uint32_t mode)
{
    char text[16];
    std::snprintf(text, sizeof text, "%o", mode);
    return text;
}

plan::Slot open_at(Context& context, plan::Slot dir, std::string const& path, uint32_t flags, uint32_t mode)
{
    plan::Slot const out = context.ops.slot();
    plan::Text const text = context.ops.text(path);
    context.ops.add(OpCode::open_at).open_at = {dir, text, flags | O_CLOEXEC, mode, out};
    return out;
}

void make_entry(Context& context, plan::Slot in, std::string const& path, uint32_t type, uint32_t mode,
                std::string const& link)
{
    plan::Text const name = context.ops.text(path);
    if (type == S_IFDIR) {
        context.ops.add(OpCode::make_dir, EEXIST).make_dir = {in, name, mode};
        return;
    }
    if (type == S_IFLNK) {
        plan::Text const to = context.ops.text(link);
        context.ops.add(OpCode::make_link).make_link = {in, name, to};
        return;
    }
    context.ops.release(open_at(context, in, path, O_WRONLY | O_CREAT | O_EXCL, 0644));
}

void make_additions(Context& context, plan::Slot in, host::LayerFacts const& layer)
{
    for (host::Addition const& addition : layer.additions)
        make_entry(context, in, addition.path, addition.type, addition.mode, addition.link);
}

// The original is the upper of two read-only layers: its entries, modes and owners win.
void add_overlay(Context& context, host::LayerFacts const& layer, size_t number)
{
    bool const top = layer.path == "/";
    plan::Slot const original =
        top ? context.root : open_inside(context, context.root, layer.path, O_PATH | O_DIRECTORY, false);
    std::string const name = concat("layer", std::to_string(number));
    make_entry(context, context.scratch, name, S_IFDIR, 0755, "");
    plan::Slot const skeleton = open_at(context, context.scratch, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
    make_additions(context, skeleton, layer);
    plan::Slot const fs = context.ops.slot();
    plan::Text const type = context.ops.text("overlay");
    context.ops.add(OpCode::fs_open).fs_open = {type, fs};
    context.ops.add(OpCode::fs_set_layers).fs_set_layers = {fs, original, skeleton};
    plan::Slot const overlay = context.ops.slot();
    context.ops.add(OpCode::fs_create).one_slot = {fs};
    context.ops.add(OpCode::fs_mount).fs_mount = {fs, attributes | MOUNT_ATTR_RDONLY, overlay};
    context.ops.add(OpCode::move_mount).move_mount = {overlay, original, {0}};
    context.ops.release(fs);
    context.ops.release(skeleton);
    context.ops.release(original);
    if (top) {
        context.root = overlay;
        context.stacked++; // the root below it
    } else {
        context.ops.release(overlay);
    }
}

// What a mount covers anyway needs a directory only.
bool is_covered(Context const& context, std::string const& path)
{
    host::RootFacts const& root = context.facts.root;
    for (size_t i = 0; i < root.targets.size(); i++) {
        auto const type = context.spec.mounts.list[i].type;
        bool const mounts = type != spec::MountType::symlink && type != spec::MountType::directory;
        if (mounts && !root.targets[i].left_out && root.targets[i].path == path)
            return true;
    }
    return false;
}

void bind_entry(Context& context, plan::Slot original, plan::Slot rebuilt, host::Entry const& entry,
                uint64_t protection)
{
    plan::Text const name = context.ops.text(entry.name);
    plan::Slot const tree = context.ops.slot();
    uint32_t const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | 0x8000 /* AT_RECURSIVE */ | AT_SYMLINK_NOFOLLOW;
    context.ops.add(OpCode::open_tree, ENOENT).open_tree = {original, name, flags, tree};
    if (protection != 0)
        set_attributes(context, tree, protection, true);
    attach(context, tree, open_at(context, rebuilt, entry.name, O_PATH | O_NOFOLLOW, 0));
}

void add_rebuilt(Context& context, host::LayerFacts const& layer)
{
    bool const top = layer.path == "/";
    plan::Slot const original = top ? open_at(context, plan::at_cwd, context.facts.root.path, O_PATH | O_DIRECTORY, 0)
                                    : open_inside(context, context.root, layer.path, O_PATH | O_DIRECTORY, false);
    plan::Slot const rebuilt = make_filesystem(context, "tmpfs", {{"mode", octal(layer.mode)}}, attributes);
    context.ops.add(OpCode::move_mount).move_mount = {rebuilt, top ? plan::at_cwd : original, {0}};
    uint64_t const of_root = MOUNT_ATTR_NODEV | (context.spec.mounts.read_only ? MOUNT_ATTR_RDONLY : 0U);
    for (host::Entry const& entry : layer.entries) {
        std::string const path = top ? concat("/", entry.name) : concat(layer.path, "/", entry.name);
        context.ops.subject(path);
        make_entry(context, rebuilt, entry.name, entry.type, 0755, entry.link);
        if (entry.type != S_IFLNK && !is_covered(context, path))
            bind_entry(context, original, rebuilt, entry, top ? of_root : 0);
    }
    make_additions(context, rebuilt, layer);
    context.ops.release(original);
    if (top)
        context.root = rebuilt;
    context.sealed_last.push_back({rebuilt, MOUNT_ATTR_RDONLY, ""});
}

} // namespace

void add_layers(Context& context)
{
    host::RootFacts const& root = context.facts.root;
    for (size_t i = 0; i < root.layers.size(); i++) {
        host::LayerFacts const& layer = root.layers[i];
        context.ops.about(
            {Step::mount, {}, layer.path, concat("cannot provide mount points that ", quoted(layer.path), " lacks")});
        if (layer.overlay)
            add_overlay(context, layer, i);
        else
            add_rebuilt(context, layer);
    }
}

} // namespace ctr::compile
