// SPDX-License-Identifier: MIT
// A name for a container that is about to start.
#pragma once

#include "container/container.h"
#include "spec/name.h"

namespace ctr::container {

// Free again with this, unless it is kept.
struct Named {
    std::optional<registry::Entry> entry; // none where no name was wished for
    spawn::Named brought;
    Naming naming;
};

Result<Named> take_name(spec::Name const& name, Inside const& inside, std::vector<std::string> const& command,
                        plan::Supervision const& supervision);
void keep_name(Named& named);

} // namespace ctr::container
