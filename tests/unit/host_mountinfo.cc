// SPDX-License-Identifier: MIT
#include "host/mountinfo.h"

#include <gtest/gtest.h>

#include <algorithm>

using ctr::host::parse_mount_points;
using Points = std::vector<std::string>;

namespace {

std::string line(std::string const& point)
{
    return "36 35 98:0 /root " + point + " rw,noatime master:1 - ext3 /dev/root rw\n";
}

} // namespace

TEST(mountinfo, the_fifth_field_is_the_mount_point)
{
    EXPECT_EQ(parse_mount_points(line("/") + line("/mnt")), (Points{"/", "/mnt"}));
}

TEST(mountinfo, octal_escapes_are_undone)
{
    EXPECT_EQ(parse_mount_points(line("/a\\040b")), (Points{"/a b"}));
    EXPECT_EQ(parse_mount_points(line("/t\\011n\\012b\\134")), (Points{"/t\tn\nb\\"}));
    EXPECT_EQ(parse_mount_points(line("/\\134040")), (Points{"/\\040"})); // an escape is undone once
}

TEST(mountinfo, what_only_looks_like_an_escape_stays)
{
    EXPECT_EQ(parse_mount_points(line("/a\\")), (Points{"/a\\"}));
    EXPECT_EQ(parse_mount_points(line("/a\\04")), (Points{"/a\\04"}));
    EXPECT_EQ(parse_mount_points(line("/a\\089")), (Points{"/a\\089"}));
    EXPECT_EQ(parse_mount_points(line("/a\\x40")), (Points{"/a\\x40"}));
}

TEST(mountinfo, short_lines_are_passed_over)
{
    EXPECT_TRUE(parse_mount_points("").empty());
    EXPECT_TRUE(parse_mount_points("\n\n36 35 98:0 /root\n").empty());
    EXPECT_EQ(parse_mount_points("36 35 98:0 /root /cut"), (Points{"/cut"}));
}

TEST(mountinfo, the_own_one_has_a_root)
{
    Points const points = ctr::host::mount_points();
    if (points.empty())
        GTEST_SKIP() << "/proc/self/mountinfo cannot be read here";
    EXPECT_NE(std::find(points.begin(), points.end(), "/"), points.end());
}
