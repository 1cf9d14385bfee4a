// SPDX-License-Identifier: MIT
#include "host/ids.h"

#include <gtest/gtest.h>

using namespace ctr;
using host::parse_subids;
using Ranges = std::vector<IdRange>;

TEST(subids, a_line_by_name_counts)
{
    EXPECT_EQ(parse_subids("alice:100000:65536\nbob:165536:65536\n", "bob", 1001), (Ranges{{0, 165536, 65536}}));
}

TEST(subids, a_line_by_number_counts)
{
    EXPECT_EQ(parse_subids("1001:100000:65536\n", "bob", 1001), (Ranges{{0, 100000, 65536}}));
    EXPECT_EQ(parse_subids("1001:100000:65536\n", "", 1001), (Ranges{{0, 100000, 65536}}));
}

TEST(subids, several_lines_count_in_their_order)
{
    EXPECT_EQ(parse_subids("bob:300000:10\nalice:1:1\n1001:200000:20\nbob:400000:30\n", "bob", 1001),
              (Ranges{{0, 300000, 10}, {0, 200000, 20}, {0, 400000, 30}}));
}

TEST(subids, nobody_without_a_name_gets_a_line_without_a_name)
{
    EXPECT_TRUE(parse_subids(":100000:65536\n", "", 1001).empty());
}

TEST(subids, lines_with_too_few_or_too_many_fields_are_passed_over)
{
    EXPECT_TRUE(parse_subids("bob\nbob:1\nbob:1:2:3\n\n", "bob", 1001).empty());
}

TEST(subids, numbers_that_are_none_are_passed_over)
{
    for (char const* line : {"bob:-1:10", "bob:1:-1", "bob: 1:10", "bob:1:10 ", "bob:0x1:10", "bob::10",
                             "bob:1:", "bob:4294967296:1", "bob:1:4294967296", "bob:1:65536\r"})
        EXPECT_TRUE(parse_subids(line, "bob", 1001).empty()) << line;
}

TEST(subids, empty_ranges_and_ranges_past_the_last_id_are_passed_over)
{
    EXPECT_TRUE(parse_subids("bob:100000:0\n", "bob", 1001).empty());
    EXPECT_TRUE(parse_subids("bob:4294967295:1\n", "bob", 1001).empty());
    EXPECT_TRUE(parse_subids("bob:4294967294:2\n", "bob", 1001).empty());
    EXPECT_EQ(parse_subids("bob:4294967294:1\n", "bob", 1001), (Ranges{{0, 4294967294U, 1}}));
}

TEST(subids, a_range_that_overlaps_an_earlier_one_is_passed_over_because_a_map_must_not_have_an_id_twice)
{
    EXPECT_EQ(parse_subids("bob:100000:65536\n1001:100000:65536\n", "bob", 1001), (Ranges{{0, 100000, 65536}}));
    EXPECT_EQ(parse_subids("bob:100:10\nbob:109:5\nbob:110:5\n", "bob", 1001), (Ranges{{0, 100, 10}, {0, 110, 5}}));
    EXPECT_EQ(parse_subids("bob:1:4294967294\nbob:4294967294:1\n", "bob", 1001), (Ranges{{0, 1, 4294967294U}}));
}

TEST(subids, a_bad_line_does_not_hide_a_good_one)
{
    EXPECT_EQ(parse_subids("bob:x:y\n# bob:1:1\nbob:7:8", "bob", 1001), (Ranges{{0, 7, 8}}));
}

TEST(subids, comments_and_part_of_a_name_do_not_count)
{
    EXPECT_TRUE(parse_subids("#bob:1:1\nbo:1:1\nbobby:1:1\n10011:1:1\n", "bob", 1001).empty());
}
