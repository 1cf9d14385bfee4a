// SPDX-License-Identifier: MIT
// Help, made from the tables of commands and options.
#include <algorithm>

#include "commands.h"
#include "message.h"

namespace cli {
namespace {

constexpr size_t line_width = 80;
constexpr size_t summary_column = 30;
constexpr size_t command_column = 12;

// Appends words, broken into lines of which the first starts at @column and the others are indented by it.
void append_wrapped(std::string& out, std::string_view text, size_t column)
{
    size_t used = column;
    while (!text.empty()) {
        size_t const end = std::min(text.find(' '), text.size());
        if (used > column && used + 1 + end > line_width) {
            out += '\n';
            out.append(column, ' ');
            used = column;
        }
        if (used > column) {
            out += ' ';
            ++used;
        }
        out += text.substr(0, end);
        used += end;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    out += '\n';
}

// Appends a row of two columns; a left side that is too wide stands on a line of its own.
void append_row(std::string& out, std::string const& left, std::string_view right, size_t column)
{
    out += left;
    if (left.size() + 1 < column) {
        out.append(column - left.size(), ' ');
    } else {
        out += '\n';
        out.append(column, ' ');
    }
    append_wrapped(out, right, column);
}

std::string option_form(Option const& option)
{
    std::string form = "  ";
    if (option.short_name != '\0') {
        form += '-';
        form += option.short_name;
        form += ", ";
    } else {
        form += "    ";
    }
    form += "--";
    form += option.name;
    if (!option.value.empty()) {
        form += ' ';
        form += option.value;
    }
    return form;
}

void append_group(std::string& out, std::span<Option const> options, Group group, std::string_view title)
{
    bool titled = false;
    for (Option const& option : options) {
        if (option.group != group)
            continue;
        if (!titled)
            ((out += '\n') += title) += ":\n";
        titled = true;
        append_row(out, option_form(option), option.help, summary_column);
    }
}

std::string command_form(Command const& command)
{
    std::string form(program_name);
    (form += ' ') += command.name;
    if (!command.arguments.empty())
        (form += ' ') += command.arguments;
    return form;
}

} // namespace

std::string overview_text()
{
    std::string const name(program_name);
    std::string out = name + ": run any program in a safe, isolated, rootless container\n\n";
    out += "usage: " + name + " COMMAND [options] [arguments]\n\nCommands:\n";
    for (Command const& command : all_commands())
        append_row(out, "  " + std::string(command.name), command.summary, command_column);
    out += "\nThe first container, on this machine's own files, read-only:\n\n  ";
    out += name + " run -- sh -c 'id; ls /'\n\n";
    out += "\"" + name + " help run\" lists all options.\n";
    return out;
}

std::string help_text(Command const& command)
{
    std::string out = "usage: " + command_form(command) + "\n\n";
    append_wrapped(out, command.summary, 0);
    for (auto const& [group, title] : group_titles)
        append_group(out, command.options(), group, title);
    return out;
}

int help_main(CommandLine const& line)
{
    if (line.problem)
        return complain(*line.problem);
    if (line.words[0] == nullptr)
        return print_data(overview_text());
    Command const* const command = find_command(line.words[0]);
    if (command == nullptr)
        return complain(unknown_command(line.words[0]));
    if (line.words[1] != nullptr)
        return complain(wrong_words("help is given for one command at a time", ""));
    return print_data(help_text(*command));
}

} // namespace cli
