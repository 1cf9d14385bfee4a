// SPDX-License-Identifier: MIT
// join_ops PAYLOAD: of the plan of a further command every operation fails in turn, by a number that ctr-init does not
// know. The error is that of the operation, nothing is left, and the container goes on.
#include "altered.h"

#include "container/container.h"
#include "spawn/program.h"
#include "spawn/spawn.h"

#include <cstdio>
#include <cstdlib>
#include <sys/resource.h>

namespace {

using ctr::plan::Plan;

constexpr uint64_t patience_ms = 10000;
constexpr int soon = 1000; // milliseconds
constexpr rlim_t most_fds = 40;
constexpr int most_failures = 12; // a misunderstood library would fail everywhere

ctr::spawn::Attempt join(ctr::spawn::Started const& box, Plan const& plan)
{
    return ctr::spawn::join(box.channel.get(), plan, {ctr::sys::deadline_in(patience_ms)});
}

// The processes of the container, by the children of its ctr-init.
size_t inhabitants(ctr::spawn::Started const& box)
{
    std::string const pid = std::to_string(box.process.pid);
    char* text = read_text(("/proc/" + pid + "/task/" + pid + "/children").c_str());
    size_t count = 0;
    for (char const* at = text; *at != 0; at++)
        count += *at == ' ' ? 1 : 0;
    std::free(text);
    return count;
}

bool falls_to(ctr::spawn::Started const& box, size_t count)
{
    for (int i = 0; i < soon; i++, sleep_ms(1))
        if (inhabitants(box) == count)
            return true;
    return false;
}

bool fails_cleanly(ctr::spawn::Started const& box, Plan const& plan, uint32_t i)
{
    int const before = count_fds();
    bool fine = true;
    {
        ctr::spawn::Attempt const attempt = join(box, fault::broken(plan, i));
        fine &= expect(!attempt.started, "operation %u: the command was started", i) != 0;
        if (!attempt.started)
            fine &= fault::is_error_of(plan, i, attempt.error);
    }
    fine &= expect(falls_to(box, 1), "operation %u: a process is left", i) != 0;
    return expect(count_fds() == before, "operation %u: %d descriptors before and %d after", i, before, count_fds()) &&
           fine;
}

// The plan as it is runs: otherwise nothing was shown. The handle's end is the command's.
void succeed(ctr::spawn::Started const& box, Plan const& plan)
{
    {
        ctr::spawn::Attempt const attempt = join(box, plan);
        ctr_error const error{attempt.error};
        if (!expect(attempt.started.has_value(), "the plan itself fails"))
            print_error("join", &error);
        else
            expect(inhabitants(box) == 2, "%zu processes run", inhabitants(box));
    }
    expect(falls_to(box, 1), "the command does not end with its channel");
}

void fail_every_op(ctr::spawn::Started const& box, Plan const& plan)
{
    int failures = 0;
    for (uint32_t i = 0; i < plan.op_count() && failures < most_failures; i++)
        failures += fails_cleanly(box, plan, i) ? 0 : 1;
    std::printf("%u operations\n", plan.op_count());
}

void run_variant(fault::World const& world, ctr::spawn::Started const& box, bool terminal)
{
    begin_case("every_operation_of_a_further_command_that_fails_is_named_and_cleaned_up_with_%s",
               terminal ? "a_terminal" : "streams");
    ctr_config* config = fault::further_config(world, terminal ? -1 : world.passed());
    std::optional<Plan> const plan = fault::further_plan(config);
    if (expect(plan.has_value(), "there is no plan")) {
        succeed(box, *plan);
        fail_every_op(box, *plan);
        succeed(box, *plan); // after all these
    }
    ctr_config_free(config);
}

void run_all(fault::World const& world)
{
    ctr_config* config = fault::box_config(world);
    std::optional<Plan> const plan = fault::plan_of(config);
    ctr::Result<int> const program = config->program.get();
    if (!plan || !program)
        give_up("there is no container to join");
    {
        ctr::spawn::Attempt attempt = ctr::spawn::spawn(*plan, program.value(), -1);
        if (!attempt.started)
            give_up("the container does not start: %s", attempt.error.message.c_str());
        for (bool const terminal : {false, true})
            run_variant(world, *attempt.started, terminal);
        ctr::spawn::Guard const ends(std::move(attempt.started->process));
    }
    begin_case("nothing_is_left_of_the_container");
    expect(all_gone(soon), "a process is left");
    (void)world.unchanged(*plan); // tells
    ctr_config_free(config);
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2)
        return 2;
    start_watchdog(120);
    rlimit const few = {most_fds, most_fds}; // ctr-init's too: a descriptor left by each failure would be too many
    (void)::setrlimit(RLIMIT_NOFILE, &few);
    adopt_orphans();
    run_all(fault::World(argv[1]));
    return conclude();
}
