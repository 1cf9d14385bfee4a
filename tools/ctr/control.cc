// SPDX-License-Identifier: MIT
// Security, lifetime, and what ctr itself tells of the outcome.
#include <fcntl.h>

#include "apply.h"
#include "filter.h"
#include "text.h"
#include "values.h"

namespace cli {
namespace {

constexpr std::string_view duration_form = "write 1, 1.5, 500ms, 2s, 3m or 1h";

Result<uint64_t> duration_of(Use const& use)
{
    std::optional<uint64_t> const milliseconds = parse_duration_ms(use.value);
    if (!milliseconds)
        return bad_value(use, use.value, "not a duration", duration_form);
    return *milliseconds;
}

Status refuse_unmasking(Use const& use, std::string_view paths)
{
    return Problem{.code = CTR_ERR_UNSUPPORTED,
                   .subject = std::string(paths),
                   .message = "unmasking single paths is not available yet: " + quoted(paths),
                   .option = label_of(use),
                   .hint = "write unmask=ALL"};
}

// Docker's spelling is no-new-privileges:true.
Halves split_security_option(std::string_view text)
{
    return split(text, text.starts_with("no-new-privileges:") ? ':' : '=');
}

void set_new_privs(Setup& setup, Use const& use, uint32_t mode)
{
    CLI_SET(setup, label_of(use), ctr_config_set_new_privs, mode);
}

} // namespace

Status apply_security_opt(Setup& setup, Use const& use)
{
    auto const [name, value] = split_security_option(use.value);
    std::string_view const word = value.value_or("true");
    if (name == "unmask" && value && *value == "ALL")
        CLI_SET(setup, label_of(use), ctr_config_set_system_paths, CTR_SYSTEM_PATHS_OPEN);
    else if (name == "unmask" && value)
        return refuse_unmasking(use, *value);
    else if (name == "proc-opts" && value)
        CLI_SET(setup, label_of(use), ctr_config_set_proc_options, std::string(*value).c_str());
    else if (name == "no-new-privileges" && (word == "true" || word == "false"))
        set_new_privs(setup, use, word == "true" ? CTR_NEW_PRIVS_REFUSED : CTR_NEW_PRIVS_ALLOWED);
    else if (name == "seccomp" && value && !value->empty())
        return apply_seccomp(setup, use, *value);
    else
        return bad_value(use, use.value, "not a security option",
                         "write seccomp=PROFILE, unmask=ALL, proc-opts=OPTIONS or no-new-privileges[=true|false]");
    return Done{};
}

Status apply_allow_new_privs(Setup& setup, Use const& use)
{
    set_new_privs(setup, use, CTR_NEW_PRIVS_ALLOWED);
    return Done{};
}

Status apply_timeout(Setup& setup, Use const& use)
{
    setup.timeout_ms = CLI_TRY(duration_of(use));
    CLI_SET(setup, label_of(use), ctr_config_set_timeout, setup.timeout_ms);
    return Done{};
}

Status apply_cpu_timeout(Setup& setup, Use const& use)
{
    uint64_t const milliseconds = CLI_TRY(duration_of(use));
    CLI_SET(setup, label_of(use), ctr_config_set_cpu_timeout, milliseconds);
    return Done{};
}

Status apply_kill_after(Setup& setup, Use const& use)
{
    setup.kill_after_ms = CLI_TRY(duration_of(use));
    CLI_SET(setup, label_of(use), ctr_config_set_kill_after, setup.kill_after_ms);
    return Done{};
}

Status apply_init(Setup& setup, Use const& use)
{
    CLI_SET(setup, label_of(use), ctr_config_set_init, CTR_INIT_INSIDE);
    return Done{};
}

Status apply_no_init(Setup& setup, Use const& use)
{
    CLI_SET(setup, label_of(use), ctr_config_set_init, CTR_INIT_OUTSIDE);
    return Done{};
}

Status apply_no_die_with_host(Setup& setup, Use const& use)
{
    CLI_SET(setup, label_of(use), ctr_config_set_host_death, CTR_HOST_DEATH_LEAVES);
    return Done{};
}

Status apply_json(Setup& setup, Use const&)
{
    setup.request.json = true;
    return Done{};
}

Status apply_status_fd(Setup& setup, Use const& use)
{
    std::optional<int> const number = parse_descriptor(use.value);
    if (!number)
        return bad_value(use, use.value, "not a file descriptor", "write a number, such as 3");
    int const flags = setup.purpose() == Purpose::explain ? O_WRONLY : fcntl(*number, F_GETFL);
    bool const writable = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
    if (!writable)
        return Problem{.subject = use.value,
                       .message = "file descriptor " + std::string(use.value) + " is not open" +
                                  (flags >= 0 ? " for writing" : ""),
                       .option = label_of(use)};
    setup.request.status_descriptor = *number;
    return Done{};
}

Status apply_report(Setup& setup, Use const& use)
{
    setup.request.report_path = use.value;
    return Done{};
}

Status apply_quiet(Setup& setup, Use const&)
{
    setup.request.quiet = true;
    return Done{};
}

Status apply_debug(Setup& setup, Use const&)
{
    setup.request.debug = true;
    return Done{};
}

} // namespace cli
