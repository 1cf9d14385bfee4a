// SPDX-License-Identifier: MIT
#include "mount_words.h"

namespace cli {

Change change_flags(std::span<FlagWord const> words, std::string_view word, MountFlags& flags)
{
    for (FlagWord const& known : words) {
        if (known.name != word)
            continue;
        uint64_t const changed = (flags.flags & ~known.clear) | known.set;
        if (((changed ^ flags.flags) & flags.said) != 0)
            return Change::contradicts;
        flags.flags = changed;
        flags.said |= known.set | known.clear;
        return Change::made;
    }
    return Change::unknown;
}

uint64_t default_flags_of(std::string_view type)
{
    if (type == "bind")
        return MS_BIND | MS_REC;
    if (type == "tmpfs")
        return MS_NOSUID | MS_NODEV;
    if (type == "devpts")
        return MS_NOSUID | MS_NOEXEC;
    return MS_NOSUID | MS_NODEV | MS_NOEXEC;
}

void append_option(std::string& options, std::string_view option)
{
    if (!options.empty())
        options += ',';
    options += option;
}

} // namespace cli
