// SPDX-License-Identifier: MIT
// The way in: validate, launch, survey, compile, start; and the story of what went wrong. The launch comes early because
// the kernel takes as long to make namespaces as the survey and the compiler need.
#include "compile/compile.h"
#include "container/container.h"
#include "container/named.h"
#include "diagnose/diagnose.h"
#include "plan/explain.h"
#include "survey/survey.h"

#include <memory>

namespace ctr::container {

namespace {

Error advised(Error error, host::Facts const* facts)
{
    diagnose::add_hint(error, facts);
    return error;
}

Result<spec::Spec> validated(config::Config const& config, config::Overrides const& overrides)
{
    Result<spec::Spec> spec = spec::validate(config, overrides);
    if (!spec)
        return advised(spec.error(), nullptr);
    return spec;
}

Result<Prepared> compiled(spec::Spec spec)
{
    host::CallerFacts caller = survey::survey_caller(spec);
    spec.mounts = spec::with_home_hidden(std::move(spec.mounts), caller.home);
    Result<host::Facts> facts = survey::survey(spec, std::move(caller));
    if (!facts)
        return advised(facts.error(), nullptr);
    Result<plan::Plan> plan = compile::compile(spec, facts.value());
    if (!plan)
        return advised(plan.error(), &facts.value());
    return Prepared{std::move(plan.value()), std::move(facts.value())};
}

// Where compiling fails, ctr-init goes again; its command was never begun.
Result<spawn::Init> launch(spec::Spec const& spec, spawn::Program const& program, int cancel)
{
    int const executable = CTR_TRY(program.get());
    return spawn::launch(compile::launch_of(spec), executable, cancel);
}

// What further commands find: what was wished for, and then what came of it.
Inside inside_of(spec::Spec const& spec)
{
    Inside inside;
    inside.has_terminals = spec::has_terminals(spec.mounts);
    inside.new_privs = spec.process.new_privs;
    inside.capabilities = spec.identity.capabilities.keep;
    inside.limits = spec.process.limits;
    inside.cwd = spec.process.cwd.value_or("/");
    inside.seccomp = spec.filter.wish;
    return inside;
}

Inside completed(Inside inside, Prepared const& prepared)
{
    inside.takes_commands = prepared.plan.header().supervision.setup_in_command == 0;
    inside.may_set_groups = prepared.plan.may_set_groups;
    inside.user = prepared.facts.user;
    return inside;
}

} // namespace

Error exec_story(Error error, plan::Plan const& plan, spawn::Attempt const& attempt)
{
    if (error.step != Step::exec || !attempt.root)
        return error;
    auto const* words = reinterpret_cast<uint64_t const*>(plan.image.data() + plan.header().arguments);
    diagnose::Command command;
    command.file = reinterpret_cast<char const*>(plan.image.data() + words[0]);
    command.search_path = plan.text(plan.header().search_path);
    plan::Op const& last = plan.ops()[plan.op_count() - 1];
    if (last.code == plan::OpCode::exec && last.exec.by == plan::ExecBy::descriptor)
        command.fd = plan.passed[static_cast<size_t>(last.exec.program)].fd;
    diagnose::explain_exec(error, command, attempt.root.get());
    return error;
}

Result<Prepared> prepare(config::Config const& config, config::Overrides const& overrides)
{
    return compiled(CTR_TRY(validated(config, overrides)));
}

Result<std::unique_ptr<Container>> start(config::Config const& config, config::Overrides const& overrides,
                                         spawn::Program const& program)
{
    spec::Spec spec = CTR_TRY(validated(config, overrides));
    Result<spawn::Init> init = launch(spec, program, overrides.cancel_fd);
    // What is wrong with the wishes is told before what is wrong with the host.
    Inside inside = inside_of(spec);
    spec::Name const name = spec.name;
    std::vector<std::string> const command = spec.process.argv;
    Prepared const prepared = CTR_TRY(compiled(std::move(spec)));
    if (!init)
        return advised(init.error(), &prepared.facts);
    inside = completed(std::move(inside), prepared);
    Result<Named> named = take_name(name, inside, command, prepared.plan.header().supervision);
    if (!named)
        return advised(named.error(), nullptr);
    spawn::Attempt attempt = spawn::start(std::move(init.value()), prepared.plan, std::move(named.value().brought));
    if (attempt.started) {
        keep_name(named.value());
        return std::make_unique<Container>(std::move(*attempt.started), prepared.plan, std::move(inside),
                                           std::move(named.value().naming));
    }
    return advised(exec_story(std::move(attempt.error), prepared.plan, attempt), &prepared.facts);
}

Result<std::string> explain(config::Config const& config, bool json)
{
    Prepared const prepared = CTR_TRY(prepare(config, {}));
    return json ? plan::explain_json(prepared.plan, diagnose::step_name)
                : plan::explain_text(prepared.plan, diagnose::step_name);
}

} // namespace ctr::container
