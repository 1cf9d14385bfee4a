// SPDX-License-Identifier: MIT
// ctr run: start, wait, pass the exit status on.
#include <cstdlib>
#include <unistd.h>

#include "attend.h"
#include "commands.h"
#include "container.h"
#include "message.h"
#include "outcome.h"
#include "signals.h"
#include "text.h"

namespace cli {
namespace {

void print_plan(Setup& setup)
{
    char* text = nullptr;
    // ctr_spawn() fails for the same reason and is heard.
    if (ctr_explain_text(setup.config(), &text, nullptr) != 0)
        return;
    std::string out;
    append_printable(out, text, Newlines::kept);
    (void)write_all(STDERR_FILENO, out); // the plan is for reading only
    free(text);
}

void print_notices(ctr_container const* container)
{
    for (uint32_t index = 0; char const* const notice = ctr_container_notice(container, index); ++index)
        print_note(notice);
}

// A signal while the container is being set up is meant for ctr itself.
Result<Container> spawn(Setup& setup, Signals const& signals)
{
    ctr_container* container = nullptr;
    ctr_error* error = nullptr;
    ctr_spawn_options options = CTR_SPAWN_OPTIONS_INIT;
    options.cancel_fd = signals.descriptor();
    if (ctr_spawn_with(setup.config(), &options, &container, &error) == 0)
        return Container(container);
    if (ctr_error_code(error) == CTR_ERR_CANCELLED)
        Signals::unblock(); // and it ends ctr as it would any program
    return retell(setup, error);
}

Result<int> detach(Setup const& setup, ctr_container* container)
{
    (void)ctr_container_detach(container); // fails for no container only
    return print_data(setup.name + '\n');
}

Result<int> run(Setup& setup, CommandLine const& line, Outcome& outcome)
{
    CLI_TRY(describe(setup, line));
    CLI_TRY(outcome.prepare());
    if (setup.request.debug)
        print_plan(setup);
    Signals const signals = CLI_TRY(Signals::block());
    Container const container = CLI_TRY(spawn(setup, signals));
    if (!setup.request.quiet)
        print_notices(container.get());
    return setup.detach ? detach(setup, container.get()) : attend(setup, container.get(), signals, outcome);
}

} // namespace

int run_main(CommandLine const& line)
{
    fill_standard_descriptors();
    ignore_broken_pipes();
    Setup setup(Purpose::run);
    Outcome outcome(setup.request, Outcome::Of::container);
    Status told = describe_request(setup, line);
    if (line.problem)
        return outcome.failed(*line.problem);
    if (!told)
        return outcome.failed(told.problem());
    if (line.words[0] == nullptr)
        return outcome.failed(wrong_words("no command to run was given", "run"));
    Result<int> status = run(setup, line, outcome);
    return status ? status.value() : outcome.failed(status.problem());
}

} // namespace cli
