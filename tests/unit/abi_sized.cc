// SPDX-License-Identifier: MIT
// What of an outcome is told as known.
#include "abi/sized.h"

#include <gtest/gtest.h>

using namespace ctr;

namespace {

ctr_result result_of(container::Outcome const& outcome)
{
    ctr_result result = CTR_RESULT_INIT;
    ctr::abi::fill_result(&result, outcome);
    return result;
}

} // namespace

TEST(result, a_size_that_nobody_set_is_refused)
{
    ctr_result result = CTR_RESULT_INIT;
    for (uint32_t const size : {uint32_t{sizeof result}, uint32_t{4096}}) {
        result.size = size;
        EXPECT_TRUE(ctr::abi::check_wait(0, &result)) << size;
    }
    for (uint32_t const size : {uint32_t{0}, uint32_t{4097}, uint32_t{65536}, UINT32_MAX}) {
        result.size = size;
        Status const status = ctr::abi::check_wait(0, &result);
        ASSERT_FALSE(status) << size;
        EXPECT_EQ(status.error().code, Code::invalid);
        EXPECT_EQ(status.error().subject, "ctr_result.size");
    }
}

TEST(result, numbers_of_a_known_outcome_have_their_sources)
{
    container::Outcome outcome;
    outcome.known = true;
    outcome.status.peak_bytes = 4096;
    ctr_result const result = result_of(outcome);
    EXPECT_EQ(result.wall_source, CTR_SOURCE_CLOCK);
    EXPECT_EQ(result.cpu_source, CTR_SOURCE_RUSAGE);
    EXPECT_EQ(result.memory_source, CTR_SOURCE_RUSAGE);
    EXPECT_EQ(result.peak_memory, 4096U);
}

// Linux 6.18 counts the resident pages of a very short life as none: that is not a measurement.
TEST(result, memory_that_was_not_counted_has_no_source)
{
    container::Outcome outcome;
    outcome.known = true;
    ctr_result const result = result_of(outcome);
    EXPECT_EQ(result.memory_source, CTR_SOURCE_NONE);
    EXPECT_EQ(result.cpu_source, CTR_SOURCE_RUSAGE);
}

TEST(result, numbers_of_a_lost_container_have_no_source)
{
    ctr_result const result = result_of({});
    EXPECT_EQ(result.wall_source, CTR_SOURCE_NONE);
    EXPECT_EQ(result.cpu_source, CTR_SOURCE_NONE);
    EXPECT_EQ(result.memory_source, CTR_SOURCE_NONE);
}
