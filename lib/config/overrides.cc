// SPDX-License-Identifier: MIT
#include "config/overrides.h"

#include "base/text.h"
#include "config/shape.h"

#include <cerrno>
#include <fcntl.h>

namespace ctr::config {

namespace {

Origin at(int32_t index) { return {Call::spawn_options, index}; }

Error member_error(std::string member, int32_t index, std::string message, int sys = 0)
{
    return Error{.code = Code::invalid,
                 .step = Step::validate,
                 .sys = sys,
                 .subject = concat("options.", member),
                 .origin = at(index),
                 .message = std::move(message)};
}

std::string element(char const* member, size_t index) { return concat(member, "[", std::to_string(index), "]"); }

Status check_open(std::string member, int32_t index, int fd)
{
    if (::fcntl(fd, F_GETFD) >= 0)
        return Unit{};
    return member_error(std::move(member), index, concat("the file descriptor ", std::to_string(fd), " is not open"),
                        errno);
}

Status override_command(Overrides& overrides, char const* const* argv)
{
    if (argv == nullptr)
        return Unit{};
    if (argv[0] == nullptr || argv[0][0] == '\0')
        return member_error("argv", 0, "the command must have at least one word, and the first must not be empty");
    for (char const* const* word = argv; *word != nullptr; word++)
        overrides.command.emplace_back(*word);
    return Unit{};
}

Status override_env(Overrides& overrides, char const* const* env)
{
    for (int32_t i = 0; env != nullptr && env[i] != nullptr; i++) {
        std::string_view const text = env[i];
        size_t const end = text.find('=');
        if (end == std::string_view::npos || end == 0)
            return member_error(element("env", static_cast<size_t>(i)), i,
                                concat(quoted(text), " is not a variable: it is written NAME=value"));
        overrides.env.push_back({std::string(text.substr(0, end)), std::string(text.substr(end + 1))});
    }
    return Unit{};
}

Status override_cwd(Overrides& overrides, char const* cwd)
{
    if (cwd == nullptr)
        return Unit{};
    if (std::string fault = inside_path_fault(cwd); !fault.empty())
        return member_error("cwd", 0, std::move(fault));
    overrides.cwd = TextWish{cwd, at(0)};
    return Unit{};
}

Status override_stdio(Overrides& overrides, int const* stdio)
{
    for (size_t i = 0; stdio != nullptr && i < 3; i++) {
        if (stdio[i] == -1)
            continue;
        CTR_TRY(check_open(element("stdio", i), static_cast<int32_t>(i), stdio[i]));
        overrides.stdio[i] = stdio[i];
    }
    return Unit{};
}

Status override_fds(Overrides& overrides, ctr_fd_pair const* fds, uint32_t count)
{
    if (fds == nullptr && count > 0)
        return member_error("fds", 0, "the list must not be NULL when it has a length");
    for (uint32_t i = 0; i < count; i++) {
        auto const index = static_cast<int32_t>(i);
        if (fds[i].inside_fd < 3)
            return member_error(
                element("fds", i), index,
                concat("a passed descriptor's number inside is 3 or more, and not ", std::to_string(fds[i].inside_fd)));
        CTR_TRY(check_open(element("fds", i), index, fds[i].host_fd));
        overrides.fds.push_back({fds[i].host_fd, fds[i].inside_fd, at(index)});
    }
    return Unit{};
}

} // namespace

bool is_changed(Overrides const& overrides)
{
    Overrides nothing;
    nothing.cancel_fd = overrides.cancel_fd;
    return overrides != nothing;
}

Result<Overrides> overrides_of(ctr_spawn_options const& options)
{
    Overrides overrides;
    if (options.cancel_fd < -1)
        return member_error("cancel_fd", 0, concat(std::to_string(options.cancel_fd), " is no file descriptor"));
    if (options.cancel_fd > 0) { // 0 and -1 are none
        CTR_TRY(check_open("cancel_fd", 0, options.cancel_fd));
        overrides.cancel_fd = options.cancel_fd;
    }
    CTR_TRY(override_command(overrides, options.argv));
    CTR_TRY(override_env(overrides, options.env));
    CTR_TRY(override_cwd(overrides, options.cwd));
    CTR_TRY(override_stdio(overrides, options.stdio));
    CTR_TRY(override_fds(overrides, options.fds, options.fd_count));
    if (options.reserved != 0)
        return member_error("reserved", 0, "what is reserved must be zero");
    return overrides;
}

} // namespace ctr::config
