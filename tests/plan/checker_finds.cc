// SPDX-License-Identifier: MIT
// The checker of plans finds what it is there for.
#include "checker.h"

#include "base/error.h"

#include <gtest/gtest.h>

#include <fcntl.h>

namespace ctr::test {

namespace {

using plan::Builder;
using plan::OpCode;

plan::Plan sealed(Builder& ops) { return ops.seal({}, {"true"}, {}, "/bin"); }

void begin(Builder& ops)
{
    ops.begin_enter();
    ops.begin_setup();
    ops.begin_payload();
    ops.about({Step::exec, {}, "true", "cannot do it"});
}

bool finds(Findings const& findings, char const* words)
{
    for (std::string const& finding : findings)
        if (finding.find(words) != std::string::npos)
            return true;
    return false;
}

plan::Slot open_root(Builder& ops, uint32_t flags)
{
    plan::Slot const slot = ops.slot();
    plan::Text const path = ops.text("/");
    ops.add(OpCode::open_at).open_at = {plan::at_cwd, path, flags, 0, slot};
    return slot;
}

} // namespace

TEST(the_checker, finds_nothing_in_a_good_plan)
{
    Builder ops;
    begin(ops);
    ops.release(open_root(ops, O_PATH | O_CLOEXEC));
    ops.add(OpCode::exec);
    plan::Plan const plan = sealed(ops);
    for (auto const& check : {check_layout, check_words, check_slots, check_order, check_pointers})
        EXPECT_TRUE(check(plan).empty());
}

TEST(the_checker, finds_slots_that_are_never_closed_or_never_opened)
{
    Builder ops;
    begin(ops);
    (void)open_root(ops, O_PATH | O_CLOEXEC);
    ops.release(ops.slot());
    ops.add(OpCode::enter_dir).one_slot = {1};
    ops.add(OpCode::enter_dir).one_slot = {2};
    Findings const findings = check_slots(sealed(ops));
    EXPECT_TRUE(finds(findings, "slot 0 is never closed"));
    EXPECT_TRUE(finds(findings, "slot 1 is used and is not open"));
    EXPECT_TRUE(finds(findings, "slot 2 does not exist"));
}

TEST(the_checker, finds_descriptors_that_are_lost_or_that_exec_would_keep)
{
    Builder ops;
    begin(ops);
    plan::Slot const slot = open_root(ops, O_PATH);
    plan::Text const path = ops.text("/");
    ops.add(OpCode::open_at).open_at = {plan::at_cwd, path, O_PATH | O_CLOEXEC, 0, slot};
    ops.release(slot);
    Findings const findings = check_slots(sealed(ops));
    EXPECT_TRUE(finds(findings, "opened without close-on-exec"));
    EXPECT_TRUE(finds(findings, "opened while it holds another descriptor"));
}

TEST(the_checker, finds_descriptors_that_nobody_uses)
{
    Builder ops;
    (void)ops.pass_fd(0);
    begin(ops);
    EXPECT_TRUE(finds(check_slots(sealed(ops)), "slot 0 is received and never used"));
}

TEST(the_checker, finds_operations_without_words)
{
    Builder ops;
    begin(ops);
    ops.about({Step::none, {}, "", ""});
    ops.add(OpCode::new_session);
    ops.about({Step::exec, {}, "", "It failed."});
    ops.add(OpCode::exec);
    Findings const findings = check_words(sealed(ops));
    EXPECT_TRUE(finds(findings, "has no step"));
    EXPECT_TRUE(finds(findings, "has no message"));
    EXPECT_TRUE(finds(findings, "is a sentence"));
}

TEST(the_checker, finds_a_path_of_the_host_behind_the_pivot)
{
    Builder ops;
    begin(ops);
    ops.add(OpCode::pivot_root);
    ops.release(open_root(ops, O_PATH | O_CLOEXEC));
    ops.add(OpCode::exec);
    Findings const findings = check_order(sealed(ops));
    EXPECT_TRUE(finds(findings, "takes a path of the host after the pivot"));
    EXPECT_TRUE(finds(findings, "the old root is not detached"));
}

TEST(the_checker, finds_what_comes_in_the_wrong_order)
{
    Builder ops;
    begin(ops);
    ops.add(OpCode::set_user);
    ops.add(OpCode::set_group);
    ops.add(OpCode::exec);
    ops.add(OpCode::set_capabilities);
    Findings const findings = check_order(sealed(ops));
    EXPECT_TRUE(finds(findings, "the group is set after the user"));
    EXPECT_TRUE(finds(findings, "exec is not the one last operation"));
}

TEST(the_checker, finds_an_address_of_this_process)
{
    Builder ops;
    begin(ops);
    ops.add(OpCode::set_umask).flags = {reinterpret_cast<uint64_t>(&ops)};
    EXPECT_TRUE(finds(check_pointers(sealed(ops)), "is an address of this process"));
}

TEST(the_checker, finds_what_lies_outside_the_image)
{
    Builder ops;
    begin(ops);
    ops.add(OpCode::exec);
    plan::Plan plan = sealed(ops);
    auto& header = *reinterpret_cast<plan::Image*>(plan.image.data());
    header.arguments = plan.image.size();
    header.search_path = {1};
    header.size++;
    Findings const findings = check_layout(plan);
    EXPECT_TRUE(finds(findings, "the arguments lie outside"));
    EXPECT_TRUE(finds(findings, "the search path is no text"));
    EXPECT_TRUE(finds(findings, "the header does not say"));
}

} // namespace ctr::test
