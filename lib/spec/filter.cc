// SPDX-License-Identifier: MIT
#include "spec/filter.h"

#include "spec/fault.h"

#include <algorithm>
#include <iterator>

namespace ctr::spec {

namespace {

constexpr std::string_view names[] = {"default", "build", "strict", "contained", "crabcan", "unconfined"};

} // namespace

Result<Filter> checked_filter(config::SeccompWish const& wish)
{
    Filter filter;
    filter.wish = wish;
    filter.listens = wish.listener == CTR_SECCOMP_LISTENER_CALLER;
    switch (wish.kind) {
    case config::SeccompKind::name:
        if (std::find(std::begin(names), std::end(names), wish.content) == std::end(names))
            return fault(wish.origin, wish.content, "there is no such seccomp profile");
        filter.name = wish.content;
        return filter;
    case config::SeccompKind::bpf: filter.name = "bpf"; return filter;
    case config::SeccompKind::json: break;
    }
    filter.name = "json";
    Result<Profile> profile = read_profile(wish.content);
    if (!profile)
        return fault(wish.origin, "seccomp", std::move(profile.error().message));
    filter.profile = std::move(profile.value());
    return filter;
}

} // namespace ctr::spec
