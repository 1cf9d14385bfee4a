// SPDX-License-Identifier: MIT
#include "support.h"

#include <sys/resource.h>

using namespace ctr;
using namespace ctr::test;

TEST(pids_limit_setter, zero_is_none_and_there_is_a_most)
{
    config::Config config;
    EXPECT_TRUE(accepts(config::set_pids_limit(config, 4194304)));
    EXPECT_EQ(config.pids_limit->value, 4194304);
    EXPECT_TRUE(accepts(config::set_pids_limit(config, 0)));
    EXPECT_FALSE(config.pids_limit.has_value());
    char const* const message = "a limit on processes is at most 4194304";
    EXPECT_TRUE(refuses(config::set_pids_limit(config, 4194305), Call::set_pids_limit, 2, "4194305", message));
    EXPECT_TRUE(
        refuses(config::set_pids_limit(config, UINT64_MAX), Call::set_pids_limit, 3, "18446744073709551615", message));
    EXPECT_FALSE(config.pids_limit.has_value());
}

TEST(pids_limit_setter, a_limit_by_the_same_name_is_refused)
{
    config::Config config = with_command();
    (void)config::set_pids_limit(config, 5);
    (void)config::add_rlimit(config, RLIMIT_CORE, 0, 0);
    EXPECT_TRUE(accepts(validated(config)));
    (void)config::add_rlimit(config, RLIMIT_NPROC, 5, 5);
    EXPECT_TRUE(refuses(validated(config), Call::add_rlimit, 1, "nproc",
                        "a limit on processes is given as well: they are the same one"));
}

TEST(score_setter, there_are_two_thousand_and_one)
{
    config::Config config;
    char const* const message = "an adjustment of the out-of-memory score is from -1000 to 1000";
    EXPECT_TRUE(accepts(config::set_oom_score_adj(config, -1000)));
    EXPECT_TRUE(accepts(config::set_oom_score_adj(config, 1000)));
    EXPECT_TRUE(refuses(config::set_oom_score_adj(config, -1001), Call::set_oom_score_adj, 2, "-1001", message));
    EXPECT_TRUE(refuses(config::set_oom_score_adj(config, 1001), Call::set_oom_score_adj, 3, "1001", message));
}

TEST(nice_setter, there_are_forty)
{
    config::Config config;
    char const* const message = "a nice value is from -20 to 19";
    EXPECT_TRUE(accepts(config::set_nice(config, -20)));
    EXPECT_TRUE(accepts(config::set_nice(config, 19)));
    EXPECT_TRUE(refuses(config::set_nice(config, -21), Call::set_nice, 2, "-21", message));
    EXPECT_TRUE(refuses(config::set_nice(config, 20), Call::set_nice, 3, "20", message));
}

TEST(processors_setter, numbers_and_ranges_become_a_mask_of_whole_words)
{
    config::Config config;
    EXPECT_TRUE(accepts(config::set_cpu_affinity(config, "0-2,9")));
    EXPECT_EQ(config.processors->mask, (std::vector<unsigned char>{7, 2, 0, 0, 0, 0, 0, 0}));
    EXPECT_TRUE(accepts(config::set_cpu_affinity(config, "64")));
    EXPECT_EQ(config.processors->mask.size(), 16U);
    EXPECT_EQ(config.processors->mask[8], 1);
    EXPECT_TRUE(accepts(config::set_cpu_affinity(config, nullptr)));
    EXPECT_FALSE(config.processors.has_value());
}

TEST(processors_setter, what_is_no_list_is_refused)
{
    for (char const* list :
         {"", ",", "1,", "a", "-1", "1-", "3-1", "8192", "0-8192", "1 ", "0x1", "+1", "1--2", "99999999999999999999"}) {
        config::Config config;
        EXPECT_TRUE(refuses(config::set_cpu_affinity(config, list), Call::set_cpu_affinity, 0, list,
                            "processors are numbers and ranges, such as 0-3,8, below 8192"));
    }
}
