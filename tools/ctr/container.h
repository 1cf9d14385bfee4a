// SPDX-License-Identifier: MIT
// A handle with one owner.
#pragma once

#include <memory>

#include <ctr/ctr.h>

namespace cli {

struct FreeContainer {
    void operator()(ctr_container* container) const { ctr_container_free(container); }
};

using Container = std::unique_ptr<ctr_container, FreeContainer>;

} // namespace cli
