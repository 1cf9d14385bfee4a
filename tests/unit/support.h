// SPDX-License-Identifier: MIT
// What the unit tests share: configs made through the setters, and errors compared member by member.
#pragma once

#include "base/result.h"
#include "config/config.h"
#include "diagnose/diagnose.h"
#include "spec/spec.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ctr::test {

inline std::string shown(Error const& error)
{
    return std::string(diagnose::code_name(error.code)) + " at " + diagnose::step_name(error.step) + ", " +
           diagnose::call_name(error.origin.call) + " " + std::to_string(error.origin.index) + ", subject \"" +
           error.subject + "\", errno " + std::to_string(error.sys) + ": " + error.message;
}

// Whether the result is an error of validate with these words.
template <typename T>
testing::AssertionResult refuses(Result<T> const& result, Call call, int index, std::string_view subject,
                                 std::string_view message)
{
    if (result)
        return testing::AssertionFailure() << "was accepted";
    Error const& error = result.error();
    bool const same = error.code == Code::invalid && error.step == Step::validate && error.origin.call == call &&
                      error.origin.index == index && error.subject == subject && error.message == message;
    if (!same)
        return testing::AssertionFailure() << shown(error);
    return testing::AssertionSuccess();
}

template <typename T>
testing::AssertionResult accepts(Result<T> const& result)
{
    if (!result)
        return testing::AssertionFailure() << shown(result.error());
    return testing::AssertionSuccess();
}

// Whether the result is an error with this code, step and errno whose message contains these words.
template <typename T>
testing::AssertionResult fails(Result<T> const& result, Code code, Step step, int sys, std::string_view words)
{
    if (result)
        return testing::AssertionFailure() << "succeeded";
    Error const& error = result.error();
    bool const same =
        error.code == code && error.step == step && error.sys == sys && error.message.find(words) != std::string::npos;
    if (!same)
        return testing::AssertionFailure() << shown(error);
    return testing::AssertionSuccess();
}

// A config with nothing but a command.
inline config::Config with_command()
{
    config::Config config;
    char const* const argv[] = {"true", nullptr};
    (void)config::set_command(config, argv); // cannot fail
    return config;
}

inline Result<spec::Spec> validated(config::Config const& config) { return spec::validate(config, {}); }

} // namespace ctr::test
