// SPDX-License-Identifier: MIT
// The way in: validate, launch, survey, compile, start; and the story of what went wrong. The launch comes early because
// the kernel takes as long to make namespaces as the survey and the compiler need.
#include "compile/compile.h"
#include "container/container.h"
#include "container/named.h"
#include "diagnose/diagnose.h"
#include "plan/explain.h"

#include <memory>

namespace ctr::container {

namespace {

// Where compiling fails, ctr-init goes again; its command was never begun.
Result<spawn::Init> launch(plan::Launch const& launch, spawn::Program const& program, int cancel)
{
    int const executable = CTR_TRY(program.get());
    return spawn::launch(launch, executable, cancel);
}

// What further commands find.
Inside inside_of(Prepared const& prepared)
{
    spec::Spec const& spec = prepared.spec;
    Inside inside;
    inside.takes_commands = prepared.plan.header().supervision.setup_in_command == 0;
    inside.may_set_groups = prepared.plan.may_set_groups;
    inside.has_terminals = spec::has_terminals(spec.mounts);
    inside.new_privs = spec.process.new_privs;
    inside.capabilities = spec.identity.capabilities.keep;
    inside.limits = spec.process.limits;
    inside.user = prepared.facts.user;
    inside.cwd = spec.process.cwd.value_or("/");
    inside.seccomp = spec.filter.wish;
    return inside;
}

struct Begun {
    Result<spawn::Init> init;
    PreparedPtr prepared;
};

// What is wrong with the wishes is told before what is wrong with the host.
Result<Begun> begin(config::Config const& config, config::Overrides const& overrides, spawn::Program const& program)
{
    Draft draft = CTR_TRY(validated(config, overrides));
    Result<spawn::Init> init = launch(compile::launch_of(draft->spec), program, overrides.cancel_fd);
    PreparedPtr prepared = CTR_TRY(prepare(std::move(draft)));
    return Begun{std::move(init), std::move(prepared)};
}

Result<Begun> begin_again(PreparedPtr last, config::Config const& config, spawn::Program const& program, int cancel)
{
    Result<spawn::Init> init = launch(last->plan.launch, program, cancel);
    PreparedPtr prepared = CTR_TRY(prepare_again(std::move(last), config));
    return Begun{std::move(init), std::move(prepared)};
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
    for (size_t i = 0; i < plan.op_count(); i++)
        command.restricted = command.restricted || plan.ops()[i].code == plan::OpCode::allow_path;
    plan::Op const& last = plan.ops()[plan.op_count() - 1];
    if (last.code == plan::OpCode::exec && last.exec.by == plan::ExecBy::descriptor)
        command.fd = plan.passed[static_cast<size_t>(last.exec.program)].fd;
    diagnose::explain_exec(error, command, attempt.root.get());
    return error;
}

Result<std::unique_ptr<Container>> start(config::Config const& config, config::Overrides const& overrides,
                                         spawn::Program const& program, Kept const& kept)
{
    PreparedPtr last = config::is_changed(overrides) ? nullptr : kept.last();
    bool const again = last != nullptr;
    Begun begun = CTR_TRY(again ? begin_again(std::move(last), config, program, overrides.cancel_fd)
                                : begin(config, overrides, program));
    Prepared const& prepared = *begun.prepared;
    if (!begun.init)
        return advised(begun.init.error(), &prepared.facts);
    if (!config::is_changed(overrides))
        kept.keep(begun.prepared);
    Inside inside = inside_of(prepared);
    Result<Named> named =
        take_name(prepared.spec.name, inside, prepared.spec.process.argv, prepared.plan.header().supervision);
    if (!named)
        return advised(named.error(), nullptr);
    spawn::Attempt attempt =
        spawn::start(std::move(begun.init.value()), prepared.plan, std::move(named.value().brought));
    if (attempt.started) {
        auto container =
            std::make_unique<Container>(spawn::Guard(std::move(attempt.started->process)), std::move(*attempt.started),
                                        prepared.plan, std::move(inside), std::move(named.value().naming));
        keep_name(named.value());
        return container;
    }
    return advised(exec_story(std::move(attempt.error), prepared.plan, attempt), &prepared.facts);
}

Result<std::string> explain(config::Config const& config, bool json)
{
    PreparedPtr const prepared = CTR_TRY(prepare(config, {}));
    return json ? plan::explain_json(prepared->plan, diagnose::step_name)
                : plan::explain_text(prepared->plan, diagnose::step_name);
}

} // namespace ctr::container
