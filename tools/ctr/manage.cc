// SPDX-License-Identifier: MIT
// ctr kill, stop, pause, resume, wait and rm: what is done to named containers, to each that is given.
#include <csignal>
#include <cstring>
#include <sys/syscall.h>
#include <unistd.h>

#include "apply.h"
#include "commands.h"
#include "message.h"
#include "names.h"
#include "outcome.h"
#include "state.h"
#include "text.h"
#include "values.h"

namespace cli {
namespace {

constexpr int usual_grace_ms = 10'000; // as podman has it
constexpr int end_ms = 5'000;          // for what is ended by SIGKILL

using Deed = Status (*)(Setup const& setup, char const* name);

// Goes on with the others where one fails.
int do_to_each(CommandLine const& line, std::string_view command, Deed deed)
{
    if (line.problem)
        return complain(*line.problem);
    fill_standard_descriptors();
    Setup setup(Purpose::explain);
    if (Status const told = describe_request(setup, line); !told)
        return complain(Status(told).problem());
    if (line.words[0] == nullptr)
        return complain(wrong_words("no container was named", command));
    int result = exit_success;
    for (char** name = line.words; *name != nullptr; ++name)
        if (Status done = deed(setup, *name); !done)
            result = complain(done.problem());
    return result;
}

Status told(int result, ctr_error* error)
{
    if (result != 0)
        return retell(error);
    return Done{};
}

Status kill_one(Setup const& setup, char const* name)
{
    Container const container = CLI_TRY(open_container(setup, name, 0));
    ctr_error* error = nullptr;
    int const signal = setup.request.signal == 0 ? SIGKILL : setup.request.signal;
    int const done = ctr_kill(container.get(), signal, CTR_KILL_COMMAND, &error);
    return told(done, error);
}

// Whether it ended in time.
bool ends_within(ctr_container* container, int milliseconds)
{
    ctr_result result = CTR_RESULT_INIT;
    return ctr_wait(container, milliseconds, &result, nullptr) == 0;
}

// By ctr-init, which writes down how it ended; and where that does nothing, without it.
Status end(ctr_container* container, char const* name)
{
    (void)ctr_kill(container, SIGKILL, CTR_KILL_ALL, nullptr); // it may have ended
    if (ends_within(container, end_ms))
        return Done{};
    (void)syscall(SYS_pidfd_send_signal, ctr_container_pidfd(container), SIGKILL, nullptr, 0); // likewise
    if (ends_within(container, end_ms))
        return Done{};
    return Problem{.code = CTR_ERR_TIMED_OUT,
                   .step = "kill",
                   .subject = name,
                   .message = "the container " + quoted(name) + " does not end",
                   .hint = "a process of it may be stuck in the kernel, on a file system that does not answer"};
}

Status stop_one(Setup const& setup, char const* name)
{
    Container const container = CLI_TRY(open_container(setup, name, 0));
    ctr_info info = CTR_INFO_INIT;
    (void)ctr_container_info(container.get(), &info, nullptr); // cannot fail for a handle
    if (info.state == CTR_STATE_ENDED || info.state == CTR_STATE_LOST)
        return Done{}; // as podman has it
    if (info.state == CTR_STATE_PAUSED)
        (void)ctr_resume(container.get(), nullptr);                      // what is stopped takes no SIGTERM
    (void)ctr_kill(container.get(), SIGTERM, CTR_KILL_COMMAND, nullptr); // it may have ended
    int const grace = static_cast<int>(setup.request.grace_ms.value_or(usual_grace_ms));
    return ends_within(container.get(), grace) ? Status(Done{}) : end(container.get(), name);
}

Status pause_one(Setup const& setup, char const* name)
{
    Container const container = CLI_TRY(open_container(setup, name, 0));
    ctr_error* error = nullptr;
    int const done = ctr_pause(container.get(), &error);
    CLI_TRY(told(done, error));
    ctr_info info = CTR_INFO_INIT;
    (void)ctr_container_info(container.get(), &info, nullptr); // cannot fail for a handle
    if (info.pause_method == CTR_PAUSE_SIGNALS && !setup.request.quiet)
        print_note("every process was stopped by SIGSTOP, as there is no freezer; processes inside can see it");
    return Done{};
}

Status resume_one(Setup const& setup, char const* name)
{
    Container const container = CLI_TRY(open_container(setup, name, 0));
    ctr_error* error = nullptr;
    int const done = ctr_resume(container.get(), &error);
    return told(done, error);
}

Status wait_one(Setup const& setup, char const* name)
{
    Container const container = CLI_TRY(open_container(setup, name, 0));
    ctr_result result = CTR_RESULT_INIT;
    ctr_error* error = nullptr;
    int const done = ctr_wait(container.get(), -1, &result, &error);
    CLI_TRY(told(done, error));
    std::string out;
    if (setup.request.json)
        out = result_object(result);
    else
        append_number(out, int64_t{exit_status(result)});
    (void)print_data(out += '\n'); // it complains itself
    return Done{};
}

Status end_by_force(Setup const& setup, char const* name)
{
    Container const container = CLI_TRY(open_container(setup, name, 0));
    return end(container.get(), name);
}

Status remove_one(Setup const& setup, char const* name)
{
    // What cannot be opened may be removed all the same, and the error of that is the one to tell.
    if (setup.request.force)
        (void)end_by_force(setup, name);
    ctr_error* error = nullptr;
    if (ctr_remove(state_directory(setup).c_str(), name, &error) == 0)
        return Done{};
    bool const gone = ctr_error_code(error) == CTR_ERR_NOT_FOUND && setup.request.force;
    Problem problem = retell(error);
    return gone ? Status(Done{}) : Status(std::move(problem)); // its name may have gone with it
}

std::optional<int> parse_signal(std::string_view text)
{
    constexpr uint64_t most = 64;
    if (std::optional<uint64_t> const number = parse_number(text, most); number && *number > 0)
        return static_cast<int>(*number);
    return signal_named(text);
}

} // namespace

Status apply_signal(Setup& setup, Use const& use)
{
    std::optional<int> const number = parse_signal(use.value);
    if (!number)
        return bad_value(use, use.value, "not a signal", "write a name such as TERM, or a number");
    setup.request.signal = *number;
    return Done{};
}

Status apply_grace(Setup& setup, Use const& use)
{
    constexpr uint64_t most = 86'400'000; // a day
    std::optional<uint64_t> const milliseconds = parse_duration_ms(use.value);
    if (!milliseconds || *milliseconds > most)
        return bad_value(use, use.value, "not a duration of at most a day", "write 1, 1.5, 500ms, 2s, 3m or 1h");
    setup.request.grace_ms = *milliseconds;
    return Done{};
}

Status apply_force(Setup& setup, Use const&)
{
    setup.request.force = true;
    return Done{};
}

int kill_main(CommandLine const& line) { return do_to_each(line, "kill", kill_one); }

int stop_main(CommandLine const& line) { return do_to_each(line, "stop", stop_one); }

int pause_main(CommandLine const& line) { return do_to_each(line, "pause", pause_one); }

int resume_main(CommandLine const& line) { return do_to_each(line, "resume", resume_one); }

int wait_main(CommandLine const& line) { return do_to_each(line, "wait", wait_one); }

int rm_main(CommandLine const& line) { return do_to_each(line, "rm", remove_one); }

} // namespace cli
