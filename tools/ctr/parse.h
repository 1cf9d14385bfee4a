// SPDX-License-Identifier: MIT
// From words to uses of options.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "options.h"

namespace cli {

struct CommandLine {
    std::vector<Use> uses;
    char** words = nullptr;              // what follows the options; ends with nullptr
    std::optional<Problem> problem = {}; // uses holds what came before it
    bool itself = false;                 // the command is this program, whatever its first word
    bool help = false;                   // asked for; uses holds what came before it
};

// Parses @words (ending with nullptr): options end at the first word that is none, or behind "--".
CommandLine parse(std::span<Option const> options, char** words, std::string_view command);

// Returns the option with this long name or alias, or nullptr.
Option const* find_option(std::span<Option const> options, std::string_view name);

} // namespace cli
