// SPDX-License-Identifier: MIT
// child_ops PAYLOAD: of each representative plan every operation fails in turn, by a number that ctr-init does not
// know. The error is that of the operation, and nothing is left.
#include "plans.h"

#include "diagnose/diagnose.h"
#include "spawn/program.h"
#include "spawn/spawn.h"

#include <cerrno>
#include <cstdio>

namespace {

using ctr::Step;
using ctr::plan::Op;
using ctr::plan::Plan;

constexpr auto no_such_op = static_cast<ctr::plan::OpCode>(0xffff);
constexpr int index_mark = 1000; // an index of a call that nobody made tells the operations apart

// The plan with operation i broken, and every operation marked by its index.
Plan broken(Plan const& plan, uint32_t i)
{
    Plan copy = plan;
    for (uint32_t k = 0; k < copy.op_count(); k++)
        copy.ops()[k].index = index_mark + static_cast<int32_t>(k);
    copy.ops()[i].code = no_such_op;
    copy.ops()[i].accept = 0;
    return copy;
}

bool check_error(Plan const& plan, uint32_t i, ctr::Error const& error)
{
    Op const& op = plan.ops()[i];
    bool fine = true;
    auto const check = [&](bool condition, char const* what) {
        fine &= expect(condition, "operation %u: %s", i, what) != 0;
    };
    check(error.origin.index == index_mark + static_cast<int32_t>(i), "the error is that of another operation");
    check(error.sys == ENOSYS && error.code != ctr::Code::none, "the error has another errno");
    check(error.step != Step::none && error.step == static_cast<Step>(op.step), "the error has another step, or none");
    check(error.subject == plan.text(op.subject) && !error.subject.empty(), "the error has another subject, or none");
    check(error.message == plan.text(op.message) && !error.message.empty(), "the error has another message, or none");
    if (!fine)
        std::printf("  operation %u: %s: %s: %s (errno %d, index %d)\n", i, ctr::diagnose::step_name(error.step),
                    error.subject.c_str(), error.message.c_str(), error.sys, error.origin.index);
    return fine;
}

bool fails_cleanly(fault::World const& world, Plan const& plan, int program, uint32_t i)
{
    int const before = count_fds();
    bool fine = true;
    {
        ctr::spawn::Attempt const attempt = ctr::spawn::spawn(broken(plan, i), program, -1);
        fine &= expect(!attempt.started, "operation %u: the container was started", i) != 0;
        if (!attempt.started)
            fine &= check_error(plan, i, attempt.error);
    }
    fine &= expect(no_children(), "operation %u: a process is left", i) != 0;
    if (!no_children())
        (void)all_gone(100); // so that the next ones can be judged
    fine &=
        expect(count_fds() == before, "operation %u: %d descriptors before and %d after", i, before, count_fds()) != 0;
    return world.unchanged(plan) && fine;
}

// A misunderstood library would fail everywhere: the first dozen tells the story.
constexpr int most_failures = 12;

void fail_every_op(fault::World const& world, Plan const& plan, int program)
{
    int failures = 0;
    for (uint32_t i = 0; i < plan.op_count() && failures < most_failures; i++)
        failures += fails_cleanly(world, plan, program, i) ? 0 : 1;
    std::printf("%u operations\n", plan.op_count());
}

// The plan as it is runs: otherwise nothing was shown above.
void succeed(fault::World const& world, Plan const& plan, int program)
{
    {
        ctr::spawn::Attempt attempt = ctr::spawn::spawn(plan, program, -1);
        ctr_error const error{attempt.error};
        if (!expect(attempt.started.has_value(), "the plan itself fails"))
            print_error("spawn", &error);
        else
            ctr::spawn::Guard const ends(std::move(attempt.started->process));
    }
    (void)all_gone(1000); // with init outside the command ends a little later
    (void)world.unchanged(plan);
}

void run_variant(fault::World const& world, fault::Variant const& variant)
{
    begin_case("every_operation_that_fails_is_named_and_cleaned_up_with_%s", variant.name);
    if (std::string const reason = fault::obstacle(variant); !reason.empty()) {
        skip_case("%s", reason.c_str());
        return;
    }
    ctr_config* config = fault::config_of(world, variant);
    std::optional<Plan> const plan = fault::plan_of(config);
    ctr::Result<int> const program = config->program.get();
    if (expect(plan && program, "there is no plan")) {
        succeed(world, *plan, program.value());
        fail_every_op(world, *plan, program.value());
    }
    ctr_config_free(config);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    start_watchdog(180);
    adopt_orphans();
    {
        fault::World const world(argv[1]);
        for (fault::Variant const& variant : fault::variants())
            run_variant(world, variant);
    }
    return conclude();
}
