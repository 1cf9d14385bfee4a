// SPDX-License-Identifier: MIT
// --user, --group-add, --map and what it needs.
#include "apply.h"
#include "values.h"

namespace cli {
namespace {

constexpr std::string_view range_form = "write INSIDE:OUTSIDE:COUNT, such as 0:1000:1 or 1:100000:65536";

struct MapWord {
    std::string_view name;
    uint32_t mode;
};

constexpr MapWord map_words[] = {
    {"auto", CTR_MAP_AUTO}, {"single", CTR_MAP_SINGLE}, {"subid", CTR_MAP_SUBID}, {"none", CTR_MAP_NONE}};

using AddRange = void (*)(Setup& setup, std::string const& origin, IdRange const& range);

void add_uids(Setup& setup, std::string const& origin, IdRange const& range)
{
    CLI_SET(setup, origin, ctr_config_add_uid_range, range.inside, range.outside, range.count);
}

void add_gids(Setup& setup, std::string const& origin, IdRange const& range)
{
    CLI_SET(setup, origin, ctr_config_add_gid_range, range.inside, range.outside, range.count);
}

Status add_ranges(Setup& setup, Use const& use, std::string_view what, std::initializer_list<AddRange> kinds)
{
    Parts parts(use.value, ',');
    while (std::optional<std::string_view> const part = parts.next()) {
        std::optional<IdRange> const range = parse_id_range(*part);
        if (!range)
            return bad_value(use, *part, what, range_form);
        for (AddRange const add : kinds)
            add(setup, label_of(use), *range);
    }
    return Done{};
}

} // namespace

Status apply_user(Setup& setup, Use const& use)
{
    CLI_SET(setup, label_of(use), ctr_config_set_user, use.value);
    return Done{};
}

Status apply_group_add(Setup& setup, Use const& use)
{
    CLI_SET(setup, label_of(use), ctr_config_add_group, use.value);
    return Done{};
}

Status apply_cap_add(Setup& setup, Use const& use)
{
    CLI_SET(setup, label_of(use), ctr_config_add_capability, use.value);
    return Done{};
}

Status apply_cap_drop(Setup& setup, Use const& use)
{
    CLI_SET(setup, label_of(use), ctr_config_drop_capability, use.value);
    return Done{};
}

Status apply_cap_profile(Setup& setup, Use const& use)
{
    CLI_SET(setup, label_of(use), ctr_config_set_capability_profile, use.value);
    return Done{};
}

Status apply_keyring(Setup& setup, Use const& use)
{
    std::string_view const word = use.value;
    if (word != "new" && word != "inherit")
        return bad_value(use, use.value, "no choice of a keyring", "write new or inherit");
    CLI_SET(setup, label_of(use), ctr_config_set_keyring, word == "new" ? CTR_KEYRING_NEW : CTR_KEYRING_INHERITED);
    return Done{};
}

Status apply_map(Setup& setup, Use const& use)
{
    for (MapWord const& word : map_words) {
        if (word.name != use.value)
            continue;
        CLI_SET(setup, label_of(use), ctr_config_set_map, word.mode);
        return Done{};
    }
    return add_ranges(setup, use, "neither auto, single, subid or none nor an id range", {add_uids, add_gids});
}

Status apply_uidmap(Setup& setup, Use const& use) { return add_ranges(setup, use, "not an id range", {add_uids}); }

Status apply_gidmap(Setup& setup, Use const& use) { return add_ranges(setup, use, "not an id range", {add_gids}); }

// One setter takes both, so it is called when all options have been read.
Status apply_newuidmap(Setup& setup, Use const& use)
{
    setup.newuidmap = use.value;
    return Done{};
}

Status apply_newgidmap(Setup& setup, Use const& use)
{
    setup.newgidmap = use.value;
    return Done{};
}

} // namespace cli
