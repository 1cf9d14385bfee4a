// SPDX-License-Identifier: MIT
// Prints a plan: exactly the operations that would run.
#pragma once

#include "plan/plan.h"

#include <string>

namespace ctr::plan {

using StepName = char const* (*)(Step);

std::string explain_text(Plan const& plan, StepName name_of);
std::string explain_json(Plan const& plan, StepName name_of);

// One operation: its name, its operands, and the slot it fills.
struct Line {
    std::string name;
    std::string operands;
};
Line describe(Plan const& plan, Op const& op);

} // namespace ctr::plan
