// SPDX-License-Identifier: MIT
#include "host/accounts.h"

#include "base/ids.h"
#include "base/text.h"

#include <algorithm>

namespace ctr::host {

namespace {

// Calls visit with the fields of each line until it says that it has enough.
template <typename Visit>
void each_line(std::string_view text, size_t fields, Visit visit)
{
    while (!text.empty()) {
        size_t const end = text.find('\n');
        std::vector<std::string_view> const parts = split(text.substr(0, end), ':');
        if (parts.size() >= fields && visit(parts))
            return;
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
}

template <typename Matches>
std::optional<Account> first_account(std::string_view passwd, Matches matches)
{
    std::optional<Account> found;
    each_line(passwd, 6, [&](std::vector<std::string_view> const& parts) {
        auto const uid = parse_number(parts[2], greatest_id);
        auto const gid = parse_number(parts[3], greatest_id);
        if (!uid || !gid || !matches(parts[0], static_cast<uint32_t>(*uid)))
            return false;
        found = Account{std::string(parts[0]), static_cast<uint32_t>(*uid), static_cast<uint32_t>(*gid),
                        std::string(parts[5])};
        return true;
    });
    return found;
}

} // namespace

std::optional<Account> find_account(std::string_view passwd, std::string_view name)
{
    return first_account(passwd, [&](std::string_view entry, uint32_t) { return entry == name; });
}

std::optional<Account> find_account(std::string_view passwd, uint32_t uid)
{
    return first_account(passwd, [&](std::string_view, uint32_t entry) { return entry == uid; });
}

std::optional<uint32_t> find_group(std::string_view group, std::string_view name)
{
    std::optional<uint32_t> found;
    each_line(group, 3, [&](std::vector<std::string_view> const& parts) {
        auto const gid = parse_number(parts[2], greatest_id);
        if (parts[0] != name || !gid)
            return false;
        found = static_cast<uint32_t>(*gid);
        return true;
    });
    return found;
}

std::vector<uint32_t> groups_of(std::string_view group, std::string_view member)
{
    std::vector<uint32_t> groups;
    each_line(group, 4, [&](std::vector<std::string_view> const& parts) {
        std::vector<std::string_view> const members = split(parts[3], ',');
        auto const gid = parse_number(parts[2], greatest_id);
        if (gid && std::find(members.begin(), members.end(), member) != members.end())
            groups.push_back(static_cast<uint32_t>(*gid));
        return false;
    });
    return groups;
}

} // namespace ctr::host
