// SPDX-License-Identifier: MIT
// Paths are resolved in the tree that the container will have, on real directories: links lead nowhere outside.
#include "files.h"
#include "support.h"
#include "survey/tree.h"

#include <cerrno>

using namespace ctr;
using namespace ctr::test;
using host::TargetFacts;
using survey::Backing;
using survey::BackingKind;
using survey::Tree;
using Words = std::vector<std::string>;

namespace {

spec::Mount mount_on(std::string const& target)
{
    spec::Mount mount;
    mount.target = target;
    return mount;
}

class TreeOf : public testing::Test {
protected:
    Result<TargetFacts> resolve(std::string const& target, bool follow = true) const
    {
        return tree_.resolve(mount_on(target), follow);
    }
    TargetFacts found(std::string const& target, bool follow = true) const
    {
        Result<TargetFacts> const result = resolve(target, follow);
        EXPECT_TRUE(accepts(result)) << target;
        return result ? result.value() : TargetFacts{};
    }
    void mount(std::string const& path, BackingKind kind, Fd fd = {})
    {
        tree_.add_mount(path, Backing{kind, std::move(fd), host::Ground::own});
    }

    Files root_;
    Tree tree_ = Tree(Backing{BackingKind::directory, root_.fd(), host::Ground::root});
};

using A_tree = TreeOf;

} // namespace

TEST_F(A_tree, finds_directories_and_files_that_exist)
{
    root_.directory("/a/b");
    root_.file("/a/f");
    TargetFacts const directory = found("/a/b");
    EXPECT_TRUE(directory.exists && directory.directory && directory.certain);
    EXPECT_EQ(directory.path, "/a/b");
    TargetFacts const file = found("/a/f");
    EXPECT_TRUE(file.exists);
    EXPECT_FALSE(file.directory);
    EXPECT_TRUE(found("/").directory);
}

TEST_F(A_tree, says_which_components_are_missing_below_what)
{
    root_.directory("/a");
    TargetFacts const facts = found("/a/b/c");
    EXPECT_FALSE(facts.exists);
    EXPECT_EQ(facts.parent, "/a");
    EXPECT_EQ(facts.missing, (Words{"b", "c"}));
    EXPECT_EQ(facts.path, "/a/b/c");
    EXPECT_EQ(found("/x").parent, "/");
}

TEST_F(A_tree, follows_relative_and_absolute_links_inside)
{
    root_.directory("/real/sub");
    root_.link("/absolute", "/real");
    root_.link("/real/up", "../real/sub");
    EXPECT_EQ(found("/absolute/sub").path, "/real/sub");
    EXPECT_EQ(found("/absolute/up").path, "/real/sub");
    EXPECT_EQ(found("/absolute/sub/new").path, "/real/sub/new");
}

TEST_F(A_tree, does_not_follow_a_link_out_of_the_root)
{
    root_.link("/evil", "/etc");
    root_.link("/deep", "../../../../../../etc/passwd");
    TargetFacts const facts = found("/evil/passwd"); // the host has one
    EXPECT_FALSE(facts.exists);
    EXPECT_EQ(facts.path, "/etc/passwd");
    EXPECT_EQ(facts.parent, "/");
    EXPECT_FALSE(found("/deep").exists);
    EXPECT_EQ(found("/deep").path, "/etc/passwd");
}

TEST_F(A_tree, keeps_ways_up_at_the_root)
{
    root_.directory("/a");
    root_.link("/up", "../../..");
    EXPECT_EQ(found("/up").path, "/");
    EXPECT_EQ(found("/up/a").path, "/a");
}

TEST_F(A_tree, takes_the_last_component_as_it_is_when_told_not_to_follow)
{
    root_.directory("/real");
    root_.link("/link", "real");
    EXPECT_EQ(found("/link", false).path, "/link");
    EXPECT_TRUE(found("/link", false).exists);
    EXPECT_EQ(found("/link/x", false).path, "/real/x"); // not the last
    EXPECT_EQ(found("/link").path, "/real");
}

TEST_F(A_tree, resolves_a_dangling_link_to_what_it_would_name)
{
    root_.directory("/var");
    root_.link("/var/lock", "../run/lock");
    TargetFacts const facts = found("/var/lock");
    EXPECT_FALSE(facts.exists);
    EXPECT_EQ(facts.path, "/run/lock");
    EXPECT_EQ(facts.missing, (Words{"run", "lock"}));
}

TEST_F(A_tree, gives_up_on_links_that_lead_to_themselves)
{
    root_.link("/self", "self");
    root_.link("/one", "two");
    root_.link("/two", "one");
    for (char const* target : {"/self", "/one", "/two/x"})
        EXPECT_TRUE(fails(resolve(target), Code::invalid, Step::mount, ELOOP, "too many symbolic links")) << target;
}

TEST_F(A_tree, follows_forty_links_as_the_kernel_and_no_more)
{
    root_.directory("/end");
    root_.link("/l0", "end");
    for (int i = 1; i <= 40; i++)
        root_.link("/l" + std::to_string(i), "l" + std::to_string(i - 1));
    EXPECT_EQ(found("/l39").path, "/end");
    EXPECT_TRUE(fails(resolve("/l40"), Code::invalid, Step::mount, ELOOP, "too many symbolic links"));
}

TEST_F(A_tree, refuses_links_on_the_way_of_system_mounts)
{
    root_.directory("/real");
    root_.link("/proc", "real");
    spec::Mount mount = mount_on("/proc");
    mount.flags.strict_target = true;
    EXPECT_TRUE(fails(tree_.resolve(mount, true), Code::invalid, Step::mount, ELOOP,
                      "\"/proc\" of the root is a symbolic link"));
    mount.target = "/real";
    EXPECT_TRUE(accepts(tree_.resolve(mount, true)));
}

TEST_F(A_tree, refuses_a_way_through_a_file)
{
    root_.file("/f");
    EXPECT_TRUE(fails(resolve("/f/x"), Code::invalid, Step::mount, ENOTDIR, "\"/f\" of the target is not a directory"));
}

TEST_F(A_tree, refuses_a_way_up_from_what_does_not_exist)
{
    root_.link("/l", "missing/../etc");
    EXPECT_TRUE(
        fails(resolve("/l"), Code::not_found, Step::mount, ENOENT, "leads through a directory that does not exist"));
}

TEST_F(A_tree, looks_into_the_mount_that_covers_a_directory)
{
    Files const other;
    other.directory("/inner");
    root_.directory("/m/outer");
    mount("/m", BackingKind::directory, other.fd());
    EXPECT_TRUE(found("/m/inner").exists);
    EXPECT_FALSE(found("/m/outer").exists);
    EXPECT_EQ(found("/m/outer").parent, "/m");
}

TEST_F(A_tree, looks_into_the_deepest_of_nested_mounts)
{
    Files const outer;
    Files const inner;
    outer.directory("/n");
    inner.file("/f");
    mount("/m", BackingKind::directory, outer.fd());
    mount("/m/n", BackingKind::directory, inner.fd());
    EXPECT_TRUE(found("/m/n/f").exists);
    EXPECT_FALSE(found("/m/f").exists);
    EXPECT_EQ(tree_.backing_of("/m/n/x/y").fd.get(), tree_.backing_of("/m/n").fd.get());
    EXPECT_NE(tree_.backing_of("/m/nn").fd.get(), tree_.backing_of("/m/n").fd.get());
}

TEST_F(A_tree, finds_mount_points_that_the_tree_below_does_not_have)
{
    mount("/made", BackingKind::fresh);
    mount("/file", BackingKind::file);
    EXPECT_TRUE(found("/made").directory);
    EXPECT_FALSE(found("/made/x").exists);
    EXPECT_TRUE(found("/file").exists);
    EXPECT_FALSE(found("/file").directory);
}

TEST_F(A_tree, knows_what_will_have_been_made)
{
    mount("/t", BackingKind::fresh);
    tree_.add_made("/t/d", true);
    tree_.add_made("/t/f", false);
    EXPECT_TRUE(found("/t/d").directory);
    EXPECT_EQ(found("/t/d/x").parent, "/t/d");
    EXPECT_TRUE(found("/t/f").exists);
    EXPECT_FALSE(found("/t/f").directory);
}

TEST_F(A_tree, is_not_certain_about_a_kernels_file_system)
{
    mount("/proc", BackingKind::opaque);
    TargetFacts const facts = found("/proc/sys/kernel");
    EXPECT_FALSE(facts.certain);
    EXPECT_EQ(facts.path, "/proc/sys/kernel");
    EXPECT_TRUE(found("/proc").certain);
}

TEST_F(A_tree, follows_a_link_of_one_mount_into_another)
{
    Files const other;
    other.link("/to", "/real");
    root_.directory("/real");
    mount("/m", BackingKind::directory, other.fd());
    EXPECT_EQ(found("/m/to").path, "/real");
    EXPECT_TRUE(found("/m/to").exists);
}

TEST_F(A_tree, is_not_certain_about_a_directory_that_may_not_be_searched)
{
    if (::geteuid() == 0)
        GTEST_SKIP() << "root may search every directory";
    root_.directory("/closed/x");
    ASSERT_EQ(::chmod(root_.path("/closed").c_str(), 0), 0);
    EXPECT_FALSE(found("/closed/x/y").certain);
    EXPECT_EQ(found("/closed/x/y").path, "/closed/x/y");
    (void)::chmod(root_.path("/closed").c_str(), 0700); // so that it can be removed
}

TEST_F(A_tree, reads_a_file_and_follows_links_inside)
{
    root_.directory("/etc");
    root_.directory("/usr");
    root_.file("/usr/passwd", "root:x:0:0::/:\n");
    root_.link("/etc/passwd", "/usr/passwd");
    EXPECT_EQ(tree_.read_file("/etc/passwd", 1000).value(), "root:x:0:0::/:\n");
    EXPECT_EQ(tree_.read_file("/etc/group", 1000).value(), "");
}

TEST_F(A_tree, reads_no_file_of_the_host_through_a_link)
{
    root_.link("/passwd", "/etc/passwd");
    root_.link("/up", "../../../../../etc/passwd");
    EXPECT_EQ(tree_.read_file("/passwd", 1 << 20).value(), "");
    EXPECT_EQ(tree_.read_file("/up", 1 << 20).value(), "");
}

TEST_F(A_tree, reads_neither_directories_nor_pipes_nor_what_is_too_large)
{
    root_.directory("/d");
    root_.file("/large", std::string(1001, 'x'));
    ASSERT_EQ(::mkfifo(root_.path("/fifo").c_str(), 0600), 0);
    char const* const words = "is not a regular file that can be read";
    EXPECT_TRUE(fails(tree_.read_file("/d", 1000), Code::invalid, Step::identity, EINVAL, words));
    EXPECT_TRUE(fails(tree_.read_file("/large", 1000), Code::invalid, Step::identity, EFBIG, words));
    EXPECT_TRUE(fails(tree_.read_file("/fifo", 1000), Code::invalid, Step::identity, EINVAL, words)); // nor waits
}

TEST_F(A_tree, reads_a_file_that_is_bound_over_another)
{
    Files const other;
    other.file("/f", "bound");
    root_.file("/passwd", "covered");
    mount("/passwd", BackingKind::file, Fd(::open(other.path("/f").c_str(), O_PATH | O_CLOEXEC)));
    EXPECT_EQ(tree_.read_file("/passwd", 1000).value(), "bound");
}

TEST_F(A_tree, reads_a_file_that_will_be_made_and_follows_a_link_that_will_be)
{
    Backing made{BackingKind::file, {}, host::Ground::own};
    made.content = "made";
    tree_.add_mount("/etc/passwd", std::move(made));
    tree_.add_link("/passwd", "etc/passwd");
    EXPECT_EQ(tree_.read_file("/etc/passwd", 1000).value(), "made");
    EXPECT_EQ(tree_.read_file("/passwd", 1000).value(), "made");
}

TEST(paths_of_a_tree, are_joined_and_split)
{
    EXPECT_EQ(survey::join("/", "a"), "/a");
    EXPECT_EQ(survey::join("/a", "b"), "/a/b");
    EXPECT_EQ(survey::parent_of("/a/b"), "/a");
    EXPECT_EQ(survey::parent_of("/a"), "/");
    EXPECT_EQ(survey::parent_of("/"), "/");
}
