// SPDX-License-Identifier: MIT
// A value or an Error. CTR_TRY is the only propagation: it yields the value, or returns the error from the
// enclosing function.
#pragma once

#include "base/error.h"

#include <optional>
#include <utility>

namespace ctr {

struct Unit {};

template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : value_(std::move(value)) {}
    Result(Error error) : error_(std::move(error)) {}

    explicit operator bool() const { return value_.has_value(); }
    T& value() { return *value_; }
    T const& value() const { return *value_; }
    Error& error() { return error_; }
    Error const& error() const { return error_; }

private:
    std::optional<T> value_;
    Error error_;
};

using Status = Result<Unit>;

} // namespace ctr

#define CTR_TRY(expression)                                                                                            \
    (__extension__({                                                                                                   \
        auto ctr_result_ = (expression);                                                                               \
        if (!ctr_result_)                                                                                              \
            return std::move(ctr_result_.error());                                                                     \
        std::move(ctr_result_.value());                                                                                \
    }))
