// SPDX-License-Identifier: MIT
// The command's user comes from the container's own files, never from the host's.
#include "files.h"
#include "host/accounts.h"
#include "support.h"
#include "survey/survey.h"
#include "survey/tree.h"

#include <cerrno>

using namespace ctr;
using namespace ctr::test;
using Groups = std::vector<uint32_t>;

namespace {

class User : public testing::Test {
protected:
    User()
    {
        root_.directory("/etc");
        root_.file("/etc/passwd", "root:x:0:0::/var/root:\nalice:x:1000:100::/home/alice:/bin/sh\n");
        root_.file("/etc/group", "users:x:100:alice\naudio:x:29:alice,bob\nvideo:x:44:bob\n");
    }
    Result<host::UserFacts> survey(char const* user, std::vector<char const*> const& groups = {})
    {
        config::Config config = with_command();
        if (user != nullptr)
            (void)config::set_user(config, user);
        for (char const* group : groups)
            (void)config::add_group(config, group);
        return survey::survey_user(spec::validate(config, {}).value(), [this](char const* path) {
            return tree_.read_file(path, host::most_account_bytes);
        });
    }
    host::UserFacts facts(char const* user, std::vector<char const*> const& groups = {})
    {
        Result<host::UserFacts> const result = survey(user, groups);
        EXPECT_TRUE(accepts(result));
        return result ? result.value() : host::UserFacts{};
    }

    Files root_;
    survey::Tree tree_ = survey::Tree({survey::BackingKind::directory, root_.fd(), host::Ground::root});
};

using A_user = User;

} // namespace

TEST_F(A_user, is_root_by_default)
{
    host::UserFacts const user = facts(nullptr);
    EXPECT_EQ(user.uid, 0U);
    EXPECT_EQ(user.gid, 0U);
    EXPECT_TRUE(user.groups.empty());
    EXPECT_EQ(user.home, "/root");
}

TEST_F(A_user, given_by_name_brings_group_groups_and_home)
{
    host::UserFacts const user = facts("alice");
    EXPECT_EQ(user.uid, 1000U);
    EXPECT_EQ(user.gid, 100U);
    EXPECT_EQ(user.groups, Groups{29}); // without the own one
    EXPECT_EQ(user.home, "/home/alice");
}

TEST_F(A_user, given_by_number_has_the_group_of_the_same_number)
{
    host::UserFacts const user = facts("1000");
    EXPECT_EQ(user.uid, 1000U);
    EXPECT_EQ(user.gid, 1000U);
    EXPECT_TRUE(user.groups.empty());
    EXPECT_EQ(user.home, "/home/alice");
}

TEST_F(A_user, of_an_unknown_number_has_no_home) { EXPECT_EQ(facts("4242").home, ""); }

TEST_F(A_user, may_have_another_group_by_number_or_name)
{
    EXPECT_EQ(facts("alice:7").gid, 7U);
    EXPECT_EQ(facts("alice:video").gid, 44U);
    EXPECT_EQ(facts("5:audio").gid, 29U);
}

TEST_F(A_user, has_added_groups_sorted_and_once)
{
    EXPECT_EQ(facts("alice", {"video", "29", "7", "7", "100"}).groups, (Groups{7, 29, 44}));
}

TEST_F(A_user, that_the_container_does_not_know_is_named)
{
    Result<host::UserFacts> const user = survey("carol");
    EXPECT_TRUE(fails(user, Code::not_found, Step::identity, 0, "\"carol\" is not in the container's /etc/passwd"));
    EXPECT_EQ(user.error().origin.call, Call::set_user);
    EXPECT_EQ(user.error().subject, "carol");
}

TEST_F(A_user, whose_group_the_container_does_not_know_is_told_so)
{
    EXPECT_TRUE(fails(survey("alice:nogroup"), Code::not_found, Step::identity, 0,
                      "\"nogroup\" is not in the container's /etc/group"));
    Result<host::UserFacts> const added = survey("alice", {"audio", "nogroup"});
    EXPECT_TRUE(fails(added, Code::not_found, Step::identity, 0, "\"nogroup\""));
    EXPECT_EQ(added.error().origin.call, Call::add_group);
    EXPECT_EQ(added.error().origin.index, 1);
}

TEST_F(A_user, is_not_looked_up_in_the_hosts_files_through_a_link)
{
    std::filesystem::remove(root_.path("/etc/passwd"));
    root_.link("/etc/passwd", "../../../../../../../etc/passwd");
    EXPECT_FALSE(accepts(survey("daemon")));
}

TEST_F(A_user, by_name_is_refused_where_passwd_is_no_file)
{
    std::filesystem::remove(root_.path("/etc/passwd"));
    root_.directory("/etc/passwd");
    EXPECT_TRUE(
        fails(survey("alice"), Code::invalid, Step::identity, EINVAL, "is not a regular file that can be read"));
    EXPECT_EQ(facts("1000").home, ""); // a number needs no account
}

TEST_F(A_user, with_more_groups_than_the_kernel_takes_is_refused)
{
    std::string text;
    for (int i = 0; i < 65540; i++)
        text += "g" + std::to_string(i) + ":x:" + std::to_string(i + 1000) + ":alice\n";
    root_.file("/etc/group", text);
    EXPECT_TRUE(
        fails(survey("alice"), Code::invalid, Step::identity, 0, "more supplementary groups than the kernel takes"));
}
