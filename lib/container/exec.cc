// SPDX-License-Identifier: MIT
// A further command in a running container.
#include "base/text.h"
#include "compile/compile.h"
#include "container/container.h"
#include "container/prepare.h"
#include "diagnose/diagnose.h"
#include "survey/survey.h"
#include "sys/file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>

namespace ctr::container {

namespace {

// What makes a box belongs to the container, and it has one already.
Status check_calls(config::Config const& config)
{
    constexpr Call of_the_process[] = {
        Call::set_command,    Call::add_env,           Call::set_env_base,     Call::set_cwd,
        Call::set_umask,      Call::set_stdio,         Call::add_fd,           Call::add_rlimit,
        Call::set_new_privs,  Call::set_timeout,       Call::set_user,         Call::set_kill_after,
        Call::add_capability, Call::set_setup_timeout, Call::drop_capability,  Call::add_group,
        Call::set_stdio_file, Call::set_capture_limit, Call::set_capture_keep, Call::set_silence_timeout,
        Call::set_listen_fds, Call::set_command_fd,    Call::set_terminal,     Call::set_seccomp_listener,
    };
    for (size_t i = 1; i < config.calls.size(); i++) {
        Call const call = static_cast<Call>(i);
        bool const fits =
            std::find(std::begin(of_the_process), std::end(of_the_process), call) != std::end(of_the_process);
        if (config.calls[i] > 0 && !fits)
            return Error{.code = Code::invalid,
                         .step = Step::join,
                         .origin = {call, 0},
                         .message = "a further command has what the container has: only its process can be described"};
    }
    return Unit{};
}

// No further command may have more than the container's own: neither rights nor resources by default.
Status stay_within(spec::Spec& spec, config::Config const& config, Inside const& inside)
{
    Error refusal{.code = Code::invalid, .step = Step::join};
    spec.identity.capabilities = CTR_TRY(spec::capabilities_within(config, inside.capabilities));
    if (spec.process.new_privs && !inside.new_privs) {
        refusal.origin = {Call::set_new_privs, 0};
        refusal.subject = "no_new_privs";
        refusal.message = "the container refuses new privileges, and no further command has more than it";
        return refusal;
    }
    if (spec.process.terminal && !inside.has_terminals) {
        refusal.origin = spec.process.terminal->origin;
        refusal.subject = "/dev/pts";
        refusal.message = "the container has no /dev/pts of its own, and so no terminals";
        return refusal;
    }
    std::vector<spec::Limit>& own = spec.process.limits;
    for (spec::Limit const& limit : inside.limits)
        if (std::none_of(own.begin(), own.end(), [&](auto const& one) { return one.resource == limit.resource; }))
            own.push_back(limit);
    return Unit{};
}

// ctr-init has no streams to inherit: the caller's own are passed, or the null device.
Status pass_streams(spec::Process& process, Fd& null)
{
    if (process.terminal)
        return Unit{};
    for (int i = 0; i < 3; i++) {
        spec::Stdio& stdio = process.stdio[static_cast<size_t>(i)];
        using spec::StdioKind;
        if (stdio.kind != StdioKind::inherit && stdio.kind != StdioKind::null)
            continue;
        bool const inherits = stdio.kind == StdioKind::inherit && ::fcntl(i, F_GETFD) >= 0;
        if (!inherits && !null) {
            sys::Outcome<Fd> opened = sys::open_file(AT_FDCWD, "/dev/null", O_RDWR | O_NOCTTY);
            if (!opened)
                return Error{.code = code_of(opened.error),
                             .step = Step::join,
                             .sys = opened.error,
                             .subject = "/dev/null",
                             .message = "cannot open the null device"};
            null = std::move(opened.value);
        }
        stdio.kind = StdioKind::fd;
        stdio.fd = inherits ? i : null.get();
    }
    return Unit{};
}

} // namespace

// Whoever answers has to know that there is something to answer.
Status Container::check_listener(config::Config const& config) const
{
    if (config.seccomp.listener == inside_.seccomp.listener)
        return Unit{};
    return Error{.code = Code::invalid,
                 .step = Step::join,
                 .subject = "seccomp",
                 .origin = config::last_call(config, Call::set_seccomp_listener),
                 .message = inside_.seccomp.listener != 0
                                ? "the container's system calls are asked about, and nobody listens"
                                : "the container's system calls are not asked about"};
}

Result<spawn::Attempt> Container::join(spec::Spec& spec, sys::Patience const& patience)
{
    host::Facts facts;
    facts.user = inside_.user;
    if (spec.identity.user.origin.call != Call::none || spec.process.home_wanted) {
        Fd root;
        survey::ReadFile const read = [&](char const* path) -> Result<std::string> {
            if (!root)
                root = CTR_TRY(spawn::look(channel_.get(), patience));
            return survey::reader_of(root.get())(path);
        };
        host::UserFacts const user = CTR_TRY(survey::survey_user(spec, read));
        if (spec.identity.user.origin.call != Call::none)
            facts.user = user;
    }
    if (!spec.process.cwd)
        spec.process.cwd = inside_.cwd;
    spec.filter = CTR_TRY(spec::checked_filter(inside_.seccomp));
    plan::Plan const plan = CTR_TRY(compile::compile_join(spec, facts, inside_.may_set_groups));
    spawn::Attempt attempt = spawn::join(channel_.get(), plan, patience);
    if (!attempt.started)
        attempt.error = exec_story(std::move(attempt.error), plan, attempt);
    return attempt;
}

Result<std::unique_ptr<Container>> Container::exec(config::Config const& config, config::Overrides const& overrides)
{
    if (!inside_.takes_commands)
        return Error{.code = Code::unsupported,
                     .step = Step::join,
                     .subject = "ctr_exec",
                     .message = further_ ? "a further command takes none itself: its container does"
                                         : "a further command needs a container whose ctr-init runs inside"};
    CTR_TRY(check_owner(Step::join));
    CTR_TRY(check_calls(config));
    CTR_TRY(check_listener(config));
    Draft const draft = CTR_TRY(validated(config, overrides));
    spec::Spec& spec = draft->spec;
    CTR_TRY(stay_within(spec, config, inside_));
    Fd null;
    CTR_TRY(pass_streams(spec.process, null));
    sys::Patience const patience{sys::deadline_in(spec.lifetime.setup_timeout_ms), overrides.cancel_fd};
    spawn::Attempt attempt = CTR_TRY(join(spec, patience));
    if (!attempt.started) {
        diagnose::add_hint(attempt.error, nullptr);
        return attempt.error;
    }
    return std::make_unique<Container>(std::move(*attempt.started), spec.lifetime);
}

} // namespace ctr::container
