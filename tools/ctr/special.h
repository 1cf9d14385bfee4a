// SPDX-License-Identifier: MIT
// What a container is given that is no mount of the host: files with content, links, directories.
#pragma once

#include <optional>
#include <string>

#include "apply.h"

namespace cli {

// Without a mode the file gets the one of @source.
Status add_file(Setup& setup, Use const& use, std::string const& target, std::string const& source,
                std::optional<uint32_t> mode);
Status add_symlink(Setup& setup, Use const& use, std::string const& path, std::string const& link_target);
Status add_dir(Setup& setup, Use const& use, std::string const& path, std::optional<uint32_t> mode);

} // namespace cli
