// SPDX-License-Identifier: MIT
#include "config/shape.h"

#include <cstdio>
#include <sys/resource.h>

namespace ctr::config {

Status set_command(Config& config, char const* const* argv)
{
    Origin const origin = count_call(config, Call::set_command);
    if (argv == nullptr || argv[0] == nullptr)
        return shape_error(config, origin, "", "the command must have at least one word");
    if (argv[0][0] == '\0')
        return shape_error(config, origin, "", "the command's first word must not be empty");
    config.command.clear();
    for (char const* const* word = argv; *word != nullptr; word++)
        config.command.emplace_back(*word);
    return Unit{};
}

Status set_command_fd(Config& config, int fd)
{
    Origin const origin = count_call(config, Call::set_command_fd);
    config.command_fd = CTR_TRY(duplicate(config, origin, fd));
    return Unit{};
}

Status add_env(Config& config, char const* name, char const* value)
{
    Origin const origin = count_call(config, Call::add_env);
    if (name == nullptr || value == nullptr)
        return shape_error(config, origin, "", "a variable's name and value must not be NULL");
    std::string_view const text = name;
    if (text.empty() || text.find('=') != std::string_view::npos)
        return shape_error(config, origin, text, "a variable's name must not be empty or contain \"=\"");
    config.env.push_back({name, value});
    return Unit{};
}

Status set_cwd(Config& config, char const* path)
{
    Origin const origin = count_call(config, Call::set_cwd);
    if (std::string fault = inside_path_fault(path); !fault.empty())
        return shape_error(config, origin, path == nullptr ? "" : path, std::move(fault));
    config.cwd = TextWish{path, origin};
    return Unit{};
}

Status set_umask(Config& config, uint32_t mask)
{
    Origin const origin = count_call(config, Call::set_umask);
    if (mask > 0777) {
        char octal[16];
        std::snprintf(octal, sizeof octal, "0%o", mask);
        return shape_error(config, origin, octal, "a file mode creation mask is at most 0777");
    }
    config.umask = mask;
    return Unit{};
}

Status set_stdio(Config& config, int number, uint32_t kind, int fd)
{
    Origin const origin = count_call(config, Call::set_stdio);
    if (number < 0 || number > 2)
        return shape_error(config, origin, std::to_string(number), "standard descriptors are 0, 1 and 2");
    if (kind > CTR_STDIO_CAPTURE)
        return shape_error(config, origin, std::to_string(kind), "there is no such kind of stdio");
    if (kind == CTR_STDIO_MERGE && number != 2)
        return shape_error(config, origin, std::to_string(number), "only standard error (2) can be merged into output");
    if (kind == CTR_STDIO_CAPTURE && number == 0)
        return shape_error(config, origin, std::to_string(number), "standard input cannot be captured");
    StdioWish wish;
    wish.kind = static_cast<StdioKind>(kind);
    wish.origin = origin;
    if (wish.kind == StdioKind::fd)
        wish.fd = CTR_TRY(duplicate(config, origin, fd));
    config.stdio[static_cast<size_t>(number)] = std::move(wish);
    return Unit{};
}

Status set_stdio_file(Config& config, int number, char const* path, uint64_t flags)
{
    Origin const origin = count_call(config, Call::set_stdio_file);
    if (number < 0 || number > 2)
        return shape_error(config, origin, std::to_string(number), "standard descriptors are 0, 1 and 2");
    if (std::string fault = path_fault(path, false); !fault.empty())
        return shape_error(config, origin, path == nullptr ? "" : path, std::move(fault));
    if ((flags & ~CTR_STDIO_APPEND) != 0)
        return shape_error(config, origin, std::to_string(flags), "there is no such flag of a file for stdio");
    if (number == 0 && flags != 0)
        return shape_error(config, origin, path, "standard input is read, and nothing can be appended to it");
    StdioWish wish;
    wish.kind = StdioKind::file;
    wish.path = path;
    wish.append = flags != 0;
    wish.origin = origin;
    config.stdio[static_cast<size_t>(number)] = std::move(wish);
    return Unit{};
}

Status set_capture_limit(Config& config, uint64_t bytes)
{
    constexpr uint64_t most = 1U << 30;
    Origin const origin = count_call(config, Call::set_capture_limit);
    if (bytes == 0 || bytes > most)
        return shape_error(config, origin, std::to_string(bytes), "between 1 byte and 1 GiB can be captured");
    config.capture_limit = bytes;
    return Unit{};
}

Status set_terminal(Config& config, uint32_t rows, uint32_t columns)
{
    Origin const origin = count_call(config, Call::set_terminal);
    constexpr uint32_t most = 65535; // unsigned short, in the kernel
    if (rows > most || columns > most)
        return shape_error(config, origin, std::to_string(rows > most ? rows : columns),
                           "a terminal has at most 65535 rows and columns");
    config.terminal = TerminalWish{rows, columns, origin};
    return Unit{};
}

Status add_fd(Config& config, int host_fd, int inside_fd)
{
    Origin const origin = count_call(config, Call::add_fd);
    if (inside_fd < 3)
        return shape_error(config, origin, std::to_string(inside_fd),
                           "a passed descriptor's number inside is 3 or more; 0 to 2 are stdio");
    config.fds.push_back({CTR_TRY(duplicate(config, origin, host_fd)), inside_fd, origin});
    return Unit{};
}

Status set_listen_fds(Config& config, uint32_t count)
{
    Origin const origin = count_call(config, Call::set_listen_fds);
    constexpr uint32_t most = 240; // as many as can be passed
    if (count > most)
        return shape_error(config, origin, std::to_string(count), "at most 240 descriptors can be announced");
    config.listen_fds = count;
    return Unit{};
}

Status add_rlimit(Config& config, int resource, uint64_t soft, uint64_t hard)
{
    Origin const origin = count_call(config, Call::add_rlimit);
    if (resource < 0 || resource >= RLIM_NLIMITS)
        return shape_error(config, origin, std::to_string(resource), "there is no such resource limit");
    if (soft > hard)
        return shape_error(config, origin, std::to_string(soft), "a soft limit must not exceed the hard one");
    config.limits.push_back({resource, soft, hard, origin});
    return Unit{};
}

Status set_choice(Config& config, Call call, uint32_t& field, uint32_t value, uint32_t most)
{
    Origin const origin = count_call(config, call);
    if (value > most)
        return shape_error(config, origin, std::to_string(value), "there is no such choice");
    field = value;
    return Unit{};
}

Status set_milliseconds(Config& config, Call call, uint64_t& field, uint64_t value)
{
    Origin const origin = count_call(config, call);
    constexpr uint64_t century = uint64_t{100} * 366 * 86400 * 1000;
    if (value > century)
        return shape_error(config, origin, std::to_string(value), "a time is at most a hundred years");
    field = value;
    return Unit{};
}

} // namespace ctr::config
