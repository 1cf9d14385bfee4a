// SPDX-License-Identifier: MIT
#pragma once

#include "sys/file.h"

#include <string_view>

namespace ctr::sys {

// A sealed, anonymous file with this content; executable where it is a program. An executable one may not be
// readable, so that the process it becomes is not dumpable.
Outcome<Fd> sealed_file(char const* name, std::string_view content, bool program);

} // namespace ctr::sys
