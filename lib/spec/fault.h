// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "base/text.h"

#include <string_view>

namespace ctr::spec {

// An error of validate: the wish that does not fit, and why.
inline Error fault(Origin origin, std::string_view subject, std::string message)
{
    return Error{.code = Code::invalid,
                 .step = Step::validate,
                 .subject = std::string(subject),
                 .origin = origin,
                 .message = std::move(message)};
}

} // namespace ctr::spec
