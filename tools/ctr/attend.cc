// SPDX-License-Identifier: MIT
#include "attend.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>
#include <iterator>
#include <optional>
#include <poll.h>

#include "terminal.h"

namespace cli {
namespace {

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

Result<ctr_result> wait(Setup const& setup, ctr_container* container)
{
    ctr_result result = CTR_RESULT_INIT;
    ctr_error* error = nullptr;
    if (ctr_wait(container, -1, &result, &error) != 0)
        return retell(setup, error);
    return result;
}

} // namespace

Result<int> attend(Setup const& setup, ctr_container* container, Signals const& signals, Outcome& outcome)
{
    Alarm const alarm(setup);
    std::optional<Terminal> terminal;
    if (setup.terminal)
        terminal.emplace(container, setup.interactive ? Terminal::Input::forwarded : Terminal::Input::none);
    forward_until_end(container, signals, alarm, terminal ? &*terminal : nullptr);
    ctr_result const result = CLI_TRY(wait(setup, container));
    if (terminal)
        terminal->finish(signals.descriptor());
    terminal.reset(); // what is told from here on is told to a terminal as it was
    return outcome.ended(result, container);
}

} // namespace cli
