// SPDX-License-Identifier: MIT
// After the start: deadlines, signals, the end of the host and what the command leaves behind.
#include "init.h"

#include <csignal>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

using namespace ctr::test;
using ctr::Fd;
using ctr::plan::OpCode;
using ctr::plan::Slot;
using ctr::plan::StatusPacket;
using ctr::plan::Supervision;

namespace {

constexpr uint64_t millisecond = 1000000;

// A command that runs, and what it says.
class Running {
public:
    explicit Running(Words const& words, Supervision const& supervision = {}, int host = -1)
    {
        needs_vfork();
        auto const slot = static_cast<Slot>(recipe_.ops.pass_fd(pipe.writer.get()));
        recipe_.ops.add(OpCode::place_fd).place_fd = {slot, 1};
        recipe_.ops.add(OpCode::close_from).place_fd = {-1, 3};
        recipe_.ops.add(OpCode::default_signals);
        recipe_.ops.supervision() = supervision;
        ctr::plan::ReportPacket const report = init.run(recipe_.with_exec(payload(words)), host);
        expect_equal(report.error, 0, "the errno of the start");
        pipe.writer.reset();
        command_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, report.pid, 0))); // it may have ended
    }
    Running(Running const&) = delete;
    Running& operator=(Running const&) = delete;
    ~Running() { (void)::syscall(SYS_pidfd_send_signal, command_.get(), SIGKILL, nullptr, 0); }

    Pipe pipe;
    Init init;

private:
    Recipe recipe_;
    Fd command_;
};

Supervision with_deadline(uint64_t milliseconds, uint64_t grace)
{
    Supervision supervision;
    supervision.timeout_ns = milliseconds * millisecond;
    supervision.kill_after_ns = grace * millisecond;
    return supervision;
}

Supervision with_subreaper()
{
    Supervision supervision;
    supervision.ends_descendants = 1;
    return supervision;
}

void expect_exit(StatusPacket const& status, int code)
{
    expect(WIFEXITED(status.wait_status),
           "the command was killed by signal " + std::to_string(WTERMSIG(status.wait_status)));
    expect_equal(WEXITSTATUS(status.wait_status), code, "the exit status");
}

void expect_killed(StatusPacket const& status, int number)
{
    expect(WIFSIGNALED(status.wait_status),
           "the command exited with " + std::to_string(WEXITSTATUS(status.wait_status)));
    expect_equal(WTERMSIG(status.wait_status), number, "the signal");
}

} // namespace

CHILD_TEST(the_deadline_kills_a_command_that_ignores_signals)
{
    Running running({"ignore", "15", "say", "up", "wait"}, with_deadline(300, 0));
    StatusPacket const status = running.init.status();
    expect_equal(status.timed_out, 1U, "whether it timed out");
    expect_killed(status, SIGKILL);
    expect(status.wall_ns >= 300 * millisecond && status.wall_ns < 10000 * millisecond, "the deadline was elsewhere");
}

CHILD_TEST(a_command_that_ends_before_its_deadline_did_not_time_out)
{
    Running running({"exit", "4"}, with_deadline(20000, 0));
    StatusPacket const status = running.init.status();
    expect_equal(status.timed_out, 0U, "whether it timed out");
    expect_exit(status, 4);
}

CHILD_TEST(the_grace_lets_a_command_end_by_itself)
{
    Running running({"leave-on", "15", "say", "up", "wait"}, with_deadline(300, 20000));
    StatusPacket const status = running.init.status();
    expect_equal(status.timed_out, 1U, "whether it timed out");
    expect_exit(status, 115);
}

CHILD_TEST(the_grace_ends_with_a_kill)
{
    Running running({"ignore", "15", "say", "up", "wait"}, with_deadline(200, 300));
    StatusPacket const status = running.init.status();
    expect_equal(status.timed_out, 1U, "whether it timed out");
    expect_killed(status, SIGKILL);
    expect(status.wall_ns >= 500 * millisecond, "the grace was cut short");
}

CHILD_TEST(a_stopped_command_is_woken_for_the_grace)
{
    Running running({"leave-on", "15", "die", std::to_string(SIGSTOP), "wait"}, with_deadline(300, 20000));
    expect_exit(running.init.status(), 115);
}

CHILD_TEST(signals_of_the_host_reach_the_command)
{
    Running running({"report", "10", "report", "12", "say", "up", "wait"});
    expect_equal(running.pipe.line(), "up", "what the command said");
    running.init.signal_command(SIGUSR1);
    expect_equal(running.pipe.line(), std::string(1, 'A' + SIGUSR1), "what the command said");
    running.init.signal_command(SIGUSR2);
    expect_equal(running.pipe.line(), std::string(1, 'A' + SIGUSR2), "what the command said");
    running.init.signal_command(SIGKILL);
    expect_killed(running.init.status(), SIGKILL);
}

CHILD_TEST(signals_that_do_not_exist_change_nothing)
{
    Running running({"leave-on", "15", "say", "up", "wait"});
    expect_equal(running.pipe.line(), "up", "what the command said");
    for (int const number : {0, 65, 1000, -2})
        running.init.signal_command(number);
    running.init.signal_command(SIGTERM);
    expect_exit(running.init.status(), 115);
}

CHILD_TEST(signals_to_ctr_init_reach_the_command)
{
    for (int const number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}) {
        Running running({"leave-on", std::to_string(number), "say", "up", "wait"});
        expect_equal(running.pipe.line(), "up", "what the command said");
        (void)::kill(running.init.pid(), number);
        expect_exit(running.init.status(), number + 100);
    }
}

CHILD_TEST(other_signals_to_ctr_init_do_not)
{
    Running running({"report", std::to_string(SIGWINCH), "leave-on", "15", "say", "up", "wait"});
    expect_equal(running.pipe.line(), "up", "what the command said");
    (void)::kill(running.init.pid(), SIGWINCH);
    expect(running.pipe.quiet_for(200), "the command got the signal");
    running.init.signal_command(SIGTERM);
    expect_exit(running.init.status(), 115);
}

CHILD_TEST(a_command_that_is_stopped_and_continued_is_still_running)
{
    Running running({"leave-on", "15", "say", "up", "wait"});
    expect_equal(running.pipe.line(), "up", "what the command said");
    running.init.signal_command(SIGSTOP);
    running.init.signal_command(SIGCONT);
    running.init.signal_command(SIGTERM);
    expect_exit(running.init.status(), 115);
}

CHILD_TEST(pipes_of_the_command_end_when_it_closes_them)
{
    Running running({"say", "last", "close", "1", "wait"});
    expect_equal(running.pipe.all(), "last\n", "what the command said");
    running.init.signal_command(SIGKILL);
    expect_killed(running.init.status(), SIGKILL);
}

CHILD_TEST(garbage_on_the_channel_closes_it_and_the_command_lives_on_with_its_host)
{
    Bystander host;
    Running running({"leave-on", "15", "say", "up", "wait"}, {}, host.pidfd().get());
    expect_equal(running.pipe.line(), "up", "what the command said");
    running.init.send("?", 1);
    expect(running.pipe.quiet_for(200), "the command ended");
    (void)::kill(running.init.pid(), SIGTERM);
    expect_exit(running.init.status(), 115);
}

CHILD_TEST(the_end_of_the_channel_without_a_host_to_watch_ends_it)
{
    Running running({"say", "up", "wait"}, with_subreaper());
    expect_equal(running.pipe.line(), "up", "what the command said");
    running.init.close_channel();
    expect_equal(running.pipe.all(), "", "what the command said");
    (void)running.init.exit_status();
}

CHILD_TEST(the_end_of_the_channel_with_a_host_to_watch_does_not)
{
    Bystander host;
    Running running({"leave-on", "15", "report", "10", "say", "up", "wait"}, {}, host.pidfd().get());
    expect_equal(running.pipe.line(), "up", "what the command said");
    running.init.close_channel();
    expect(running.pipe.quiet_for(200), "the command ended");
    (void)::kill(running.init.pid(), SIGTERM);
    expect_equal(running.pipe.all(), "", "what the command said");
    (void)running.init.exit_status();
}

CHILD_TEST(the_end_of_the_host_ends_the_command_and_its_descendants)
{
    Bystander host;
    Running running({"orphan", "ignore", "15", "say", "up", "wait"}, with_subreaper(), host.pidfd().get());
    expect_equal(running.pipe.line(), "up", "what the command said");
    host.end();
    expect_equal(running.pipe.all(), "", "what the command said");
}

CHILD_TEST(as_the_first_process_it_ends_at_once_with_its_host)
{
    Bystander host;
    Running running({"leave-on", "15", "say", "up", "sleep", "300"}, {}, host.pidfd().get());
    expect_equal(running.pipe.line(), "up", "what the command said");
    host.end();
    running.init.expect_end(); // the namespace would end the rest
    expect_equal(running.init.exit_status(), 1, "the exit status");
}

CHILD_TEST(a_container_may_outlive_its_host)
{
    Bystander host;
    Supervision supervision;
    supervision.host_death = 1;
    Running running({"leave-on", "15", "say", "up", "wait"}, supervision, host.pidfd().get());
    expect_equal(running.pipe.line(), "up", "what the command said");
    host.end();
    running.init.close_channel();
    expect(running.pipe.quiet_for(300), "the command ended with its host");
    (void)::kill(running.init.pid(), SIGTERM);
    expect_equal(running.pipe.all(), "", "what the command said");
    expect_equal(running.init.exit_status(), 0, "the exit status");
}

CHILD_TEST(what_a_command_leaves_behind_is_ended_where_the_namespace_does_not)
{
    Running running({"orphan", "orphan", "orphan", "sleep", "100", "exit", "3"}, with_subreaper());
    StatusPacket const status = running.init.status();
    expect_exit(status, 3);
    expect_equal(status.tree_left, 0U, "whether something was left");
    expect_equal(running.pipe.all(), "", "what the orphans said"); // its end shows that they are gone
}

CHILD_TEST(the_end_of_ctr_init_ends_a_command_outside_its_namespace)
{
    Running running({"say", "up", "wait"}, with_subreaper());
    expect_equal(running.pipe.line(), "up", "what the command said");
    (void)::kill(running.init.pid(), SIGKILL);
    expect_equal(running.pipe.all(), "", "what the command said");
}

CHILD_TEST(nobody_of_the_same_user_may_look_into_ctr_init_after_the_gate)
{
    if (::geteuid() == 0)
        skip("root may look into every process");
    Running running({"say", "up", "wait"});
    expect_equal(running.pipe.line(), "up", "what the command said");
    struct stat status = {};
    expect(::stat(("/proc/" + std::to_string(running.init.pid()) + "/fd").c_str(), &status) == 0, "no /proc");
    expect_equal(status.st_uid, uid_t{0}, "the owner of its directory in /proc"); // not dumpable
}
