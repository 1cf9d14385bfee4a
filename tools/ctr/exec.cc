// SPDX-License-Identifier: MIT
// ctr exec: a further command in a named container; it ends with ctr.
#include "attend.h"
#include "commands.h"
#include "message.h"
#include "state.h"

namespace cli {
namespace {

Result<Container> join(Setup& setup, ctr_container* box, Signals const& signals)
{
    ctr_container* command = nullptr;
    ctr_error* error = nullptr;
    ctr_spawn_options options = CTR_SPAWN_OPTIONS_INIT;
    options.cancel_fd = signals.descriptor();
    if (ctr_exec(box, setup.config(), &options, &command, &error) == 0)
        return Container(command);
    if (ctr_error_code(error) == CTR_ERR_CANCELLED)
        Signals::unblock(); // and it ends ctr as it would any program
    return retell(setup, error);
}

Result<int> run(Setup& setup, CommandLine line, Outcome& outcome)
{
    char const* const name = *line.words++;
    if (std::string_view(*line.words) == "--")
        ++line.words;
    CLI_TRY(describe(setup, line));
    CLI_TRY(outcome.prepare());
    Container const box = CLI_TRY(open_container(setup, name, 0));
    Signals const signals = CLI_TRY(Signals::block());
    Container const command = CLI_TRY(join(setup, box.get(), signals));
    return attend(setup, command.get(), signals, outcome);
}

bool has_words(char** words)
{
    if (words[0] == nullptr || words[1] == nullptr)
        return false;
    return std::string_view(words[1]) != "--" || words[2] != nullptr;
}

} // namespace

int exec_main(CommandLine const& line)
{
    fill_standard_descriptors();
    ignore_broken_pipes();
    Setup setup(Purpose::run);
    Outcome outcome(setup.request, Outcome::Of::command);
    Status told = describe_request(setup, line);
    if (line.problem)
        return outcome.failed(*line.problem);
    if (!told)
        return outcome.failed(told.problem());
    if (!has_words(line.words))
        return outcome.failed(wrong_words("exec takes a container's name and a command", "exec"));
    Result<int> status = run(setup, line, outcome);
    return status ? status.value() : outcome.failed(status.problem());
}

} // namespace cli
