// SPDX-License-Identifier: MIT
// ctr run: start, wait, pass the exit status on.
#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>
#include <poll.h>
#include <unistd.h>

#include "commands.h"
#include "message.h"
#include "outcome.h"
#include "signals.h"
#include "terminal.h"
#include "text.h"

namespace cli {
namespace {

struct FreeContainer {
    void operator()(ctr_container* container) const { ctr_container_free(container); }
};

using Container = std::unique_ptr<ctr_container, FreeContainer>;

// ctr-init keeps the deadline; this much later ctr_wait() is called to keep it for an init that does not.
constexpr uint64_t deadline_grace_ms = 200;

class Alarm {
public:
    explicit Alarm(Setup const& setup)
        : set_(setup.timeout_ms != 0), due_ms_(now_ms() + setup.timeout_ms + setup.kill_after_ms + deadline_grace_ms)
    {}

    // For poll(2): -1 for ever, 0 when it is due.
    int remaining_ms() const
    {
        if (!set_)
            return -1;
        uint64_t const now = now_ms();
        return now >= due_ms_ ? 0 : static_cast<int>(std::min<uint64_t>(due_ms_ - now, INT_MAX));
    }

private:
    static uint64_t now_ms()
    {
        timespec now = {};
        (void)clock_gettime(CLOCK_MONOTONIC, &now); // cannot fail for this clock
        return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
    }

    bool set_;
    uint64_t due_ms_;
};

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

// The nearer end of two waits, of which -1 has none.
int shorter(int one, int other) { return one < 0 ? other : other < 0 ? one : std::min(one, other); }

// Returns when the container has ended, or when waiting for it is better left to ctr_wait().
void forward_until_end(ctr_container* container, Signals const& signals, Alarm const& alarm, Terminal* terminal)
{
    pollfd watched[2 + Terminal::watched_count] = {
        {.fd = ctr_container_pidfd(container), .events = POLLIN, .revents = 0},
        {.fd = signals.descriptor(), .events = POLLIN, .revents = 0}};
    nfds_t const count = terminal == nullptr ? 2 : std::size(watched);
    while (watched[0].revents == 0) {
        if (terminal != nullptr)
            terminal->watch(watched + 2);
        int const patience = terminal == nullptr ? -1 : terminal->patience_ms();
        int const ready = poll(watched, count, shorter(alarm.remaining_ms(), patience));
        if (ready > 0 && watched[1].revents != 0)
            signals.forward(container);
        if (ready >= 0 && terminal != nullptr)
            terminal->serve(watched + 2);
        if (alarm.remaining_ms() == 0 || (ready < 0 && errno != EINTR))
            return;
    }
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

Result<ctr_result> wait(Setup const& setup, Container const& container)
{
    ctr_result result = CTR_RESULT_INIT;
    ctr_error* error = nullptr;
    if (ctr_wait(container.get(), -1, &result, &error) != 0)
        return retell(setup, error);
    return result;
}

Result<int> run(Setup& setup, CommandLine const& line, Outcome& outcome)
{
    CLI_TRY(describe(setup, line));
    CLI_TRY(outcome.prepare());
    if (setup.request.debug)
        print_plan(setup);
    Signals const signals = CLI_TRY(Signals::block());
    Container const container = CLI_TRY(spawn(setup, signals));
    Alarm const alarm(setup);
    if (!setup.request.quiet)
        print_notices(container.get());
    std::optional<Terminal> terminal;
    if (setup.terminal)
        terminal.emplace(container.get(), setup.interactive ? Terminal::Input::forwarded : Terminal::Input::none);
    forward_until_end(container.get(), signals, alarm, terminal ? &*terminal : nullptr);
    ctr_result const result = CLI_TRY(wait(setup, container));
    if (terminal)
        terminal->finish(signals.descriptor());
    terminal.reset(); // what is told from here on is told to a terminal as it was
    return outcome.ended(result, ctr_container_report(container.get()));
}

} // namespace

int run_main(CommandLine const& line)
{
    fill_standard_descriptors();
    ignore_broken_pipes();
    Setup setup(Purpose::run);
    Outcome outcome(setup.request);
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
