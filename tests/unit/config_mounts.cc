// SPDX-License-Identifier: MIT
// Setters of the root and the mounts.
#include "support.h"

#include <fcntl.h>
#include <sys/mount.h>

using namespace ctr;
using namespace ctr::test;

namespace {

// The message of a mount with these arguments, "" where it is accepted.
std::string mount_fault(char const* source, char const* target, char const* type, uint64_t flags, char const* options)
{
    config::Config config;
    Status const status = config::add_mount(config, source, target, type, flags, options);
    return status ? "" : status.error().message;
}

constexpr char const* propagation = "a mount cannot be a remount, a move or a change of propagation";
constexpr char const* for_binds = "recursive, optional and nofollow are for binds";

} // namespace

TEST(mount_setter, a_bind_is_asked_for_by_type_or_by_flag)
{
    EXPECT_EQ(mount_fault("/a", "/b", "bind", 0, nullptr), "");
    EXPECT_EQ(mount_fault("/a", "/b", nullptr, MS_BIND, nullptr), "");
    EXPECT_EQ(mount_fault("/a", "/b", "bind", MS_BIND | MS_REC | MS_RDONLY, ""), "");
    EXPECT_EQ(mount_fault("a", "/b", nullptr, MS_BIND, nullptr), ""); // relative to the caller
}

TEST(mount_setter, a_bind_has_a_source_and_no_options)
{
    EXPECT_EQ(mount_fault(nullptr, "/b", "bind", 0, nullptr), "a path must not be NULL");
    EXPECT_EQ(mount_fault("", "/b", "bind", 0, nullptr), "a path must not be empty");
    EXPECT_EQ(mount_fault("/a", "/b", "bind", 0, "ro"), "a bind mount takes no file system options");
}

TEST(mount_setter, a_file_system_is_one_of_six)
{
    char const* const message = "the file system type must be one of tmpfs, proc, sysfs, mqueue, devpts, cgroup2";
    for (char const* type : {"tmpfs", "proc", "sysfs", "mqueue", "devpts", "cgroup2"})
        EXPECT_EQ(mount_fault(nullptr, "/b", type, 0, nullptr), "") << type;
    for (char const* type : {"ext4", "overlay", "TMPFS", "tmpfs ", ""})
        EXPECT_EQ(mount_fault(nullptr, "/b", type, 0, nullptr), message) << type;
    EXPECT_EQ(mount_fault(nullptr, "/b", nullptr, 0, nullptr), message);
}

TEST(mount_setter, a_bind_flag_does_not_go_with_a_file_system)
{
    EXPECT_EQ(mount_fault(nullptr, "/b", "tmpfs", MS_BIND, nullptr), "MS_BIND does not go with a file system type");
}

TEST(mount_setter, remounts_moves_and_propagation_are_refused)
{
    for (auto const flag : {MS_REMOUNT, MS_MOVE, MS_SHARED, MS_PRIVATE, MS_SLAVE, MS_UNBINDABLE})
        EXPECT_EQ(mount_fault("/a", "/b", "bind", static_cast<uint64_t>(flag), nullptr), propagation) << flag;
    EXPECT_EQ(mount_fault("/a", "/b", nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), propagation);
}

TEST(mount_setter, flags_that_nobody_named_are_refused)
{
    for (uint64_t const flag : {uint64_t{MS_SYNCHRONOUS}, uint64_t{MS_RELATIME}, uint64_t{1} << 35, uint64_t{1} << 63})
        EXPECT_EQ(mount_fault("/a", "/b", "bind", flag, nullptr), "a mount flag is unknown") << flag;
}

TEST(mount_setter, what_is_for_binds_is_refused_for_file_systems)
{
    for (uint64_t const flag : {uint64_t{MS_REC}, CTR_MOUNT_OPTIONAL, CTR_MOUNT_NOFOLLOW})
        EXPECT_EQ(mount_fault(nullptr, "/b", "tmpfs", flag, nullptr), for_binds) << flag;
    EXPECT_EQ(mount_fault(nullptr, "/b", "tmpfs", CTR_MOUNT_CREATE, nullptr), "");
}

TEST(mount_setter, the_error_names_the_call_and_what_was_given)
{
    config::Config config;
    EXPECT_TRUE(accepts(config::add_mount(config, nullptr, "/a", "tmpfs", 0, nullptr)));
    EXPECT_TRUE(refuses(config::add_mount(config, nullptr, "b", "tmpfs", 0, nullptr), Call::add_mount, 1, "b",
                        "a path inside the container must be absolute"));
    EXPECT_TRUE(refuses(config::add_mount(config, nullptr, nullptr, "tmpfs", 0, nullptr), Call::add_mount, 2, "",
                        "a path must not be NULL"));
    EXPECT_TRUE(refuses(config::add_mount(config, "/a", "/b", "bind", MS_MOVE, nullptr), Call::add_mount, 3, "/b",
                        propagation));
    EXPECT_TRUE(refuses(config::add_mount(config, "/x\ny", "/b", "bind", 0, nullptr), Call::add_mount, 4, "/x\ny",
                        "a path must not contain a newline"));
    EXPECT_EQ(config.mounts.size(), 1U);
}

TEST(mount_fd_setter, the_descriptor_and_the_target_are_checked)
{
    config::Config config;
    Fd const file(::open("/", O_PATH | O_CLOEXEC));
    EXPECT_TRUE(refuses(config::add_mount_fd(config, -1, "/b", 0), Call::add_mount_fd, 0, "-1",
                        "the file descriptor -1 is not open"));
    EXPECT_TRUE(refuses(config::add_mount_fd(config, file.get(), "b", 0), Call::add_mount_fd, 1, "b",
                        "a path inside the container must be absolute"));
    EXPECT_TRUE(
        refuses(config::add_mount_fd(config, file.get(), "/b", MS_SHARED), Call::add_mount_fd, 2, "/b", propagation));
    EXPECT_TRUE(accepts(config::add_mount_fd(config, file.get(), "/b", MS_REC)));
}

TEST(file_setter, content_and_mode_are_checked)
{
    config::Config config;
    std::string const large((16U << 20) + 1, 'x');
    EXPECT_TRUE(refuses(config::add_file(config, "/f", nullptr, 1, 0644), Call::add_file, 0, "/f",
                        "a file's content must not be NULL"));
    EXPECT_TRUE(refuses(config::add_file(config, "/f", large.data(), large.size(), 0644), Call::add_file, 1, "/f",
                        "a file's content is at most 16 MiB"));
    EXPECT_TRUE(refuses(config::add_file(config, "/f", "", 0, 010000), Call::add_file, 2, "/f",
                        "a file mode is at most 07777"));
    EXPECT_TRUE(refuses(config::add_file(config, "f", "", 0, 0644), Call::add_file, 3, "f",
                        "a path inside the container must be absolute"));
    EXPECT_TRUE(accepts(config::add_file(config, "/f", nullptr, 0, 0644)));
    EXPECT_TRUE(accepts(config::add_file(config, "/g", "a\0b", 3, 0644)));
    EXPECT_EQ(config.mounts[1].content, std::string("a\0b", 3));
}

TEST(link_setter, both_ends_are_checked)
{
    config::Config config;
    EXPECT_TRUE(refuses(config::add_symlink(config, "", "/l"), Call::add_symlink, 0, "/l", "a path must not be empty"));
    EXPECT_TRUE(refuses(config::add_symlink(config, "/t", "l"), Call::add_symlink, 1, "l",
                        "a path inside the container must be absolute"));
    EXPECT_TRUE(
        refuses(config::add_symlink(config, nullptr, "/l"), Call::add_symlink, 2, "/l", "a path must not be NULL"));
    EXPECT_TRUE(accepts(config::add_symlink(config, "../relative", "/l")));
}

TEST(directory_adder, path_and_mode_are_checked)
{
    config::Config config;
    EXPECT_TRUE(refuses(config::add_dir(config, "d", 0755), Call::add_dir, 0, "d",
                        "a path inside the container must be absolute"));
    EXPECT_TRUE(refuses(config::add_dir(config, "/d", 010000), Call::add_dir, 1, "/d", "a file mode is at most 07777"));
    EXPECT_TRUE(accepts(config::add_dir(config, "/d", 01777)));
}

TEST(device_adder, no_target_means_the_same_path)
{
    config::Config config;
    EXPECT_TRUE(accepts(config::add_device(config, "/dev/fuse", nullptr)));
    EXPECT_EQ(config.mounts[0].target, "/dev/fuse");
    EXPECT_TRUE(
        refuses(config::add_device(config, "fuse", nullptr), Call::add_device, 1, "fuse", "the path must be absolute"));
    EXPECT_TRUE(refuses(config::add_device(config, "/dev/fuse", "fuse"), Call::add_device, 2, "fuse",
                        "a path inside the container must be absolute"));
}

TEST(root_setter, a_root_may_be_relative_to_the_caller)
{
    config::Config config;
    EXPECT_TRUE(accepts(config::set_rootfs(config, "rootfs")));
    EXPECT_TRUE(refuses(config::set_rootfs(config, ""), Call::set_rootfs, 1, "", "a path must not be empty"));
    EXPECT_TRUE(refuses(config::set_rootfs(config, nullptr), Call::set_rootfs, 2, "", "a path must not be NULL"));
}
