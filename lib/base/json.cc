// SPDX-License-Identifier: MIT
#include "base/json.h"

#include "base/text.h"

namespace ctr {

namespace {

constexpr int deepest = 32;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, uint32_t point)
{
    auto const tail = [&](unsigned shift) { out += static_cast<char>(0x80U | ((point >> shift) & 0x3fU)); };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xc0U | (point >> 6));
        tail(0);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xe0U | (point >> 12));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xf0U | (point >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    Result<Json> document()
    {
        Json value = CTR_TRY(read_value(0));
        skip_blanks();
        if (at_ < text_.size())
            return fault("nothing may follow the value");
        return value;
    }

private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    void step()
    {
        bool const line_ends = peek() == '\n';
        line_ += line_ends ? 1 : 0;
        column_ = line_ends ? 1 : column_ + 1;
        at_++;
    }

    void skip_blanks()
    {
        while (at_ < text_.size() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r'))
            step();
    }

    bool take(char c)
    {
        if (at_ >= text_.size() || peek() != c)
            return false;
        step();
        return true;
    }

    Error fault(std::string_view what) const
    {
        return Error{
            .code = Code::invalid, .step = Step::validate, .message = concat(place_of(line_, column_), ": ", what)};
    }

    Result<Json> read_value(int depth)
    {
        skip_blanks();
        Json value;
        value.line = line_;
        value.column = column_;
        if (depth > deepest)
            return fault("values are nested too deeply");
        if (at_ >= text_.size())
            return fault("a value is missing at the end");
        char const c = peek();
        if (c == '{')
            CTR_TRY(read_object(value, depth));
        else if (c == '[')
            CTR_TRY(read_array(value, depth));
        else if (c == '"')
            CTR_TRY(read_text(value));
        else if (is_digit(c) || c == '-')
            CTR_TRY(read_number(value));
        else
            CTR_TRY(read_word(value));
        return value;
    }

    Status read_object(Json& value, int depth)
    {
        value.kind = Json::Kind::object;
        step();
        skip_blanks();
        if (take('}'))
            return Unit{};
        while (true) {
            skip_blanks();
            Json name;
            if (peek() != '"')
                return fault("a member's name in quotes is missing");
            CTR_TRY(read_text(name));
            if (value.find(name.text) != nullptr)
                return fault(concat("the member ", quoted(name.text), " is there twice"));
            skip_blanks();
            if (!take(':'))
                return fault("a colon is missing");
            value.members.emplace_back(std::move(name.text), CTR_TRY(read_value(depth + 1)));
            skip_blanks();
            if (take('}'))
                return Unit{};
            if (!take(','))
                return fault("a comma or a closing brace is missing");
        }
    }

    Status read_array(Json& value, int depth)
    {
        value.kind = Json::Kind::array;
        step();
        skip_blanks();
        if (take(']'))
            return Unit{};
        while (true) {
            value.elements.push_back(CTR_TRY(read_value(depth + 1)));
            skip_blanks();
            if (take(']'))
                return Unit{};
            if (!take(','))
                return fault("a comma or a closing bracket is missing");
        }
    }

    Status read_text(Json& value)
    {
        value.kind = Json::Kind::text;
        step();
        while (at_ < text_.size() && peek() != '"') {
            if (static_cast<unsigned char>(peek()) < 0x20)
                return fault("a control character in a text");
            if (peek() == '\\') {
                CTR_TRY(read_escape(value.text));
                continue;
            }
            value.text += peek();
            step();
        }
        return take('"') ? Status(Unit{}) : Status(fault("a text does not end"));
    }

    Status read_escape(std::string& out)
    {
        constexpr std::string_view escapes = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        step();
        if (take('u')) {
            uint32_t point = CTR_TRY(read_unit());
            if (point >= 0xd800 && point < 0xdc00 && take('\\') && take('u')) {
                uint32_t const low = CTR_TRY(read_unit());
                if (low < 0xdc00 || low > 0xdfff)
                    return fault("half of a character");
                point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
            }
            if (point == 0 || (point >= 0xd800 && point < 0xe000))
                return fault("a character that no text may hold");
            append_utf8(out, point);
            return Unit{};
        }
        size_t const which = at_ < text_.size() ? escapes.find(peek()) : std::string_view::npos;
        if (which == std::string_view::npos)
            return fault("there is no such escape");
        out += meanings[which];
        step();
        return Unit{};
    }

    Result<uint32_t> read_unit()
    {
        uint32_t unit = 0;
        for (int i = 0; i < 4; i++) {
            constexpr std::string_view digits = "0123456789abcdef";
            char const c = peek() >= 'A' && peek() <= 'F' ? static_cast<char>(peek() + 'a' - 'A') : peek();
            size_t const digit = at_ < text_.size() ? digits.find(c) : std::string_view::npos;
            if (digit == std::string_view::npos)
                return fault("four hexadecimal digits are missing");
            unit = unit * 16 + static_cast<uint32_t>(digit);
            step();
        }
        return unit;
    }

    Status read_number(Json& value)
    {
        value.kind = Json::Kind::number;
        size_t const begin = at_;
        while (is_digit(peek()))
            step();
        std::string_view const digits = text_.substr(begin, at_ - begin);
        auto const number = parse_number(digits, UINT64_MAX);
        bool const padded = digits.size() > 1 && digits[0] == '0';
        if (!number || padded || peek() == '.' || peek() == 'e' || peek() == 'E')
            return fault("a number must be whole, from 0 to 18446744073709551615");
        value.number = *number;
        return Unit{};
    }

    Status read_word(Json& value)
    {
        for (std::string_view const word : {"true", "false", "null"}) {
            if (text_.substr(at_, word.size()) != word)
                continue;
            value.kind = word == "null" ? Json::Kind::null : Json::Kind::boolean;
            value.truth = word == "true";
            for (size_t i = 0; i < word.size(); i++)
                step();
            return Unit{};
        }
        return fault("this is no value");
    }

    std::string_view text_;
    size_t at_ = 0;
    uint32_t line_ = 1;
    uint32_t column_ = 1;
};

} // namespace

Json const* Json::find(std::string_view name) const
{
    for (auto const& [key, value] : members)
        if (key == name)
            return &value;
    return nullptr;
}

std::string place_of(uint32_t line, uint32_t column)
{
    return concat("line ", std::to_string(line), ", column ", std::to_string(column));
}

Result<Json> parse_json(std::string_view text) { return Reader(text).document(); }

} // namespace ctr
