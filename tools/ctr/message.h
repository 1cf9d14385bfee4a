// SPDX-License-Identifier: MIT
// Messages for people, on standard error.
#pragma once

#include <string_view>

#include "result.h"

namespace cli {

// Prints a problem and its hint; returns the exit status that belongs to it.
int complain(Problem const& problem);

// Prints "note: …".
void print_note(std::string_view text);

// Prints @text on standard output; returns the exit status of a command that does nothing else.
int print_data(std::string_view text);

} // namespace cli
