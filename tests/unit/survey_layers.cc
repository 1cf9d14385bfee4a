// SPDX-License-Identifier: MIT
// How a read-only tree gets the mount points that it lacks: an overlay where one can go, else that level rebuilt.
#include "files.h"
#include "host/mountinfo.h"
#include "support.h"
#include "survey/survey.h"
#include "survey/tree.h"

#include <sys/vfs.h>

using namespace ctr;
using namespace ctr::test;
using host::Addition;
using host::LayerFacts;
using spec::MountType;

namespace {

constexpr unsigned overlay_magic = 0x794c7630;

bool kernel_has_overlay()
{
    std::ifstream file("/proc/filesystems");
    for (std::string line; std::getline(file, line);)
        if (line == "nodev\toverlay")
            return true;
    return false;
}

bool is_overlay(std::string const& path)
{
    struct statfs status = {};
    return ::statfs(path.c_str(), &status) == 0 && static_cast<unsigned>(status.f_type) == overlay_magic;
}

std::string shown(LayerFacts const& layer)
{
    std::string out;
    for (Addition const& addition : layer.additions) {
        char const* kind = addition.type == S_IFDIR ? "dir" : addition.type == S_IFLNK ? "link" : "file";
        out += std::string(out.empty() ? "" : " ") + kind + ":" + addition.path;
    }
    return out;
}

class Layers : public testing::Test {
protected:
    Layers()
    {
        mounts_.rootfs = root_.path();
        mounts_.read_only = true;
    }
    spec::Mount& add(MountType type, std::string const& target, std::string const& source = "")
    {
        spec::Mount mount;
        mount.type = type;
        mount.target = target;
        mount.source = source;
        mounts_.list.push_back(mount);
        return mounts_.list.back();
    }
    Status lay()
    {
        facts_ = {};
        Result<survey::Tree> const tree = survey::survey_targets(mounts_, facts_);
        if (!tree)
            return tree.error();
        return survey::survey_layers(mounts_, facts_);
    }
    bool overlay_possible() const { return kernel_has_overlay() && !is_overlay(root_.path()); }

    Files root_;
    spec::Mounts mounts_;
    host::RootFacts facts_;
};

using Layer = Layers;

} // namespace

TEST_F(Layer, is_not_needed_where_nothing_is_missing)
{
    root_.directory("/data");
    add(MountType::tmpfs, "/data");
    ASSERT_TRUE(accepts(lay()));
    EXPECT_TRUE(facts_.layers.empty());
    EXPECT_FALSE(facts_.rebuilt);
}

TEST_F(Layer, stands_on_the_deepest_directory_that_exists)
{
    root_.directory("/a/b");
    add(MountType::tmpfs, "/a/b/c/d");
    ASSERT_TRUE(accepts(lay()));
    ASSERT_EQ(facts_.layers.size(), 1U);
    EXPECT_EQ(facts_.layers[0].path, "/a/b");
    EXPECT_EQ(shown(facts_.layers[0]), "dir:c dir:c/d");
}

TEST_F(Layer, is_an_overlay_where_the_kernel_takes_one)
{
    if (!overlay_possible())
        GTEST_SKIP() << "no overlay here: not in /proc/filesystems, or the temporary directory is one itself";
    root_.directory("/a");
    root_.file("/a/kept");
    add(MountType::tmpfs, "/a/new");
    ASSERT_TRUE(accepts(lay()));
    EXPECT_TRUE(facts_.layers[0].overlay);
    EXPECT_TRUE(facts_.layers[0].entries.empty());
    EXPECT_FALSE(facts_.rebuilt);
}

TEST_F(Layer, above_mounts_is_rebuilt_because_an_overlay_could_not_hide_them)
{
    mounts_.rootfs.reset();
    std::string parent;
    for (std::string const& point : host::mount_points()) {
        std::string const above = survey::parent_of(point);
        if (above != "/" && ::access(above.c_str(), R_OK | X_OK) == 0)
            parent = above;
    }
    if (parent.empty())
        GTEST_SKIP() << "no mount below a readable directory other than / on this host";
    add(MountType::tmpfs, parent + "/ctr-unit-missing");
    ASSERT_TRUE(accepts(lay()));
    EXPECT_EQ(facts_.layers[0].path, parent);
    EXPECT_FALSE(facts_.layers[0].overlay);
    EXPECT_FALSE(facts_.layers[0].entries.empty());
}

TEST_F(Layer, on_the_hosts_root_itself_is_rebuilt)
{
    mounts_.rootfs.reset();
    add(MountType::tmpfs, "/ctr-unit-missing");
    ASSERT_TRUE(accepts(lay()));
    EXPECT_TRUE(facts_.rebuilt);
    ASSERT_EQ(facts_.layers.size(), 1U);
    EXPECT_FALSE(facts_.layers[0].overlay);
    auto const is_etc = [](host::Entry const& entry) { return entry.name == "etc" && entry.type == S_IFDIR; };
    EXPECT_EQ(std::count_if(facts_.layers[0].entries.begin(), facts_.layers[0].entries.end(), is_etc), 1);
}

TEST_F(Layer, that_is_rebuilt_lists_entries_by_name_with_their_kind_and_where_links_lead)
{
    if (overlay_possible())
        mounts_.rootfs.reset(); // the host's root is always rebuilt
    add(MountType::tmpfs, "/ctr-unit-missing");
    ASSERT_TRUE(accepts(lay()));
    std::vector<host::Entry> const& entries = facts_.layers[0].entries;
    for (size_t i = 1; i < entries.size(); i++)
        EXPECT_LT(entries[i - 1].name, entries[i].name);
    for (host::Entry const& entry : entries)
        EXPECT_EQ(entry.type == S_IFLNK, !entry.link.empty()) << entry.name;
}

TEST_F(Layer, holds_directories_files_and_links_as_their_mounts_need_them)
{
    root_.directory("/a");
    add(MountType::directory, "/a/d").mode = 0700;
    add(MountType::file, "/a/f");
    add(MountType::symlink, "/a/l", "to");
    add(MountType::bind, "/a/b", "/etc/passwd");
    add(MountType::tmpfs, "/a/t");
    ASSERT_TRUE(accepts(lay()));
    ASSERT_EQ(facts_.layers.size(), 1U);
    EXPECT_EQ(shown(facts_.layers[0]), "file:b dir:d file:f link:l dir:t");
    for (Addition const& addition : facts_.layers[0].additions) {
        EXPECT_EQ(addition.link, addition.path == "l" ? "to" : "");
        EXPECT_EQ(addition.mode == 0700, addition.path == "d");
    }
}

TEST_F(Layer, that_stands_above_another_takes_it_over_with_its_parents)
{
    if (!overlay_possible())
        GTEST_SKIP() << "no overlay here: not in /proc/filesystems, or the temporary directory is one itself";
    root_.directory("/a/b/c");
    add(MountType::tmpfs, "/a/x");
    add(MountType::tmpfs, "/a/b/c/y");
    ASSERT_TRUE(accepts(lay()));
    ASSERT_EQ(facts_.layers.size(), 1U);
    EXPECT_EQ(facts_.layers[0].path, "/a");
    EXPECT_EQ(shown(facts_.layers[0]), "dir:x dir:b dir:b/c dir:b/c/y");
}

TEST_F(Layer, of_one_tree_does_not_stand_on_that_of_another)
{
    root_.directory("/a");
    root_.directory("/ab");
    add(MountType::tmpfs, "/a/x");
    add(MountType::tmpfs, "/ab/x");
    ASSERT_TRUE(accepts(lay()));
    EXPECT_EQ(facts_.layers.size(), 2U);
}

TEST_F(Layer, keeps_the_mode_of_its_directory)
{
    root_.directory("/a");
    ASSERT_EQ(::chmod(root_.path("/a").c_str(), 01770), 0);
    add(MountType::tmpfs, "/a/x");
    ASSERT_TRUE(accepts(lay()));
    EXPECT_EQ(facts_.layers[0].mode, 01770U);
}

TEST_F(Layer, below_a_mount_of_the_container_is_never_needed)
{
    root_.directory("/t");
    add(MountType::tmpfs, "/t");
    add(MountType::tmpfs, "/t/x");
    ASSERT_TRUE(accepts(lay()));
    EXPECT_TRUE(facts_.layers.empty());
}
