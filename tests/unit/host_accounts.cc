// SPDX-License-Identifier: MIT
// passwd and group of an image are somebody else's text: whatever stands there, the answer is an account or none.
#include "host/accounts.h"

#include <gtest/gtest.h>

using namespace ctr::host;
using Groups = std::vector<uint32_t>;

namespace {

constexpr char const* passwd = "root:x:0:0:root:/root:/bin/sh\n"
                               "# a comment\n"
                               "alice:x:1000:100:Alice,,,:/home/alice:/bin/sh\n"
                               "bob:x:1001:1001::/home/bob\n";
constexpr char const* group = "root:x:0:\n"
                              "users:x:100:\n"
                              "audio:x:29:alice,bob\n"
                              "video:x:44:alice\n"
                              "empty:x:77\n";

} // namespace

TEST(accounts, a_user_is_found_by_name)
{
    auto const alice = find_account(passwd, std::string_view("alice"));
    ASSERT_TRUE(alice);
    EXPECT_EQ(alice->uid, 1000U);
    EXPECT_EQ(alice->gid, 100U);
    EXPECT_EQ(alice->home, "/home/alice");
}

TEST(accounts, a_user_is_found_by_number)
{
    auto const root = find_account(passwd, 0U);
    ASSERT_TRUE(root);
    EXPECT_EQ(root->name, "root");
    EXPECT_FALSE(find_account(passwd, 5U));
}

TEST(accounts, the_shell_may_be_left_out)
{
    auto const bob = find_account(passwd, std::string_view("bob"));
    ASSERT_TRUE(bob);
    EXPECT_EQ(bob->home, "/home/bob");
}

TEST(accounts, the_first_of_two_entries_wins)
{
    auto const found = find_account("a:x:1:1::/one:\na:x:2:2::/two:\n", std::string_view("a"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->uid, 1U);
}

TEST(accounts, part_of_a_name_is_not_the_name)
{
    EXPECT_FALSE(find_account(passwd, std::string_view("ali")));
    EXPECT_FALSE(find_account(passwd, std::string_view("alice2")));
    EXPECT_FALSE(find_account(passwd, std::string_view("")));
}

TEST(accounts, entries_whose_numbers_are_none_are_passed_over)
{
    for (char const* line : {"a:x:-1:0::/:\n", "a:x:+1:0::/:\n", "a:x: 1:0::/:\n", "a:x:0x1:0::/:\n", "a:x::0::/:\n",
                             "a:x:1::::\n", "a:x:99999999999999999999:0::/:\n", "a:x:1:1e3::/:\n"})
        EXPECT_FALSE(find_account(line, std::string_view("a"))) << line;
}

TEST(accounts, the_number_that_means_no_change_to_the_kernel_is_nobodys)
{
    EXPECT_FALSE(find_account("a:x:4294967295:0::/:\n", std::string_view("a")));
    EXPECT_FALSE(find_account("a:x:0:4294967295::/:\n", std::string_view("a")));
    EXPECT_TRUE(find_account("a:x:4294967294:0::/:\n", std::string_view("a")));
}

TEST(accounts, a_malformed_entry_does_not_hide_a_good_one)
{
    auto const found = find_account("a\na:x\na:x:zero:0::/:\n:::::\na:x:7:8::/home/a:/bin/sh\n", std::string_view("a"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->uid, 7U);
}

TEST(accounts, a_file_without_a_last_newline_or_with_zero_bytes_is_read)
{
    EXPECT_TRUE(find_account("a:x:1:1::/home/a:/bin/sh", std::string_view("a")));
    std::string const zeros(1000, '\0');
    EXPECT_FALSE(find_account(zeros, std::string_view("a")));
    EXPECT_TRUE(find_account(zeros + "\na:x:1:1::/:\n", std::string_view("a")));
    EXPECT_FALSE(find_account("", std::string_view("a")));
}

TEST(accounts, a_line_of_a_million_fields_is_survived)
{
    EXPECT_FALSE(find_account(std::string(1000000, ':'), std::string_view("a")));
}

TEST(groups, a_group_is_found_by_name)
{
    EXPECT_EQ(find_group(group, "audio"), 29U);
    EXPECT_EQ(find_group(group, "empty"), 77U); // the list of members may be left out
    EXPECT_FALSE(find_group(group, "aud"));
    EXPECT_FALSE(find_group("g:x:4294967295:\n", "g"));
    EXPECT_FALSE(find_group("g:x:1x:\n", "g"));
}

TEST(groups, a_member_has_all_groups_that_list_it)
{
    EXPECT_EQ(groups_of(group, "alice"), (Groups{29, 44}));
    EXPECT_EQ(groups_of(group, "bob"), (Groups{29}));
    EXPECT_EQ(groups_of(group, "carol"), Groups{});
    EXPECT_EQ(groups_of(group, "alic"), Groups{});
}

TEST(groups, entries_whose_number_is_none_are_passed_over)
{
    EXPECT_EQ(groups_of("a:x:no:m\nb:x:2:m\nc:x:-3:m\nd:x:4:x,m,y\n", "m"), (Groups{2, 4}));
}

TEST(groups, a_member_list_ends_at_the_next_colon)
{
    EXPECT_EQ(groups_of("a:x:1:m:junk\nb:x:2:x:m\n", "m"), (Groups{1}));
}
