// SPDX-License-Identifier: MIT
// A plan depends on the spec and the facts, and on nothing else; and it is one that ctr-init can run.
#include "cases.h"
#include "checker.h"
#include "compile/compile.h"
#include "diagnose/diagnose.h"
#include "plan/explain.h"

#include <gtest/gtest.h>

#include <cstring>
#include <malloc.h>
#include <thread>

namespace ctr::test {

namespace {

spec::Spec spec_of(config::Config& config, Case const& wanted)
{
    char const* const argv[] = {"/bin/true", nullptr};
    (void)config::set_command(config, argv); // cannot fail
    wanted.wish(config);
    return spec::validate(config, {}).value();
}

host::Facts facts_of(spec::Spec const& spec, Case const& wanted)
{
    Machine machine(spec);
    wanted.fake(machine);
    return machine.facts;
}

plan::Plan plan_of(Case const& wanted)
{
    config::Config config;
    spec::Spec const spec = spec_of(config, wanted);
    return compile::compile(spec, facts_of(spec, wanted)).value();
}

// Leaves this byte where later calls have their local variables.
__attribute__((noinline)) void fill_stack(int byte)
{
    unsigned char bytes[64 * 1024];
    std::memset(bytes, byte, sizeof bytes);
    __asm__ volatile("" : : "r"(bytes) : "memory");
}

// The same, with other contents of the memory that is not initialised.
plan::Plan plan_with_dirt(Case const& wanted, int byte)
{
    config::Config config;
    spec::Spec const spec = spec_of(config, wanted);
    host::Facts const facts = facts_of(spec, wanted);
    (void)::mallopt(M_PERTURB, byte); // not every libc can
    fill_stack(byte);
    plan::Plan plan = compile::compile(spec, facts).value();
    (void)::mallopt(M_PERTURB, 0);
    return plan;
}

std::string joined(Findings const& findings)
{
    std::string out;
    for (std::string const& finding : findings)
        out += finding + "\n";
    return out;
}

class A_plan : public testing::TestWithParam<Case> {};

} // namespace

TEST_P(A_plan, is_the_same_byte_for_byte_when_it_is_compiled_again)
{
    EXPECT_EQ(plan_with_dirt(GetParam(), 0x55).image, plan_with_dirt(GetParam(), 0xaa).image);
}

TEST_P(A_plan, is_the_same_in_several_threads_at_once)
{
    config::Config config;
    spec::Spec const spec = spec_of(config, GetParam());
    host::Facts const facts = facts_of(spec, GetParam());
    std::vector<plan::Plan> plans(4);
    std::vector<std::thread> threads;
    for (plan::Plan& plan : plans)
        threads.emplace_back([&] { plan = compile::compile(spec, facts).value(); });
    for (std::thread& thread : threads)
        thread.join();
    for (plan::Plan const& plan : plans)
        EXPECT_EQ(plan.image, plans[0].image);
}

#if defined(__SANITIZE_ADDRESS__)
TEST(plans, hold_no_address_of_this_process)
{
    GTEST_SKIP() << "the address sanitizer maps so much that numbers and texts look like addresses";
}
#else
TEST_P(A_plan, holds_no_address_of_this_process) { EXPECT_EQ(joined(check_pointers(plan_of(GetParam()))), ""); }
#endif

TEST_P(A_plan, lies_inside_its_image) { EXPECT_EQ(joined(check_layout(plan_of(GetParam()))), ""); }

TEST_P(A_plan, has_a_step_and_a_message_for_every_operation)
{
    EXPECT_EQ(joined(check_words(plan_of(GetParam()))), "");
}

TEST_P(A_plan, uses_open_slots_and_closes_what_it_opened) { EXPECT_EQ(joined(check_slots(plan_of(GetParam()))), ""); }

TEST_P(A_plan, keeps_the_order_that_safety_asks_for) { EXPECT_EQ(joined(check_order(plan_of(GetParam()))), ""); }

TEST_P(A_plan, is_explained_with_a_line_for_every_operation)
{
    plan::Plan const plan = plan_of(GetParam());
    std::string const json = plan::explain_json(plan, diagnose::step_name);
    for (uint32_t i = 0; i < plan.op_count(); i++)
        EXPECT_NE(json.find("{\"index\":" + std::to_string(i) + ","), std::string::npos) << i;
    EXPECT_EQ(json.find("{\"index\":" + std::to_string(plan.op_count()) + ","), std::string::npos);
    for (uint32_t i = 0; i < plan.op_count(); i++)
        EXPECT_NE(plan::describe(plan, plan.ops()[i]).name, "") << i;
}

INSTANTIATE_TEST_SUITE_P(plans, A_plan, testing::ValuesIn(all_cases()), case_name);

TEST(a_plan, with_4096_mounts_stays_within_its_slots)
{
    config::Config config;
    char const* const argv[] = {"/bin/true", nullptr};
    (void)config::set_command(config, argv); // cannot fail
    for (int i = 0; i < 4096; i++)
        bind(config, "/src", ("/d" + std::to_string(i)).c_str(), 0);
    spec::Spec const spec = spec::validate(config, {}).value();
    Machine const machine(spec);
    plan::Plan const plan = compile::compile(spec, machine.facts).value();
    EXPECT_EQ(joined(check_slots(plan)), "");
    EXPECT_EQ(joined(check_layout(plan)), "");
}

TEST(a_plan, with_every_descriptor_that_may_be_passed_stays_within_its_slots)
{
    config::Config config;
    char const* const argv[] = {"/bin/true", nullptr};
    (void)config::set_command(config, argv); // cannot fail
    for (int number = 0; number < 3; number++)
        (void)config::set_stdio(config, number, CTR_STDIO_FD, fixed_descriptor());
    for (int i = 0; i < 200; i++)
        (void)config::add_fd(config, fixed_descriptor(), 3 + i);
    for (uint32_t which = CTR_NAMESPACE_USER; which <= CTR_NAMESPACE_TIME; which++)
        if (which != CTR_NAMESPACE_MOUNT)
            (void)config::join_namespace(config, which, fixed_descriptor());
    spec::Spec const spec = spec::validate(config, {}).value();
    Machine const machine(spec);
    plan::Plan const plan = compile::compile(spec, machine.facts).value();
    EXPECT_LE(plan.passed.size(), size_t{plan::most_passed_fds});
    EXPECT_EQ(joined(check_slots(plan)), "");
}

} // namespace ctr::test
