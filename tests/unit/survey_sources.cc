// SPDX-License-Identifier: MIT
#include "files.h"
#include "support.h"
#include "survey/survey.h"

#include <cerrno>
#include <sys/stat.h>

using namespace ctr;
using namespace ctr::test;
using spec::MountType;

namespace {

spec::Mount bind_of(std::string const& source)
{
    spec::Mount mount;
    mount.source = source;
    mount.target = "/inside";
    mount.origin = {Call::add_mount, 4};
    return mount;
}

spec::Mount bind_of(Fd const& source)
{
    spec::Mount mount = bind_of("descriptor");
    mount.source_fd = source.get();
    return mount;
}

} // namespace

TEST(a_source, that_exists_is_a_file_or_a_directory)
{
    Files const files;
    files.file("/f");
    EXPECT_EQ(survey::survey_source(bind_of(files.path())).value().facts.type, uint32_t{S_IFDIR});
    EXPECT_EQ(survey::survey_source(bind_of(files.path("/f"))).value().facts.type, uint32_t{S_IFREG});
}

TEST(a_source, that_is_missing_is_named_with_its_call)
{
    auto const result = survey::survey_source(bind_of("/nowhere/to/be/found"));
    EXPECT_TRUE(
        fails(result, Code::not_found, Step::mount, ENOENT, "cannot bind \"/nowhere/to/be/found\" to \"/inside\""));
    EXPECT_EQ(result.error().subject, "/nowhere/to/be/found");
    EXPECT_EQ(result.error().origin.call, Call::add_mount);
    EXPECT_EQ(result.error().origin.index, 4);
}

TEST(a_source, that_is_missing_and_optional_is_left_out)
{
    spec::Mount mount = bind_of("/nowhere");
    mount.flags.optional = true;
    EXPECT_TRUE(survey::survey_source(mount).value().facts.missing);
}

TEST(a_source, that_is_optional_and_lies_behind_a_file_does_not_exist_either)
{
    Files const files;
    files.file("/f");
    spec::Mount mount = bind_of(files.path("/f/x"));
    mount.flags.optional = true;
    auto const result = survey::survey_source(mount);
    ASSERT_TRUE(accepts(result));
    EXPECT_TRUE(result.value().facts.missing);
}

TEST(a_source, that_is_a_link_is_followed_unless_that_is_refused)
{
    Files const files;
    files.directory("/d");
    files.link("/l", "d");
    spec::Mount mount = bind_of(files.path("/l"));
    EXPECT_EQ(survey::survey_source(mount).value().facts.type, uint32_t{S_IFDIR});
    mount.flags.nofollow = true;
    EXPECT_TRUE(fails(survey::survey_source(mount), Code::invalid, Step::mount, ELOOP, "cannot bind"));
}

TEST(a_source, that_may_not_be_reached_is_denied)
{
    if (::geteuid() == 0)
        GTEST_SKIP() << "root may search every directory";
    Files const files;
    files.directory("/closed/x");
    ASSERT_EQ(::chmod(files.path("/closed").c_str(), 0), 0);
    EXPECT_TRUE(fails(survey::survey_source(bind_of(files.path("/closed/x"))), Code::denied, Step::mount, EACCES,
                      "cannot bind"));
    (void)::chmod(files.path("/closed").c_str(), 0700); // so that it can be removed
}

TEST(a_source, given_as_a_descriptor_is_bound_by_its_name)
{
    Files const files;
    Fd const directory = files.fd();
    auto const source = survey::survey_source(bind_of(directory));
    ASSERT_TRUE(accepts(source));
    EXPECT_EQ(source.value().facts.path, files.path());
    EXPECT_EQ(source.value().facts.type, uint32_t{S_IFDIR});
}

TEST(a_source, given_as_a_descriptor_without_a_name_is_refused)
{
    Files const files;
    files.file("/f");
    Fd const removed(::open(files.path("/f").c_str(), O_PATH | O_CLOEXEC));
    ASSERT_EQ(::unlink(files.path("/f").c_str()), 0);
    EXPECT_TRUE(fails(survey::survey_source(bind_of(removed)), Code::invalid, Step::mount, 0, "has no name"));
    int ends[2] = {-1, -1};
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    Fd const reader(ends[0]);
    Fd const writer(ends[1]);
    EXPECT_TRUE(fails(survey::survey_source(bind_of(reader)), Code::invalid, Step::mount, 0, "has no name"));
}

TEST(a_source, whose_name_is_another_file_by_now_is_refused)
{
    Files const files;
    files.file("/f");
    Fd const old(::open(files.path("/f").c_str(), O_PATH | O_CLOEXEC));
    std::filesystem::rename(files.path("/f"), files.path("/elsewhere"));
    EXPECT_TRUE(accepts(survey::survey_source(bind_of(old)))); // its name followed it
    ASSERT_EQ(::unlink(files.path("/elsewhere").c_str()), 0);
    files.file("/elsewhere");
    EXPECT_TRUE(fails(survey::survey_source(bind_of(old)), Code::invalid, Step::mount, 0, "has no name"));
}

TEST(a_device, is_a_node_and_has_its_numbers)
{
    spec::Mount mount = bind_of("/dev/null");
    mount.type = MountType::device;
    auto const source = survey::survey_source(mount);
    ASSERT_TRUE(accepts(source));
    EXPECT_EQ(source.value().facts.device_major, 1U);
    EXPECT_EQ(source.value().facts.device_minor, 3U);
    mount.source = "/etc";
    EXPECT_TRUE(fails(survey::survey_source(mount), Code::invalid, Step::mount, 0, "\"/etc\" is not a device node"));
}

TEST(a_file_system, has_no_source_to_look_at)
{
    spec::Mount mount = bind_of("/nowhere");
    mount.type = MountType::tmpfs;
    EXPECT_TRUE(accepts(survey::survey_source(mount)));
}
