// SPDX-License-Identifier: MIT
// A few lines of test harness, so that the same tests are compiled for processors that have no test library here.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace ctr::test {

// What ends a test early.
struct Failed {
    std::string reason;
};
struct Skipped {
    std::string reason;
};

class Register {
public:
    Register(char const* name, void (*run)());
};

inline void expect(bool condition, std::string const& reason)
{
    if (!condition)
        throw Failed{reason};
}

[[noreturn]] inline void skip(std::string const& reason) { throw Skipped{reason}; }

inline std::string shown(std::string_view text) { return "\"" + std::string(text) + "\""; }
template <std::integral Number>
std::string shown(Number number)
{
    return std::to_string(number);
}

template <typename Got, typename Wanted>
void expect_equal(Got const& got, Wanted const& wanted, char const* what)
{
    if (!(got == wanted))
        throw Failed{std::string(what) + " is " + shown(got) + ", not " + shown(wanted)};
}

} // namespace ctr::test

// NOLINTNEXTLINE: a test registers itself under its name, which only a macro can spell once
#define CHILD_TEST(name)                                                                                               \
    static void name();                                                                                                \
    static ::ctr::test::Register const register_##name(#name, name);                                                   \
    static void name()
