// SPDX-License-Identifier: MIT
// config → spec → facts → plan, and what of it serves the next start.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "config/overrides.h"
#include "host/facts.h"
#include "plan/plan.h"
#include "spec/spec.h"

#include <atomic>
#include <memory>

namespace ctr::container {

struct Prepared {
    spec::Spec spec;
    host::Facts facts;
    plan::Plan plan;
};
using PreparedPtr = std::shared_ptr<Prepared const>;
using Draft = std::shared_ptr<Prepared>; // with a spec; not on the stack, of which a caller's thread may have little

Result<PreparedPtr> prepare(config::Config const& config, config::Overrides const& overrides);
Result<PreparedPtr> prepare(Draft draft); // from what is validated already

// The last one where the host is still as it was: the compiler is pure, so the same facts give the same plan. The host is
// asked anew all the same.
Result<PreparedPtr> prepare_again(PreparedPtr last, config::Config const& config);

Result<Draft> validated(config::Config const& config, config::Overrides const& overrides);

// The hint of a failure.
Error advised(Error error, host::Facts const* facts);

// What the last start of a config has prepared; it goes with the next change of the config. Free of locks, as Program is:
// who looks takes it out for a moment, and whoever finds nothing meanwhile prepares anew.
class Kept {
public:
    Kept() = default;
    Kept(Kept const&) = delete;
    Kept& operator=(Kept const&) = delete;
    ~Kept() { forget(); }

    PreparedPtr last() const;
    void keep(PreparedPtr prepared) const;
    void forget() { delete slot_.exchange(nullptr); }

private:
    mutable std::atomic<PreparedPtr*> slot_{nullptr};
};

} // namespace ctr::container
