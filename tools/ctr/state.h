// SPDX-License-Identifier: MIT
// Where names live, and the containers that have one.
#pragma once

#include <string>

#include "container.h"
#include "setup.h"

namespace cli {

// What --state-dir says; else $XDG_RUNTIME_DIR/ctr; else /run/user/UID/ctr where that is there; else /tmp/ctr-UID.
// The library uses none that belongs to somebody else.
std::string state_directory(Setup const& setup);

// @flags as of ctr_open().
Result<Container> open_container(Setup const& setup, char const* name, uint64_t flags);

// An error of the library that no option of ctr stands behind.
Problem retell(ctr_error* error);

} // namespace cli
