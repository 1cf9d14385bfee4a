// SPDX-License-Identifier: MIT
// Values as people write them on the command line: what is taken is in bounds, and written again is taken again.
#include "../../tools/ctr/values.h"
#include "../../tools/ctr/mount_words.h"

#include <cstdlib>
#include <string>

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

void try_numbers(std::string_view text)
{
    if (std::optional<uint64_t> const number = cli::parse_number(text, 1000))
        require(*number <= 1000 && cli::parse_number(std::to_string(*number), 1000) == number);
    if (std::optional<int32_t> const number = cli::parse_signed(text))
        require(cli::parse_signed(std::to_string(*number)) == number);
    if (std::optional<int> const number = cli::parse_descriptor(text))
        require(*number >= 0);
    if (std::optional<uint64_t> const size = cli::parse_size(text))
        require(cli::parse_size(std::to_string(*size)) == size);
    if (std::optional<uint64_t> const limit = cli::parse_limit(text); limit && text != "unlimited" && text != "-1")
        require(cli::parse_limit(std::to_string(*limit)) == limit);
    (void)cli::parse_octal(text);
}

void try_times(std::string_view text)
{
    if (std::optional<uint64_t> const milliseconds = cli::parse_duration_ms(text))
        require(cli::parse_duration_ms(std::to_string(*milliseconds) + "ms") == milliseconds);
    if (std::optional<cli::Seconds> const seconds = cli::parse_seconds(text))
        require(seconds->nanoseconds < 1'000'000'000);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, size_t size)
{
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    try_numbers(text);
    try_times(text);
    (void)cli::parse_id_range(text);
    (void)cli::parse_namespace(text);
    (void)cli::parse_resource(text);
    std::string joined;
    cli::Parts parts(text, ',');
    for (std::optional<std::string_view> part = parts.next(); part; part = parts.next())
        (joined += *part) += ',';
    require(joined.substr(0, joined.size() - 1) == text);
    return 0;
}
