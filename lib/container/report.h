// SPDX-License-Identifier: MIT
#pragma once

#include "spawn/spawn.h"
#include "spec/spec.h"

#include <string>

namespace ctr::container {

// JSON, with the members that compile's has.
std::string effective_report(plan::Plan const& plan, plan::Effective const& effective, spawn::ReadMaps const& maps);

// Of a filter of system calls around ctr-init.
char const* outer_filter(plan::Effective const& effective);

} // namespace ctr::container
