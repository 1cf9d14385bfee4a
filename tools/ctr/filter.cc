// SPDX-License-Identifier: MIT
// --security-opt seccomp=...: a built-in profile by its name, or a file.
#include "filter.h"

#include <algorithm>
#include <iterator>

#include "files.h"

namespace cli {
namespace {

constexpr std::string_view built_in[] = {"default", "build", "strict", "contained", "crabcan", "unconfined"};

Problem unknown_profile(Use const& use, std::string_view name)
{
    return bad_value(use, name, "neither a seccomp profile nor a file",
                     "write default, build, strict, contained, crabcan or unconfined, or the path of a JSON profile or "
                     "of a BPF program");
}

// A profile is JSON, and so begins with a brace; everything else is taken for a program, which the library looks at.
bool is_json(std::string_view content)
{
    size_t const first = content.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && content[first] == '{';
}

} // namespace

Status apply_seccomp(Setup& setup, Use const& use, std::string_view name)
{
    std::string const path(name);
    if (std::find(std::begin(built_in), std::end(built_in), name) != std::end(built_in)) {
        CLI_SET(setup, label_of(use), ctr_config_set_seccomp, path.c_str());
        return Done{};
    }
    Result<Content> content = read_file(use, path);
    if (!content && name.find('/') == std::string_view::npos && content.problem().code == CTR_ERR_NOT_FOUND)
        return unknown_profile(use, name);
    std::string const bytes = CLI_TRY(std::move(content)).bytes;
    if (bytes.find('\0') == std::string::npos && is_json(bytes))
        CLI_SET(setup, label_of(use), ctr_config_set_seccomp_json, bytes.c_str());
    else
        CLI_SET(setup, label_of(use), ctr_config_set_seccomp_bpf, bytes.data(), bytes.size());
    return Done{};
}

} // namespace cli
