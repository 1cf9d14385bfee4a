// SPDX-License-Identifier: MIT
// The way in: validate, launch, survey, compile, start; and the story of what went wrong. The launch comes early because
// the kernel takes as long to make namespaces as the survey and the compiler need.
#include "compile/compile.h"
#include "container/container.h"
#include "diagnose/diagnose.h"
#include "plan/explain.h"
#include "registry/registry.h"
#include "survey/survey.h"

#include <memory>
#include <time.h>

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

// What further commands find.
Inside inside_of(Prepared const& prepared, spec::Process const& process)
{
    Inside inside;
    inside.takes_commands = prepared.plan.header().supervision.setup_in_command == 0;
    inside.may_set_groups = prepared.plan.may_set_groups;
    inside.user = prepared.facts.user;
    inside.cwd = process.cwd.value_or("/");
    return inside;
}

struct Named {
    std::optional<registry::Entry> entry;
    spawn::Named brought;
    Naming naming;
};

registry::Info info_of(spec::Name const& name, Prepared const& prepared, spec::Process const& process)
{
    Inside const inside = inside_of(prepared, process);
    registry::Info info;
    timespec now = {};
    (void)::clock_gettime(CLOCK_REALTIME, &now); // cannot fail
    info.created_ns = static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
    info.flags = name.flags;
    info.takes_commands = inside.takes_commands;
    info.may_set_groups = inside.may_set_groups;
    info.uid = inside.user.uid;
    info.gid = inside.user.gid;
    info.groups = inside.user.groups;
    info.home = inside.user.home;
    info.cwd = inside.cwd;
    info.command = process.argv;
    return info;
}

// As late as can be: whoever finds the name finds a container, soon.
Result<Named> take_name(spec::Name const& name, Prepared const& prepared, spec::Process const& process)
{
    Named named;
    if (name.text.empty())
        return named;
    registry::Info const info = info_of(name, prepared, process);
    Result<registry::Entry> entry = registry::create(name.directory, name.text, info);
    if (!entry) {
        entry.error().origin = name.origin;
        return advised(entry.error(), nullptr);
    }
    named.entry.emplace(std::move(entry.value()));
    plan::Supervision const& supervision = prepared.plan.header().supervision;
    for (int number = 1; number < 3; number++) {
        plan::Capture const& capture = supervision.captures[number - 1];
        plan::CaptureHeader header;
        header.ring = capture.ring;
        if (capture.sink >= 0)
            named.brought.sinks[static_cast<size_t>(number)] = CTR_TRY(named.entry->sink(number, header));
    }
    named.brought.control = named.entry->control();
    named.brought.record = named.entry->record();
    named.naming = Naming{name.text, name.directory, name.flags, info.created_ns, CTR_TRY(named.entry->reader())};
    return named;
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
    spec::Process const process = spec.process;
    spec::Name const name = spec.name;
    Prepared const prepared = CTR_TRY(compiled(std::move(spec)));
    if (!init)
        return advised(init.error(), &prepared.facts);
    Named named = CTR_TRY(take_name(name, prepared, process));
    spawn::Attempt attempt = spawn::start(std::move(init.value()), prepared.plan, std::move(named.brought));
    if (attempt.started) {
        if (named.entry)
            named.entry->keep();
        return std::make_unique<Container>(std::move(*attempt.started), prepared.plan, inside_of(prepared, process),
                                           std::move(named.naming));
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
