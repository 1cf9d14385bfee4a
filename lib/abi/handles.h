// SPDX-License-Identifier: MIT
#pragma once

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
