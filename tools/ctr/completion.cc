// SPDX-License-Identifier: MIT
// ctr completion: scripts for shells, made from the tables of commands and options.
#include "completion.h"

#include <algorithm>

#include "message.h"
#include "text.h"
#include "values.h"

namespace cli {
namespace {

struct Shell {
    std::string_view name;
    std::string (*script)();
};

constexpr Shell shells[] = {{"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}};

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool is_literal(std::string_view word)
{
    auto const is_small = [](char letter) { return letter >= 'a' && letter <= 'z'; };
    return !word.empty() && std::all_of(word.begin(), word.end(), is_small);
}

} // namespace

Candidates candidates_of(Option const& option)
{
    Candidates candidates;
    candidates.directories = option.value.substr(0, 3) == "DIR";
    candidates.files = has(option.value, "PATH") || has(option.value, "FILE") || option.value.substr(0, 3) == "SRC";
    Parts parts(option.value, '|');
    while (std::optional<std::string_view> const part = parts.next())
        if (is_literal(*part))
            candidates.words.push_back(*part);
    return candidates;
}

bool takes_names(Command const& command) { return has(command.arguments, "NAME"); }

bool takes_command(Command const& command) { return has(command.arguments, "COMMAND [ARG"); }

bool takes_command_names(Command const& command) { return command.arguments == "[COMMAND]"; }

std::string_view first_clause(std::string_view help)
{
    size_t end = help.size();
    for (std::string_view const mark : {";", ": ", " (", ","})
        end = std::min(end, help.find(mark));
    return help.substr(0, end);
}

std::string single_quoted(std::string_view text, std::string_view special)
{
    std::string out = "'";
    for (char const letter : text) {
        if (special.find(letter) != std::string_view::npos)
            out += '\\';
        if (letter == '\'')
            out += "'\\''";
        else
            out += letter;
    }
    return out += '\'';
}

std::string function_name()
{
    std::string name = "_" + std::string(program_name);
    std::replace_if(
        name.begin(), name.end(), [](char letter) { return letter == '-' || letter == '.' || letter == '+'; }, '_');
    return name;
}

int completion_main(CommandLine const& line)
{
    if (line.problem)
        return complain(*line.problem);
    if (line.words[0] == nullptr || line.words[1] != nullptr)
        return complain(wrong_words("completion is given for one shell: bash, zsh or fish", "completion"));
    for (Shell const& shell : shells)
        if (shell.name == line.words[0])
            return print_data(shell.script());
    return complain(
        wrong_words(quoted(line.words[0]) + " is not a shell that ctr knows: bash, zsh or fish", "completion"));
}

} // namespace cli
