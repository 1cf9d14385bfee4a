// SPDX-License-Identifier: MIT
#pragma once

// The first word of this program where it is executed inside a container to look around.
#define CTR_SELFTEST_NAME "ctr-selftest"

namespace cli {

// Tries everything and prints what held; the exit status is 1 where a wall did not.
int attempt_everything();

} // namespace cli
