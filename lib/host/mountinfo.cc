// SPDX-License-Identifier: MIT
#include "host/mountinfo.h"

#include "base/text.h"
#include "sys/file.h"

#include <fcntl.h>

namespace ctr::host {

namespace {

constexpr size_t most_bytes = 64U << 20; // a hundred thousand mounts

bool is_octal(char c) { return c >= '0' && c <= '7'; }

std::string unescaped(std::string_view text)
{
    std::string out;
    for (size_t i = 0; i < text.size(); i++) {
        bool const escape = text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
                            is_octal(text[i + 3]);
        if (!escape) {
            out += text[i];
            continue;
        }
        out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
        i += 3;
    }
    return out;
}

} // namespace

std::vector<std::string> parse_mount_points(std::string_view mountinfo)
{
    std::vector<std::string> points;
    for (std::string_view const line : split(mountinfo, '\n')) {
        std::vector<std::string_view> const fields = split(line, ' ');
        if (fields.size() > 4)
            points.push_back(unescaped(fields[4]));
    }
    return points;
}

std::vector<std::string> mount_points()
{
    sys::Outcome<Fd> const file = sys::open_file(AT_FDCWD, "/proc/self/mountinfo", O_RDONLY);
    if (!file)
        return {};
    return parse_mount_points(sys::read_all(file.value.get(), most_bytes).value);
}

} // namespace ctr::host
