// SPDX-License-Identifier: MIT
#include "completion.h"

namespace cli {
namespace {

// fish knows a backslash inside single quotes.
std::string quoted_for_fish(std::string_view text)
{
    std::string out = "'";
    for (char const letter : text) {
        if (letter == '\'' || letter == '\\')
            out += '\\';
        out += letter;
    }
    return out += '\'';
}

std::string action_of(Option const& option)
{
    if (option.value.empty())
        return "";
    Candidates const candidates = candidates_of(option);
    std::string list;
    for (std::string_view const word : candidates.words)
        (list += list.empty() ? "" : " ") += word;
    if (candidates.directories)
        list += list.empty() ? "(__fish_complete_directories)" : " (__fish_complete_directories)";
    std::string action = candidates.files ? " -r -F" : " -x";
    return list.empty() ? action : action + " -a " + quoted_for_fish(list);
}

std::string line_for(std::string const& condition)
{
    return "complete -c " + std::string(program_name) + " -n " + quoted_for_fish(condition);
}

std::string within(Command const& command) { return "__fish_seen_subcommand_from " + std::string(command.name); }

void append_option(std::string& out, Command const& command, Option const& option)
{
    for (std::string_view const name : {option.name, option.alias}) {
        if (name.empty())
            continue;
        out += line_for(within(command));
        if (option.short_name != '\0' && name == option.name)
            out += std::string(" -s ") + option.short_name;
        (out += " -l ") += name;
        out += action_of(option);
        out += " -d " + quoted_for_fish(first_clause(option.help)) + "\n";
    }
}

void append_arguments(std::string& out, Command const& command)
{
    std::string candidates;
    if (takes_names(command))
        candidates = "(" + std::string(program_name) + " ps -aq 2>/dev/null)";
    else if (takes_command(command))
        candidates = "(__fish_complete_subcommand)";
    else if (command.arguments == "SHELL")
        candidates = "bash zsh fish";
    if (takes_command_names(command))
        for (Command const& other : all_commands())
            (candidates += candidates.empty() ? "" : " ") += other.name;
    if (!candidates.empty())
        out += line_for(within(command)) + " -a " + quoted_for_fish(candidates) + "\n";
}

} // namespace

std::string fish_completion()
{
    std::string const name(program_name);
    std::string out = "# Completion of " + name + " for fish, made by `" + name + " completion fish`.\n";
    out += "complete -c " + name + " -f\n";
    for (Command const& command : all_commands()) {
        out += line_for("__fish_use_subcommand") + " -a " + std::string(command.name) + " -d " +
               quoted_for_fish(first_clause(command.summary)) + "\n";
        for (Option const& option : command.options())
            append_option(out, command, option);
        append_arguments(out, command);
    }
    return out;
}

} // namespace cli
