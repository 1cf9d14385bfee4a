// SPDX-License-Identifier: MIT
// The table of commands.
#pragma once

#include <span>
#include <string_view>

#include "parse.h"

namespace cli {

struct Command {
    std::string_view name;
    std::string_view arguments;
    std::string_view summary;
    std::span<Option const> (*options)();
    int (*main)(CommandLine const& line);
};

int run_main(CommandLine const& line);
int exec_main(CommandLine const& line);
int ps_main(CommandLine const& line);
int inspect_main(CommandLine const& line);
int logs_main(CommandLine const& line);
int kill_main(CommandLine const& line);
int stop_main(CommandLine const& line);
int pause_main(CommandLine const& line);
int resume_main(CommandLine const& line);
int wait_main(CommandLine const& line);
int rm_main(CommandLine const& line);
int explain_main(CommandLine const& line);
int completion_main(CommandLine const& line);
int selftest_main(CommandLine const& line);
int version_main(CommandLine const& line);
int help_main(CommandLine const& line);

std::span<Command const> all_commands();
Command const* find_command(std::string_view name);

// Complains about an unknown command and suggests a known one.
Problem unknown_command(std::string_view name);

// Complains about missing or superfluous words.
Problem wrong_words(std::string message, std::string_view command);

// Opens /dev/null in the place of standard input, output or error where the caller closed it, so that no file
// that ctr opens can be taken for one of them.
void fill_standard_descriptors();

std::string overview_text();
std::string help_text(Command const& command);

} // namespace cli
