// SPDX-License-Identifier: MIT
// The way in: validate, survey, compile, spawn; and the story of what went wrong.
#include "compile/compile.h"
#include "container/container.h"
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

Error exec_story(Error error, plan::Plan const& plan, spawn::Attempt const& attempt)
{
    if (error.step != Step::exec || !attempt.root)
        return error;
    auto const* words = reinterpret_cast<uint64_t const*>(plan.image.data() + plan.header().arguments);
    diagnose::Command command;
    command.file = reinterpret_cast<char const*>(plan.image.data() + words[0]);
    command.search_path = plan.text(plan.header().search_path);
    diagnose::explain_exec(error, command, attempt.root.get());
    return error;
}

} // namespace

Result<Prepared> prepare(config::Config const& config, std::vector<std::string> const& argv)
{
    Result<spec::Spec> validated = spec::validate(config, argv);
    if (!validated)
        return advised(validated.error(), nullptr);
    spec::Spec spec = std::move(validated.value());
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

Result<std::unique_ptr<Container>> start(config::Config const& config, StartOptions const& options,
                                         spawn::Program const& program)
{
    Prepared const prepared = CTR_TRY(prepare(config, options.argv));
    Result<int> const executable = program.get();
    if (!executable)
        return advised(executable.error(), &prepared.facts);
    spawn::Attempt attempt = spawn::spawn(prepared.plan, executable.value(), options.cancel_fd);
    if (attempt.started)
        return std::make_unique<Container>(std::move(*attempt.started), prepared.plan);
    return advised(exec_story(std::move(attempt.error), prepared.plan, attempt), &prepared.facts);
}

Result<std::string> explain(config::Config const& config, bool json)
{
    Prepared const prepared = CTR_TRY(prepare(config, {}));
    return json ? plan::explain_json(prepared.plan, diagnose::step_name)
                : plan::explain_text(prepared.plan, diagnose::step_name);
}

} // namespace ctr::container
