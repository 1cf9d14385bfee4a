// SPDX-License-Identifier: MIT
// What can go wrong in ctr, and the value that carries it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <ctr/ctr.h>

namespace cli {

inline constexpr std::string_view program_name = CTR_CLI_NAME;

inline constexpr int exit_success = 0;
inline constexpr int exit_usage = 2;
inline constexpr int exit_timed_out = 124;
inline constexpr int exit_not_started = 125;
inline constexpr int exit_not_executable = 126;
inline constexpr int exit_not_found = 127;
inline constexpr int exit_signal_base = 128;

// The story of a failure: ctr's own, or the library's told by the names of ctr's options.
struct Problem {
    int status = exit_not_started; // what ctr exits with
    int code = CTR_ERR_INVALID;    // one of CTR_ERR_*
    int error_number = 0;
    std::string step = "options";
    std::string subject = {};
    std::string message = {};
    std::string option = {}; // the option as the user knows it, such as "volume 2"
    std::string hint = {};
    std::string json = {}; // the library's own account of it; empty for a failure of ctr itself
};

struct Done {};

template <typename Value>
class [[nodiscard]] Result {
public:
    Result(Value value) : content_(std::in_place_index<0>, std::move(value)) {}
    Result(Problem problem) : content_(std::in_place_index<1>, std::move(problem)) {}

    explicit operator bool() const { return content_.index() == 0; }
    Value& value() { return *std::get_if<0>(&content_); }
    Problem& problem() { return *std::get_if<1>(&content_); }

private:
    std::variant<Value, Problem> content_;
};

using Status = Result<Done>;

} // namespace cli

// The value of a Result, or an early return of its Problem.
#define CLI_TRY(expression)                                                                                            \
    __extension__({                                                                                                    \
        auto cli_try_result = (expression);                                                                            \
        if (!cli_try_result)                                                                                           \
            return std::move(cli_try_result.problem());                                                                \
        std::move(cli_try_result.value());                                                                             \
    })
