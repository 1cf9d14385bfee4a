// SPDX-License-Identifier: MIT
// A terminal takes the place of standard input, output and error, and comes from the container's own /dev/pts.
#include "spec/fault.h"
#include "spec/spec.h"

#include <algorithm>

namespace ctr::spec {

namespace {

bool covers_terminals(Mount const& mount)
{
    bool const covers = mount.target == "/dev" || mount.target == "/dev/pts" || mount.target == "/dev/pts/ptmx";
    return covers && mount.type != MountType::devices;
}

} // namespace

Status check_terminal(Spec const& spec, config::Config const& config)
{
    if (!spec.process.terminal)
        return Unit{};
    constexpr char const* both = "standard input, output and error are the terminal, and cannot be set as well";
    for (Call const call : {Call::set_stdio, Call::set_stdio_file})
        if (Origin const stdio = last_call(config, call); stdio.call != Call::none)
            return fault(stdio, "terminal", both);
    for (Stdio const& stdio : spec.process.stdio)
        if (stdio.kind != StdioKind::inherit) // given for this spawn
            return fault(stdio.origin, "terminal", both);
    if (!spec.mounts.any)
        return fault(spec.process.terminal->origin, "/dev/pts",
                     "a terminal needs an own mount namespace, and this one is shared or joined");
    for (Mount const& mount : spec.mounts.list)
        if (covers_terminals(mount))
            return fault(mount.origin, mount.target, "a terminal needs the container's own /dev and /dev/pts");
    return Unit{};
}

bool has_terminals(Mounts const& mounts)
{
    return mounts.any && std::none_of(mounts.list.begin(), mounts.list.end(), covers_terminals);
}

} // namespace ctr::spec
