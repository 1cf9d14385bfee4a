// SPDX-License-Identifier: MIT
#include "mount_words.h"

namespace cli {

bool change_flags(std::span<FlagWord const> words, std::string_view word, uint64_t& flags)
{
    for (FlagWord const& known : words) {
        if (known.name != word)
            continue;
        flags = (flags & ~known.clear) | known.set;
        return true;
    }
    return false;
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
