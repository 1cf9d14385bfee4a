// SPDX-License-Identifier: MIT
#include "spec/name.h"

#include "spec/fault.h"

namespace ctr::spec {

Result<Name> checked_name(config::Config const& config, Lifetime const& lifetime, Namespaces const& namespaces)
{
    if (!config.name)
        return Name();
    Name const name{config.name->text, config.state_directory ? config.state_directory->text : "", config.name_flags,
                    config.name->origin};
    if (!config.state_directory)
        return fault(name.origin, name.text, "a name needs a state directory to be found in");
    bool const inside = lifetime.init_inside && namespaces.own(Ns::pid) && !namespaces.joined(Ns::user);
    if (!inside) // who attaches could not be told from what runs inside
        return fault(name.origin, name.text, "a name needs an own pid namespace with ctr-init inside");
    return name;
}

} // namespace ctr::spec
