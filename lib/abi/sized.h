// SPDX-License-Identifier: MIT
// Structs that grow: the caller says how large its version is.
#pragma once

#include "base/result.h"
#include "container/container.h"

#include <ctr/container.h>
#include <ctr/name.h>
#include <ctr/version.h>

#include <string>
#include <vector>

namespace ctr::abi {

// 0, or the return value of the call: too small for the first version, or an unknown member that is set.
int check_options(ctr_spawn_options const* options, Call call, ctr_error** reterr) noexcept;

// Of a size that was checked; NULL is none.
Result<config::Overrides> overrides_of(ctr_spawn_options const* options);

Status check_wait(int timeout_ms, ctr_result const* ret);

// Fills the smaller of both sizes and zeroes the rest of the caller's.
void fill_result(ctr_result* ret, container::Outcome const& outcome);

Status check_output(ctr_output const* ret);
void fill_output(ctr_output* ret, container::Output const& output);

Status check_info(ctr_info const* ret);
void fill_info(ctr_info* ret, container::State const& state, container::Naming const& naming);

Status check_event(ctr_event const* ret);
void fill_event(ctr_event* ret, container::Event const& event);

} // namespace ctr::abi
