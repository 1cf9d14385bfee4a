// SPDX-License-Identifier: MIT
// What the completions of all shells are made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "commands.h"

namespace cli {

// What the value of an option is completed with.
struct Candidates {
    std::vector<std::string_view> words = {};
    bool files = false;
    bool directories = false;
};

// By the form of the value, as help shows it: "fresh|host|none", "DIR", "null|PATH".
Candidates candidates_of(Option const& option);

// What the words behind a command's options are, by the form that help shows.
bool takes_names(Command const& command);         // of containers
bool takes_command(Command const& command);       // to be run
bool takes_command_names(Command const& command); // of ctr itself

// The beginning of a help text, for where there is little room.
std::string_view first_clause(std::string_view help);

// The text in single quotes, for every shell; with a backslash before each of @special.
std::string single_quoted(std::string_view text, std::string_view special = {});

// The name of the program as part of a function's name.
std::string function_name();

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

} // namespace cli
