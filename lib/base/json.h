// SPDX-License-Identifier: MIT
// A strict reader of JSON: UTF-8, no duplicate keys, bounded depth, whole numbers only. Every value knows its place.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ctr {

struct Json {
    enum class Kind : uint8_t { null, boolean, number, text, array, object };

    Kind kind = Kind::null;
    bool truth = false;
    uint64_t number = 0;
    std::string text = {};
    std::vector<Json> elements = {};                        // of an array
    std::vector<std::pair<std::string, Json>> members = {}; // of an object, in order
    uint32_t line = 1;                                      // where it begins
    uint32_t column = 1;

    Json const* find(std::string_view name) const; // nullptr where there is none
};

// "line 3, column 7"
std::string place_of(uint32_t line, uint32_t column);

// The whole text as one value; the message of an error begins with the place.
Result<Json> parse_json(std::string_view text);

} // namespace ctr
