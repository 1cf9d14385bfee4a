// SPDX-License-Identifier: MIT
#include "special.h"

#include <cerrno>

#include "files.h"
#include "values.h"

namespace cli {
namespace {

constexpr uint32_t default_directory_mode = 0755;

} // namespace

Status add_file(Setup& setup, Use const& use, std::string const& target, std::string const& source,
                std::optional<uint32_t> mode)
{
    Result<Content> read = read_file(use, source);
    if (!read && read.problem().error_number == EFBIG)
        read.problem().hint = "show it with --volume " + source + ":DST:ro instead";
    Content const content = CLI_TRY(std::move(read));
    CLI_SET(setup, label_of(use), ctr_config_add_file, target.c_str(), content.bytes.data(), content.bytes.size(),
            mode.value_or(content.mode));
    return Done{};
}

Status add_symlink(Setup& setup, Use const& use, std::string const& path, std::string const& link_target)
{
    CLI_SET(setup, label_of(use), ctr_config_add_symlink, link_target.c_str(), path.c_str());
    return Done{};
}

Status add_dir(Setup& setup, Use const& use, std::string const& path, std::optional<uint32_t> mode)
{
    CLI_SET(setup, label_of(use), ctr_config_add_dir, path.c_str(), mode.value_or(default_directory_mode));
    return Done{};
}

Status apply_file(Setup& setup, Use const& use)
{
    auto const [target, source] = split(use.value, '=');
    if (target.empty() || !source || source->empty())
        return bad_value(use, use.value, "not a file and its content", "write DST=SRC, the path inside first");
    return add_file(setup, use, std::string(target), std::string(*source), std::nullopt);
}

Status apply_symlink(Setup& setup, Use const& use)
{
    auto const [path, link_target] = split(use.value, '=');
    if (path.empty() || !link_target || link_target->empty())
        return bad_value(use, use.value, "not a link and its target", "write DST=TARGET, the path inside first");
    return add_symlink(setup, use, std::string(path), std::string(*link_target));
}

Status apply_dir(Setup& setup, Use const& use)
{
    auto const [path, text] = split(use.value, ':');
    std::optional<uint32_t> const mode = text ? parse_octal(*text) : std::nullopt;
    if (text && !mode)
        return bad_value(use, *text, "not an octal mode", "write DST or DST:755");
    return add_dir(setup, use, std::string(path), mode);
}

} // namespace cli
