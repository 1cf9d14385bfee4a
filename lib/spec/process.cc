// SPDX-License-Identifier: MIT
#include "spec/process.h"

#include "spec/fault.h"

#include <algorithm>

namespace ctr::spec {

namespace {

constexpr char const* default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

void set_variable(std::vector<std::string>& env, std::string_view name, std::string_view value)
{
    std::string const prefix = concat(name, "=");
    auto const same = [&](std::string const& entry) { return entry.compare(0, prefix.size(), prefix) == 0; };
    auto const found = std::find_if(env.begin(), env.end(), same);
    if (found != env.end())
        *found = concat(prefix, value);
    else
        env.push_back(concat(prefix, value));
}

void fill_environment(Process& process, config::Config const& config, config::Overrides const& overrides)
{
    if (config.env_base == CTR_ENV_BASE) {
        set_variable(process.env, "PATH", default_path);
        set_variable(process.env, "TERM", "xterm");
        process.home_wanted = true;
    }
    for (std::vector<config::EnvWish> const* list : {&config.env, &overrides.env})
        for (config::EnvWish const& wish : *list) {
            set_variable(process.env, wish.name, wish.value);
            if (wish.name == "HOME")
                process.home_wanted = false;
        }
    process.search_path = default_path;
    for (std::string const& entry : process.env)
        if (entry.compare(0, 5, "PATH=") == 0)
            process.search_path = entry.substr(5);
}

Stdio stdio_of(config::StdioWish const& wish)
{
    return {wish.kind, wish.fd.get(), wish.path, wish.append, wish.origin};
}

// The subject of a fault is the number, or the member of the options that has it.
Status pass(Process& process, PassedFd const& passed)
{
    bool const overrides = passed.origin.call == Call::spawn_options;
    std::string const number = std::to_string(passed.inside);
    for (PassedFd const& other : process.fds)
        if (other.inside == passed.inside)
            return fault(passed.origin,
                         overrides ? concat("options.fds[", std::to_string(passed.origin.index), "]") : number,
                         overrides ? concat("two descriptors have the number ", number, " inside")
                                   : "two descriptors have the same number inside");
    process.fds.push_back(passed);
    return Unit{};
}

Status fill_descriptors(Process& process, config::Config const& config, config::Overrides const& overrides)
{
    process.capture_limit = config.capture_limit;
    process.capture_last = config.capture_keep == CTR_KEEP_LAST;
    if (config.terminal)
        process.terminal = Terminal{config.terminal->rows, config.terminal->columns, config.terminal->origin};
    for (size_t i = 0; i < 3; i++) {
        int const fd = overrides.stdio[i];
        process.stdio[i] = stdio_of(config.stdio[i]);
        if (fd >= 0)
            process.stdio[i] = {StdioKind::fd, fd, "", false, {Call::spawn_options, static_cast<int32_t>(i)}};
    }
    for (config::FdWish const& wish : config.fds)
        CTR_TRY(pass(process, {wish.fd.get(), wish.inside, wish.origin}));
    for (config::GivenFd const& given : overrides.fds)
        CTR_TRY(pass(process, {given.fd, given.inside, given.origin}));
    return Unit{};
}

// LISTEN_PID is only known in the command's process, which writes it.
Status announce(Process& process, config::Config const& config)
{
    if (config.listen_fds == 0)
        return Unit{};
    process.listen_origin = last_call(config, Call::set_listen_fds);
    for (int number = 3; number < 3 + static_cast<int>(config.listen_fds); number++) {
        auto const same = [&](PassedFd const& passed) { return passed.inside == number; };
        if (std::none_of(process.fds.begin(), process.fds.end(), same))
            return fault(process.listen_origin, std::to_string(number),
                         "a descriptor that is to be announced by LISTEN_FDS is not passed");
    }
    set_variable(process.env, "LISTEN_FDS", std::to_string(config.listen_fds));
    set_variable(process.env, "LISTEN_PID", "0000000000");
    auto const is_pid = [](std::string const& entry) { return entry.compare(0, 11, "LISTEN_PID=") == 0; };
    process.listen_variable =
        static_cast<int>(std::find_if(process.env.begin(), process.env.end(), is_pid) - process.env.begin());
    return Unit{};
}

} // namespace

std::string limit_name(uint32_t resource)
{
    constexpr char const* names[] = {"cpu",     "fsize", "data",  "stack",      "core",     "rss",  "nproc",  "nofile",
                                     "memlock", "as",    "locks", "sigpending", "msgqueue", "nice", "rtprio", "rttime"};
    return resource < std::size(names) ? names[resource] : std::to_string(resource);
}

Result<Process> checked_process(config::Config const& config, config::Overrides const& overrides)
{
    Process process;
    process.argv = overrides.command.empty() ? config.command : overrides.command;
    if (process.argv.empty())
        return fault({Call::set_command, -1}, "", "no command was given");
    fill_environment(process, config, overrides);
    CTR_TRY(fill_descriptors(process, config, overrides));
    CTR_TRY(announce(process, config));
    process.command_fd = config.command_fd.get();
    if (std::optional<config::TextWish> const& cwd = overrides.cwd ? overrides.cwd : config.cwd; cwd) {
        process.cwd = cwd->text;
        process.cwd_origin = cwd->origin;
    }
    process.umask = config.umask;
    for (config::LimitWish const& wish : config.limits)
        process.limits.push_back({static_cast<uint32_t>(wish.resource), wish.soft, wish.hard, wish.origin});
    process.new_privs = config.new_privs == CTR_NEW_PRIVS_ALLOWED;
    return process;
}

} // namespace ctr::spec
