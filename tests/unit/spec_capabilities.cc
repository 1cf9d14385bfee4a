// SPDX-License-Identifier: MIT
#include "support.h"

#include <linux/capability.h>

using namespace ctr;
using namespace ctr::test;
using spec::Capabilities;

namespace {

config::Config with(std::vector<char const*> const& added, std::vector<char const*> const& dropped)
{
    config::Config config = with_command();
    for (char const* name : added)
        (void)config::add_capability(config, name);
    for (char const* name : dropped)
        (void)config::drop_capability(config, name);
    return config;
}

Capabilities kept(std::vector<char const*> const& added, std::vector<char const*> const& dropped)
{
    return validated(with(added, dropped)).value().identity.capabilities.keep;
}

constexpr Capabilities bit(int number) { return Capabilities{1} << number; }

} // namespace

TEST(capabilities, are_named_with_or_without_their_prefix_in_any_case)
{
    for (char const* name : {"SYS_ADMIN", "CAP_SYS_ADMIN", "sys_admin", "cap_sys_admin", "Cap_Sys_Admin"})
        EXPECT_EQ(spec::capability_number(name), unsigned{CAP_SYS_ADMIN}) << name;
    EXPECT_EQ(spec::capability_number("CHOWN"), unsigned{CAP_CHOWN});
    EXPECT_EQ(spec::capability_number("CHECKPOINT_RESTORE"), unsigned{CAP_CHECKPOINT_RESTORE});
    EXPECT_EQ(spec::capability_number("MKNOD"), unsigned{CAP_MKNOD});
    EXPECT_EQ(spec::capability_number("SETFCAP"), unsigned{CAP_SETFCAP});
}

TEST(capabilities, of_other_names_do_not_exist)
{
    for (char const* name : {"", "CAP_", "ROOT", "CAP_CAP_CHOWN", "CHOWN ", "21", "ALL"})
        EXPECT_FALSE(spec::capability_number(name)) << name;
}

TEST(capabilities, that_a_command_starts_with_cannot_undo_mounts)
{
    EXPECT_EQ(kept({}, {}), spec::default_capabilities());
    for (int const number : {CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_SYS_MODULE, CAP_NET_ADMIN, CAP_MKNOD, CAP_BPF})
        EXPECT_EQ(spec::default_capabilities() & bit(number), 0U) << number;
    for (int const number : {CAP_CHOWN, CAP_SETUID, CAP_SETGID, CAP_NET_BIND_SERVICE})
        EXPECT_NE(spec::default_capabilities() & bit(number), 0U) << number;
}

TEST(capability_profiles, are_these_sets)
{
    auto const of = [](char const* name) {
        config::Config config = with_command();
        (void)config::set_capability_profile(config, name);
        return validated(config).value().identity.capabilities.keep;
    };
    EXPECT_EQ(of("contained"), 0x1c0141cbfebU);
    EXPECT_EQ(of("crabcan"), 0x1c0141cbfe9U);
    EXPECT_EQ(of("default"), spec::default_capabilities());
}

TEST(capability_profiles, of_other_names_do_not_exist)
{
    config::Config config = with_command();
    (void)config::set_capability_profile(config, "docker");
    EXPECT_TRUE(refuses(validated(config), Call::set_capability_profile, 0, "docker",
                        "there is no such capability profile: there are default, contained and crabcan"));
}

TEST(capabilities, are_added_and_dropped_by_name)
{
    EXPECT_EQ(kept({"SYS_PTRACE"}, {}), spec::default_capabilities() | bit(CAP_SYS_PTRACE));
    EXPECT_EQ(kept({}, {"CHOWN"}), spec::default_capabilities() & ~bit(CAP_CHOWN));
}

TEST(capabilities, can_be_all_but_some_and_none_but_some)
{
    EXPECT_EQ(kept({"all"}, {"CHOWN"}), ~bit(CAP_CHOWN));
    EXPECT_EQ(kept({"CHOWN"}, {"ALL"}), bit(CAP_CHOWN));
    EXPECT_EQ(kept({}, {"ALL"}), 0U);
}

TEST(capabilities, that_do_not_exist_name_their_call)
{
    EXPECT_TRUE(refuses(validated(with({"CHOWN", "NOPE"}, {})), Call::add_capability, 1, "NOPE",
                        "there is no such capability"));
    EXPECT_TRUE(
        refuses(validated(with({}, {"NOPE"})), Call::drop_capability, 0, "NOPE", "there is no such capability"));
}

TEST(capabilities, cannot_be_both_added_and_dropped)
{
    EXPECT_TRUE(refuses(validated(with({"ALL"}, {"ALL"})), Call::add_capability, 0, "ALL",
                        "all capabilities cannot be both added and dropped"));
    EXPECT_TRUE(refuses(validated(with({"cap_chown"}, {"CHOWN"})), Call::add_capability, 0, "CHOWN",
                        "a capability cannot be both added and dropped"));
}

TEST(capabilities, that_clash_name_the_call_that_clashes)
{
    EXPECT_TRUE(refuses(validated(with({"KILL", "CHOWN"}, {"CHOWN"})), Call::add_capability, 1, "CHOWN",
                        "a capability cannot be both added and dropped"));
}

TEST(capabilities, have_names_that_are_not_empty)
{
    config::Config config;
    char const* const message = "a capability's name must not be empty";
    EXPECT_TRUE(refuses(config::add_capability(config, ""), Call::add_capability, 0, "", message));
    EXPECT_TRUE(refuses(config::add_capability(config, nullptr), Call::add_capability, 1, "", message));
    EXPECT_TRUE(refuses(config::drop_capability(config, ""), Call::drop_capability, 0, "", message));
}
