// SPDX-License-Identifier: MIT
#include "support.h"

#include <ctime>
#include <fcntl.h>
#include <linux/sched.h>

using namespace ctr;
using namespace ctr::test;
using spec::Ns;
using spec::NsMode;

namespace {

class Joining : public testing::Test {
protected:
    void join(uint32_t which) { (void)config::join_namespace(config_, which, file_.get()); } // cannot fail

    config::Config config_ = with_command();
    Fd file_ = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
};

constexpr char const* owner = "joining a namespace needs the user namespace that owns it to be joined too, or, for a "
                              "privileged caller, no user namespace (map none)";

} // namespace

TEST(namespace_spec, every_namespace_is_own_by_default)
{
    spec::Namespaces const namespaces = validated(with_command()).value().namespaces;
    for (size_t i = 0; i < spec::ns_count; i++)
        EXPECT_TRUE(namespaces.own(static_cast<Ns>(i))) << i;
}

TEST(namespace_spec, names_and_flags_are_the_kernels)
{
    EXPECT_STREQ(spec::name_of(Ns::user), "user");
    EXPECT_STREQ(spec::name_of(Ns::time), "time");
    EXPECT_EQ(spec::clone_flag(Ns::user), uint64_t{CLONE_NEWUSER});
    EXPECT_EQ(spec::clone_flag(Ns::mount), uint64_t{CLONE_NEWNS});
    EXPECT_EQ(spec::clone_flag(Ns::pid), uint64_t{CLONE_NEWPID});
    EXPECT_EQ(spec::clone_flag(Ns::net), uint64_t{CLONE_NEWNET});
    EXPECT_EQ(spec::clone_flag(Ns::uts), uint64_t{CLONE_NEWUTS});
    EXPECT_EQ(spec::clone_flag(Ns::ipc), uint64_t{CLONE_NEWIPC});
    EXPECT_EQ(spec::clone_flag(Ns::cgroup), uint64_t{CLONE_NEWCGROUP});
    EXPECT_EQ(spec::clone_flag(Ns::time), uint64_t{CLONE_NEWTIME});
}

TEST(namespace_spec, without_a_map_the_user_namespace_is_shared)
{
    config::Config config = with_command();
    config.map = CTR_MAP_NONE;
    EXPECT_EQ(validated(config).value().namespaces.of(Ns::user).mode, NsMode::shared);
}

TEST_F(Joining, a_namespace_is_joined_together_with_its_owner)
{
    join(CTR_NAMESPACE_NET);
    EXPECT_TRUE(refuses(validated(config_), Call::join_namespace, 0, "net", owner));
    join(CTR_NAMESPACE_USER);
    spec::Namespaces const namespaces = validated(config_).value().namespaces;
    EXPECT_TRUE(namespaces.joined(Ns::net));
    EXPECT_TRUE(namespaces.joined(Ns::user));
    EXPECT_GE(namespaces.of(Ns::net).fd, 0);
}

TEST_F(Joining, a_privileged_caller_joins_without_a_user_namespace)
{
    join(CTR_NAMESPACE_NET);
    config_.map = CTR_MAP_NONE;
    EXPECT_TRUE(accepts(validated(config_)));
}

TEST_F(Joining, the_error_names_the_call_that_joined)
{
    join(CTR_NAMESPACE_USER);
    (void)config::set_namespace(config_, CTR_NAMESPACE_NET, CTR_NAMESPACE_SHARED);
    join(CTR_NAMESPACE_IPC);
    EXPECT_TRUE(accepts(validated(config_)));
    config_.namespaces[CTR_NAMESPACE_USER].joined.reset();
    EXPECT_TRUE(refuses(validated(config_), Call::join_namespace, 1, "ipc", owner));
}

TEST_F(Joining, a_host_name_needs_an_own_uts_namespace)
{
    char const* const message = "a host name needs an own uts namespace";
    (void)config::set_hostname(config_, "box");
    EXPECT_TRUE(accepts(validated(config_)));
    (void)config::set_namespace(config_, CTR_NAMESPACE_UTS, CTR_NAMESPACE_SHARED);
    EXPECT_TRUE(refuses(validated(config_), Call::set_hostname, 0, "box", message));
    join(CTR_NAMESPACE_USER);
    join(CTR_NAMESPACE_UTS);
    EXPECT_TRUE(refuses(validated(config_), Call::set_hostname, 0, "box", message));
}

TEST_F(Joining, a_time_offset_needs_an_own_time_namespace)
{
    char const* const message = "a time offset needs an own time namespace";
    (void)config::add_time_offset(config_, CLOCK_BOOTTIME, 5, 0);
    EXPECT_TRUE(accepts(validated(config_)));
    (void)config::set_namespace(config_, CTR_NAMESPACE_TIME, CTR_NAMESPACE_SHARED);
    EXPECT_TRUE(refuses(validated(config_), Call::add_time_offset, 0, "time", message));
}

TEST(namespace_spec, the_last_time_offset_of_a_clock_counts)
{
    config::Config config = with_command();
    (void)config::add_time_offset(config, CLOCK_BOOTTIME, 5, 0);
    (void)config::add_time_offset(config, CLOCK_MONOTONIC, 6, 0);
    (void)config::add_time_offset(config, CLOCK_BOOTTIME, 7, 1);
    std::vector<spec::TimeOffset> const offsets = validated(config).value().namespaces.offsets;
    ASSERT_EQ(offsets.size(), 2U);
    EXPECT_EQ(offsets[0].clock, CLOCK_BOOTTIME);
    EXPECT_EQ(offsets[0].seconds, 7);
    EXPECT_EQ(offsets[0].nanoseconds, 1U);
    EXPECT_EQ(offsets[0].origin.index, 2);
    EXPECT_EQ(offsets[1].seconds, 6);
}

TEST_F(Joining, a_joined_mount_namespace_takes_no_root_and_no_mounts)
{
    join(CTR_NAMESPACE_USER);
    join(CTR_NAMESPACE_MOUNT);
    EXPECT_FALSE(validated(config_).value().mounts.any);
    EXPECT_TRUE(validated(config_).value().mounts.list.empty());
    (void)config::set_rootfs(config_, "/srv");
    EXPECT_TRUE(refuses(validated(config_), Call::set_rootfs, 0, "/srv",
                        "a root needs an own mount namespace, and this one is shared or joined"));
}

TEST_F(Joining, a_shared_mount_namespace_takes_no_mounts_either)
{
    (void)config::set_namespace(config_, CTR_NAMESPACE_MOUNT, CTR_NAMESPACE_SHARED);
    EXPECT_TRUE(accepts(validated(config_)));
    (void)config::add_mount(config_, nullptr, "/t", "tmpfs", 0, nullptr);
    EXPECT_TRUE(refuses(validated(config_), Call::add_mount, 0, "/t",
                        "a mount needs an own mount namespace, and this one is shared or joined"));
}

TEST_F(Joining, what_proc_shows_needs_an_own_mount_namespace)
{
    (void)config::set_namespace(config_, CTR_NAMESPACE_MOUNT, CTR_NAMESPACE_SHARED);
    (void)config::set_choice(config_, Call::set_proc, config_.proc, CTR_PROC_HOST, CTR_PROC_ABSENT);
    EXPECT_TRUE(refuses(validated(config_), Call::set_proc, 0, "/proc",
                        "what /proc shows can only be set with an own mount namespace"));
}
