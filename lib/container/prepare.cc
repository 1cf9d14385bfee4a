// SPDX-License-Identifier: MIT
#include "container/prepare.h"

#include "compile/compile.h"
#include "diagnose/diagnose.h"
#include "survey/survey.h"

namespace ctr::container {

namespace {

Result<PreparedPtr> compiled(Draft draft)
{
    Result<plan::Plan> plan = compile::compile(draft->spec, draft->facts);
    if (!plan)
        return advised(plan.error(), &draft->facts);
    draft->plan = std::move(plan.value());
    return PreparedPtr(std::move(draft));
}

Result<host::Facts> surveyed(spec::Spec const& spec, host::CallerFacts caller)
{
    Result<host::Facts> facts = survey::survey(spec, std::move(caller));
    if (!facts)
        return advised(facts.error(), nullptr);
    return facts;
}

} // namespace

Error advised(Error error, host::Facts const* facts)
{
    diagnose::add_hint(error, facts);
    return error;
}

Result<Draft> validated(config::Config const& config, config::Overrides const& overrides)
{
    Result<spec::Spec> spec = spec::validate(config, overrides);
    if (!spec)
        return advised(spec.error(), nullptr);
    auto draft = std::make_shared<Prepared>();
    draft->spec = std::move(spec.value());
    return draft;
}

Result<PreparedPtr> prepare(Draft draft)
{
    spec::Spec& spec = draft->spec;
    host::CallerFacts caller = survey::survey_caller(spec);
    spec.mounts = spec::with_home_hidden(std::move(spec.mounts), caller.home);
    draft->facts = CTR_TRY(surveyed(spec, std::move(caller)));
    return compiled(std::move(draft));
}

Result<PreparedPtr> prepare(config::Config const& config, config::Overrides const& overrides)
{
    return prepare(CTR_TRY(validated(config, overrides)));
}

Result<PreparedPtr> prepare_again(PreparedPtr last, config::Config const& config)
{
    host::CallerFacts caller = survey::survey_caller(last->spec);
    if (caller != last->facts.caller) // a home that is hidden is in the spec
        return prepare(config, {});
    auto draft = std::make_shared<Prepared>();
    draft->facts = CTR_TRY(surveyed(last->spec, std::move(caller)));
    if (draft->facts == last->facts)
        return last;
    draft->spec = last->spec;
    return compiled(std::move(draft));
}

PreparedPtr Kept::last() const
{
    std::unique_ptr<PreparedPtr> taken(slot_.exchange(nullptr));
    if (!taken)
        return nullptr;
    PreparedPtr last = *taken;
    delete slot_.exchange(taken.release());
    return last;
}

void Kept::keep(PreparedPtr prepared) const { delete slot_.exchange(new PreparedPtr(std::move(prepared))); }

} // namespace ctr::container
