// SPDX-License-Identifier: MIT
#include "base/text.h"

#include <gtest/gtest.h>

using namespace ctr;

namespace {

std::string json(std::string_view text)
{
    std::string out;
    append_json_string(out, text);
    return out;
}

} // namespace

TEST(quoting, text_stands_between_double_quotes)
{
    EXPECT_EQ(quoted("/srv/data"), "\"/srv/data\"");
    EXPECT_EQ(quoted(""), "\"\"");
}

TEST(quoting, control_bytes_are_spelled_out_so_that_a_terminal_stays_sane)
{
    EXPECT_EQ(quoted("a\nb"), "\"a\\x0ab\"");
    EXPECT_EQ(quoted("\x1b[2J"), "\"\\x1b[2J\"");
    EXPECT_EQ(quoted(std::string_view("a\0b", 3)), "\"a\\x00b\"");
    EXPECT_EQ(quoted("\x7f"), "\"\\x7f\"");
}

TEST(quoting, quotes_and_backslashes_of_the_text_are_escaped_so_that_its_end_is_seen)
{
    EXPECT_EQ(quoted("a\" b\\"), "\"a\\\" b\\\\\"");
}

TEST(quoting, controls_beyond_ascii_and_broken_utf8_are_spelled_out)
{
    EXPECT_EQ(quoted("\xc2\x9b"
                     "2J"),
              "\"\\xc2\\x9b2J\""); // CSI as one character
    EXPECT_EQ(quoted("\x9b"), "\"\\x9b\"");
    EXPECT_EQ(quoted("\xff\xc3"), "\"\\xff\\xc3\"");
    EXPECT_EQ(quoted("\xc2\xa0"), "\"\xc2\xa0\""); // the first that is no control
}

TEST(quoting, bytes_of_other_languages_stay) { EXPECT_EQ(quoted("grün"), "\"grün\""); }

TEST(concatenation, parts_of_several_types_follow_each_other)
{
    EXPECT_EQ(concat("a", std::string("b"), std::string_view("c")), "abc");
    EXPECT_EQ(concat(), "");
}

TEST(numbers, a_whole_decimal_number_is_read)
{
    EXPECT_EQ(parse_number("0", 10), 0U);
    EXPECT_EQ(parse_number("10", 10), 10U);
    EXPECT_EQ(parse_number("18446744073709551615", UINT64_MAX), UINT64_MAX);
}

TEST(numbers, a_number_above_the_limit_is_none)
{
    EXPECT_FALSE(parse_number("11", 10));
    EXPECT_FALSE(parse_number("4294967296", UINT32_MAX));
    EXPECT_FALSE(parse_number("18446744073709551616", UINT64_MAX));
    EXPECT_FALSE(parse_number("99999999999999999999999999", UINT64_MAX));
}

TEST(numbers, signs_spaces_bases_and_trailing_text_are_refused)
{
    for (char const* text : {"", "+1", "-1", "-0", " 1", "1 ", "1\n", "0x1", "1e3", "1.0", "1_000", "one", "１"})
        EXPECT_FALSE(parse_number(text, UINT64_MAX)) << text;
    EXPECT_FALSE(parse_number(std::string_view("1\0", 2), UINT64_MAX));
}

TEST(numbers, leading_zeros_do_not_mean_octal) { EXPECT_EQ(parse_number("010", 100), 10U); }

TEST(splitting, every_separator_ends_a_part)
{
    using Parts = std::vector<std::string_view>;
    EXPECT_EQ(split("a:b", ':'), (Parts{"a", "b"}));
    EXPECT_EQ(split("", ':'), (Parts{""}));
    EXPECT_EQ(split(":", ':'), (Parts{"", ""}));
    EXPECT_EQ(split("a::b:", ':'), (Parts{"a", "", "b", ""}));
}

TEST(paths, a_path_is_below_itself_and_below_its_parents_only)
{
    EXPECT_TRUE(starts_with_path("/a", "/a"));
    EXPECT_TRUE(starts_with_path("/a/b", "/a"));
    EXPECT_TRUE(starts_with_path("/a", "/"));
    EXPECT_TRUE(starts_with_path("/", "/"));
    EXPECT_FALSE(starts_with_path("/ab", "/a"));
    EXPECT_FALSE(starts_with_path("/", "/a"));
    EXPECT_FALSE(starts_with_path("/a", "/a/b"));
}

TEST(json_strings, quotes_and_backslashes_are_escaped)
{
    EXPECT_EQ(json("say \"a\\b\""), "\"say \\\"a\\\\b\\\"\"");
    EXPECT_EQ(json(""), "\"\"");
}

TEST(json_strings, control_bytes_are_escaped_by_number)
{
    EXPECT_EQ(json("\t\n\x01\x7f"), "\"\\u0009\\u000a\\u0001\\u007f\"");
    EXPECT_EQ(json("\xc2\x80"
                   "\xc2\x9b"
                   "m\xc2\xa0"),
              "\"\\u0080\\u009bm\xc2\xa0\"");
}

TEST(json_strings, valid_utf8_of_every_length_stays)
{
    EXPECT_EQ(json("ä€😀"), "\"ä€😀\"");
    EXPECT_EQ(json("\xf4\x8f\xbf\xbf"), "\"\xf4\x8f\xbf\xbf\""); // U+10FFFF, the last one
    EXPECT_EQ(json("\xed\x9f\xbf"), "\"\xed\x9f\xbf\"");         // U+D7FF, the last before the surrogates
}

TEST(json_strings, each_byte_that_is_no_utf8_becomes_the_replacement_character)
{
    EXPECT_EQ(json("a\xff"), "\"a\\ufffd\"");
    EXPECT_EQ(json("\x80z"), "\"\\ufffdz\"");          // a tail without a head
    EXPECT_EQ(json("\xc3"), "\"\\ufffd\"");            // a head without a tail
    EXPECT_EQ(json("\xc3("), "\"\\ufffd(\"");          // and with a wrong one
    EXPECT_EQ(json("\xe2\x82"), "\"\\ufffd\\ufffd\""); // cut off in the middle
    EXPECT_EQ(json("\xf0\x9f\x98"), "\"\\ufffd\\ufffd\\ufffd\"");
}

TEST(json_strings, overlong_forms_surrogates_and_numbers_past_the_end_are_no_utf8)
{
    EXPECT_EQ(json("\xc0\xaf"), "\"\\ufffd\\ufffd\"");                       // "/" in two bytes
    EXPECT_EQ(json("\xe0\x80\xaf"), "\"\\ufffd\\ufffd\\ufffd\"");            // in three
    EXPECT_EQ(json("\xf0\x80\x80\xaf"), "\"\\ufffd\\ufffd\\ufffd\\ufffd\""); // in four
    EXPECT_EQ(json("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"");            // U+D800
    EXPECT_EQ(json("\xf4\x90\x80\x80"), "\"\\ufffd\\ufffd\\ufffd\\ufffd\""); // U+110000
    EXPECT_EQ(json("\xf5\x80\x80\x80"), "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
}
