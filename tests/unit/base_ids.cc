// SPDX-License-Identifier: MIT
#include "base/ids.h"

#include <gtest/gtest.h>

using namespace ctr;
using Ranges = std::vector<IdRange>;

TEST(id_maps, the_kernels_columns_are_read)
{
    EXPECT_EQ(parse_id_map("         0       1001          1\n         1     165536      65536\n"),
              (Ranges{{0, 1001, 1}, {1, 165536, 65536}}));
}

TEST(id_maps, the_initial_namespaces_map_is_read)
{
    EXPECT_EQ(parse_id_map("         0          0 4294967295\n"), (Ranges{{0, 0, 4294967295U}}));
}

TEST(id_maps, our_own_spelling_is_read)
{
    EXPECT_EQ(parse_id_map("0 1001 1\n"), (Ranges{{0, 1001, 1}}));
    EXPECT_EQ(parse_id_map("0 1001 1"), (Ranges{{0, 1001, 1}}));
}

TEST(id_maps, lines_with_fewer_than_three_numbers_are_none)
{
    EXPECT_TRUE(parse_id_map("").empty());
    EXPECT_TRUE(parse_id_map("\n\n").empty());
    EXPECT_TRUE(parse_id_map("0 1\n").empty());
    EXPECT_TRUE(parse_id_map("0 1 -1\n").empty());
    EXPECT_TRUE(parse_id_map("0 1 4294967296\n").empty());
}

TEST(id_maps, ranges_are_equal_when_all_three_numbers_are)
{
    EXPECT_TRUE((IdRange{1, 2, 3} == IdRange{1, 2, 3}));
    EXPECT_FALSE((IdRange{1, 2, 3} == IdRange{0, 2, 3}));
    EXPECT_FALSE((IdRange{1, 2, 3} == IdRange{1, 0, 3}));
    EXPECT_FALSE((IdRange{1, 2, 3} == IdRange{1, 2, 0}));
}

TEST(an_id_map, says_what_who_lives_under_it_can_map)
{
    std::vector<IdRange> const map = {{0, 1000, 1}, {1, 100000, 65536}};
    EXPECT_TRUE(is_mapped(map, 65536) && !is_mapped(map, 65537));
    EXPECT_TRUE(maps_outside(map, 1000) && !maps_outside(map, 999));
    EXPECT_EQ(outside_of(map, 2), 100001U);
    EXPECT_TRUE(can_map(map, {0, 1, 65536}));
    EXPECT_FALSE(can_map(map, {0, 0, 2})); // not in one piece
    EXPECT_FALSE(can_map(map, {0, 2, 65536}));
}
