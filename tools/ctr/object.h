// SPDX-License-Identifier: MIT
// JSON, one object at a time.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "text.h"

namespace cli {

// Builds one JSON object, member by member.
class Object {
public:
    Object& text(std::string_view name, std::string_view value)
    {
        append_json_string(add(name), value);
        return *this;
    }

    template <typename Number>
    Object& number(std::string_view name, Number value)
    {
        append_number(add(name), value);
        return *this;
    }

    Object& raw(std::string_view name, std::string_view value)
    {
        add(name) += value;
        return *this;
    }

    std::string finish() { return std::move(out_) + '}'; }

private:
    std::string& add(std::string_view name)
    {
        out_ += out_.empty() ? '{' : ',';
        append_json_string(out_, name);
        return out_ += ':';
    }

    std::string out_ = {};
};

inline std::string_view truth(bool value) { return value ? "true" : "false"; }

} // namespace cli
