// SPDX-License-Identifier: MIT
// The plans that are compared with a file: what is wished for, and on which machine.
#pragma once

#include "config/config.h"
#include "machine.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ctr::test {

struct Case {
    char const* name; // of the file, without ".plan"
    void (*wish)(config::Config&);
    void (*fake)(Machine&);
};

// The name of a test of one case.
inline std::string case_name(testing::TestParamInfo<Case> const& tested) { return tested.param.name; }

// A descriptor with a number that is always the same, for error texts that quote it.
int fixed_descriptor();

std::vector<Case> mount_cases();   // cases_mounts.cc
std::vector<Case> root_cases();    // cases_root.cc
std::vector<Case> process_cases(); // cases_process.cc

inline std::vector<Case> all_cases()
{
    std::vector<Case> all;
    for (std::vector<Case> const& some : {root_cases(), mount_cases(), process_cases()})
        all.insert(all.end(), some.begin(), some.end());
    return all;
}

// Setters whose arguments are right: a failing one would be seen by validate.
inline void share(config::Config& config, uint32_t which)
{
    (void)config::set_namespace(config, which, CTR_NAMESPACE_SHARED);
}
inline void bind(config::Config& config, char const* source, char const* target, uint64_t flags)
{
    (void)config::add_mount(config, source, target, "bind", flags, nullptr);
}
inline void tmpfs(config::Config& config, char const* target)
{
    (void)config::add_mount(config, nullptr, target, "tmpfs", 0, nullptr);
}

// A root that has nothing but /data, so that a plan shows what the case is about.
void small_root(config::Config& config);

inline void nothing_special(Machine&) {}

} // namespace ctr::test
