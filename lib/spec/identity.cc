// SPDX-License-Identifier: MIT
#include "spec/identity.h"

#include "spec/fault.h"

#include <algorithm>
#include <cctype>

namespace ctr::spec {

namespace {

constexpr size_t most_ranges = 340; // of a map, since Linux 4.15

bool is_name(std::string_view text)
{
    auto const good = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' || c == '$';
    };
    bool const starts = std::isalpha(static_cast<unsigned char>(text[0])) != 0 || text[0] == '_';
    return starts && text.size() <= 256 && std::all_of(text.begin(), text.end(), good);
}

bool overlaps(uint32_t first, uint32_t other, uint32_t first_count, uint32_t other_count)
{
    return uint64_t{first} < uint64_t{other} + other_count && uint64_t{other} < uint64_t{first} + first_count;
}

std::string shown(config::RangeWish const& range)
{
    return concat(std::to_string(range.inside), ":", std::to_string(range.outside), ":", std::to_string(range.count));
}

Status check_range(config::RangeWish const& range)
{
    if (range.count == 0)
        return fault(range.origin, shown(range), "an id range must not be empty");
    if (range.inside > UINT32_MAX - range.count || range.outside > UINT32_MAX - range.count)
        return fault(range.origin, shown(range), "an id range must not wrap around");
    return Unit{};
}

Result<std::vector<IdRange>> checked_ranges(std::vector<config::RangeWish> const& wishes)
{
    std::vector<IdRange> ranges;
    for (config::RangeWish const& wish : wishes) {
        CTR_TRY(check_range(wish));
        for (IdRange const& other : ranges)
            if (overlaps(wish.inside, other.inside, wish.count, other.count) ||
                overlaps(wish.outside, other.outside, wish.count, other.count))
                return fault(wish.origin, shown(wish), "an id range overlaps an earlier one");
        ranges.push_back({wish.inside, wish.outside, wish.count});
    }
    if (ranges.size() > most_ranges)
        return fault(wishes[most_ranges].origin, std::to_string(ranges.size()), "a map has at most 340 ranges");
    return ranges;
}

Status fill_map(Identity& identity, config::Config const& config)
{
    config::NamespaceWish const& user = config.namespaces[CTR_NAMESPACE_USER];
    bool const ranges = !config.uid_ranges.empty() || !config.gid_ranges.empty();
    if (user.joined) {
        if (ranges || config.map != CTR_MAP_AUTO)
            return fault(user.origin, "user", "a joined user namespace has its maps already");
        identity.map = Map::joined;
        return Unit{};
    }
    if (!ranges) {
        constexpr Map modes[] = {Map::automatic, Map::single, Map::subid, Map::none};
        identity.map = modes[config.map];
        identity.map_origin = last_call(config, Call::set_map);
        return Unit{};
    }
    if (config.map != CTR_MAP_AUTO)
        return fault(last_call(config, Call::set_map), "", "a map mode does not go with explicit id ranges");
    if (config.uid_ranges.empty() || config.gid_ranges.empty())
        return fault((config.uid_ranges.empty() ? config.gid_ranges : config.uid_ranges)[0].origin, "",
                     "explicit id ranges are needed for both users and groups");
    identity.map = Map::explicit_ranges;
    identity.map_origin = config.uid_ranges[0].origin;
    identity.uids = CTR_TRY(checked_ranges(config.uid_ranges));
    identity.gids = CTR_TRY(checked_ranges(config.gid_ranges));
    return Unit{};
}

Status fill_user(Identity& identity, config::Config const& config)
{
    identity.user.number = 0;
    if (!config.user)
        return Unit{};
    std::string_view const text = config.user->text;
    size_t const colon = text.find(':');
    bool const empty_half = colon == 0 || colon + 1 == text.size();
    if (empty_half)
        return fault(config.user->origin, text, "neither a number nor a name of a user or group");
    identity.user = CTR_TRY(checked_id(text.substr(0, colon), config.user->origin));
    if (colon != std::string_view::npos)
        identity.group = CTR_TRY(checked_id(text.substr(colon + 1), config.user->origin));
    return Unit{};
}

} // namespace

Result<Id> checked_id(std::string_view text, Origin origin)
{
    auto const digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!text.empty() && std::all_of(text.begin(), text.end(), digit)) {
        auto const number = parse_number(text, greatest_id);
        if (!number)
            return fault(origin, text, "an id is a number from 0 to 4294967294");
        return Id{std::string(text), static_cast<uint32_t>(*number), origin};
    }
    if (text.empty() || !is_name(text))
        return fault(origin, text, "neither a number nor a name of a user or group");
    return Id{std::string(text), std::nullopt, origin};
}

Result<Identity> checked_identity(config::Config const& config)
{
    Identity identity;
    CTR_TRY(fill_map(identity, config));
    CTR_TRY(fill_user(identity, config));
    for (config::TextWish const& wish : config.groups)
        identity.groups.push_back(CTR_TRY(checked_id(wish.text, wish.origin)));
    identity.capabilities = CTR_TRY(checked_capabilities(config));
    identity.new_keyring = config.keyring == CTR_KEYRING_NEW;
    identity.newuidmap = config.newuidmap;
    identity.newgidmap = config.newgidmap;
    if (!config.newuidmap.empty() || !config.newgidmap.empty())
        identity.helpers_origin = last_call(config, Call::set_id_helpers);
    return identity;
}

} // namespace ctr::spec
