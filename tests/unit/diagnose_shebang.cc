// SPDX-License-Identifier: MIT
#include "diagnose/elf.h"

#include <gtest/gtest.h>

using ctr::diagnose::parse_shebang;

namespace {

std::string interpreter(std::string_view start) { return parse_shebang(start).value().interpreter; }

} // namespace

TEST(shebang, a_file_that_does_not_begin_with_it_has_none)
{
    for (char const* start : {"", "#", "!", " #!/bin/sh\n", "\n#!/bin/sh\n", "# !/bin/sh\n", "\xef\xbb\xbf#!/bin/sh\n"})
        EXPECT_FALSE(parse_shebang(start)) << start;
}

TEST(shebang, the_interpreter_stands_after_it)
{
    EXPECT_EQ(interpreter("#!/bin/sh\necho\n"), "/bin/sh");
    EXPECT_EQ(interpreter("#!/bin/sh"), "/bin/sh");
    EXPECT_EQ(interpreter("#! \t /bin/sh\n"), "/bin/sh");
    EXPECT_EQ(interpreter("#!sh\n"), "sh");
}

TEST(shebang, arguments_are_not_part_of_the_interpreter)
{
    EXPECT_EQ(interpreter("#!/bin/sh -e\n"), "/bin/sh");
    EXPECT_EQ(interpreter("#!/usr/bin/env\tpython3\n"), "/usr/bin/env");
    EXPECT_EQ(interpreter("#!/bin/sh  \n"), "/bin/sh");
}

TEST(shebang, an_empty_line_names_none)
{
    EXPECT_EQ(interpreter("#!"), "");
    EXPECT_EQ(interpreter("#!\n"), "");
    EXPECT_EQ(interpreter("#! \t \n/bin/sh\n"), "");
}

TEST(shebang, a_carriage_return_is_noticed_and_part_of_the_name_as_for_the_kernel)
{
    auto const dos = parse_shebang("#!/bin/sh\r\necho\r\n");
    EXPECT_TRUE(dos->carriage_return);
    EXPECT_EQ(dos->interpreter, "/bin/sh\r");
    auto const argument = parse_shebang("#!/bin/sh -e\r\n");
    EXPECT_TRUE(argument->carriage_return);
    EXPECT_EQ(argument->interpreter, "/bin/sh");
    EXPECT_FALSE(parse_shebang("#!/bin/sh\necho\r\n")->carriage_return);
}

TEST(shebang, a_name_may_end_at_byte_255_and_not_later)
{
    std::string const longest(253, 'x'); // after the two bytes of "#!"
    EXPECT_FALSE(parse_shebang("#!" + longest + "\n")->too_long);
    EXPECT_TRUE(parse_shebang("#!" + longest + "x\n")->too_long);
    EXPECT_TRUE(parse_shebang("#! " + longest + "\n")->too_long);
}

TEST(shebang, long_arguments_are_cut_by_the_kernel_and_no_fault)
{
    auto const shebang = parse_shebang("#!/bin/sh " + std::string(1000, 'x') + "\n");
    EXPECT_FALSE(shebang->too_long);
    EXPECT_EQ(shebang->interpreter, "/bin/sh");
}

TEST(shebang, a_line_without_an_end_is_survived)
{
    std::string const endless = "#!" + std::string(65536, '/');
    EXPECT_TRUE(parse_shebang(endless)->too_long);
    EXPECT_EQ(interpreter("#!" + std::string(65536, ' ')), "");
}
