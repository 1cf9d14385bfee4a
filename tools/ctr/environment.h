// SPDX-License-Identifier: MIT
// The environment that ctr was called with.
#pragma once

namespace cli {

// The value of a variable of the caller, or nullptr.
char const* caller_variable(char const* name);

} // namespace cli
