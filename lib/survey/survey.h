// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "host/facts.h"
#include "spec/spec.h"

#include <functional>

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
// @read gives a file of the container, "" where it is missing.
using ReadFile = std::function<Result<std::string>(char const* path)>;
Result<host::UserFacts> survey_user(spec::Spec const& spec, ReadFile const& read);
// Of a container that runs, by a descriptor of its root; nothing there can lead out of it.
ReadFile reader_of(int root);

int survey_landlock(); // the version of Landlock, 0 where there is none

} // namespace ctr::survey
