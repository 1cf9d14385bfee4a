// SPDX-License-Identifier: MIT
#include "spec/spec.h"

#include "spec/fault.h"

#include <cerrno>
#include <memory>

namespace ctr::spec {

namespace {

// The channel carries so many; of every kind together.
class Counter {
public:
    Status add(bool passed, Origin origin)
    {
        if (passed && ++count_ > most_passed)
            return fault(origin, std::to_string(count_), "at most 240 descriptors can be given to a container");
        return Unit{};
    }

private:
    static constexpr int most_passed = 240; // plan::most_passed_fds
    int count_ = 0;
};

Status check_descriptors(Spec const& spec)
{
    Counter counter;
    for (Stdio const& stdio : spec.process.stdio)
        CTR_TRY(counter.add(stdio.is_passed(), stdio.origin));
    CTR_TRY(counter.add(spec.process.command_fd >= 0, {Call::set_command_fd, -1}));
    for (PassedFd const& passed : spec.process.fds)
        CTR_TRY(counter.add(true, passed.origin));
    for (Namespace const& one : spec.namespaces.all)
        CTR_TRY(counter.add(one.fd >= 0, one.origin));
    for (Mount const& mount : spec.mounts.list)
        CTR_TRY(counter.add(mount.source_fd >= 0, mount.origin));
    return Unit{};
}

// Whose time counts is seen from inside, by pid 1.
Status check_budget(config::Config const& config, Spec const& spec)
{
    bool const inside = spec.lifetime.init_inside && spec.namespaces.own(Ns::pid) && !spec.namespaces.joined(Ns::user);
    if (spec.lifetime.cpu_timeout_ms > 0 && !inside)
        return fault(last_call(config, Call::set_cpu_timeout), std::to_string(spec.lifetime.cpu_timeout_ms),
                     "processor time is only counted in an own pid namespace with ctr-init inside");
    return Unit{};
}

} // namespace

Result<Spec> validate(config::Config const& config, config::Overrides const& overrides)
{
    if (config.starved)
        return Error{.code = Code::no_memory,
                     .step = Step::validate,
                     .sys = ENOMEM,
                     .subject = "memory",
                     .origin = *config.starved,
                     .message = "a wish was lost, because there was no memory for it"};
    if (config.first_error)
        return *config.first_error;
    auto const made = std::make_unique<Spec>(); // it is large, and a caller's stack may be small
    Spec& spec = *made;
    spec.process = CTR_TRY(checked_process(config, overrides));
    spec.lifetime = CTR_TRY(checked_lifetime(config));
    spec.identity = CTR_TRY(checked_identity(config));
    spec.limits = CTR_TRY(checked_limits(config));
    spec.landlock = CTR_TRY(checked_landlock(config));
    spec.namespaces = CTR_TRY(checked_namespaces(config));
    spec.mounts = CTR_TRY(checked_mounts(config, spec.namespaces));
    spec.name = CTR_TRY(checked_name(config, spec.lifetime, spec.namespaces));
    spec.filter = CTR_TRY(checked_filter(config.seccomp));
    CTR_TRY(check_budget(config, spec));
    CTR_TRY(check_terminal(spec, config));
    CTR_TRY(check_descriptors(spec));
    return std::move(spec);
}

} // namespace ctr::spec
