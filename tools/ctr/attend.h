// SPDX-License-Identifier: MIT
// From the start of a command to its end: signals and the terminal pass through, and the outcome is told.
#pragma once

#include "outcome.h"
#include "setup.h"
#include "signals.h"

namespace cli {

// Returns ctr's exit status.
Result<int> attend(Setup const& setup, ctr_container* container, Signals const& signals, Outcome& outcome);

} // namespace cli
