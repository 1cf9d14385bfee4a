// SPDX-License-Identifier: MIT
// --workdir, --umask, --stdin and its siblings, --pass-fd, --ulimit.
#include <fcntl.h>
#include <iterator>
#include <unistd.h>
#include <utility>

#include "apply.h"
#include "text.h"
#include "values.h"

namespace cli {
namespace {

struct PassedFd {
    int host = -1;
    int inside = -1;
};

Result<PassedFd> parse_passed_fd(Use const& use)
{
    auto const [host_text, inside_text] = split(use.value, ':');
    std::optional<int> const host = parse_descriptor(host_text);
    std::optional<int> const inside = inside_text ? parse_descriptor(*inside_text) : host;
    if (!host || !inside)
        return bad_value(use, use.value, "not a file descriptor", "write HOST or HOST:INSIDE, such as 9:5");
    return PassedFd{.host = *host, .inside = *inside};
}

constexpr int first_preserved = STDERR_FILENO + 1;

Result<uint32_t> parse_preserved(Use const& use)
{
    constexpr uint64_t most = 240; // as many as the library passes
    std::optional<uint64_t> const count = parse_number(use.value, most);
    if (!count)
        return bad_value(use, use.value, "not a number of file descriptors", "write a number from 0 to 240");
    return static_cast<uint32_t>(*count);
}

Status check_open(Use const& use, int number)
{
    if (fcntl(number, F_GETFD) >= 0)
        return Done{};
    std::string message = "file descriptor ";
    append_number(message, static_cast<int64_t>(number));
    return Problem{.subject = use.value, .message = message + " is not open", .option = label_of(use)};
}

constexpr char const* stream_names[] = {"standard input", "standard output", "standard error"};

// The standard descriptor that a use of an option is about, or -1.
Result<int> stream_of(Use const& use)
{
    if (use.option->apply == apply_pass_fd) {
        PassedFd const passed = CLI_TRY(parse_passed_fd(use));
        return passed.inside <= STDERR_FILENO ? passed.inside : -1;
    }
    if (use.option->apply == apply_stdin)
        return STDIN_FILENO;
    if (use.option->apply == apply_stdout)
        return STDOUT_FILENO;
    return use.option->apply == apply_stderr ? STDERR_FILENO : -1;
}

// To the library the last wish wins, as it does where an option is repeated; two of different kinds do not fit together.
Status check_streams(CommandLine const& line)
{
    Use const* wishes[std::size(stream_names)] = {};
    for (Use const& use : line.uses) {
        int const stream = CLI_TRY(stream_of(use));
        if (stream < 0)
            continue;
        Use const* const other = std::exchange(wishes[stream], &use);
        bool const repeated = other != nullptr && other->option == use.option && use.option->apply != apply_pass_fd;
        if (other != nullptr && !repeated)
            return Problem{.subject = use.value,
                           .message = std::string(stream_names[stream]) + " is given twice: by " + label_of(*other) +
                                      " and by " + label_of(use),
                           .option = label_of(use)};
    }
    return Done{};
}

Status redirect(Setup& setup, Use const& use, int number)
{
    if (std::string_view(use.value) == "null")
        CLI_SET(setup, label_of(use), ctr_config_set_stdio, number, CTR_STDIO_NULL, -1);
    else
        CLI_SET(setup, label_of(use), ctr_config_set_stdio_file, number, use.value, 0);
    return Done{};
}

} // namespace

Status apply_workdir(Setup& setup, Use const& use)
{
    CLI_SET(setup, label_of(use), ctr_config_set_cwd, use.value);
    return Done{};
}

Status apply_umask(Setup& setup, Use const& use)
{
    std::optional<uint32_t> const mask = parse_octal(use.value);
    if (!mask)
        return bad_value(use, use.value, "not an octal mode", "write it as 022 or 77");
    CLI_SET(setup, label_of(use), ctr_config_set_umask, *mask);
    return Done{};
}

Status apply_stdin(Setup& setup, Use const& use) { return redirect(setup, use, STDIN_FILENO); }

Status apply_stdout(Setup& setup, Use const& use) { return redirect(setup, use, STDOUT_FILENO); }

Status apply_stderr(Setup& setup, Use const& use)
{
    if (std::string_view(use.value) != "stdout")
        return redirect(setup, use, STDERR_FILENO);
    CLI_SET(setup, label_of(use), ctr_config_set_stdio, STDERR_FILENO, CTR_STDIO_MERGE, -1);
    return Done{};
}

Status apply_pass_fd(Setup& setup, Use const& use)
{
    PassedFd const passed = CLI_TRY(parse_passed_fd(use));
    if (passed.inside <= STDERR_FILENO)
        CLI_SET(setup, label_of(use), ctr_config_set_stdio, passed.inside, CTR_STDIO_FD, passed.host);
    else
        CLI_SET(setup, label_of(use), ctr_config_add_fd, passed.host, passed.inside);
    return Done{};
}

Status apply_preserve_fds(Setup& setup, Use const& use)
{
    uint32_t const count = CLI_TRY(parse_preserved(use));
    for (int number = first_preserved; number < first_preserved + static_cast<int>(count); ++number)
        CLI_SET(setup, label_of(use), ctr_config_add_fd, number, number);
    CLI_SET(setup, label_of(use), ctr_config_set_listen_fds, count);
    return Done{};
}

// Done before ctr opens anything: later a number that the caller has not open could be one of ctr's own.
Status check_passed_fds(CommandLine const& line)
{
    CLI_TRY(check_streams(line));
    for (Use const& use : line.uses) {
        if (use.option->apply == apply_pass_fd) {
            PassedFd const passed = CLI_TRY(parse_passed_fd(use));
            CLI_TRY(check_open(use, passed.host));
        }
        if (use.option->apply != apply_preserve_fds)
            continue;
        uint32_t const count = CLI_TRY(parse_preserved(use));
        for (int number = first_preserved; number < first_preserved + static_cast<int>(count); ++number)
            CLI_TRY(check_open(use, number));
    }
    return Done{};
}

Status apply_ulimit(Setup& setup, Use const& use)
{
    auto const [name, values] = split(use.value, '=');
    auto const [soft_text, hard_text] = split(values.value_or(""), ':');
    std::optional<int> const resource = parse_resource(name);
    std::optional<uint64_t> const soft = parse_limit(soft_text);
    std::optional<uint64_t> const hard = hard_text ? parse_limit(*hard_text) : soft;
    if (!resource)
        return bad_value(
            use, name, "not a resource limit",
            "write NAME=SOFT[:HARD] with one of as, core, cpu, data, fsize, locks, memlock, msgqueue, nice, "
            "nofile, nproc, rss, rtprio, rttime, sigpending, stack");
    if (!soft || !hard)
        return bad_value(use, use.value, "not a limit", "write NAME=SOFT[:HARD] with numbers or unlimited");
    CLI_SET(setup, label_of(use), ctr_config_add_rlimit, *resource, *soft, *hard);
    return Done{};
}

} // namespace cli
