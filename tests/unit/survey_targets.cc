// SPDX-License-Identifier: MIT
// Which mount points exist, which are made in what, and which cannot be.
#include "files.h"
#include "support.h"
#include "survey/survey.h"
#include "survey/tree.h"

#include <cerrno>

using namespace ctr;
using namespace ctr::test;
using host::Ground;
using host::TargetFacts;
using spec::MountType;
using Words = std::vector<std::string>;

namespace {

class Targets : public testing::Test {
protected:
    Targets()
    {
        mounts_.rootfs = root_.path();
        mounts_.read_only = false;
    }

    spec::Mount& add(MountType type, std::string const& target, std::string const& source = "")
    {
        spec::Mount mount;
        mount.type = type;
        mount.target = target;
        mount.source = source;
        mount.origin = {Call::add_mount, static_cast<int32_t>(mounts_.list.size())};
        mounts_.list.push_back(mount);
        return mounts_.list.back();
    }
    Status place()
    {
        facts_ = {};
        Result<survey::Tree> const tree = survey::survey_targets(mounts_, facts_);
        if (!tree)
            return tree.error();
        return Unit{};
    }
    TargetFacts const& target(size_t i) const { return facts_.targets.at(i); }

    Files root_;
    Files source_;
    spec::Mounts mounts_;
    host::RootFacts facts_;
};

using A_target = Targets;

} // namespace

TEST_F(A_target, that_exists_needs_nothing)
{
    root_.directory("/data");
    add(MountType::tmpfs, "/data");
    ASSERT_TRUE(accepts(place()));
    EXPECT_TRUE(target(0).exists);
    EXPECT_TRUE(facts_.created.empty());
    EXPECT_EQ(facts_.path, root_.path());
}

TEST_F(A_target, that_is_missing_is_created_in_a_writable_root_and_listed)
{
    add(MountType::tmpfs, "/a/b");
    ASSERT_TRUE(accepts(place()));
    EXPECT_FALSE(target(0).layered);
    EXPECT_EQ(target(0).ground, Ground::root);
    EXPECT_EQ(facts_.created, (Words{"/a", "/a/b"}));
}

TEST_F(A_target, that_is_missing_in_a_read_only_root_is_provided_by_a_layer)
{
    mounts_.read_only = true;
    add(MountType::tmpfs, "/a/b");
    ASSERT_TRUE(accepts(place()));
    EXPECT_TRUE(target(0).layered);
    EXPECT_TRUE(facts_.created.empty());
}

TEST_F(A_target, that_is_missing_inside_a_bind_of_the_host_is_refused)
{
    add(MountType::bind, "/data", source_.path());
    add(MountType::tmpfs, "/data/x");
    Status const status = place();
    EXPECT_TRUE(fails(status, Code::not_found, Step::mount, ENOENT, "no mount point \"/data/x\" inside the bind"));
    EXPECT_EQ(status.error().origin.index, 1);
    EXPECT_EQ(status.error().subject, "/data/x");
}

TEST_F(A_target, inside_a_bind_is_created_when_that_is_asked_for)
{
    root_.directory("/data");
    add(MountType::bind, "/data", source_.path());
    add(MountType::tmpfs, "/data/x").flags.create = true;
    ASSERT_TRUE(accepts(place()));
    EXPECT_EQ(target(1).ground, Ground::bind);
    EXPECT_EQ(facts_.created, Words{"/data/x"});
}

TEST_F(A_target, inside_an_own_file_system_is_made_and_not_listed)
{
    root_.directory("/t");
    add(MountType::tmpfs, "/t");
    add(MountType::tmpfs, "/t/x/y");
    ASSERT_TRUE(accepts(place()));
    EXPECT_EQ(target(1).ground, Ground::own);
    EXPECT_EQ(target(1).missing, (Words{"x", "y"}));
    EXPECT_TRUE(facts_.created.empty());
}

TEST_F(A_target, inside_a_kernels_file_system_is_left_to_the_container)
{
    root_.directory("/proc");
    add(MountType::proc, "/proc");
    add(MountType::tmpfs, "/proc/sys/kernel");
    ASSERT_TRUE(accepts(place()));
    EXPECT_FALSE(target(1).certain);
}

TEST_F(A_target, of_dev_is_one_of_the_nodes_that_are_made_there)
{
    root_.directory("/dev");
    add(MountType::devices, "/dev");
    add(MountType::tmpfs, "/dev/shm");
    add(MountType::bind, "/dev/null", "/dev/null");
    ASSERT_TRUE(accepts(place()));
    EXPECT_TRUE(target(1).exists && target(1).directory);
    EXPECT_TRUE(target(2).exists && !target(2).directory);
}

TEST_F(A_target, that_may_be_missing_is_left_out)
{
    add(MountType::tmpfs, "/home").flags.only_existing = true;
    add(MountType::bind, "/opt", root_.path("/nowhere")).flags.optional = true;
    ASSERT_TRUE(accepts(place()));
    EXPECT_TRUE(target(0).left_out);
    EXPECT_TRUE(target(1).left_out);
    EXPECT_TRUE(facts_.created.empty());
}

TEST_F(A_target, is_of_the_same_kind_as_what_is_mounted_on_it)
{
    root_.file("/f");
    root_.directory("/d");
    source_.file("/f");
    add(MountType::tmpfs, "/f");
    EXPECT_TRUE(fails(place(), Code::invalid, Step::mount, ENOTDIR, "a directory cannot be mounted on a file"));
    mounts_.list.clear();
    add(MountType::bind, "/d", source_.path("/f"));
    EXPECT_TRUE(fails(place(), Code::invalid, Step::mount, EISDIR, "a file cannot be mounted on a directory"));
    mounts_.list.clear();
    add(MountType::file, "/d");
    EXPECT_TRUE(fails(place(), Code::invalid, Step::mount, EISDIR, "a file cannot be mounted on a directory"));
}

TEST_F(A_target, of_a_link_is_kept_when_it_is_equal_and_refused_when_it_is_not)
{
    root_.link("/l", "to");
    root_.directory("/d");
    add(MountType::symlink, "/l", "to");
    ASSERT_TRUE(accepts(place()));
    EXPECT_TRUE(target(0).left_out);
    mounts_.list[0].source = "other";
    EXPECT_TRUE(fails(place(), Code::invalid, Step::mount, EEXIST, "something else exists"));
    mounts_.list[0].target = "/d";
    EXPECT_TRUE(fails(place(), Code::invalid, Step::mount, EEXIST, "something else exists"));
    mounts_.list[0].target = "/new";
    ASSERT_TRUE(accepts(place()));
    EXPECT_EQ(facts_.created, Words{"/new"});
}

TEST_F(A_target, that_is_below_another_comes_after_it_whatever_the_order_of_the_calls)
{
    root_.directory("/a/b");
    add(MountType::tmpfs, "/a/b/c");
    add(MountType::tmpfs, "/a");
    add(MountType::tmpfs, "/a/b");
    ASSERT_TRUE(accepts(place()));
    EXPECT_EQ(facts_.order, (std::vector<size_t>{1, 2, 0}));
    EXPECT_EQ(target(0).ground, Ground::own);
}

TEST_F(A_target, behind_a_link_is_placed_where_the_link_leads)
{
    root_.directory("/run");
    root_.directory("/var");
    root_.link("/var/run", "../run");
    add(MountType::tmpfs, "/var/run/x");
    add(MountType::tmpfs, "/run");
    ASSERT_TRUE(accepts(place()));
    EXPECT_EQ(target(0).path, "/run/x");
    EXPECT_EQ(target(0).ground, Ground::own);
    EXPECT_EQ(facts_.order, (std::vector<size_t>{1, 0}));
}

TEST_F(A_target, that_a_link_makes_the_same_as_another_is_refused)
{
    root_.directory("/run");
    root_.directory("/var");
    root_.link("/var/run", "../run");
    add(MountType::tmpfs, "/var/run");
    add(MountType::tmpfs, "/run");
    EXPECT_TRUE(fails(place(), Code::invalid, Step::mount, 0, "two mounts have the same target \"/run\""));
}

TEST_F(A_target, that_a_link_leads_to_the_root_itself_is_refused)
{
    root_.link("/evil", "/");
    add(MountType::bind, "/evil", source_.path());
    EXPECT_FALSE(accepts(place())) << "a mount on / would hide the container's root";
}

TEST_F(A_target, in_a_root_that_does_not_exist_names_the_root)
{
    mounts_.rootfs = root_.path("/nowhere");
    mounts_.rootfs_origin = {Call::set_rootfs, 0};
    Status const status = place();
    EXPECT_TRUE(fails(status, Code::not_found, Step::root, ENOENT, "the root file system cannot be opened"));
    EXPECT_EQ(status.error().subject, root_.path("/nowhere"));
    EXPECT_EQ(status.error().origin.call, Call::set_rootfs);
    root_.file("/f");
    mounts_.rootfs = root_.path("/f");
    EXPECT_TRUE(fails(place(), Code::not_found, Step::root, ENOTDIR, "the root file system cannot be opened"));
}
