// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ctr::host {

// The mount points of proc(5)'s mountinfo, with its octal escapes undone.
std::vector<std::string> parse_mount_points(std::string_view mountinfo);

// Those of the calling process; empty where /proc cannot be read.
std::vector<std::string> mount_points();

} // namespace ctr::host
