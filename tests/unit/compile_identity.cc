// SPDX-License-Identifier: MIT
// Which ids are mapped to which: faked callers, no privileges.
#include "compile/compile.h"
#include "support.h"

using namespace ctr;
using namespace ctr::test;

namespace {

class Maps : public testing::Test {
protected:
    Maps()
    {
        (void)config::set_namespace(config_, CTR_NAMESPACE_MOUNT, CTR_NAMESPACE_SHARED); // nothing to mount
        host::CallerFacts& caller = facts_.caller;
        caller.uid = 1001;
        caller.gid = 1001;
        caller.name = "alice";
        caller.subuids = {{0, 165536, 65536}};
        caller.subgids = {{0, 165536, 65536}};
        caller.newuidmap = "/usr/bin/newuidmap";
        caller.newgidmap = "/usr/bin/newgidmap";
    }
    void map(uint32_t mode) { (void)config::set_choice(config_, Call::set_map, config_.map, mode, CTR_MAP_NONE); }
    void user(uint32_t id)
    {
        (void)config::set_user(config_, std::to_string(id).c_str());
        facts_.user.uid = id;
        facts_.user.gid = id;
    }
    void privileged()
    {
        facts_.caller.privileged = true;
        facts_.caller.admin = true;
        facts_.caller.uid_map = {{0, 0, 4294967295U}};
        facts_.caller.gid_map = {{0, 0, 4294967295U}};
    }
    Result<plan::Plan> plan() const { return compile::compile(spec::validate(config_, {}).value(), facts_); }
    plan::MapDuty duty() const
    {
        Result<plan::Plan> const result = plan();
        EXPECT_TRUE(accepts(result));
        return result ? result.value().map : plan::MapDuty{};
    }

    config::Config config_ = with_command();
    host::Facts facts_;
};

using A_map = Maps;

} // namespace

TEST_F(A_map, of_a_single_id_is_written_without_helpers_and_denies_setgroups)
{
    map(CTR_MAP_SINGLE);
    EXPECT_EQ(duty().uid_map, "0 1001 1\n");
    EXPECT_EQ(duty().gid_map, "0 1001 1\n");
    EXPECT_TRUE(!duty().needed && duty().by_init && !duty().by_helper);
    EXPECT_EQ(duty().mode, "single");
}

TEST_F(A_map, of_a_single_id_may_have_any_id_inside)
{
    map(CTR_MAP_SINGLE);
    user(1000);
    EXPECT_EQ(duty().uid_map, "1000 1001 1\n");
}

TEST_F(A_map, of_ranges_begins_with_the_caller_as_root)
{
    map(CTR_MAP_SUBID);
    EXPECT_EQ(duty().uid_map, "0 1001 1\n1 165536 65536\n");
    EXPECT_TRUE(duty().by_helper && !duty().by_init);
    EXPECT_EQ(duty().newuidmap, "/usr/bin/newuidmap");
}

TEST_F(A_map, of_ranges_leaves_the_place_of_the_commands_user_to_the_caller)
{
    map(CTR_MAP_SUBID);
    user(1100);
    EXPECT_EQ(duty().uid_map, "0 165536 1100\n1100 1001 1\n1101 166636 64436\n");
}

TEST_F(A_map, of_ranges_uses_all_of_them_in_order)
{
    map(CTR_MAP_SUBID);
    user(15);
    facts_.caller.subuids = {{0, 300000, 10}, {0, 100000, 10}, {0, 200000, 5}};
    EXPECT_EQ(duty().uid_map, "0 300000 10\n10 100000 5\n15 1001 1\n16 100005 5\n21 200000 5\n");
}

TEST_F(A_map, of_ranges_places_a_user_at_the_edge_of_a_range)
{
    map(CTR_MAP_SUBID);
    user(10);
    facts_.caller.subuids = {{0, 300000, 10}, {0, 100000, 10}};
    EXPECT_EQ(duty().uid_map, "0 300000 10\n10 1001 1\n11 100000 10\n");
}

TEST_F(A_map, of_ranges_places_a_user_beyond_them)
{
    map(CTR_MAP_SUBID);
    user(70000);
    EXPECT_EQ(duty().uid_map, "0 165536 65536\n70000 1001 1\n");
}

TEST_F(A_map, of_ranges_that_are_larger_than_all_ids_ends_with_the_last_id)
{
    map(CTR_MAP_SUBID);
    facts_.caller.subuids = {{0, 2, 4294967000U}, {0, 1, 4294967000U}};
    for (IdRange const& range : parse_id_map(duty().uid_map))
        EXPECT_LE(uint64_t{range.inside} + range.count, uint64_t{UINT32_MAX});
}

TEST_F(A_map, for_a_user_by_name_keeps_the_caller_as_root)
{
    map(CTR_MAP_SUBID);
    (void)config::set_user(config_, "alice");
    facts_.user = {1000, 100, {29}, "/home/alice"};
    EXPECT_EQ(duty().uid_map, "0 1001 1\n1 165536 65536\n");
    EXPECT_EQ(duty().gid_map, "0 1001 1\n1 165536 65536\n");
}

TEST_F(A_map, by_default_takes_ranges_where_they_are_and_says_when_they_are_not)
{
    EXPECT_EQ(duty().mode, "subid");
    facts_.caller.subgids.clear();
    Result<plan::Plan> const fallback = plan();
    EXPECT_EQ(fallback.value().map.mode, "single");
    EXPECT_EQ(fallback.value().reported->notices,
              std::vector<std::string>{"only one user id is mapped: there is no range for alice in /etc/subgid"});
}

TEST_F(A_map, without_helpers_falls_back_to_a_single_id_by_default_only)
{
    facts_.caller.newgidmap.clear();
    EXPECT_EQ(duty().mode, "single");
    map(CTR_MAP_SUBID);
    EXPECT_TRUE(fails(plan(), Code::unsupported, Step::map, 0, "newuidmap and newgidmap are not installed"));
}

TEST_F(A_map, of_ranges_without_a_range_is_refused_and_names_the_file)
{
    map(CTR_MAP_SUBID);
    facts_.caller.subuids.clear();
    Result<plan::Plan> const result = plan();
    EXPECT_TRUE(fails(result, Code::unsupported, Step::map, 0, "there is no range for alice in /etc/subuid"));
    EXPECT_EQ(result.error().origin.call, Call::set_map);
    facts_.caller.name.clear();
    EXPECT_TRUE(fails(plan(), Code::unsupported, Step::map, 0, "there is no range for 1001 in /etc/subuid"));
}

TEST_F(A_map, of_a_privileged_caller_is_every_id_as_itself)
{
    privileged();
    EXPECT_EQ(duty().uid_map, "0 0 4294967295\n");
    EXPECT_EQ(duty().mode, "identity");
    EXPECT_FALSE(duty().by_helper || duty().by_init);
}

TEST_F(A_map, of_a_privileged_caller_in_a_user_namespace_is_what_that_one_has)
{
    privileged();
    facts_.caller.uid_map = {{0, 1001, 1}, {1, 165536, 65536}};
    EXPECT_EQ(duty().uid_map, "0 0 1\n1 1 65536\n");
}

TEST_F(A_map, of_a_privileged_caller_that_may_not_set_groups_sets_none)
{
    privileged();
    EXPECT_NE(plan().value().reported->members.find("\"setgroups\":\"allow\""), std::string::npos);
    facts_.caller.groups_fixed = true;
    facts_.caller.uid_map = {{0, 1001, 1}};
    facts_.caller.gid_map = {{0, 1001, 1}};
    Result<plan::Plan> const result = plan();
    ASSERT_TRUE(accepts(result));
    EXPECT_NE(result.value().reported->members.find("\"setgroups\":\"deny\""), std::string::npos);
}

TEST_F(A_map, given_explicitly_is_written_by_helpers_unless_it_is_the_caller_alone)
{
    (void)config::add_range(config_, Call::add_uid_range, {0, 1001, 1, {}});
    (void)config::add_range(config_, Call::add_gid_range, {0, 1001, 1, {}});
    EXPECT_TRUE(duty().by_init && !duty().by_helper);
    (void)config::add_range(config_, Call::add_gid_range, {1, 165536, 10, {}});
    EXPECT_TRUE(duty().by_helper && !duty().by_init);
    EXPECT_EQ(duty().gid_map, "0 1001 1\n1 165536 10\n");
    privileged();
    EXPECT_FALSE(duty().by_helper || duty().by_init);
}

TEST_F(A_map, given_explicitly_without_helpers_is_refused)
{
    (void)config::add_range(config_, Call::add_uid_range, {0, 165536, 10, {}});
    (void)config::add_range(config_, Call::add_gid_range, {0, 165536, 10, {}});
    facts_.caller.newuidmap.clear();
    EXPECT_TRUE(fails(plan(), Code::unsupported, Step::map, 0, "newuidmap and newgidmap are not installed"));
}

TEST_F(A_map, of_none_needs_a_privileged_caller)
{
    map(CTR_MAP_NONE);
    EXPECT_TRUE(
        fails(plan(), Code::denied, Step::map, 0, "a container without a user namespace needs a privileged caller"));
    privileged();
    EXPECT_FALSE(duty().needed);
    EXPECT_EQ(plan().value().launch.clone_flags & spec::clone_flag(spec::Ns::user), 0U);
}

TEST_F(A_map, that_lacks_the_commands_user_is_refused_and_names_the_id)
{
    (void)config::add_range(config_, Call::add_uid_range, {0, 1001, 1, {}});
    (void)config::add_range(config_, Call::add_gid_range, {0, 1001, 1, {}});
    user(5);
    Result<plan::Plan> const result = plan();
    EXPECT_TRUE(fails(result, Code::invalid, Step::identity, 0, "the user id 5 is not mapped into the container"));
    EXPECT_EQ(result.error().subject, "5");
    EXPECT_EQ(result.error().origin.call, Call::set_user);
    facts_.user = {0, 7, {}, ""};
    EXPECT_TRUE(fails(plan(), Code::invalid, Step::identity, 0, "the group id 7 is not mapped into the container"));
}

TEST_F(A_map, of_a_single_id_has_no_supplementary_groups)
{
    map(CTR_MAP_SINGLE);
    facts_.user.groups = {29};
    EXPECT_EQ(plan().value().reported->notices,
              std::vector<std::string>{"the user's supplementary groups are left out: the map has one group id only"});
    (void)config::add_group(config_, "29");
    EXPECT_TRUE(
        fails(plan(), Code::invalid, Step::identity, 0, "supplementary groups need a map with ranges of group ids"));
}

TEST_F(A_map, that_lacks_a_supplementary_group_is_refused)
{
    map(CTR_MAP_SUBID);
    facts_.user.groups = {100000};
    EXPECT_TRUE(fails(plan(), Code::invalid, Step::identity, 0, "the group id 100000 is not mapped"));
}

TEST_F(A_map, by_helpers_needs_user_0_and_every_range_in_one_piece_in_the_callers_namespace)
{
    map(CTR_MAP_SUBID);
    facts_.caller.uid_map = facts_.caller.gid_map = {{1001, 1001, 1}};
    EXPECT_TRUE(fails(plan(), Code::unsupported, Step::map, 0, "has no user 0"));
    facts_.caller.uid_map = facts_.caller.gid_map = {{0, 0, 165540}, {165540, 200000, 70000}};
    EXPECT_TRUE(fails(plan(), Code::unsupported, Step::map, 0, "lacks its ranges of ids"));
    facts_.caller.uid_map = facts_.caller.gid_map = {{0, 7, 231072}};
    EXPECT_EQ(duty().uid_map, "0 1001 1\n1 165536 65536\n");
}

TEST_F(A_map, that_nobody_asked_for_is_no_setters_fault)
{
    plan::MapDuty const map = duty();
    EXPECT_EQ(map.origin.call, Call::none);
    EXPECT_EQ(map.origin.index, -1);
}
