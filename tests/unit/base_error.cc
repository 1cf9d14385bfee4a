// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "base/fd.h"
#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <fcntl.h>
#include <memory>

using namespace ctr;

namespace {

Result<int> half(int number)
{
    if (number % 2 != 0)
        return Error{.code = Code::invalid, .message = "odd"};
    return number / 2;
}

Result<int> quarter(int number)
{
    int const once = CTR_TRY(half(number));
    return CTR_TRY(half(once));
}

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

int new_fd() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

} // namespace

TEST(codes, an_errno_says_what_the_caller_can_do)
{
    EXPECT_EQ(code_of(ENOENT), Code::not_found);
    EXPECT_EQ(code_of(ENOTDIR), Code::not_found);
    EXPECT_EQ(code_of(EPERM), Code::denied);
    EXPECT_EQ(code_of(EACCES), Code::denied);
    EXPECT_EQ(code_of(EROFS), Code::denied);
    EXPECT_EQ(code_of(ENOSYS), Code::unsupported);
    EXPECT_EQ(code_of(EMFILE), Code::limit);
    EXPECT_EQ(code_of(ENOMEM), Code::no_memory);
    EXPECT_EQ(code_of(EINVAL), Code::invalid);
    EXPECT_EQ(code_of(ETIMEDOUT), Code::timed_out);
}

TEST(codes, a_full_namespace_limit_is_a_limit_although_it_says_no_space) { EXPECT_EQ(code_of(ENOSPC), Code::limit); }

TEST(codes, whatever_is_not_known_has_failed)
{
    EXPECT_EQ(code_of(0), Code::failed);
    EXPECT_EQ(code_of(EIO), Code::failed);
    EXPECT_EQ(code_of(123456), Code::failed);
    EXPECT_EQ(code_of(-1), Code::failed);
}

TEST(results, a_value_comes_through_and_the_first_error_returns)
{
    EXPECT_EQ(quarter(12).value(), 3);
    Result<int> const early = quarter(3);
    ASSERT_FALSE(early);
    EXPECT_EQ(early.error().message, "odd");
    EXPECT_FALSE(quarter(6));
}

TEST(results, a_value_that_can_only_be_moved_is_moved)
{
    auto const make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); };
    auto const use = [&]() -> Result<int> { return *CTR_TRY(make()); };
    EXPECT_EQ(use().value(), 7);
}

TEST(descriptors, one_is_closed_at_the_end_of_its_owner)
{
    int number = -1;
    {
        Fd const fd(new_fd());
        number = fd.get();
        ASSERT_TRUE(is_open(number));
    }
    EXPECT_FALSE(is_open(number));
}

TEST(descriptors, moving_leaves_the_old_owner_empty_and_closes_what_the_new_one_had)
{
    Fd one(new_fd());
    Fd other(new_fd());
    int const kept = one.get();
    int const replaced = other.get();
    other = std::move(one);
    EXPECT_EQ(other.get(), kept);
    EXPECT_TRUE(is_open(kept));
    EXPECT_FALSE(is_open(replaced));
    Fd const last(std::move(other));
    EXPECT_EQ(last.get(), kept);
}

TEST(descriptors, a_released_one_stays_open)
{
    Fd fd(new_fd());
    int const number = fd.release();
    EXPECT_FALSE(fd);
    EXPECT_TRUE(is_open(number));
    Fd const again(number);
}
