// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "host/facts.h"
#include "spec/spec.h"

namespace ctr::survey {

// Looks at the host, the sources and the root; changes nothing.
Result<host::Facts> survey(spec::Spec const& spec, host::CallerFacts caller);

// Looks at the caller only.
host::CallerFacts survey_caller(spec::Spec const& spec);

// The parts, in their order. (sources.cc, targets.cc, layers.cc, system.cc, user.cc)
class Tree;
struct Source {
    host::SourceFacts facts;
    Fd fd; // O_PATH; none where the mount has no source
};
Result<Source> survey_source(spec::Mount const& mount);
Result<Tree> survey_targets(spec::Mounts const& mounts, host::RootFacts& root);
std::vector<host::SystemPath> survey_system_paths();
Status survey_layers(spec::Mounts const& mounts, host::RootFacts& root);
Result<host::UserFacts> survey_user(spec::Spec const& spec, Tree const* tree);

} // namespace ctr::survey
