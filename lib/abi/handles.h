// SPDX-License-Identifier: MIT
#pragma once

#include "abi/guard.h"
#include "config/config.h"
#include "container/container.h"

#include <memory>

struct ctr_config {
    ctr::config::Config value;
    ctr::container::Program program; // kept from the first spawn on
    ctr::container::Kept kept;       // likewise, up to the next change

    ctr::config::Config& change()
    {
        kept.forget();
        return value;
    }
};

struct ctr_container {
    std::unique_ptr<ctr::container::Container> value;
};

namespace ctr::abi {

// Every setter: the config must be there, and what goes wrong is kept in it, because nobody has to look.
template <typename Body>
int set(ctr_config* config, Body body) noexcept
{
    return guard(nullptr, [&]() -> Status {
        if (config == nullptr)
            return missing_argument("config");
        config::Config& wishes = config->change();
        try {
            return body(wishes);
        } catch (std::bad_alloc const&) {
            wishes.starved = wishes.latest;
            throw;
        }
    });
}

} // namespace ctr::abi
