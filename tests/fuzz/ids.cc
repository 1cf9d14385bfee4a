// SPDX-License-Identifier: MIT
// Id maps as the kernel prints them, and the small parsers that everything else is made of.
#include "base/ids.h"
#include "base/text.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, size_t size)
{
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    std::string again;
    for (ctr::IdRange const& range : ctr::parse_id_map(text))
        again += ctr::concat(std::to_string(range.inside), " ", std::to_string(range.outside), " ",
                             std::to_string(range.count), "\n");
    if (ctr::parse_id_map(again).size() != ctr::parse_id_map(text).size())
        std::abort();
    if (std::optional<uint64_t> const number = ctr::parse_number(text, 4095); number && *number > 4095)
        std::abort();
    std::string joined;
    for (std::string_view const part : ctr::split(text, ':'))
        (joined += part) += ':';
    if (ctr::is_name(text) && (text.empty() || text.size() > 64 || text.find('/') != std::string_view::npos))
        std::abort();
    std::string quoted;
    ctr::append_json_string(quoted, text);
    if (quoted.size() < 2 || quoted.find('\n') != std::string::npos)
        std::abort();
    return 0;
}
