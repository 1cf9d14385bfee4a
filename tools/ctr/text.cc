// SPDX-License-Identifier: MIT
#include "text.h"

#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace cli {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

struct Rune {
    uint32_t value = 0;
    size_t length = 1; // bytes
    bool valid = false;
};

size_t encoded_length(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

bool is_shortest_form(uint32_t value, size_t length)
{
    constexpr uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    bool const surrogate = value >= 0xd800 && value < 0xe000;
    return value >= smallest[length] && value <= 0x10ffff && !surrogate;
}

Rune decode(std::string_view text)
{
    auto const first = static_cast<unsigned char>(text[0]);
    size_t const length = encoded_length(first);
    if (length == 0 || length > text.size())
        return {};
    uint32_t value = length == 1 ? first : first & (0x7fU >> length);
    for (size_t index = 1; index < length; ++index) {
        auto const next = static_cast<unsigned char>(text[index]);
        if ((next & 0xc0U) != 0x80)
            return {};
        value = value << 6 | (next & 0x3fU);
    }
    if (!is_shortest_form(value, length))
        return {};
    return {.value = value, .length = length, .valid = true};
}

// Control characters, and the marks that reorder or hide what stands on a line.
bool commands_a_terminal(uint32_t rune)
{
    bool const control = rune < 0x20 || (rune >= 0x7f && rune < 0xa0);
    bool const direction = (rune >= 0x200b && rune <= 0x200f) || (rune >= 0x2028 && rune <= 0x202e) ||
                           (rune >= 0x2060 && rune <= 0x206f) || rune == 0xfeff;
    return control || direction;
}

void append_hex_byte(std::string& out, unsigned char byte)
{
    out += hex_digits[byte >> 4];
    out += hex_digits[byte & 0x0f];
}

void append_escaped(std::string& out, uint32_t rune)
{
    if (rune == '\n')
        out += "\\n";
    else if (rune == '\t')
        out += "\\t";
    else if (rune == '\r')
        out += "\\r";
    else if (rune < 0x80) {
        out += "\\x";
        append_hex_byte(out, static_cast<unsigned char>(rune));
    } else {
        out += "\\u";
        append_hex_byte(out, static_cast<unsigned char>(rune >> 8));
        append_hex_byte(out, static_cast<unsigned char>(rune));
    }
}

void append_json_ascii(std::string& out, char character)
{
    if (character == '"' || character == '\\') {
        out += '\\';
        out += character;
    } else if (character == '\n') {
        out += "\\n";
    } else if (static_cast<unsigned char>(character) < 0x20 || character == 0x7f) {
        out += "\\u00";
        append_hex_byte(out, static_cast<unsigned char>(character));
    } else {
        out += character;
    }
}

// Somebody else who holds the same pipe or terminal may have made it non-blocking.
void wait_until_writable(int descriptor)
{
    pollfd waiting = {.fd = descriptor, .events = POLLOUT, .revents = 0};
    (void)poll(&waiting, 1, -1); // the next write tells
}

} // namespace

void append_printable(std::string& out, std::string_view text, Newlines newlines)
{
    while (!text.empty()) {
        Rune const rune = decode(text);
        bool const kept = newlines == Newlines::kept && (rune.value == '\n' || rune.value == '\t');
        if (!rune.valid) {
            out += "\\x";
            append_hex_byte(out, static_cast<unsigned char>(text[0]));
        } else if (commands_a_terminal(rune.value) && !kept) {
            append_escaped(out, rune.value);
        } else {
            out += text.substr(0, rune.length);
        }
        text.remove_prefix(rune.length);
    }
}

std::string quoted(std::string_view text)
{
    std::string out = "\"";
    append_printable(out, text);
    return out += '"';
}

void append_json_string(std::string& out, std::string_view text)
{
    out += '"';
    while (!text.empty()) {
        Rune const rune = decode(text);
        if (!rune.valid)
            out += "\xef\xbf\xbd";
        else if (rune.length == 1)
            append_json_ascii(out, text[0]);
        else if (commands_a_terminal(rune.value))
            append_escaped(out, rune.value);
        else
            out += text.substr(0, rune.length);
        text.remove_prefix(rune.length);
    }
    out += '"';
}

void append_number(std::string& out, uint64_t number)
{
    char digits[20];
    size_t start = sizeof digits;
    do {
        digits[--start] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number != 0);
    out.append(digits + start, sizeof digits - start);
}

void append_number(std::string& out, int64_t number)
{
    if (number < 0)
        out += '-';
    auto const bits = static_cast<uint64_t>(number);
    append_number(out, number < 0 ? 0 - bits : bits);
}

int write_all(int descriptor, std::string_view text)
{
    while (!text.empty()) {
        ssize_t const written = write(descriptor, text.data(), text.size());
        if (written >= 0)
            text.remove_prefix(static_cast<size_t>(written));
        else if (errno == EAGAIN)
            wait_until_writable(descriptor);
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

} // namespace cli
