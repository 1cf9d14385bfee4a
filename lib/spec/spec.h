// SPDX-License-Identifier: MIT
// What is to be, valid by construction: wishes that fit together, with absolute paths and checked ranges. Immutable.
// Descriptors are borrowed from the config and its overrides, which outlive every spec made from them.
#pragma once

#include "base/result.h"
#include "config/config.h"
#include "spec/filter.h"
#include "spec/identity.h"
#include "spec/landlock.h"
#include "spec/lifetime.h"
#include "spec/limits.h"
#include "spec/mounts.h"
#include "spec/name.h"
#include "spec/namespaces.h"
#include "spec/process.h"

namespace ctr::spec {

struct Spec {
    Process process;
    Lifetime lifetime;
    Identity identity;
    Limits limits;
    Landlock landlock;
    Namespaces namespaces;
    Mounts mounts;
    Name name;
    Filter filter;
};

// Pure: touches no disk, no clock, no environment.
Result<Spec> validate(config::Config const& config, config::Overrides const& overrides);

// Whether the terminal that is wished for can be had. (terminal.cc)
Status check_terminal(Spec const& spec, config::Config const& config);
bool has_terminals(Mounts const& mounts); // for further commands too

} // namespace ctr::spec
