// SPDX-License-Identifier: MIT
#pragma once

#include "sys/file.h"

#include <string_view>

namespace ctr::sys {

// A sealed, anonymous file with this content; executable where it is a program. An executable one may not be
// readable, so that the process it becomes is not dumpable.
Outcome<Fd> sealed_file(char const* name, std::string_view content, bool program);

// An anonymous file that begins with these bytes and grows.
Outcome<Fd> memory_file(char const* name, void const* start, size_t size);

} // namespace ctr::sys
