// SPDX-License-Identifier: MIT
// A machine that does not exist: facts by hand, so that plans are compiled without disk and privileges.
#pragma once

#include "host/facts.h"
#include "spec/spec.h"

#include <string>

namespace ctr::test {

class Machine {
public:
    // An ordinary caller with ranges of ids; every source is a directory, every target one that exists.
    explicit Machine(spec::Spec const& spec);

    host::Facts facts;

    host::TargetFacts& target(std::string const& path);
    host::SourceFacts& source(std::string const& target);

    void privileged();

    // The target is missing from this component on: "/a/b" below "/a" lacks "b".
    void missing(std::string const& path, std::string const& parent, host::Ground ground);
    void layered(std::string const& path, std::string const& parent);

    // Paths that this kernel's proc and sys would have.
    void system_paths();

private:
    size_t index_of(std::string const& target) const;

    spec::Spec const& spec_;
};

} // namespace ctr::test
