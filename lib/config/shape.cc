// SPDX-License-Identifier: MIT
#include "config/shape.h"

#include "base/text.h"

#include <cerrno>
#include <climits>
#include <fcntl.h>

namespace ctr::config {

Origin count_call(Config& config, Call call)
{
    config.latest = Origin{call, config.calls[static_cast<size_t>(call)]++};
    return config.latest;
}

Error shape_error(Config& config, Origin origin, std::string_view subject, std::string message)
{
    Error error{.code = Code::invalid,
                .step = Step::validate,
                .subject = std::string(subject),
                .origin = origin,
                .message = std::move(message)};
    if (!config.first_error)
        config.first_error = error;
    return error;
}

std::string path_fault(char const* path, bool absolute)
{
    if (path == nullptr)
        return "a path must not be NULL";
    std::string_view const text = path;
    if (text.empty())
        return "a path must not be empty";
    if (text.size() >= PATH_MAX)
        return "a path must be shorter than 4096 bytes";
    if (text.find('\n') != std::string_view::npos)
        return "a path must not contain a newline";
    if (absolute && text[0] != '/')
        return "the path must be absolute";
    return "";
}

std::string inside_path_fault(char const* path)
{
    std::string fault = path_fault(path, false);
    return fault.empty() && path[0] != '/' ? "a path inside the container must be absolute" : fault;
}

Result<Fd> duplicate(Config& config, Origin origin, int fd)
{
    // Above the standard numbers, so that no descriptor of a closed stdin is taken for one.
    Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (copy)
        return copy;
    int const sys = errno;
    bool const first = !config.first_error;
    std::string const number = std::to_string(fd);
    Error error = shape_error(config, origin, number,
                              sys == EBADF ? concat("the file descriptor ", number, " is not open")
                                           : "the file descriptor cannot be duplicated");
    error.sys = sys;
    error.code = code_of(sys); // the limit of open ones is no fault of the number
    if (first)
        config.first_error = error;
    return error;
}

} // namespace ctr::config
