// SPDX-License-Identifier: MIT
#pragma once

#include "spawn/spawn.h"
#include "spec/spec.h"

#include <memory>
#include <string>

namespace ctr::container {

// What a start leaves for its report. The text is made when somebody asks for it: most callers never do.
struct Story {
    std::shared_ptr<plan::Reported const> reported; // none: there is nothing to tell
    plan::Effective effective = {};
    spawn::ReadMaps maps = {};
    bool watches_host = true; // ctr-init got a pidfd of the host process
};

std::string report_json(Story const& story);

// One of the sentences; nullptr past the last.
char const* notice(Story const& story, uint32_t index);

} // namespace ctr::container
