// SPDX-License-Identifier: MIT
#include "completion.h"

namespace cli {
namespace {

// The marks that end a part of a specification for _arguments.
constexpr std::string_view special = "[]:\\";

std::string action_of(Candidates const& candidates)
{
    std::string action(candidates.directories ? "_files -/" : candidates.files ? "_files" : "");
    std::string list;
    for (std::string_view const word : candidates.words)
        (list += list.empty() ? "" : " ") += word;
    if (!list.empty() && !action.empty())
        return "_alternative 'words:word:(" + list + ")' 'files:file:" + action + "'";
    return list.empty() ? action : "(" + list + ")";
}

void append_spelling(std::string& out, Option const& option, std::string const& spelling, std::string_view joint)
{
    std::string text = option.repeat == Repeat::adds ? "*" : "";
    text += spelling;
    std::string rest = "[";
    rest += first_clause(option.help);
    rest += ']';
    // Inside the brackets only these need a backslash; single_quoted() cares for the quotes.
    std::string escaped;
    for (size_t i = 0; i < rest.size(); ++i) {
        bool const edge = i == 0 || i + 1 == rest.size();
        if (!edge && special.find(rest[i]) != std::string_view::npos)
            escaped += '\\';
        escaped += rest[i];
    }
    if (!option.value.empty()) {
        text += joint;
        text += escaped + ":";
        for (char const letter : option.value)
            (text += letter == ':' ? "\\" : "") += letter;
        text += ":" + action_of(candidates_of(option));
    } else {
        text += escaped;
    }
    (out += " \\\n            ") += single_quoted(text);
}

std::string argument_specification(Command const& command)
{
    std::string const names =
        "'" + std::string(takes_command(command) ? "1" : "*") + ":container:" + function_name() + "_names'";
    if (takes_command(command))
        return (takes_names(command) ? names + " " : std::string()) + "'*::command:_normal'";
    if (takes_names(command))
        return names;
    if (takes_command_names(command))
        return "'1:command:" + function_name() + "_commands'";
    return command.arguments == "SHELL" ? "'1:shell:(bash zsh fish)'" : "";
}

void append_command(std::string& out, Command const& command)
{
    ((out += "        ") += command.name) += ") _arguments -s -S";
    for (Option const& option : command.options()) {
        if (option.short_name != '\0')
            append_spelling(out, option, std::string{'-', option.short_name}, "+");
        for (std::string_view const name : {option.name, option.alias})
            if (!name.empty())
                append_spelling(out, option, "--" + std::string(name), "=");
    }
    (out += " \\\n            ") += argument_specification(command);
    out += " ;;\n";
}

} // namespace

std::string zsh_completion()
{
    std::string const name(program_name);
    std::string out =
        "#compdef " + name + "\n# Completion of " + name + " for zsh, made by `" + name + " completion zsh`.\n";
    out += function_name() + "_names() {\n    local -a names\n    names=(${(f)\"$(" + name +
           " ps -aq 2>/dev/null)\"})\n    compadd -a names\n}\n";
    out += function_name() + "_commands() {\n    local -a commands\n    commands=(\n";
    for (Command const& command : all_commands())
        out += "        " +
               single_quoted(std::string(command.name) + ":" + std::string(first_clause(command.summary))) + "\n";
    out += "    )\n    _describe command commands\n}\n" + function_name() +
           "() {\n    if ((CURRENT == 2)); then\n        " + function_name() +
           "_commands\n        return\n    fi\n    local command=$words[2]\n    shift words\n    ((CURRENT--))\n    "
           "case $command in\n";
    for (Command const& command : all_commands())
        append_command(out, command);
    out += "    esac\n}\nif [ \"$funcstack[1]\" = " + function_name() + " ]; then " + function_name() +
           " \"$@\"; else compdef " + function_name() + " " + name + "; fi\n";
    return out;
}

} // namespace cli
