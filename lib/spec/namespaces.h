// SPDX-License-Identifier: MIT
#pragma once

#include "config/config.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace ctr::spec {

enum class Ns : uint8_t { user, mount, pid, net, uts, ipc, cgroup, time }; // as CTR_NAMESPACE_*
inline constexpr size_t ns_count = 8;

enum class NsMode : uint8_t { own, shared, joined };

struct Namespace {
    NsMode mode = NsMode::own;
    int fd = -1; // borrowed, with joined
    Origin origin = {};
};

struct TimeOffset {
    int clock = 0;
    int64_t seconds = 0;
    uint32_t nanoseconds = 0;
    Origin origin = {};
};

struct Namespaces {
    std::array<Namespace, ns_count> all;
    std::optional<std::string> hostname;
    Origin hostname_origin = {};
    std::vector<TimeOffset> offsets;

    Namespace const& of(Ns which) const { return all[static_cast<size_t>(which)]; }
    bool own(Ns which) const { return of(which).mode == NsMode::own; }
    bool joined(Ns which) const { return of(which).mode == NsMode::joined; }
};

char const* name_of(Ns which);
uint64_t clone_flag(Ns which);

Result<Namespaces> checked_namespaces(config::Config const& config);

} // namespace ctr::spec
