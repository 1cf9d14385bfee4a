// SPDX-License-Identifier: MIT
// Somebody lets a call seem to succeed that is never made: here the plan's operation is another, harmless one. What the
// kernel then says of the command's process is not what the plan says, and the command must not be executed.
#include "plans.h"

extern "C" {
#include "support.h"
}

#include "container/container.h"
#include "spawn/spawn.h"

#include <cstdio>
#include <cstring>
#include <sys/mount.h>

using ctr::plan::Op;
using ctr::plan::OpCode;
using ctr::plan::Plan;

namespace {

// The last operation of this kind is not made; false where there is none.
bool leave_out(Plan& plan, OpCode code)
{
    for (uint32_t i = plan.op_count(); i > 0; i--)
        if (plan.ops()[i - 1].code == code) {
            plan.ops()[i - 1].code = OpCode::set_umask;
            plan.ops()[i - 1].flags = {022};
            return true;
        }
    return false;
}

void expect_refusal(Plan const& whole, int program, OpCode code, char const* message)
{
    Plan plan = whole;
    if (!expect(leave_out(plan, code), "the plan has no such operation: %s", message))
        return;
    {
        ctr::spawn::Attempt const attempt = ctr::spawn::spawn(plan, program, -1);
        expect(!attempt.started, "the command was executed: %s", message);
        expect(attempt.error.message == message, "the error is \"%s\" and not \"%s\"", attempt.error.message.c_str(),
               message);
    }
    expect(no_children() || all_gone(1000), "a process is left: %s", message);
}

void set_wishes(ctr_config* config)
{
    char const* const command[] = {"true", nullptr};
    ctr_config_set_command(config, command);
    ctr_config_set_map(config, CTR_MAP_SINGLE);
    ctr_config_drop_capability(config, "CHOWN");
    ctr_config_set_hostname(config, "pretended");
    ctr_config_add_fd(config, 2, 7);
    ctr_add_mount(config, "/usr", "/mnt", "bind", MS_RDONLY | MS_NOSUID | MS_REC, nullptr);
}

void run_case()
{
    begin_case("a_command_is_not_executed_with_more_than_it_was_to_have");
    ctr_config* config = ctr_config_new();
    set_wishes(config);
    std::optional<Plan> const plan = fault::plan_of(config);
    ctr::Result<int> const program = config->program.get();
    if (expect(plan && program, "there is no plan")) {
        char const* const capabilities = "the kernel does not confirm the command's capabilities";
        expect_refusal(*plan, program.value(), OpCode::drop_bounding, capabilities);
        expect_refusal(*plan, program.value(), OpCode::set_capabilities, capabilities);
        expect_refusal(*plan, program.value(), OpCode::no_new_privs,
                       "the kernel does not confirm that privileges are refused");
    }
    if (plan && program) {
        char const* const descriptors = "the kernel does not confirm which descriptors stay open";
        expect_refusal(*plan, program.value(), OpCode::close_from, descriptors);
        expect_refusal(*plan, program.value(), OpCode::place_fd, descriptors);
        expect_refusal(*plan, program.value(), OpCode::set_hostname,
                       "the kernel does not confirm the container's namespaces");
        expect_refusal(*plan, program.value(), OpCode::set_mount, "cannot protect \"/proc/sys\"");
        if (is_admin() == 0) // else the host writes the maps
            expect_refusal(*plan, program.value(), OpCode::write_file, "cannot write the container's uid_map");
    }
    ctr_config_free(config);
}

void run_ranges()
{
    begin_case("a_command_is_not_executed_as_another_user");
    if (has_ranges() == 0) {
        skip_case("the caller has no ranges of ids, or newuidmap is missing");
        return;
    }
    ctr_config* config = ctr_config_new();
    set_wishes(config);
    ctr_config_set_map(config, CTR_MAP_SUBID);
    ctr_config_set_user(config, "daemon:daemon");
    ctr_config_add_group(config, "adm");
    std::optional<Plan> const plan = fault::plan_of(config);
    ctr::Result<int> const program = config->program.get();
    if (expect(plan && program, "there is no plan"))
        for (OpCode const code : {OpCode::set_user, OpCode::set_group, OpCode::set_groups})
            expect_refusal(*plan, program.value(), code, "the kernel does not confirm the command's user and groups");
    ctr_config_free(config);
}

} // namespace

int main()
{
    start_watchdog(60);
    adopt_orphans();
    run_case();
    run_ranges();
    return conclude();
}
