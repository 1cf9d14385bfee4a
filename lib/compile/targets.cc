// SPDX-License-Identifier: MIT
// Mount points: opened inside the container's root, and made where they may be.
#include "compile/compile.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

namespace ctr::compile {

namespace {

using plan::OpCode;

enum class Last : uint8_t { directory, file, link };

Last last_of(Context const& context, size_t mount)
{
    spec::Mount const& wanted = context.spec.mounts.list[mount];
    if (wanted.type == spec::MountType::symlink)
        return Last::link;
    bool const file = wanted.type == spec::MountType::file || wanted.type == spec::MountType::device ||
                      (wanted.type == spec::MountType::bind && context.facts.root.sources[mount].type != S_IFDIR);
    return file ? Last::file : Last::directory;
}

plan::Slot open_at(Context& context, plan::Slot dir, plan::Text name, uint32_t flags)
{
    plan::Slot const out = context.ops.slot();
    context.ops.add(OpCode::open_at).open_at = {dir, name, flags | O_CLOEXEC | O_NOFOLLOW, 0, out};
    return out;
}

// EEXIST everywhere: other containers on the same root may be making the same mount points.
plan::Slot make_directory(Context& context, plan::Slot dir, std::string const& name, uint32_t mode)
{
    plan::Text const text = context.ops.text(name);
    context.ops.add(OpCode::make_dir, EEXIST).make_dir = {dir, text, mode};
    return open_at(context, dir, text, O_PATH | O_DIRECTORY);
}

plan::Slot make_file(Context& context, plan::Slot dir, std::string const& name)
{
    plan::Text const text = context.ops.text(name);
    plan::Slot const made = context.ops.slot();
    context.ops.add(OpCode::open_at, EEXIST).open_at = {dir, text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644, made};
    context.ops.release(made);
    return open_at(context, dir, text, O_PATH);
}

// The last component may be a link, which has no slot.
plan::Slot make_last(Context& context, plan::Slot dir, size_t mount, std::string const& name)
{
    spec::Mount const& wanted = context.spec.mounts.list[mount];
    switch (last_of(context, mount)) {
    case Last::directory:
        return make_directory(context, dir, name, wanted.type == spec::MountType::directory ? wanted.mode : 0755);
    case Last::file: return make_file(context, dir, name);
    case Last::link: break;
    }
    plan::Text const text = context.ops.text(name);
    plan::Text const to = context.ops.text(wanted.source);
    context.ops.add(OpCode::make_link).make_link = {dir, text, to};
    return -1;
}

} // namespace

plan::Slot open_inside(Context& context, plan::Slot root, std::string_view path, uint64_t flags, bool links)
{
    uint64_t const resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | (links ? 0U : uint64_t{RESOLVE_NO_SYMLINKS});
    plan::Slot const out = context.ops.slot();
    plan::Text const text = context.ops.text(path);
    context.ops.add(OpCode::open_in_root).open_in_root = {root, text, flags | O_CLOEXEC, resolve, out};
    return out;
}

plan::Slot open_target(Context& context, size_t mount)
{
    host::TargetFacts const& target = context.facts.root.targets[mount];
    context.ops.subject(target.path);
    if (target.missing.empty() || target.layered)
        return open_inside(context, context.root, target.path, O_PATH, !target.certain);
    plan::Slot dir = open_inside(context, context.root, target.parent, O_PATH | O_DIRECTORY, false);
    for (size_t k = 0; k + 1 < target.missing.size(); k++) {
        plan::Slot const next = make_directory(context, dir, target.missing[k], 0755);
        context.ops.release(dir);
        dir = next;
    }
    plan::Slot const last = make_last(context, dir, mount, target.missing.back());
    context.ops.release(dir);
    return last;
}

} // namespace ctr::compile
