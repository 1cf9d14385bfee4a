// SPDX-License-Identifier: MIT
// ctr: dispatches to its commands.
#include <algorithm>
#include <fcntl.h>
#include <new>
#include <unistd.h>

#include "commands.h"
#include "message.h"
#include "selftest.h"
#include "suggest.h"
#include "text.h"

namespace cli {
namespace {

constexpr Command commands[] = {
    {"run", "[options] [--] COMMAND [ARG...]", "start a container, wait, pass its exit status on", run_options,
     run_main},
    {"exec", "[options] NAME [--] COMMAND [ARG...]", "run a further command in a running container", exec_options,
     exec_main},
    {"ps", "[options]", "list named containers", ps_options, ps_main},
    {"inspect", "[options] NAME...", "print what is known of containers, as JSON", named_options, inspect_main},
    {"logs", "[options] NAME", "print what a detached container has written", logs_options, logs_main},
    {"kill", "[options] NAME...", "send a signal to the command of containers", kill_options, kill_main},
    {"stop", "[options] NAME...", "end containers: SIGTERM first, then everything", stop_options, stop_main},
    {"pause", "[options] NAME...", "stop every process of containers, for a while", named_options, pause_main},
    {"resume", "[options] NAME...", "let them go on", named_options, resume_main},
    {"wait", "[options] NAME...", "wait for the end of containers, and print their exit status", wait_options,
     wait_main},
    {"rm", "[options] NAME...", "free the names of containers that have ended", rm_options, rm_main},
    {"explain", "[options] [--] COMMAND [ARG...]", "print the plan of such a run, and run nothing", run_options,
     explain_main},
    {"completion", "SHELL", "print what makes a shell complete command lines: bash, zsh or fish", plain_options,
     completion_main},
    {"selftest", "[options of run]", "try to get out of a container with these options, and print what held",
     run_options, selftest_main},
    {"version", "", "print the version", plain_options, version_main},
    {"help", "[COMMAND]", "print this, or help for a command", plain_options, help_main},
};

constexpr Option global_table[] = {
    {.short_name = 'h', .group = Group::outcome, .name = "help", .help = "print this help"},
    {.short_name = 'V', .group = Group::outcome, .name = "version", .help = "print the version"},
};

int dispatch(char** words)
{
    Command const* const command = find_command(words[0]);
    if (command == nullptr)
        return complain(unknown_command(words[0]));
    CommandLine const line = parse(command->options(), words + 1, command->name);
    return line.help ? print_data(help_text(*command)) : command->main(line);
}

// An option in front of the command: one of ctr's own, or one of a command's, misplaced.
int global_option(char* word)
{
    std::string_view const text = word;
    if (text == "--version" || text == "-V") {
        char* no_words[] = {nullptr};
        return version_main({.uses = {}, .words = no_words});
    }
    char* alone[] = {word, nullptr};
    CommandLine line = parse(global_table, alone, "");
    if (!line.problem)
        return line.help ? print_data(overview_text()) : complain(unknown_command(text));
    Problem& problem = *line.problem;
    std::string_view const name = text.substr(std::min(text.find_first_not_of('-'), text.size()));
    if (find_option(run_options(), name.substr(0, name.find('='))) != nullptr)
        problem.hint = "options stand behind the command: " + quoted(std::string(program_name) + " run " + word);
    return complain(problem);
}

} // namespace

std::span<Command const> all_commands() { return commands; }

Command const* find_command(std::string_view name)
{
    for (Command const& command : commands)
        if (command.name == name)
            return &command;
    return nullptr;
}

Problem unknown_command(std::string_view name)
{
    Nearest nearest(name);
    for (Command const& command : commands)
        nearest.consider(command.name);
    std::string hint = quoted(std::string(program_name) + " help") + " lists the commands";
    if (!nearest.found().empty())
        hint = "did you mean " + quoted(std::string(program_name) + ' ' + std::string(nearest.found())) + "?";
    return {.status = exit_usage,
            .step = "command",
            .subject = std::string(name),
            .message = "unknown command " + quoted(name),
            .hint = std::move(hint)};
}

Problem wrong_words(std::string message, std::string_view command)
{
    std::string usage = std::string(program_name) + " help";
    if (!command.empty())
        (usage += ' ') += command;
    return {
        .status = exit_usage, .step = "command", .message = std::move(message), .hint = quoted(usage) + " tells more"};
}

void fill_standard_descriptors()
{
    for (int number = STDIN_FILENO; number <= STDERR_FILENO; ++number)
        if (fcntl(number, F_GETFD) < 0)
            (void)open("/dev/null", O_RDWR); // takes the lowest free number, which is this one
}

int version_main(CommandLine const& line)
{
    if (line.problem)
        return complain(*line.problem);
    if (line.words[0] != nullptr)
        return complain(wrong_words("version takes no arguments", "version"));
    std::string out(program_name);
    out += " " CTR_VERSION " (libctr ";
    out += ctr_version();
    return print_data(out += ")\n");
}

// The command has no exceptions, and nothing to give back.
[[noreturn]] void out_of_memory()
{
    constexpr std::string_view message = CTR_CLI_NAME ": memory: memory ran out\n";
    (void)!write(STDERR_FILENO, message.data(), message.size()); // nobody is left to tell
    _exit(exit_not_started);
}

} // namespace cli

int main(int, char** arguments)
{
    std::set_new_handler(cli::out_of_memory);
    if (arguments[0] != nullptr && std::string_view(arguments[0]) == CTR_SELFTEST_NAME)
        return cli::attempt_everything();
    char** const words = arguments[0] == nullptr ? arguments : arguments + 1;
    if (words[0] == nullptr) {
        (void)cli::write_all(STDERR_FILENO, cli::overview_text()); // nobody is left to tell
        return cli::exit_usage;
    }
    return words[0][0] == '-' && words[0][1] != '\0' ? cli::global_option(words[0]) : cli::dispatch(words);
}
