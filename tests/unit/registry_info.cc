// SPDX-License-Identifier: MIT
// What is written down of a named container, and what is not taken for it.
#include "base/text.h"
#include "registry/registry.h"

#include <gtest/gtest.h>

using namespace ctr;

namespace {

registry::Info sample()
{
    registry::Info info;
    info.created_ns = UINT64_MAX;
    info.flags = 1;
    info.takes_commands = true;
    info.may_set_groups = false;
    info.has_terminals = true;
    info.new_privs = true;
    info.capabilities = uint64_t{1} << 63;
    info.limits = {{7, 1024, UINT64_MAX}, {4, 0, 0}};
    info.uid = 1000;
    info.gid = UINT32_MAX;
    info.groups = {4, 24};
    info.home = "/home/nobody";
    info.cwd = "/a\nb";
    info.seccomp_kind = 2;
    info.seccomp_listener = 1;
    info.seccomp = std::string("\0\n7\0", 4);
    info.command = {"sh", "-c", "", "echo \xff"};
    return info;
}

} // namespace

TEST(info, comes_back_as_it_was)
{
    registry::Info const info = sample();
    std::optional<registry::Info> const back = registry::decode(registry::encode(info));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->created_ns, info.created_ns);
    EXPECT_EQ(back->flags, info.flags);
    EXPECT_EQ(back->takes_commands, info.takes_commands);
    EXPECT_EQ(back->may_set_groups, info.may_set_groups);
    EXPECT_EQ(back->has_terminals, info.has_terminals);
    EXPECT_EQ(back->new_privs, info.new_privs);
    EXPECT_EQ(back->capabilities, info.capabilities);
    ASSERT_EQ(back->limits.size(), 2U);
    EXPECT_EQ(back->limits[0].hard, UINT64_MAX);
    EXPECT_EQ(back->limits[1].resource, 4U);
    EXPECT_EQ(back->uid, info.uid);
    EXPECT_EQ(back->gid, info.gid);
    EXPECT_EQ(back->groups, info.groups);
    EXPECT_EQ(back->home, info.home);
    EXPECT_EQ(back->cwd, info.cwd);
    EXPECT_EQ(back->seccomp_kind, info.seccomp_kind);
    EXPECT_EQ(back->seccomp_listener, info.seccomp_listener);
    EXPECT_EQ(back->seccomp, info.seccomp);
    EXPECT_EQ(back->command, info.command);
}

TEST(info, every_part_of_it_is_nothing)
{
    std::string const text = registry::encode(sample());
    for (size_t length = 0; length < text.size(); length++)
        EXPECT_FALSE(registry::decode(text.substr(0, length))) << length;
    EXPECT_FALSE(registry::decode(text + '\0'));
    EXPECT_FALSE(registry::decode(text + "x"));
}

TEST(info, a_number_out_of_range_or_a_list_without_an_end_is_nothing)
{
    std::string text = registry::encode(sample());
    size_t const at = text.find("1000");
    ASSERT_NE(at, std::string::npos);
    EXPECT_FALSE(registry::decode(text.substr(0, at) + "4294967296" + text.substr(at + 4)));
    EXPECT_FALSE(registry::decode(text.substr(0, at) + "-1" + text.substr(at + 4)));
    EXPECT_FALSE(registry::decode(text.substr(0, at) + "" + text.substr(at + 4)));
    registry::Info empty = sample();
    empty.command.clear();
    EXPECT_FALSE(registry::decode(registry::encode(empty)));
}

TEST(names, are_short_and_plain)
{
    EXPECT_TRUE(is_name("a"));
    EXPECT_TRUE(is_name("9.build_x-Y"));
    EXPECT_TRUE(is_name(std::string(64, 'a')));
    for (char const* const bad : {"", ".a", "-a", "_a", "a/b", "a b", "a\n", "\xc3\xa4", ".."})
        EXPECT_FALSE(is_name(bad)) << bad;
    EXPECT_FALSE(is_name(std::string(65, 'a')));
}
