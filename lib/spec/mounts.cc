// SPDX-License-Identifier: MIT
#include "spec/mounts.h"

#include "spec/fault.h"

#include <algorithm>
#include <sys/mount.h>

namespace ctr::spec {

namespace {

constexpr size_t most_mounts = 4096;
constexpr size_t most_content = size_t{256} << 20;

// Lexically normal: one slash between components, none at the end, no ".". A ".." is refused, because where it
// leads depends on links that only exist later.
Result<std::string> normal_target(config::MountWish const& wish)
{
    std::string path;
    for (std::string_view const part : split(wish.target, '/')) {
        if (part.empty() || part == ".")
            continue;
        if (part == "..")
            return fault(wish.origin, wish.target, "a path inside the container must not contain \"..\"");
        if (part.size() > 255)
            return fault(wish.origin, wish.target, "a path component is at most 255 bytes");
        path += concat("/", part);
    }
    if (path.empty())
        return fault(wish.origin, wish.target, "nothing can be mounted on / itself: set the root instead");
    return path;
}

MountFlags flags_of(config::MountWish const& wish)
{
    uint64_t const flags = wish.flags;
    MountFlags out;
    out.read_only = (flags & MS_RDONLY) != 0;
    out.nosuid = true;
    out.nodev = wish.kind != config::MountKind::device;
    out.noexec = (flags & MS_NOEXEC) != 0;
    out.noatime = (flags & MS_NOATIME) != 0;
    out.recursive = (flags & MS_REC) != 0;
    out.optional = (flags & CTR_MOUNT_OPTIONAL) != 0;
    out.create = (flags & CTR_MOUNT_CREATE) != 0;
    out.nofollow = (flags & CTR_MOUNT_NOFOLLOW) != 0;
    return out;
}

MountType type_of(config::MountWish const& wish)
{
    switch (wish.kind) {
    case config::MountKind::bind: return MountType::bind;
    case config::MountKind::file: return MountType::file;
    case config::MountKind::symlink: return MountType::symlink;
    case config::MountKind::directory: return MountType::directory;
    case config::MountKind::device: return MountType::device;
    case config::MountKind::filesystem: break;
    }
    constexpr std::pair<char const*, MountType> types[] = {
        {"proc", MountType::proc},     {"sysfs", MountType::sysfs},     {"mqueue", MountType::mqueue},
        {"devpts", MountType::devpts}, {"cgroup2", MountType::cgroup2},
    };
    for (auto const& [name, type] : types)
        if (wish.type == name)
            return type;
    return MountType::tmpfs;
}

Result<std::vector<std::pair<std::string, std::string>>> parsed_options(std::string const& text, Origin origin)
{
    std::vector<std::pair<std::string, std::string>> options;
    if (text.empty())
        return options;
    for (std::string_view const part : split(text, ',')) {
        size_t const equals = part.find('=');
        std::string_view const key = part.substr(0, equals);
        if (key.empty())
            return fault(origin, text, "an option of the file system has no name");
        if (key == "source" || key == "ro" || key == "rw")
            return fault(origin, part, "this is not an option of the file system: use the mount's flags");
        options.emplace_back(key, equals == std::string_view::npos ? "" : part.substr(equals + 1));
    }
    return options;
}

char const* needed_namespace(MountType type, Namespaces const& namespaces)
{
    if (type == MountType::proc && namespaces.of(Ns::pid).mode == NsMode::shared)
        return "a fresh proc needs an own pid namespace";
    if (type == MountType::sysfs && namespaces.of(Ns::net).mode == NsMode::shared)
        return "a fresh sysfs needs an own network namespace";
    if (type == MountType::mqueue && namespaces.of(Ns::ipc).mode == NsMode::shared)
        return "a fresh mqueue needs an own ipc namespace";
    if (type == MountType::cgroup2 && namespaces.of(Ns::cgroup).mode == NsMode::shared)
        return "a fresh cgroup2 needs an own cgroup namespace";
    return nullptr;
}

// Behind a slash, or a slash and dots, the last component would be followed although it is a link.
std::string without_tail(std::string path)
{
    while (path.size() > 1 && (path.back() == '/' || path.ends_with("/.")))
        path.pop_back();
    return path;
}

Result<Mount> checked_mount(config::MountWish const& wish, Namespaces const& namespaces)
{
    Mount mount;
    mount.type = type_of(wish);
    mount.flags = flags_of(wish);
    mount.source = wish.source;
    if (mount.flags.nofollow)
        mount.source = without_tail(std::move(mount.source));
    mount.source_fd = wish.source_fd.get();
    mount.target = CTR_TRY(normal_target(wish));
    mount.options = CTR_TRY(parsed_options(wish.options, wish.origin));
    mount.content = wish.content;
    mount.mode = wish.mode;
    mount.origin = wish.origin;
    if (char const* need = needed_namespace(mount.type, namespaces))
        return fault(wish.origin, mount.target, need);
    return mount;
}

// A plan is one image of less than 4 GiB.
Status check_content(std::vector<Mount> const& mounts)
{
    size_t total = 0;
    for (Mount const& mount : mounts)
        if ((total += mount.content.size()) > most_content)
            return fault(mount.origin, mount.target, "the files of a container hold at most 256 MiB together");
    return Unit{};
}

// A directory that is only made may be mounted on, and made twice.
Status check_unique(std::vector<Mount> const& mounts)
{
    std::vector<Mount const*> sorted;
    for (Mount const& mount : mounts)
        if (mount.type != MountType::directory)
            sorted.push_back(&mount);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](Mount const* a, Mount const* b) { return a->target < b->target; });
    for (size_t i = 1; i < sorted.size(); i++)
        if (sorted[i]->target == sorted[i - 1]->target)
            return fault(sorted[i]->origin, sorted[i]->target, "two mounts have the same target");
    return Unit{};
}

// A directory that is only made would show what a default mount hides, such as the host's homes.
bool is_mounted_on(std::vector<Mount> const& mounts, std::string const& target)
{
    return std::any_of(mounts.begin(), mounts.end(), [&](Mount const& mount) {
        return mount.target == target && mount.type != MountType::directory;
    });
}

Status check_no_mounts(config::Config const& config)
{
    if (config.rootfs)
        return fault(config.rootfs->origin, config.rootfs->text,
                     "a root needs an own mount namespace, and this one is shared or joined");
    if (!config.mounts.empty())
        return fault(config.mounts[0].origin, config.mounts[0].target,
                     "a mount needs an own mount namespace, and this one is shared or joined");
    if (config.proc != CTR_PROC_FRESH)
        return fault(last_call(config, Call::set_proc), "/proc",
                     "what /proc shows can only be set with an own mount namespace");
    if (config.proc_options)
        return fault(config.proc_options->origin, config.proc_options->text,
                     "what /proc shows can only be set with an own mount namespace");
    return Unit{};
}

Status add_proc_options(std::vector<Mount>& mounts, config::Config const& config)
{
    if (!config.proc_options)
        return Unit{};
    config::TextWish const& wish = *config.proc_options;
    for (Mount& mount : mounts)
        if (mount.target == "/proc" && mount.type == MountType::proc && mount.origin.call == Call::none) {
            mount.options = CTR_TRY(parsed_options(wish.text, wish.origin));
            mount.origin = wish.origin;
            return Unit{};
        }
    return fault(wish.origin, wish.text,
                 "options of /proc need a fresh one, without a mount of the config in its place");
}

} // namespace

Result<Mounts> checked_mounts(config::Config const& config, Namespaces const& namespaces)
{
    Mounts mounts;
    mounts.any = namespaces.own(Ns::mount);
    if (!mounts.any) {
        CTR_TRY(check_no_mounts(config));
        return mounts;
    }
    if (config.rootfs) {
        mounts.rootfs = config.rootfs->text;
        mounts.rootfs_origin = config.rootfs->origin;
        mounts.read_only = config.root_mode == CTR_ROOT_READ_ONLY;
    }
    mounts.masked = config.system_paths == CTR_SYSTEM_PATHS_MASKED;
    if (config.mounts.size() > most_mounts)
        return fault(config.mounts[most_mounts].origin, std::to_string(config.mounts.size()),
                     "a container has at most 4096 mounts");
    for (config::MountWish const& wish : config.mounts)
        mounts.list.push_back(CTR_TRY(checked_mount(wish, namespaces)));
    CTR_TRY(check_content(mounts.list));
    CTR_TRY(check_unique(mounts.list));
    for (Mount& mount : default_mounts(config, namespaces))
        if (!is_mounted_on(mounts.list, mount.target))
            mounts.list.push_back(std::move(mount));
    CTR_TRY(add_proc_options(mounts.list, config));
    return mounts;
}

} // namespace ctr::spec
