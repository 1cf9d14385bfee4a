// SPDX-License-Identifier: MIT
#include "base/text.h"

#include <charconv>
#include <cstdio>

namespace ctr {

std::optional<uint64_t> parse_number(std::string_view text, uint64_t most)
{
    uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > most)
        return std::nullopt;
    return value;
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    while (true) {
        size_t const at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos)
            return parts;
        text.remove_prefix(at + 1);
    }
}

bool is_name(std::string_view name)
{
    constexpr size_t most = 64;
    auto const is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    if (name.empty() || name.size() > most || !is_plain(name.front()))
        return false;
    for (char const c : name)
        if (!is_plain(c) && c != '_' && c != '.' && c != '-')
            return false;
    return true;
}

bool starts_with_path(std::string_view path, std::string_view parent)
{
    if (parent == "/")
        return true;
    return path.substr(0, parent.size()) == parent && (path.size() == parent.size() || path[parent.size()] == '/');
}

namespace {

// Length of the UTF-8 sequence at the start of text, 0 where it is malformed, overlong or a surrogate.
size_t utf8_length(std::string_view text)
{
    auto const byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    auto const tail = [&](size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
    unsigned const first = byte(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return tail(1) ? 2 : 0;
    if (first >= 0xe0 && first < 0xf0) {
        unsigned const second = byte(1);
        bool const bad = (first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0);
        return tail(1) && tail(2) && !bad ? 3 : 0;
    }
    if (first >= 0xf0 && first < 0xf5) {
        unsigned const second = byte(1);
        bool const bad = (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90);
        return tail(1) && tail(2) && tail(3) && !bad ? 4 : 0;
    }
    return 0;
}

void append_escape(std::string& out, unsigned char byte)
{
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\x%02x", byte);
    out += escape;
}

// The second half of the control characters, which some terminals obey like the first.
bool is_c1(std::string_view text, size_t length)
{
    return length == 2 && static_cast<unsigned char>(text[0]) == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
}

void append_json_control(std::string& out, unsigned char control)
{
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", control);
    out += escape;
}

void append_json_ascii(std::string& out, char c)
{
    if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
        append_json_control(out, static_cast<unsigned char>(c));
    } else {
        out += c;
    }
}

} // namespace

std::string quoted(std::string_view text)
{
    std::string out = "\"";
    while (!text.empty()) {
        size_t const length = utf8_length(text);
        auto const first = static_cast<unsigned char>(text[0]);
        // C0 and C1 controls, DEL and broken UTF-8 could drive a terminal.
        bool const control = first < 0x20 || first == 0x7f || is_c1(text, length) || length == 0;
        if (control)
            append_escape(out, first);
        else if (first == '"' || first == '\\')
            out.append(1, '\\').append(1, text[0]);
        else
            out += text.substr(0, length);
        text.remove_prefix(control ? 1 : length);
    }
    out += '"';
    return out;
}

void append_json_string(std::string& out, std::string_view text)
{
    out += '"';
    while (!text.empty()) {
        size_t const length = utf8_length(text);
        if (length == 1)
            append_json_ascii(out, text[0]);
        else if (is_c1(text, length))
            append_json_control(out, static_cast<unsigned char>(text[1]));
        else if (length == 0)
            out += "\\ufffd";
        else
            out += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

} // namespace ctr
