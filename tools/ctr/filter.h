// SPDX-License-Identifier: MIT
#pragma once

#include "setup.h"

namespace cli {

// The part of --security-opt behind "seccomp=".
Status apply_seccomp(Setup& setup, Use const& use, std::string_view name);

} // namespace cli
