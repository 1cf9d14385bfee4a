// SPDX-License-Identifier: MIT
#include "config/shape.h"

#include <array>
#include <sys/mount.h>

namespace ctr::config {

namespace {

constexpr uint64_t mount_flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_BIND | MS_REC |
                                 CTR_MOUNT_OPTIONAL | CTR_MOUNT_CREATE | CTR_MOUNT_NOFOLLOW;
constexpr uint64_t bind_only = MS_REC | CTR_MOUNT_OPTIONAL | CTR_MOUNT_NOFOLLOW;
constexpr size_t most_content = 16U << 20;

constexpr std::array<std::string_view, 6> filesystems = {"tmpfs", "proc", "sysfs", "mqueue", "devpts", "cgroup2"};

bool is_filesystem(std::string_view type)
{
    for (std::string_view const known : filesystems)
        if (type == known)
            return true;
    return false;
}

std::string flags_fault(uint64_t flags, bool bind)
{
    if ((flags & (MS_REMOUNT | MS_MOVE | MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)) != 0)
        return "a mount cannot be a remount, a move or a change of propagation";
    if ((flags & ~mount_flags) != 0)
        return "a mount flag is unknown";
    if (!bind && (flags & bind_only) != 0)
        return "recursive, optional and nofollow are for binds";
    return "";
}

std::string source_fault(char const* source, bool bind)
{
    if (bind)
        return path_fault(source, false);
    return "";
}

} // namespace

Status add_mount(Config& config, char const* source, char const* target, char const* type, uint64_t flags,
                 char const* options)
{
    Origin const origin = count_call(config, Call::add_mount);
    std::string_view const kind = type == nullptr ? "" : type;
    bool const bind = kind == "bind" || (flags & MS_BIND) != 0;
    if (std::string fault = inside_path_fault(target); !fault.empty())
        return shape_error(config, origin, target == nullptr ? "" : target, std::move(fault));
    if (bind && !kind.empty() && kind != "bind")
        return shape_error(config, origin, kind, "MS_BIND does not go with a file system type");
    if (!bind && !is_filesystem(kind))
        return shape_error(config, origin, kind,
                           "the file system type must be one of tmpfs, proc, sysfs, mqueue, devpts, cgroup2");
    if (std::string fault = flags_fault(flags, bind); !fault.empty())
        return shape_error(config, origin, target, std::move(fault));
    if (std::string fault = source_fault(source, bind); !fault.empty())
        return shape_error(config, origin, source == nullptr ? "" : source, std::move(fault));
    if (bind && options != nullptr && options[0] != '\0')
        return shape_error(config, origin, options, "a bind mount takes no file system options");
    MountWish wish;
    wish.kind = bind ? MountKind::bind : MountKind::filesystem;
    wish.source = source == nullptr ? "" : source;
    wish.target = target;
    wish.type = kind;
    wish.flags = flags;
    wish.options = options == nullptr ? "" : options;
    wish.origin = origin;
    config.mounts.push_back(std::move(wish));
    return Unit{};
}

Status add_mount_fd(Config& config, int fd, char const* target, uint64_t flags)
{
    Origin const origin = count_call(config, Call::add_mount_fd);
    if (std::string fault = inside_path_fault(target); !fault.empty())
        return shape_error(config, origin, target == nullptr ? "" : target, std::move(fault));
    if (std::string fault = flags_fault(flags, true); !fault.empty())
        return shape_error(config, origin, target, std::move(fault));
    MountWish wish;
    wish.kind = MountKind::bind;
    wish.source_fd = CTR_TRY(duplicate(config, origin, fd));
    wish.source = concat("descriptor ", std::to_string(fd));
    wish.target = target;
    wish.flags = flags;
    wish.origin = origin;
    config.mounts.push_back(std::move(wish));
    return Unit{};
}

Status add_file(Config& config, char const* target, void const* content, size_t size, uint32_t mode)
{
    Origin const origin = count_call(config, Call::add_file);
    if (std::string fault = inside_path_fault(target); !fault.empty())
        return shape_error(config, origin, target == nullptr ? "" : target, std::move(fault));
    if (content == nullptr && size > 0)
        return shape_error(config, origin, target, "a file's content must not be NULL");
    if (size > most_content)
        return shape_error(config, origin, target, "a file's content is at most 16 MiB");
    if (mode > 07777)
        return shape_error(config, origin, target, "a file mode is at most 07777");
    MountWish wish;
    wish.kind = MountKind::file;
    wish.target = target;
    if (size > 0)
        wish.content.assign(static_cast<char const*>(content), size);
    wish.mode = mode;
    wish.origin = origin;
    config.mounts.push_back(std::move(wish));
    return Unit{};
}

Status add_symlink(Config& config, char const* link_target, char const* path)
{
    Origin const origin = count_call(config, Call::add_symlink);
    if (std::string fault = inside_path_fault(path); !fault.empty())
        return shape_error(config, origin, path == nullptr ? "" : path, std::move(fault));
    if (std::string fault = path_fault(link_target, false); !fault.empty())
        return shape_error(config, origin, path, std::move(fault));
    MountWish wish;
    wish.kind = MountKind::symlink;
    wish.source = link_target;
    wish.target = path;
    wish.origin = origin;
    config.mounts.push_back(std::move(wish));
    return Unit{};
}

Status add_dir(Config& config, char const* path, uint32_t mode)
{
    Origin const origin = count_call(config, Call::add_dir);
    if (std::string fault = inside_path_fault(path); !fault.empty())
        return shape_error(config, origin, path == nullptr ? "" : path, std::move(fault));
    if (mode > 07777)
        return shape_error(config, origin, path, "a file mode is at most 07777");
    MountWish wish;
    wish.kind = MountKind::directory;
    wish.target = path;
    wish.mode = mode;
    wish.origin = origin;
    config.mounts.push_back(std::move(wish));
    return Unit{};
}

Status add_device(Config& config, char const* source, char const* target)
{
    Origin const origin = count_call(config, Call::add_device);
    if (std::string fault = path_fault(source, true); !fault.empty())
        return shape_error(config, origin, source == nullptr ? "" : source, std::move(fault));
    char const* inside = target == nullptr ? source : target;
    if (std::string fault = inside_path_fault(inside); !fault.empty())
        return shape_error(config, origin, inside, std::move(fault));
    MountWish wish;
    wish.kind = MountKind::device;
    wish.source = source;
    wish.target = inside;
    wish.origin = origin;
    config.mounts.push_back(std::move(wish));
    return Unit{};
}

Status set_rootfs(Config& config, char const* path)
{
    Origin const origin = count_call(config, Call::set_rootfs);
    if (std::string fault = path_fault(path, false); !fault.empty())
        return shape_error(config, origin, path == nullptr ? "" : path, std::move(fault));
    config.rootfs = TextWish{path, origin};
    return Unit{};
}

Status set_proc_options(Config& config, char const* options)
{
    Origin const origin = count_call(config, Call::set_proc_options);
    if (options != nullptr && options[0] == '\0')
        return shape_error(config, origin, "", "options of a file system must not be empty");
    config.proc_options.reset();
    if (options != nullptr)
        config.proc_options = TextWish{options, origin};
    return Unit{};
}

} // namespace ctr::config
