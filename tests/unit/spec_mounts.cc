// SPDX-License-Identifier: MIT
// Mounts as they were asked for become mounts that fit together: normal targets, checked options, no doubles.
#include "support.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/mount.h>

using namespace ctr;
using namespace ctr::test;
using spec::Mount;
using spec::MountType;

namespace {

config::Config with_tmpfs(char const* target, char const* options = nullptr)
{
    config::Config config = with_command();
    (void)config::add_mount(config, nullptr, target, "tmpfs", 0, options); // shapes are always right here
    return config;
}

spec::Mounts mounts_of(config::Config const& config) { return spec::validate(config, {}).value().mounts; }

Mount const* find(spec::Mounts const& mounts, std::string const& target)
{
    auto const same = [&](Mount const& mount) { return mount.target == target; };
    auto const found = std::find_if(mounts.list.begin(), mounts.list.end(), same);
    return found == mounts.list.end() ? nullptr : &*found;
}

std::string normal(char const* target) { return mounts_of(with_tmpfs(target)).list[0].target; }

void share(config::Config& config, uint32_t which) { (void)config::set_namespace(config, which, CTR_NAMESPACE_SHARED); }

} // namespace

TEST(mount_targets, slashes_and_dots_are_normalised)
{
    EXPECT_EQ(normal("/a/b"), "/a/b");
    EXPECT_EQ(normal("//a///b//"), "/a/b");
    EXPECT_EQ(normal("/./a/././b/."), "/a/b");
    EXPECT_EQ(normal("/a/..b/...c"), "/a/..b/...c");
    EXPECT_EQ(normal("/a b\\c"), "/a b\\c");
}

TEST(mount_targets, a_way_up_is_refused_wherever_it_stands)
{
    for (char const* target : {"/..", "/a/..", "/a/../b", "/../a", "/a/b/../../.."})
        EXPECT_TRUE(refuses(validated(with_tmpfs(target)), Call::add_mount, 0, target,
                            "a path inside the container must not contain \"..\""));
}

TEST(mount_targets, nothing_is_mounted_on_the_root_itself)
{
    for (char const* target : {"/", "//", "/.", "/./"})
        EXPECT_TRUE(refuses(validated(with_tmpfs(target)), Call::add_mount, 0, target,
                            "nothing can be mounted on / itself: set the root instead"));
}

TEST(mount_targets, a_component_has_at_most_255_bytes)
{
    std::string const longest = "/" + std::string(255, 'x');
    EXPECT_TRUE(accepts(validated(with_tmpfs(longest.c_str()))));
    std::string const longer = longest + "x";
    EXPECT_TRUE(refuses(validated(with_tmpfs(longer.c_str())), Call::add_mount, 0, longer,
                        "a path component is at most 255 bytes"));
}

TEST(mount_targets, two_spellings_of_one_target_are_one_target)
{
    config::Config config = with_tmpfs("/a");
    (void)config::add_dir(config, "/b", 0755);
    (void)config::add_mount(config, "/src", "/b/../c", "bind", 0, nullptr);
    EXPECT_FALSE(accepts(validated(config)));
    config::Config twice = with_tmpfs("/a/b");
    (void)config::add_mount(twice, "/src", "/a//b/.", "bind", 0, nullptr);
    EXPECT_TRUE(refuses(validated(twice), Call::add_mount, 1, "/a/b", "two mounts have the same target"));
}

TEST(mount_targets, the_later_call_of_two_equal_ones_is_named)
{
    config::Config config = with_tmpfs("/x");
    for (char const* target : {"/z", "/y", "/x"})
        (void)config::add_file(config, target, "", 0, 0644);
    EXPECT_TRUE(refuses(validated(config), Call::add_file, 2, "/x", "two mounts have the same target"));
}

TEST(mount_targets, a_directory_may_be_made_and_mounted_on)
{
    config::Config config = with_tmpfs("/data");
    (void)config::add_dir(config, "/data", 0700);
    EXPECT_TRUE(accepts(validated(config)));
    config::Config twice = with_tmpfs("/data");
    (void)config::add_dir(twice, "/data", 0700);
    (void)config::add_mount(twice, "/src", "/data", "bind", 0, nullptr);
    EXPECT_TRUE(refuses(validated(twice), Call::add_mount, 1, "/data", "two mounts have the same target"));
}

TEST(mount_needs, the_files_of_a_container_hold_at_most_256_mib)
{
    config::Config config = with_command();
    std::string const content(16U << 20, 'x');
    for (int i = 0; i < 16; i++)
        (void)config::add_file(config, ("/f" + std::to_string(i)).c_str(), content.data(), content.size(), 0644);
    EXPECT_TRUE(accepts(validated(config)));
    (void)config::add_file(config, "/more", "x", 1, 0644);
    EXPECT_TRUE(refuses(validated(config), Call::add_file, 16, "/more",
                        "the files of a container hold at most 256 MiB together"));
}

TEST(mount_options, keys_and_values_are_taken_apart)
{
    using Options = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(mounts_of(with_tmpfs("/t", "size=1m,mode=755,noswap")).list[0].options,
              (Options{{"size", "1m"}, {"mode", "755"}, {"noswap", ""}}));
    EXPECT_EQ(mounts_of(with_tmpfs("/t", "mpol=bind=static:0")).list[0].options, (Options{{"mpol", "bind=static:0"}}));
    EXPECT_TRUE(mounts_of(with_tmpfs("/t", "")).list[0].options.empty());
}

TEST(mount_options, an_option_without_a_name_is_refused)
{
    for (char const* options : {",", "size=1m,", ",size=1m", "=5", "a,,b"})
        EXPECT_TRUE(refuses(validated(with_tmpfs("/t", options)), Call::add_mount, 0, options,
                            "an option of the file system has no name"));
}

TEST(mount_options, what_the_flags_say_is_no_option)
{
    for (char const* option : {"ro", "rw", "source=x"})
        EXPECT_TRUE(refuses(validated(with_tmpfs("/t", option)), Call::add_mount, 0, option,
                            "this is not an option of the file system: use the mount's flags"));
}

TEST(mount_flags, each_flag_is_taken_over)
{
    config::Config config = with_command();
    uint64_t const flags =
        MS_RDONLY | MS_NOEXEC | MS_NOATIME | MS_REC | CTR_MOUNT_OPTIONAL | CTR_MOUNT_CREATE | CTR_MOUNT_NOFOLLOW;
    (void)config::add_mount(config, "/src", "/dst", "bind", flags, nullptr);
    spec::Mounts const mounts = mounts_of(config);
    spec::MountFlags const& got = mounts.list[0].flags;
    EXPECT_TRUE(got.read_only && got.noexec && got.noatime && got.recursive && got.optional && got.create &&
                got.nofollow);
    EXPECT_FALSE(got.only_existing || got.strict_target);
}

TEST(mount_flags, a_source_that_may_not_be_a_link_ends_with_its_last_component)
{
    for (char const* source : {"/a/link", "/a/link/", "/a/link//", "/a/link/.", "/a/link/.//./"}) {
        config::Config config = with_command();
        (void)config::add_mount(config, source, "/dst", "bind", CTR_MOUNT_NOFOLLOW, nullptr);
        EXPECT_EQ(mounts_of(config).list[0].source, "/a/link") << source;
    }
}

TEST(mount_flags, a_bind_is_nosuid_and_nodev_and_a_device_is_usable)
{
    config::Config config = with_command();
    (void)config::add_mount(config, "/src", "/dst", "bind", 0, nullptr);
    (void)config::add_device(config, "/dev/fuse", nullptr);
    spec::Mounts const mounts = mounts_of(config);
    EXPECT_TRUE(mounts.list[0].flags.nosuid && mounts.list[0].flags.nodev);
    EXPECT_TRUE(mounts.list[1].flags.nosuid);
    EXPECT_FALSE(mounts.list[1].flags.nodev);
}

TEST(mount_needs, a_file_system_of_a_namespace_needs_that_namespace)
{
    struct Need {
        char const* type;
        uint32_t which;
        char const* message;
    };
    for (Need const& need : {Need{"proc", CTR_NAMESPACE_PID, "a fresh proc needs an own pid namespace"},
                             Need{"sysfs", CTR_NAMESPACE_NET, "a fresh sysfs needs an own network namespace"},
                             Need{"mqueue", CTR_NAMESPACE_IPC, "a fresh mqueue needs an own ipc namespace"},
                             Need{"cgroup2", CTR_NAMESPACE_CGROUP, "a fresh cgroup2 needs an own cgroup namespace"}}) {
        config::Config config = with_command();
        (void)config::add_mount(config, nullptr, "/m", need.type, 0, nullptr);
        EXPECT_TRUE(accepts(validated(config)));
        share(config, need.which);
        EXPECT_TRUE(refuses(validated(config), Call::add_mount, 0, "/m", need.message));
    }
}

TEST(mount_needs, a_container_has_at_most_4096_mounts)
{
    config::Config config = with_command();
    for (int i = 0; i < 4096; i++)
        (void)config::add_dir(config, ("/d" + std::to_string(i)).c_str(), 0755);
    EXPECT_TRUE(accepts(validated(config)));
    (void)config::add_dir(config, "/more", 0755);
    EXPECT_TRUE(refuses(validated(config), Call::add_dir, 4096, "4097", "a container has at most 4096 mounts"));
}

// The channel to ctr-init carries 253 descriptors at once.
TEST(mount_needs, more_descriptors_to_bind_than_can_be_passed_are_refused)
{
    config::Config config = with_command();
    Fd const root(::open("/", O_PATH | O_CLOEXEC));
    for (int i = 0; i < 260; i++)
        (void)config::add_mount_fd(config, root.get(), ("/d" + std::to_string(i)).c_str(), 0);
    Result<spec::Spec> const spec = validated(config);
    ASSERT_FALSE(spec) << "was accepted";
    EXPECT_EQ(spec.error().code, Code::invalid);
    EXPECT_EQ(spec.error().origin.call, Call::add_mount_fd);
}

TEST(default_mounts, the_hosts_root_gets_private_places_and_hidden_homes)
{
    spec::Mounts const mounts = mounts_of(with_command());
    EXPECT_FALSE(mounts.rootfs);
    EXPECT_TRUE(mounts.read_only);
    EXPECT_TRUE(mounts.masked);
    for (char const* target : {"/proc", "/sys", "/dev", "/tmp", "/run", "/var/tmp", "/home", "/root"})
        EXPECT_NE(find(mounts, target), nullptr) << target;
    EXPECT_EQ(mounts.list.size(), 8U);
    EXPECT_TRUE(find(mounts, "/home")->flags.only_existing);
    EXPECT_FALSE(find(mounts, "/tmp")->flags.only_existing);
}

TEST(default_mounts, an_own_root_is_writable_and_gets_the_four_that_programs_expect)
{
    config::Config config = with_command();
    (void)config::set_rootfs(config, "/srv/root");
    spec::Mounts const mounts = mounts_of(config);
    EXPECT_EQ(mounts.rootfs, "/srv/root");
    EXPECT_FALSE(mounts.read_only);
    EXPECT_EQ(mounts.list.size(), 4U);
    config.root_mode = CTR_ROOT_READ_ONLY;
    EXPECT_TRUE(mounts_of(config).read_only);
}

TEST(default_mounts, one_on_the_same_target_takes_the_place_of_the_default)
{
    config::Config config = with_command();
    (void)config::add_mount(config, "/srv/tmp", "/tmp/", "bind", 0, nullptr);
    spec::Mounts const mounts = mounts_of(config);
    EXPECT_EQ(find(mounts, "/tmp")->type, MountType::bind);
    EXPECT_EQ(mounts.list.size(), 8U);
}

TEST(default_mounts, system_mounts_do_not_follow_links_of_an_image)
{
    spec::Mounts const mounts = mounts_of(with_command());
    for (char const* target : {"/proc", "/sys", "/dev"})
        EXPECT_TRUE(find(mounts, target)->flags.strict_target) << target;
}

TEST(default_mounts, proc_is_fresh_or_the_hosts_or_covered)
{
    config::Config config = with_command();
    EXPECT_EQ(find(mounts_of(config), "/proc")->type, MountType::proc);
    config.proc = CTR_PROC_HOST;
    EXPECT_EQ(find(mounts_of(config), "/proc")->type, MountType::host_proc);
    config.proc = CTR_PROC_ABSENT;
    EXPECT_EQ(find(mounts_of(config), "/proc")->type, MountType::tmpfs); // the host's would show through
    (void)config::set_rootfs(config, "/srv/root");
    EXPECT_EQ(find(mounts_of(config), "/proc"), nullptr);
}

TEST(default_mounts, a_host_that_refuses_a_fresh_proc_refuses_a_fresh_sys_as_well)
{
    config::Config config = with_command();
    config.proc = CTR_PROC_HOST;
    EXPECT_EQ(find(mounts_of(config), "/sys")->type, MountType::host_sys);
}

TEST(default_mounts, a_directory_that_is_only_made_does_not_take_the_place_of_one)
{
    config::Config config = with_command();
    (void)config::add_dir(config, "/tmp", 01777);
    (void)config::add_dir(config, "/home", 0755); // or the host's homes would show
    spec::Mounts const mounts = mounts_of(config);
    auto const covers = [&](char const* target) {
        return std::any_of(mounts.list.begin(), mounts.list.end(), [&](Mount const& mount) {
            return mount.target == target && mount.type == MountType::tmpfs;
        });
    };
    EXPECT_TRUE(covers("/tmp"));
    EXPECT_TRUE(covers("/home"));
}

TEST(default_mounts, shared_namespaces_show_the_hosts_proc_and_sys)
{
    config::Config config = with_command();
    share(config, CTR_NAMESPACE_PID);
    share(config, CTR_NAMESPACE_NET);
    spec::Mounts const mounts = mounts_of(config);
    EXPECT_EQ(find(mounts, "/proc")->type, MountType::host_proc);
    EXPECT_EQ(find(mounts, "/sys")->type, MountType::host_sys);
    EXPECT_TRUE(find(mounts, "/sys")->flags.read_only);
}

TEST(default_mounts, the_hosts_network_brings_its_name_resolution)
{
    config::Config config = with_command();
    EXPECT_EQ(find(mounts_of(config), "/etc/resolv.conf"), nullptr);
    share(config, CTR_NAMESPACE_NET);
    spec::Mounts const mounts = mounts_of(config);
    ASSERT_NE(find(mounts, "/etc/resolv.conf"), nullptr);
    EXPECT_TRUE(find(mounts, "/etc/resolv.conf")->flags.optional);
}

TEST(hidden_homes, a_home_that_nothing_covers_is_hidden)
{
    spec::Mounts const mounts = spec::with_home_hidden(mounts_of(with_command()), "/srv/people/alice");
    ASSERT_NE(find(mounts, "/srv/people/alice"), nullptr);
    EXPECT_TRUE(find(mounts, "/srv/people/alice")->flags.only_existing);
}

TEST(hidden_homes, a_home_that_is_covered_or_asked_for_or_unknown_adds_nothing)
{
    spec::Mounts const plain = mounts_of(with_command());
    for (char const* home : {"/home/alice", "/root", "/tmp/x", ""})
        EXPECT_EQ(spec::with_home_hidden(plain, home).list.size(), plain.list.size()) << home;
    spec::Mounts const wanted = mounts_of(with_tmpfs("/srv/alice"));
    EXPECT_EQ(spec::with_home_hidden(wanted, "/srv/alice").list.size(), wanted.list.size());
}

TEST(hidden_homes, an_own_root_has_nothing_to_hide)
{
    config::Config config = with_command();
    (void)config::set_rootfs(config, "/srv/root");
    EXPECT_EQ(spec::with_home_hidden(mounts_of(config), "/srv/alice").list.size(), 4U);
}
