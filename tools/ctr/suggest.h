// SPDX-License-Identifier: MIT
// Finds what somebody meant to type.
#pragma once

#include <string_view>

namespace cli {

// Of the names considered, the one nearest to a mistyped word by edit distance.
class Nearest {
public:
    explicit Nearest(std::string_view word);

    void consider(std::string_view name);

    // Empty when no name is near enough to be what was meant.
    std::string_view found() const { return name_; }

private:
    std::string_view word_;
    std::string_view name_ = {};
    unsigned distance_;
};

} // namespace cli
