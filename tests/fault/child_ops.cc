// SPDX-License-Identifier: MIT
// child_ops PAYLOAD: of each representative plan every operation fails in turn, by a number that ctr-init does not
// know. The error is that of the operation, and nothing is left.
#include "altered.h"

#include "spawn/program.h"
#include "spawn/spawn.h"

#include <cstdio>

namespace {

using ctr::plan::Plan;

bool fails_cleanly(fault::World const& world, Plan const& plan, int program, uint32_t i)
{
    int const before = count_fds();
    bool fine = true;
    {
        ctr::spawn::Attempt const attempt = ctr::spawn::spawn(fault::broken(plan, i), program, -1);
        fine &= expect(!attempt.started, "operation %u: the container was started", i) != 0;
        if (!attempt.started)
            fine &= fault::is_error_of(plan, i, attempt.error);
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
