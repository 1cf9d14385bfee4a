// SPDX-License-Identifier: MIT
#include "config/shape.h"

namespace ctr::config {

Status set_name(Config& config, char const* name, uint64_t flags)
{
    Origin const origin = count_call(config, Call::set_name);
    if (name == nullptr || !is_name(name))
        return shape_error(
            config, origin, name == nullptr ? "" : name,
            "a name is 1 to 64 letters, digits, \"_\", \".\" and \"-\", and begins with a letter or digit");
    if ((flags & ~CTR_NAME_REMOVE) != 0)
        return shape_error(config, origin, std::to_string(flags), "there is no such flag of a name");
    config.name = TextWish{name, origin};
    config.name_flags = flags;
    return Unit{};
}

Status set_state_directory(Config& config, char const* path)
{
    Origin const origin = count_call(config, Call::set_state_directory);
    if (std::string fault = path_fault(path, true); !fault.empty())
        return shape_error(config, origin, path == nullptr ? "" : path, std::move(fault));
    config.state_directory = TextWish{path, origin};
    return Unit{};
}

} // namespace ctr::config
