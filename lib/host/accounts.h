// SPDX-License-Identifier: MIT
// passwd(5) and group(5), read as text: of the host to name the caller, of the container to find its user. Never
// through NSS, which would load code from wherever the files come from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ctr::host {

inline constexpr size_t most_account_bytes = 8U << 20; // of a passwd or group file

struct Account {
    std::string name;
    uint32_t uid = 0;
    uint32_t gid = 0;
    std::string home;
};

std::optional<Account> find_account(std::string_view passwd, std::string_view name);
std::optional<Account> find_account(std::string_view passwd, uint32_t uid);

std::optional<uint32_t> find_group(std::string_view group, std::string_view name);

// The groups that list this member.
std::vector<uint32_t> groups_of(std::string_view group, std::string_view member);

} // namespace ctr::host
