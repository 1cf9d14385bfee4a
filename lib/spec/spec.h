// SPDX-License-Identifier: MIT
// What is to be, valid by construction: wishes that fit together, with absolute paths and checked ranges. Immutable.
// Descriptors are borrowed from the config, which outlives every spec made from it.
#pragma once

#include "base/result.h"
#include "config/config.h"
#include "spec/identity.h"
#include "spec/lifetime.h"
#include "spec/mounts.h"
#include "spec/namespaces.h"
#include "spec/process.h"

namespace ctr::spec {

struct Spec {
    Process process;
    Lifetime lifetime;
    Identity identity;
    Namespaces namespaces;
    Mounts mounts;
};

// Pure: touches no disk, no clock, no environment. @argv replaces the config's command where it is not empty.
Result<Spec> validate(config::Config const& config, std::vector<std::string> const& argv);

} // namespace ctr::spec
