// SPDX-License-Identifier: MIT
// Plans that fail or stop at one of their operations.
#pragma once

#include "plans.h"

namespace fault {

// The plan with operation i broken, by a number that ctr-init does not know, and every operation marked by its index.
ctr::plan::Plan broken(ctr::plan::Plan const& plan, uint32_t i);

// Whether the error is that of operation i of the broken plan. What is wrong is told.
bool is_error_of(ctr::plan::Plan const& plan, uint32_t i, ctr::Error const& error);

// Before operation i a mark is made and a pipe without a writer is opened, which waits for ever. Both are reached by
// the first passed descriptor, which is the directory sources/stop: so it works before and after the change of the root.
ctr::plan::Plan stopping(ctr::plan::Plan const& plan, uint32_t i);

// Whether the mark comes; it is removed.
bool reaches_mark(World const& world);

} // namespace fault
