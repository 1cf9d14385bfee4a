// SPDX-License-Identifier: MIT
// What differs from one start of a config to the next. Strings are copied, descriptors borrowed until the start is done.
#pragma once

#include "base/result.h"
#include "config/config.h"

#include <ctr/container.h>

namespace ctr::config {

struct GivenFd {
    int fd = -1;
    int inside = -1;
    Origin origin = {};

    bool operator==(GivenFd const&) const = default;
};

struct Overrides {
    std::vector<std::string> command = {}; // replaces the config's where it is not empty
    std::vector<EnvWish> env = {};
    std::optional<TextWish> cwd = {};
    std::array<int, 3> stdio = {-1, -1, -1};
    std::vector<GivenFd> fds = {};
    int cancel_fd = -1; // readable: the start is given up

    bool operator==(Overrides const&) const = default;
};

// Whether they make another container than the config alone; who may give it up changes nothing.
bool is_changed(Overrides const& overrides);

// Checks shapes; a fault names the member.
Result<Overrides> overrides_of(ctr_spawn_options const& options);

} // namespace ctr::config
