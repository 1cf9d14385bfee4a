// SPDX-License-Identifier: MIT
// Reads a plan as ctr-init would and says what is wrong with it; runs nothing.
#pragma once

#include "plan/plan.h"

#include <string>
#include <vector>

namespace ctr::test {

using Findings = std::vector<std::string>;

Findings check_layout(plan::Plan const& plan);   // sections, texts and vectors lie inside the image
Findings check_words(plan::Plan const& plan);    // every operation has a step and a message
Findings check_slots(plan::Plan const& plan);    // opened before they are used, closed or handed over at the end
Findings check_order(plan::Plan const& plan);    // what must come before what
Findings check_pointers(plan::Plan const& plan); // nothing in the image is an address of this process

} // namespace ctr::test
