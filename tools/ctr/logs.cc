// SPDX-License-Identifier: MIT
// ctr logs: what a detached container has written, each stream to its own.
#include <algorithm>
#include <ctime>
#include <unistd.h>

#include "apply.h"
#include "commands.h"
#include "message.h"
#include "signals.h"
#include "state.h"
#include "text.h"

namespace cli {
namespace {

constexpr timespec between_looks = {0, 100'000'000};

struct Stream {
    int number;
    uint64_t offset = 0;
    bool kept = true;
};

// What is new, up to now.
Status copy(ctr_container* container, Stream& stream)
{
    char buffer[65536];
    while (stream.kept) {
        ctr_output output = CTR_OUTPUT_INIT;
        ctr_error* error = nullptr;
        int const result =
            ctr_container_output(container, stream.number, stream.offset, buffer, sizeof buffer, &output, &error);
        if (result != 0 && ctr_error_code(error) != CTR_ERR_INVALID)
            return retell(error);
        ctr_error_free(error);
        stream.kept = result == 0;
        if (result != 0 || output.copied == 0)
            return Done{};
        stream.offset = std::max(stream.offset, output.first) + output.copied;
        int const error_number = write_all(stream.number, {buffer, output.copied});
        if (error_number != 0)
            return Problem{.code = CTR_ERR_FAILED,
                           .error_number = error_number,
                           .step = "output",
                           .message = "cannot write what was logged"};
    }
    return Done{};
}

bool is_over(ctr_container* container)
{
    ctr_info info = CTR_INFO_INIT;
    (void)ctr_container_info(container, &info, nullptr); // cannot fail for a handle
    return info.state == CTR_STATE_ENDED || info.state == CTR_STATE_LOST;
}

Status show(Setup const& setup, char const* name)
{
    Container const container = CLI_TRY(open_container(setup, name, CTR_OPEN_LOOK));
    Stream streams[] = {{STDOUT_FILENO}, {STDERR_FILENO}};
    bool over = false;
    do {
        over = !setup.request.follow || is_over(container.get()); // before the last look at the streams
        for (Stream& stream : streams)
            CLI_TRY(copy(container.get(), stream));
        if (!streams[0].kept && !streams[1].kept)
            return Problem{.subject = name,
                           .message = "the output of " + quoted(name) + " was not kept",
                           .hint = "only that of containers started with --detach is"};
        if (!over)
            (void)nanosleep(&between_looks, nullptr); // a signal ends ctr
    } while (!over);
    return Done{};
}

} // namespace

Status apply_follow(Setup& setup, Use const&)
{
    setup.request.follow = true;
    return Done{};
}

int logs_main(CommandLine const& line)
{
    if (line.problem)
        return complain(*line.problem);
    fill_standard_descriptors();
    ignore_broken_pipes();
    Setup setup(Purpose::explain);
    Status done = describe_request(setup, line);
    if (done && (line.words[0] == nullptr || line.words[1] != nullptr))
        return complain(wrong_words("logs takes the name of one container", "logs"));
    if (done)
        done = show(setup, line.words[0]);
    return done ? exit_success : complain(done.problem());
}

} // namespace cli
