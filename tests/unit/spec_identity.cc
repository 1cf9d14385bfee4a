// SPDX-License-Identifier: MIT
#include "support.h"

#include <fcntl.h>

using namespace ctr;
using namespace ctr::test;
using spec::Map;

namespace {

Status set_map(config::Config& config, uint32_t mode)
{
    return config::set_choice(config, Call::set_map, config.map, mode, CTR_MAP_NONE);
}

void add_ranges(config::Config& config, Call call, std::vector<IdRange> const& ranges)
{
    for (IdRange const& range : ranges)
        (void)config::add_range(config, call,
                                {range.inside, range.outside, range.count, {}}); // shapes are always right
}

// A config whose user ranges are these; the group ranges are one that is good.
config::Config with_ranges(std::vector<IdRange> const& ranges)
{
    config::Config config = with_command();
    add_ranges(config, Call::add_uid_range, ranges);
    add_ranges(config, Call::add_gid_range, {{0, 1000, 1}});
    return config;
}

Result<spec::Spec> with_user(char const* user)
{
    config::Config config = with_command();
    (void)config::set_user(config, user);
    return validated(config);
}

constexpr char const* wraps = "an id range must not wrap around";
constexpr char const* overlaps = "an id range overlaps an earlier one";
constexpr char const* no_such_user = "neither a number nor a name of a user or group";

} // namespace

TEST(range_spec, an_empty_range_is_refused)
{
    EXPECT_TRUE(refuses(validated(with_ranges({{0, 1000, 1}, {1, 2000, 0}})), Call::add_uid_range, 1, "1:2000:0",
                        "an id range must not be empty"));
}

TEST(range_spec, a_range_may_reach_the_last_id_and_not_past_it)
{
    EXPECT_TRUE(accepts(validated(with_ranges({{4294967294U, 1000, 1}}))));
    EXPECT_TRUE(accepts(validated(with_ranges({{0, 0, 4294967295U}}))));
    EXPECT_TRUE(
        refuses(validated(with_ranges({{4294967295U, 0, 1}})), Call::add_uid_range, 0, "4294967295:0:1", wraps));
    EXPECT_TRUE(
        refuses(validated(with_ranges({{0, 4294967295U, 1}})), Call::add_uid_range, 0, "0:4294967295:1", wraps));
    EXPECT_TRUE(
        refuses(validated(with_ranges({{1, 0, 4294967295U}})), Call::add_uid_range, 0, "1:0:4294967295", wraps));
}

TEST(range_spec, ranges_do_not_overlap_inside)
{
    EXPECT_TRUE(
        refuses(validated(with_ranges({{0, 1000, 10}, {9, 5000, 1}})), Call::add_uid_range, 1, "9:5000:1", overlaps));
    EXPECT_TRUE(accepts(validated(with_ranges({{0, 1000, 10}, {10, 5000, 1}}))));
}

TEST(range_spec, ranges_do_not_overlap_outside)
{
    EXPECT_TRUE(refuses(validated(with_ranges({{0, 1000, 10}, {100, 1009, 5}})), Call::add_uid_range, 1, "100:1009:5",
                        overlaps));
    EXPECT_TRUE(accepts(validated(with_ranges({{0, 1000, 10}, {100, 1010, 5}}))));
}

TEST(range_spec, ranges_at_the_end_of_the_numbers_are_compared_without_wrapping)
{
    EXPECT_TRUE(refuses(validated(with_ranges({{0, 0, 4294967295U}, {4294967294U, 5, 1}})), Call::add_uid_range, 1,
                        "4294967294:5:1", overlaps));
}

TEST(range_spec, a_map_has_at_most_340_ranges)
{
    std::vector<IdRange> ranges;
    for (uint32_t i = 0; i < 340; i++)
        ranges.push_back({i, 1000 + i, 1});
    EXPECT_TRUE(accepts(validated(with_ranges(ranges))));
    ranges.push_back({340, 5000, 1});
    EXPECT_TRUE(
        refuses(validated(with_ranges(ranges)), Call::add_uid_range, 340, "341", "a map has at most 340 ranges"));
}

TEST(range_spec, users_and_groups_both_need_ranges)
{
    char const* const message = "explicit id ranges are needed for both users and groups";
    config::Config users = with_command();
    add_ranges(users, Call::add_uid_range, {{0, 1000, 1}});
    EXPECT_TRUE(refuses(validated(users), Call::add_uid_range, 0, "", message));
    config::Config groups = with_command();
    add_ranges(groups, Call::add_gid_range, {{0, 1000, 1}});
    EXPECT_TRUE(refuses(validated(groups), Call::add_gid_range, 0, "", message));
}

TEST(range_spec, bad_group_ranges_name_their_setter)
{
    config::Config config = with_command();
    add_ranges(config, Call::add_uid_range, {{0, 1000, 1}});
    add_ranges(config, Call::add_gid_range, {{0, 1000, 1}, {0, 2000, 1}});
    EXPECT_TRUE(refuses(validated(config), Call::add_gid_range, 1, "0:2000:1", overlaps));
}

TEST(map_spec, each_mode_is_taken_over)
{
    constexpr std::pair<uint32_t, Map> modes[] = {{CTR_MAP_AUTO, Map::automatic},
                                                  {CTR_MAP_SINGLE, Map::single},
                                                  {CTR_MAP_SUBID, Map::subid},
                                                  {CTR_MAP_NONE, Map::none}};
    for (auto const& [mode, map] : modes) {
        config::Config config = with_command();
        (void)set_map(config, mode);
        EXPECT_EQ(validated(config).value().identity.map, map);
    }
}

TEST(map_spec, a_mode_does_not_go_with_explicit_ranges)
{
    config::Config config = with_ranges({{0, 1000, 1}});
    (void)set_map(config, CTR_MAP_SINGLE);
    EXPECT_TRUE(refuses(validated(config), Call::set_map, 0, "", "a map mode does not go with explicit id ranges"));
}

TEST(map_spec, the_error_names_the_last_call_for_the_mode)
{
    config::Config config = with_ranges({{0, 1000, 1}});
    (void)set_map(config, CTR_MAP_AUTO);
    (void)set_map(config, CTR_MAP_SINGLE);
    EXPECT_TRUE(refuses(validated(config), Call::set_map, 1, "", "a map mode does not go with explicit id ranges"));
}

TEST(map_spec, a_joined_user_namespace_has_its_maps_already)
{
    char const* const message = "a joined user namespace has its maps already";
    Fd const file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    config::Config moded = with_command();
    (void)config::join_namespace(moded, CTR_NAMESPACE_USER, file.get());
    EXPECT_EQ(validated(moded).value().identity.map, Map::joined);
    (void)set_map(moded, CTR_MAP_SINGLE);
    EXPECT_TRUE(refuses(validated(moded), Call::join_namespace, 0, "user", message));
    config::Config ranged = with_ranges({{0, 1000, 1}});
    (void)config::join_namespace(ranged, CTR_NAMESPACE_USER, file.get());
    EXPECT_TRUE(refuses(validated(ranged), Call::join_namespace, 0, "user", message));
}

TEST(user_spec, the_default_is_root) { EXPECT_EQ(validated(with_command()).value().identity.user.number, 0U); }

TEST(user_spec, numbers_and_names_of_users_and_groups_are_told_apart)
{
    spec::Identity const numbers = with_user("1000:100").value().identity;
    EXPECT_EQ(numbers.user.number, 1000U);
    EXPECT_EQ(numbers.group->number, 100U);
    spec::Identity const names = with_user("alice:users").value().identity;
    EXPECT_FALSE(names.user.number);
    EXPECT_EQ(names.user.name, "alice");
    EXPECT_EQ(names.group->name, "users");
    EXPECT_FALSE(with_user("alice").value().identity.group);
}

TEST(user_spec, the_last_id_is_one_below_the_one_that_means_no_change)
{
    EXPECT_EQ(with_user("4294967294").value().identity.user.number, 4294967294U);
    EXPECT_TRUE(
        refuses(with_user("4294967295"), Call::set_user, 0, "4294967295", "an id is a number from 0 to 4294967294"));
    EXPECT_TRUE(refuses(with_user("0:99999999999"), Call::set_user, 0, "99999999999",
                        "an id is a number from 0 to 4294967294"));
}

TEST(user_spec, what_is_neither_number_nor_name_is_refused)
{
    for (char const* user : {"-1", "+1", "1a", "a b", "a/b", ".a", "-a", "a\nb", " a", "$x"})
        EXPECT_TRUE(refuses(with_user(user), Call::set_user, 0, user, no_such_user)) << user;
    EXPECT_TRUE(refuses(with_user("a:b:c"), Call::set_user, 0, "b:c", no_such_user));
    EXPECT_TRUE(
        refuses(with_user(std::string(257, 'a').c_str()), Call::set_user, 0, std::string(257, 'a'), no_such_user));
}

TEST(user_spec, usual_spellings_of_names_are_taken)
{
    for (char const* user : {"a", "_apt", "www-data", "first.last", "machine$", "A1"})
        EXPECT_TRUE(accepts(with_user(user))) << user;
}

TEST(user_spec, an_empty_half_is_refused_and_the_whole_is_quoted)
{
    EXPECT_TRUE(refuses(with_user("1000:"), Call::set_user, 0, "1000:", no_such_user));
    EXPECT_TRUE(refuses(with_user(":100"), Call::set_user, 0, ":100", no_such_user));
}

TEST(group_spec, a_bad_group_names_its_call)
{
    config::Config config = with_command();
    (void)config::add_group(config, "audio");
    (void)config::add_group(config, "4294967295");
    EXPECT_TRUE(refuses(validated(config), Call::add_group, 1, "4294967295", "an id is a number from 0 to 4294967294"));
}
