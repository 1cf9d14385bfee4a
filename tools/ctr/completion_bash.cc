// SPDX-License-Identifier: MIT
#include "completion.h"

namespace cli {
namespace {

// The words are split anew, because bash takes a path behind "=" or ":" for words of its own.
constexpr std::string_view opening = R"(() {
    local line=${COMP_LINE:0:COMP_POINT} word words current piece command waiting="" ended="" options="" valued=""
    local -i plain=0
    read -ra words <<<"$line"
    current=""
    if [[ $line != *[[:space:]] ]]; then
        current=${words[${#words[@]}-1]}
        unset "words[$((${#words[@]} - 1))]"
    fi
    piece=${current##*[=:]}
    command=${words[1]:-}
    COMPREPLY=()
)";

constexpr std::string_view middle = R"(    for word in "${words[@]:2}"; do
        if [[ -n $waiting ]]; then
            waiting=""
        elif [[ $word == -- ]]; then
            ended=1
        elif [[ $word == -* && -z $ended && $plain -eq 0 ]]; then
            if [[ $valued == *" $word "* ]]; then waiting=$word; fi
        else
            plain+=1
        fi
    done
    if [[ -z $waiting && -z $ended && $plain -eq 0 && $current == --*=* ]]; then waiting=${current%%=*}; fi
    if [[ -z $waiting && -z $ended && $plain -eq 0 && $current == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$current"))
        return
    fi
    case $command$waiting in
)";

constexpr std::string_view files = "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$piece\"))";
constexpr std::string_view directories = "compopt -o filenames; COMPREPLY=($(compgen -d -- \"$piece\"))";

std::string words_of(std::string_view list)
{
    return "COMPREPLY+=($(compgen -W \"" + std::string(list) + "\" -- \"$piece\"))";
}

void append_spellings(std::string& out, Option const& option, std::string_view before, std::string_view behind)
{
    if (option.short_name != '\0')
        ((out += before) += std::string{'-', option.short_name}) += behind;
    for (std::string_view const name : {option.name, option.alias})
        if (!name.empty())
            (((out += before) += "--") += name) += behind;
}

// run) options="..." valued=" ... " ;;
void append_options(std::string& out, Command const& command)
{
    std::string all;
    std::string valued = " ";
    for (Option const& option : command.options()) {
        append_spellings(all, option, "", " ");
        if (!option.value.empty())
            append_spellings(valued, option, "", " ");
    }
    (out += "    ") += command.name;
    ((out += ") options=\"") += all) += "\" valued=\"";
    (out += valued) += "\" ;;\n";
}

std::string action_of(Candidates const& candidates)
{
    std::string action(candidates.directories ? directories : candidates.files ? files : "");
    std::string list;
    for (std::string_view const word : candidates.words)
        (list += list.empty() ? "" : " ") += word;
    if (!list.empty())
        (action += action.empty() ? "" : "; ") += words_of(list);
    return action;
}

// run--rootfs) ... ;;
void append_values(std::string& out, Command const& command)
{
    for (Option const& option : command.options()) {
        if (option.value.empty())
            continue;
        std::string patterns;
        append_spellings(patterns, option, std::string(command.name), "|");
        patterns.pop_back();
        (((out += "    ") += patterns) += ") ") += action_of(candidates_of(option));
        out += " ;;\n";
    }
}

std::string command_names()
{
    std::string names;
    for (Command const& command : all_commands())
        (names += names.empty() ? "" : " ") += command.name;
    return names;
}

// What stands behind the options.
void append_arguments(std::string& out, Command const& command)
{
    std::string const names = words_of("$(" + std::string(program_name) + " ps -aq 2>/dev/null)");
    std::string action;
    if (takes_command(command)) {
        std::string const first = takes_names(command) ? "1" : "0";
        action = "if ((plain == " + first + ")); then COMPREPLY=($(compgen -c -- \"$current\")); ";
        action += "elif ((plain > " + first + ")); then " + std::string(files);
        action += takes_names(command) ? "; else " + names + "; fi" : "; fi";
    } else if (takes_names(command)) {
        action = names;
    } else if (takes_command_names(command)) {
        action = words_of(command_names());
    } else if (command.arguments == "SHELL") {
        action = words_of("bash zsh fish");
    }
    ((out += "    ") += command.name) += ") ";
    (out += action) += " ;;\n";
}

} // namespace

std::string bash_completion()
{
    std::string const name(program_name);
    std::string out =
        "# Completion of " + name + " for bash, made by `" + name + " completion bash`.\n" + function_name();
    out += opening;
    out += "    if [[ ${#words[@]} -lt 2 ]]; then\n        COMPREPLY=($(compgen -W \"" + command_names() +
           " --help --version\" -- \"$current\"))\n        return\n    fi\n    case $command in\n";
    for (Command const& command : all_commands())
        append_options(out, command);
    out += "    esac\n";
    out += middle;
    for (Command const& command : all_commands()) {
        append_values(out, command);
        append_arguments(out, command);
    }
    return out += "    esac\n}\ncomplete -F " + function_name() + " " + name + "\n";
}

} // namespace cli
