// SPDX-License-Identifier: MIT
// Which system calls the command may make.
#include "compile/compile.h"

#include "base/text.h"
#include "compile/bpf.h"

#include <algorithm>
#include <cstring>

namespace ctr::compile {

namespace {

Result<Program> program_of(spec::Filter const& filter, spec::Capabilities keep)
{
    if (filter.profile)
        return make_filter(*filter.profile, keep);
    Program program;
    if (filter.wish.kind == config::SeccompKind::bpf) {
        program.resize(filter.wish.content.size() / sizeof(sock_filter));
        std::memcpy(program.data(), filter.wish.content.data(), program.size() * sizeof(sock_filter));
        return program;
    }
    for (size_t i = 0; i < built_in_count; i++)
        if (filter.name == built_ins[i].name)
            program.assign(built_ins[i].program, built_ins[i].program + built_ins[i].count);
    return settled(std::move(program), keep);
}

uint32_t number_of(std::string_view name)
{
    for (size_t i = 0; i < own_calls.count; i++)
        if (own_calls.calls[i].name == name)
            return own_calls.calls[i].number;
    return ~0U;
}

Error profile_error(spec::Filter const& filter, std::string_view subject, std::string message)
{
    return Error{.code = Code::invalid,
                 .step = Step::filter,
                 .subject = std::string(subject),
                 .origin = filter.wish.origin,
                 .message = std::move(message)};
}

// What the filter says of a call of ctr-init's own.
uint32_t action_for(Program const& program, char const* name)
{
    seccomp_data data = {};
    data.nr = static_cast<int>(number_of(name));
    data.arch = own_calls.arch;
    return verdict_of(program, data) & SECCOMP_RET_ACTION_FULL;
}

bool is_allowed(uint32_t action) { return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG; }

bool asks(spec::Profile const& profile)
{
    auto const is_question = [](spec::Verdict verdict) { return verdict == SECCOMP_RET_USER_NOTIF; };
    return is_question(profile.otherwise) ||
           std::any_of(profile.rules.begin(), profile.rules.end(),
                       [&](spec::Rule const& rule) { return is_question(rule.verdict); });
}

// A filter that refuses the exec would leave a container that cannot begin, and nobody can answer before the listener
// is handed over. A given program is not looked into.
Status check_start(Context const& context, Program const& program)
{
    spec::Filter const& filter = context.spec.filter;
    char const* const exec = context.spec.process.command_fd >= 0 ? "execveat" : "execve";
    if (filter.listens && context.spec.process.new_privs)
        return profile_error(filter, filter.name,
                             "a seccomp listener can only be had where new privileges are refused");
    if (!filter.profile)
        return Unit{};
    if (asks(*filter.profile) && !filter.listens)
        return profile_error(filter, "SCMP_ACT_NOTIFY", "the seccomp profile asks about calls, and nobody listens");
    if (!is_allowed(action_for(program, exec)))
        return profile_error(filter, exec, "the seccomp profile does not let the command be executed");
    if (filter.listens && !is_allowed(action_for(program, "sendmsg")))
        return profile_error(filter, "sendmsg", "the seccomp profile does not let its listener be handed over");
    return Unit{};
}

} // namespace

Status prepare_filter(Context& context)
{
    spec::Filter const& filter = context.spec.filter;
    if (filter.name == "unconfined")
        return Unit{};
    Result<Program> program = program_of(filter, kept_capabilities(context));
    if (!program)
        return profile_error(filter, "seccomp", std::move(program.error().message));
    CTR_TRY(check_start(context, program.value()));
    context.filter = std::move(program.value());
    return Unit{};
}

void add_filter(Context& context)
{
    if (context.filter.empty())
        return;
    spec::Filter const& filter = context.spec.filter;
    uint32_t const logs = filter.profile && filter.profile->logs ? SECCOMP_FILTER_FLAG_LOG : 0;
    uint32_t const listens = filter.listens ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
    context.ops.about(
        {Step::filter, filter.wish.origin, filter.name, "cannot restrict the system calls of the command"});
    auto const count = static_cast<uint32_t>(context.filter.size());
    plan::Text const bytes = context.ops.blob(context.filter.data(), count * sizeof(sock_filter), alignof(sock_filter));
    context.ops.add(plan::OpCode::filter).filter = {bytes, count, logs | listens};
}

} // namespace ctr::compile
