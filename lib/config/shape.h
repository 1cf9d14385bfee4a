// SPDX-License-Identifier: MIT
// What every setter does around its own work: count the call, check shapes, keep the first error.
#pragma once

#include "base/text.h"
#include "config/config.h"

#include <string_view>

namespace ctr::config {

Origin count_call(Config& config, Call call);

// The error of a setter; kept in the config if it is the first.
Error shape_error(Config& config, Origin origin, std::string_view subject, std::string message);

// What is wrong with the shape of a path of the host, or "" where nothing is.
std::string path_fault(char const* path, bool absolute);
std::string inside_path_fault(char const* path); // of one inside the container, which is absolute

Result<Fd> duplicate(Config& config, Origin origin, int fd);

} // namespace ctr::config
