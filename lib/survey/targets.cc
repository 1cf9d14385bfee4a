// SPDX-License-Identifier: MIT
// Where the mounts will be, and which of their mount points have to be made in what.
#include "base/text.h"
#include "survey/survey.h"
#include "survey/tree.h"
#include "sys/file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <numeric>
#include <sys/stat.h>

namespace ctr::survey {

namespace {

using spec::Mount;
using spec::MountType;

constexpr int most_rounds = 4;

Error target_error(Mount const& mount, Code code, int sys, std::string message)
{
    return Error{.code = code,
                 .step = Step::mount,
                 .sys = sys,
                 .subject = mount.target,
                 .origin = mount.origin,
                 .message = std::move(message)};
}

bool wants_directory(Mount const& mount, host::SourceFacts const& source)
{
    switch (mount.type) {
    case MountType::bind: return source.type == S_IFDIR;
    case MountType::file:
    case MountType::symlink:
    case MountType::device: return false;
    case MountType::tmpfs:
    case MountType::proc:
    case MountType::sysfs:
    case MountType::mqueue:
    case MountType::devpts:
    case MountType::cgroup2:
    case MountType::devices:
    case MountType::host_proc:
    case MountType::host_sys:
    case MountType::directory: return true;
    }
    return true;
}

Result<Backing> backing_for(Mount const& mount, Source const& source)
{
    Backing backing;
    if (mount.type == MountType::bind) {
        backing.kind = source.facts.type == S_IFDIR ? BackingKind::directory : BackingKind::file;
        backing.ground = host::Ground::bind;
        sys::Outcome<Fd> copy = sys::duplicate(source.fd.get());
        if (!copy)
            return target_error(mount, code_of(copy.error), copy.error, "the mount's source cannot be kept open");
        backing.fd = std::move(copy.value);
        return backing;
    }
    if (mount.type == MountType::file || mount.type == MountType::device) {
        backing.kind = BackingKind::file;
        backing.content = mount.content;
        return backing;
    }
    bool const own = mount.type == MountType::tmpfs || mount.type == MountType::devices;
    backing.kind = own ? BackingKind::fresh : BackingKind::opaque;
    backing.ground = own ? host::Ground::own : host::Ground::opaque;
    return backing;
}

void add_devices(Tree& tree, std::string const& path)
{
    for (char const* name : {"pts", "shm", "mqueue"})
        tree.add_made(join(path, name), true);
    for (char const* name :
         {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "fd", "stdin", "stdout", "stderr", "core"})
        tree.add_made(join(path, name), false);
}

Status check_existing(Mount const& mount, host::TargetFacts& target, bool directory)
{
    if (!target.certain)
        return Unit{};
    if (mount.type == MountType::symlink)
        return target_error(mount, Code::invalid, EEXIST, "something else exists where the symbolic link is to be");
    if (target.directory == directory)
        return Unit{};
    return target_error(mount, Code::invalid, directory ? ENOTDIR : EISDIR,
                        directory ? "a directory cannot be mounted on a file"
                                  : "a file cannot be mounted on a directory");
}

class Surveyor {
public:
    Surveyor(spec::Mounts const& mounts, host::RootFacts& root, std::vector<Source> const& sources, Tree& tree)
        : mounts_(mounts), root_(root), sources_(sources), tree_(tree)
    {}

    Status place(size_t i)
    {
        Mount const& mount = mounts_.list[i];
        host::TargetFacts& target = root_.targets[i];
        if (root_.sources[i].missing) {
            target.left_out = true;
            target.path = mount.target;
            return Unit{};
        }
        bool const link = mount.type == MountType::symlink;
        target = CTR_TRY(tree_.resolve(mount, !link));
        if (target.path == "/")
            return target_error(mount, Code::invalid, 0,
                                concat(quoted(mount.target), " leads to / itself, on which nothing can be mounted"));
        bool const directory = wants_directory(mount, root_.sources[i]);
        if (link && target.exists && is_same_link(mount, target))
            target.left_out = true;
        else if (target.exists)
            CTR_TRY(check_existing(mount, target, directory));
        else if (mount.flags.only_existing)
            target.left_out = true;
        else
            CTR_TRY(provide(mount, target, directory));
        return target.left_out ? Status(Unit{}) : mount_there(i, target);
    }

private:
    bool is_same_link(Mount const& mount, host::TargetFacts const& target) const
    {
        Backing const& backing = tree_.backing_of(target.path);
        if (!backing.fd || backing.kind != BackingKind::directory)
            return false;
        std::string const name = target.path.substr(1);
        return backing.ground == host::Ground::root &&
               sys::read_link(backing.fd.get(), name.c_str()).value == mount.source;
    }

    Status provide(Mount const& mount, host::TargetFacts& target, bool directory)
    {
        target.ground = tree_.backing_of(target.parent).ground;
        if (target.ground == host::Ground::opaque)
            return target_error(mount, Code::not_found, ENOENT, "there is no such place for the mount");
        if (target.ground == host::Ground::bind && !mount.flags.create)
            return target_error(
                mount, Code::not_found, ENOENT,
                concat("there is no mount point ", quoted(mount.target), " inside the bind of a host directory"));
        target.layered =
            target.ground == host::Ground::root && (mounts_.read_only || tree_.is_read_only(target.parent));
        bool const on_host = target.ground == host::Ground::bind || target.ground == host::Ground::root;
        std::string path = target.parent;
        for (size_t k = 0; k < target.missing.size(); k++) {
            path = join(path, target.missing[k]);
            tree_.add_made(path, k + 1 < target.missing.size() || directory);
            if (on_host && !target.layered)
                root_.created.push_back(path);
        }
        return Unit{};
    }

    Status mount_there(size_t i, host::TargetFacts const& target)
    {
        Mount const& mount = mounts_.list[i];
        if (mount.type == MountType::symlink || mount.type == MountType::directory)
            return Unit{};
        tree_.add_mount(target.path, CTR_TRY(backing_for(mount, sources_[i])));
        if (mount.type == MountType::devices)
            add_devices(tree_, target.path);
        return Unit{};
    }

    spec::Mounts const& mounts_;
    host::RootFacts& root_;
    std::vector<Source> const& sources_;
    Tree& tree_;
};

Result<Backing> open_root(spec::Mounts const& mounts, host::RootFacts& root)
{
    char const* path = mounts.rootfs ? mounts.rootfs->c_str() : "/";
    sys::Outcome<Fd> directory = sys::open_file(AT_FDCWD, path, O_PATH | O_DIRECTORY);
    if (!directory)
        return Error{.code = directory.error == EACCES ? Code::denied : Code::not_found,
                     .step = Step::root,
                     .sys = directory.error,
                     .subject = path,
                     .origin = mounts.rootfs_origin,
                     .message = "the root file system cannot be opened"};
    if (mounts.rootfs) {
        std::string const self = concat("/proc/self/fd/", std::to_string(directory.value.get()));
        root.path = sys::read_link(AT_FDCWD, self.c_str()).value;
        if (root.path.empty() || root.path[0] != '/')
            root.path = path; // without /proc the path stays as it was given
    }
    return Backing{BackingKind::directory, std::move(directory.value), host::Ground::root};
}

// Parents first; a directory that is only made comes before a mount on it.
std::vector<size_t> sorted(std::vector<size_t> order, spec::Mounts const& mounts,
                           std::vector<host::TargetFacts> const& targets)
{
    auto const made = [&](size_t i) { return mounts.list[i].type == MountType::directory; };
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        if (targets[a].path != targets[b].path)
            return targets[a].path < targets[b].path;
        return made(a) && !made(b);
    });
    return order;
}

Status check_distinct(spec::Mounts const& mounts, host::RootFacts const& root)
{
    for (size_t k = 1; k < root.order.size(); k++) {
        size_t const one = root.order[k - 1];
        size_t const other = root.order[k];
        bool const both = !root.targets[one].left_out && !root.targets[other].left_out;
        bool const made = mounts.list[one].type == MountType::directory;
        if (both && !made && root.targets[one].path == root.targets[other].path)
            return target_error(mounts.list[mounts.list[other].origin.index < 0 ? one : other], Code::invalid, 0,
                                concat("two mounts have the same target ", quoted(root.targets[one].path)));
    }
    return Unit{};
}

void add_links(Tree& tree, spec::Mounts const& mounts, host::RootFacts const& root)
{
    for (size_t i = 0; i < mounts.list.size(); i++)
        if (mounts.list[i].type == MountType::symlink && !root.targets[i].left_out)
            tree.add_link(root.targets[i].path, mounts.list[i].source);
}

} // namespace

Result<Tree> survey_targets(spec::Mounts const& mounts, host::RootFacts& root)
{
    std::vector<Source> sources;
    for (Mount const& mount : mounts.list)
        sources.push_back(CTR_TRY(survey_source(mount)));
    for (Source& source : sources)
        root.sources.push_back(source.facts);
    root.targets.resize(mounts.list.size());
    for (size_t i = 0; i < mounts.list.size(); i++)
        root.targets[i].path = mounts.list[i].target;
    root.order.resize(mounts.list.size());
    std::iota(root.order.begin(), root.order.end(), size_t{0});
    root.order = sorted(root.order, mounts, root.targets);
    // A target behind a symbolic link may turn out to be below another one: then once more in the new order.
    for (int round = 0;; round++) {
        Tree tree(CTR_TRY(open_root(mounts, root)));
        root.created.clear();
        Surveyor surveyor(mounts, root, sources, tree);
        for (size_t const i : root.order)
            CTR_TRY(surveyor.place(i));
        std::vector<size_t> const order = sorted(root.order, mounts, root.targets);
        if (order == root.order || round == most_rounds) {
            CTR_TRY(check_distinct(mounts, root));
            add_links(tree, mounts, root);
            return tree;
        }
        root.order = order;
    }
}

} // namespace ctr::survey
