// SPDX-License-Identifier: MIT
// What the kernel's Landlock can do, by asking it.
#include "survey/survey.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace ctr::survey {

namespace {

constexpr long create_ruleset = 444; // on every architecture
constexpr unsigned ask_version = 1;  // LANDLOCK_CREATE_RULESET_VERSION

} // namespace

int survey_landlock()
{
    long const version = ::syscall(create_ruleset, nullptr, 0, ask_version);
    return version < 0 ? 0 : static_cast<int>(version); // not built in, not enabled, or refused by a filter
}

} // namespace ctr::survey
