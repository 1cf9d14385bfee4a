// SPDX-License-Identifier: MIT
// The command's process: operations that need no privilege, and what they leave to the command.
#include "listening.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

using namespace ctr::test;
using ctr::Fd;
using ctr::plan::OpCode;
using ctr::plan::ReportPacket;
using ctr::plan::Slot;
using ctr::plan::StatusPacket;

namespace {

StatusPacket status_of(Words const& words)
{
    needs_vfork();
    Init init;
    Recipe recipe;
    ReportPacket const report = init.run(recipe.with_exec(payload(words)));
    expect_equal(report.error, 0, "the errno of the start");
    expect(report.pid > 0, "the report has no pid");
    StatusPacket const status = init.status();
    init.expect_end();
    expect_equal(init.exit_status(), 0, "the exit status of ctr-init");
    return status;
}

} // namespace

CHILD_TEST(an_exit_status_comes_back)
{
    for (int const code : {0, 7, 255}) {
        StatusPacket const status = status_of({"exit", std::to_string(code)});
        expect(WIFEXITED(status.wait_status), "the command did not exit");
        expect_equal(WEXITSTATUS(status.wait_status), code, "the exit status");
        expect_equal(status.timed_out, 0U, "whether it timed out");
    }
}

CHILD_TEST(a_signal_that_kills_the_command_comes_back)
{
    StatusPacket const status = status_of({"die", "9"});
    expect(WIFSIGNALED(status.wait_status), "the command was not killed");
    expect_equal(WTERMSIG(status.wait_status), 9, "the signal");
}

CHILD_TEST(time_and_memory_come_back)
{
    StatusPacket const status = status_of({"spin", "200"});
    expect(status.wall_ns >= 150000000 && status.wall_ns < 30000000000, "the wall clock says otherwise");
    expect(status.user_ns + status.system_ns >= 150000000, "the processor's time is missing");
    expect(status.peak_bytes >= 65536 && status.peak_bytes < (uint64_t{1} << 32), "the memory is not in bytes");
}

CHILD_TEST(mask_directory_and_session_are_as_the_operations_say)
{
    Listening listening;
    listening.recipe.ops.add(OpCode::set_umask).flags = {027};
    change_dir(listening.recipe, "/usr");
    listening.recipe.ops.add(OpCode::check_cwd);
    listening.recipe.ops.add(OpCode::new_session);
    expect_equal(listening.hear({"umask", "cwd", "leads-session"}), "23\n/usr\n1\n", "what the command said");
}

CHILD_TEST(arguments_arrive_as_they_were)
{
    expect_equal(Listening().hear({"arguments", "", "a b", "\xff\x01", "-x"}), "\na b\n\xff\x01\n-x\n",
                 "what the command said");
}

CHILD_TEST(the_environment_arrives_as_it_was)
{
    Listening listening;
    listening.recipe.environment = {"A=1", "B=two words", "C="};
    std::string const said = listening.hear({"environment"});
    bool const reversed = emulated() && said == "C=\nB=two words\nA=1\n"; // the emulator builds it anew
    if (!reversed)
        expect_equal(said, "A=1\nB=two words\nC=\n", "what the command said");
}

CHILD_TEST(an_empty_environment_is_empty)
{
    expect_equal(Listening().hear({"environment"}), "", "what the command said");
}

CHILD_TEST(only_listed_descriptors_are_passed_at_their_numbers)
{
    Pipe const other;
    Pipe pipe;
    Recipe recipe;
    auto const out = static_cast<Slot>(recipe.ops.pass_fd(pipe.writer.get()));
    auto const one = static_cast<Slot>(recipe.ops.pass_fd(other.reader.get()));
    auto const two = static_cast<Slot>(recipe.ops.pass_fd(other.writer.get()));
    recipe.ops.add(OpCode::lift_fds).lift_fds = {10, 3};
    recipe.ops.add(OpCode::place_fd).place_fd = {out, 1};
    recipe.ops.add(OpCode::close_from).place_fd = {-1, 3};
    recipe.ops.add(OpCode::place_fd).place_fd = {one, 3}; // where ctr-init has its channel
    recipe.ops.add(OpCode::place_fd).place_fd = {two, 9};
    Init init;
    init.run_command(recipe.with_exec(payload({"fds"})));
    expect_equal(pipe.all(), "0 1 2 3 9\n", "what the command said");
}

CHILD_TEST(passed_descriptors_may_take_every_number_that_ctr_init_uses)
{
    Bystander host; // first: it holds what it was forked with
    Pipe pipe;
    Fd const readable = file_of("x", 1); // what is readable looks like a pidfd of somebody who ended
    Recipe recipe;
    recipe.ops.supervision().ends_descendants = 1;
    auto const out = static_cast<Slot>(recipe.ops.pass_fd(pipe.writer.get()));
    auto const file = static_cast<Slot>(recipe.ops.pass_fd(readable.get()));
    recipe.ops.add(OpCode::lift_fds).lift_fds = {20, 2};
    recipe.ops.add(OpCode::place_fd).place_fd = {out, 1};
    recipe.ops.add(OpCode::close_from).place_fd = {-1, 3};
    for (int number = 3; number < 16; number++)
        recipe.ops.add(OpCode::place_fd).place_fd = {file, number};
    recipe.ops.add(OpCode::die_with_parent);
    Init init;
    init.run_command(recipe.with_exec(payload({"fds"})), host.pidfd().get());
    expect_equal(pipe.all(), "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n", "what the command said");
}

CHILD_TEST(closed_standard_descriptors_are_filled)
{
    auto const close_all = [] {
        for (int fd = 0; fd < 3; fd++)
            (void)::close(fd);
    };
    expect_equal(Listening().hear({"fds"}, close_all), "0 1 2\n", "what the command said");
}

CHILD_TEST(descriptors_that_the_host_forgot_do_not_reach_the_command)
{
    auto const forget = [] { (void)::open("/dev/null", O_RDONLY); }; // without close-on-exec
    expect_equal(Listening().hear({"fds"}, forget), "0 1 2\n", "what the command said");
}

CHILD_TEST(ignored_and_blocked_signals_do_not_reach_the_command)
{
    auto const be_deaf = [] {
        sigset_t all;
        sigfillset(&all);
        (void)::sigprocmask(SIG_SETMASK, &all, nullptr);
        for (int const number : {SIGPIPE, SIGCHLD, SIGTERM, SIGUSR1})
            (void)std::signal(number, SIG_IGN);
    };
    Listening listening;
    listening.recipe.ops.add(OpCode::default_signals);
    expect_equal(listening.hear({"signals"}, be_deaf), "none\n", "what the command said");
}

CHILD_TEST(a_host_that_ignores_its_children_does_not_lose_the_status)
{
    Listening listening;
    needs_vfork();
    (void)listening.hear({"exit", "5"}, [] { (void)std::signal(SIGCHLD, SIG_IGN); });
    expect_equal(WEXITSTATUS(listening.status.wait_status), 5, "the exit status");
}

CHILD_TEST(limits_and_privileges_are_as_the_operations_say)
{
    Listening listening;
    listening.recipe.ops.add(OpCode::set_limit).set_limit = {RLIMIT_CORE, 0, 0};
    listening.recipe.ops.add(OpCode::set_limit).set_limit = {RLIMIT_NOFILE, 100, 200};
    listening.recipe.ops.add(OpCode::no_new_privs);
    expect_equal(
        listening.hear({"limit", std::to_string(RLIMIT_CORE), "limit", std::to_string(RLIMIT_NOFILE), "no-new-privs"}),
        "0\n0\n100\n200\n1\n", "what the command said");
}

namespace {

// Of its instructions the kernel must have something to say.
Refusal filtered(std::vector<sock_filter> const& program)
{
    Recipe recipe;
    recipe.ops.begin_enter();
    recipe.ops.begin_setup();
    recipe.ops.begin_payload();
    recipe.ops.add(OpCode::no_new_privs);
    ctr::plan::Text const bytes = recipe.ops.blob(program.data(), program.size() * sizeof(sock_filter), 4);
    recipe.ops.add(OpCode::filter).filter = {bytes, static_cast<uint32_t>(program.size()), 0};
    return refusal(recipe.with_exec({"/bin/true"}));
}

} // namespace

CHILD_TEST(a_filter_is_in_force_when_the_command_is_executed)
{
    needs_filters();
    Refusal const said = filtered({{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOTTY}});
    expect_equal(said.index, 2, "the index"); // every call fails, the exec too, and so does the way out
    expect_equal(said.error, ENOTTY, "the errno");
}

CHILD_TEST(a_filter_that_the_kernel_refuses_is_reported)
{
    needs_filters();
    Refusal const said = filtered({{BPF_LD | BPF_W | BPF_ABS, 0, 0, 0}});
    expect_equal(said.index, 1, "the index");
    expect_equal(said.error, EINVAL, "the errno");
}

CHILD_TEST(the_first_failing_operation_is_reported_and_nothing_after_it_runs)
{
    Recipe recipe;
    recipe.ops.begin_enter();
    change_dir(recipe, "/usr");
    recipe.ops.begin_setup();
    change_dir(recipe, "/nowhere");
    change_dir(recipe, "/nowhere/either");
    recipe.ops.begin_payload();
    Refusal const said = refusal(recipe.with_exec({"/bin/true"}));
    expect_equal(said.index, 1, "the index");
    expect_equal(said.error, ENOENT, "the errno");
}

CHILD_TEST(a_failure_in_the_commands_process_is_reported_by_its_index)
{
    needs_vfork();
    Recipe recipe;
    recipe.ops.begin_setup();
    change_dir(recipe, "/usr");
    recipe.ops.begin_payload();
    change_dir(recipe, "/");
    change_dir(recipe, "/dev/null");
    Refusal const said = refusal(recipe.with_exec({"/bin/true"}));
    expect_equal(said.index, 2, "the index");
    expect_equal(said.error, ENOTDIR, "the errno");
}

CHILD_TEST(an_accepted_errno_is_no_failure_and_another_one_is)
{
    Listening listening;
    change_dir(listening.recipe, "/usr");
    change_dir(listening.recipe, "/nowhere", ENOENT);
    expect_equal(listening.hear({"cwd"}), "/usr\n", "what the command said");
    Recipe other;
    other.ops.begin_enter();
    change_dir(other, "/dev/null", ENOENT);
    other.ops.begin_setup();
    other.ops.begin_payload();
    expect_equal(refusal(other.with_exec({"/bin/true"})).error, ENOTDIR, "the errno");
}

CHILD_TEST(the_set_up_may_be_the_command_processs_own)
{
    needs_vfork();
    Recipe recipe;
    recipe.ops.supervision().setup_in_command = 1;
    recipe.ops.begin_setup();
    change_dir(recipe, "/nowhere");
    recipe.ops.begin_payload();
    Refusal const said = refusal(recipe.with_exec({"/bin/true"}));
    expect_equal(said.index, 0, "the index");
    expect_equal(said.error, ENOENT, "the errno");
}

CHILD_TEST(an_empty_slot_skips_what_depends_on_it)
{
    Listening listening;
    Slot const slot = listening.recipe.ops.slot();
    ctr::plan::Text const path = listening.recipe.ops.text("/nowhere");
    listening.recipe.ops.add(OpCode::open_at, ENOENT).open_at = {ctr::plan::at_cwd, path, O_PATH | O_CLOEXEC, 0, slot};
    listening.recipe.ops.add(OpCode::check_type).check_type = {slot, S_IFDIR};
    listening.recipe.ops.release(slot);
    expect_equal(listening.hear({"say", "on"}), "on\n", "what the command said");
}

CHILD_TEST(files_are_opened_checked_and_closed)
{
    Recipe recipe;
    recipe.ops.begin_setup();
    Slot const slot = recipe.ops.slot();
    ctr::plan::Text const path = recipe.ops.text("/usr");
    recipe.ops.add(OpCode::open_at).open_at = {ctr::plan::at_cwd, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, slot};
    recipe.ops.add(OpCode::check_type).check_type = {slot, S_IFDIR};
    recipe.ops.add(OpCode::check_same).check_same = {slot, slot};
    recipe.ops.add(OpCode::enter_dir).one_slot = {slot};
    recipe.ops.add(OpCode::check_type).check_type = {slot, S_IFREG};
    recipe.ops.begin_payload();
    Refusal const said = refusal(recipe.with_exec({"/bin/true"}));
    expect_equal(said.index, 4, "the index");
    expect_equal(said.error, EISDIR, "the errno");
}

CHILD_TEST(an_operation_that_does_not_exist_is_refused)
{
    Recipe recipe;
    recipe.ops.begin_enter();
    recipe.ops.add(static_cast<OpCode>(9999));
    recipe.ops.begin_setup();
    recipe.ops.begin_payload();
    expect_equal(refusal(recipe.with_exec({"/bin/true"})).error, ENOSYS, "the errno");
}

CHILD_TEST(a_plan_without_an_execution_is_a_failure)
{
    needs_vfork();
    Recipe recipe;
    change_dir(recipe, "/");
    expect(refusal(recipe.seal({"/bin/true"})).error != 0, "it was reported as running");
}

CHILD_TEST(a_command_with_a_memory_of_its_own_is_started_and_its_failures_are_seen)
{
    Listening listening;
    listening.recipe.ops.supervision().fork_copies = 1;
    expect_equal(listening.hear({"say", "copied"}), "copied\n", "what the command said");
    needs_vfork();
    Recipe missing;
    missing.ops.supervision().fork_copies = 1;
    expect_equal(refusal(missing.with_exec({"/nowhere/command"})).error, ENOENT, "the errno");
}
