// SPDX-License-Identifier: MIT
#include "spawn/spawn.h"

#include "base/text.h"
#include "spawn/gate.h"
#include "sys/channel.h"
#include "sys/memfd.h"

#include <cerrno>
#include <csignal>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ctr::spawn {

namespace {

Error namespaces_error(int error)
{
    bool const limited = error == ENOSPC || error == EUSERS; // not a full disk
    return Error{.code = code_of(error),
                 .step = Step::launch,
                 .sys = error,
                 .subject = "clone",
                 .message =
                     limited ? "the host allows no more namespaces" : "cannot make a process with own namespaces"};
}

Error launch_error(sys::Launched const& launched)
{
    if (launched.stage == sys::LaunchStage::clone)
        return namespaces_error(launched.error);
    return Error{.code = code_of(launched.error),
                 .step = Step::launch,
                 .sys = launched.error,
                 .subject = "ctr-init",
                 .message = launched.stage == sys::LaunchStage::prepare ? "cannot prepare ctr-init's descriptors"
                                                                        : "cannot execute ctr-init"};
}

Code op_code(plan::Op const& op, int sys)
{
    if (op.code == plan::OpCode::exec)
        return sys == ENOENT || sys == ENOTDIR  ? Code::no_command
               : sys == ENOMEM || sys == EAGAIN ? code_of(sys)
                                                : Code::not_executable;
    return code_of(sys);
}

Attempt failed(Error error)
{
    Attempt attempt;
    attempt.error = std::move(error);
    return attempt;
}

// The host's pidfd lets ctr-init see the host process end. Filters of outer containers may refuse it: then the end of
// the channel has to do, and the report says so.
Fd own_pidfd(plan::Launch const& launch)
{
    if (!launch.watches_host)
        return Fd();
    return std::move(sys::open_pidfd(::getpid()).value);
}

Error resource_error(int error, char const* what)
{
    return Error{.code = code_of(error),
                 .step = Step::launch,
                 .sys = error,
                 .subject = what,
                 .message = concat("cannot make the ", what)};
}

// The exec wakes this thread half way, and a kernel that packs tasks on one processor goes on with it while another one
// idles. The thread of ctr-init that makes the network namespace, the longest part of all, has to be on its way first; with
// two tasks that want to run here it gets the other processor too. On an idle machine with such a kernel this saves a quarter
// of a start; on a busy one it would give a whole time slice away. A launch that had to wait for others tells which it is:
// a fork and an exec take a fifth of this, a time slice three times as much.
void let_init_go_first(uint64_t launched_in)
{
    constexpr uint64_t undisturbed_ns = 1000000;
    // A yield ends the period of a deadline task. By the system call: musl does not offer it.
    if (launched_in < undisturbed_ns && ::syscall(SYS_sched_getscheduler, 0) == SCHED_OTHER)
        (void)::sched_yield(); // cannot fail
}

// What ctr-init says last, and what it hands over before.
struct Told {
    Answer answer;
    Fd terminal;
    Fd seccomp;
};

// With the gate open the command may run already: a cancel gives way to the report, for a while.
Result<Told> report_of(int channel, sys::Process const& process, sys::Patience patience)
{
    constexpr uint64_t grace_ms = 1000;
    Told told;
    std::optional<Error> cancelled;
    while (true) {
        Result<Answer> answer = next_answer(channel, process, patience);
        if (!answer && answer.error().code == Code::cancelled && !cancelled) {
            cancelled = answer.error();
            patience = {sys::deadline_in(grace_ms), -1};
            continue;
        }
        if (!answer)
            return cancelled ? *cancelled : answer.error();
        if (answer.value().kind != plan::PacketKind::descriptor) {
            told.answer = std::move(answer.value());
            return told;
        }
        (is_listener(answer.value()) ? told.seccomp : told.terminal) = std::move(answer.value().root);
    }
}

// The duties that can only be done when ctr-init has its plan.
Result<ReadMaps> write_maps_when_ready(Init const& init, plan::Plan const& plan)
{
    Answer const ready = CTR_TRY(next_answer(init.channel.get(), init.guard.process(), init.patience));
    if (ready.kind != plan::PacketKind::ready)
        return report_error(plan, ready.report);
    return write_maps(init.guard.process(), plan.map, init.patience);
}

// The plan, what only the host may do, and the gate.
Status hand_over(Init& init, plan::Plan const& plan, Descriptors const& descriptors)
{
    std::string_view const bytes(reinterpret_cast<char const*>(plan.image.data()), plan.image.size());
    sys::Outcome<Fd> image = sys::sealed_file("ctr-plan", bytes, false);
    if (!image)
        return resource_error(image.error, "plan");
    CTR_TRY(send_start(init.channel.get(), plan, image.value.get(), descriptors.passed));
    if (plan.map.needed)
        init.maps = CTR_TRY(write_maps_when_ready(init, plan));
    return open_gate(init.channel.get());
}

} // namespace

Error report_error(plan::Plan const& plan, plan::ReportPacket const& report)
{
    if (report.index == plan::launch_failed)
        return namespaces_error(report.error);
    if (report.index == plan::fork_failed)
        return Error{.code = code_of(report.error),
                     .step = Step::launch,
                     .sys = report.error,
                     .subject = "clone",
                     .message = "cannot make the command's process"};
    if (report.index < 0 || static_cast<uint32_t>(report.index) >= plan.op_count())
        return Error{.code = code_of(report.error),
                     .step = Step::launch,
                     .sys = report.error,
                     .subject = "ctr-init",
                     .message = "ctr-init cannot read its plan"};
    plan::Op const& op = plan.ops()[report.index];
    bool const of_call = op.code == plan::OpCode::check_calls; // its number comes along
    return Error{.code = op_code(op, report.error),
                 .step = static_cast<Step>(op.step),
                 .sys = report.error,
                 .subject = of_call ? concat("system call ", std::to_string(report.detail)) : plan.text(op.subject),
                 .origin = {static_cast<Call>(op.call), op.index},
                 .message = plan.text(op.message)};
}

void Guard::end()
{
    if (!process_.pidfd)
        return;
    (void)sys::send_signal(process_.pidfd.get(), process_.pid, SIGKILL); // it may have ended already
    sys::reap(process_.pidfd.get());
    process_ = {};
}

Result<Init> launch(plan::Launch const& launch, int program, int cancel)
{
    Init init;
    init.patience = {sys::deadline_in(launch.setup_timeout_ms), cancel};
    if (cancel >= 0 && sys::wait_ready(-1, -1, {sys::now(), cancel}).cancelled)
        return Error{
            .code = Code::cancelled, .step = Step::launch, .subject = "cancel_fd", .message = "the start was given up"};
    sys::Outcome<sys::Channel> channel = sys::make_channel();
    if (!channel)
        return resource_error(channel.error, "channel");
    init.channel = std::move(channel.value.ours);
    Fd const host = own_pidfd(launch);
    init.watches_host = host || !launch.watches_host;
    CTR_TRY(send_launch(init.channel.get(), launch, host.get()));
    uint64_t const begun = sys::now();
    sys::Launched launched =
        sys::launch_init({program, channel.value.theirs.get(), launch.clone_flags, launch.capabilities});
    if (launched.error != 0)
        return launch_error(launched);
    init.guard = Guard(std::move(launched.process));
    if (launch.apart_flags != 0)
        let_init_go_first(sys::now() - begun);
    return init; // the other end is closed here, so that the end of ctr-init ends the channel
}

Attempt start(Init init, plan::Plan const& plan, Named named)
{
    Result<Descriptors> descriptors = make_descriptors(plan, std::move(named));
    if (!descriptors)
        return failed(descriptors.error());
    if (Status const handed = hand_over(init, plan, descriptors.value()); !handed)
        return failed(handed.error());
    Result<Told> told = report_of(init.channel.get(), init.guard.process(), init.patience);
    if (!told)
        return failed(told.error());
    plan::ReportPacket const& report = told.value().answer.report;
    Attempt attempt;
    if (report.index == plan::no_op) {
        attempt.started = Started{init.guard.release(),
                                  std::move(init.channel),
                                  report.pid,
                                  init.watches_host,
                                  std::move(descriptors.value().ends),
                                  std::move(descriptors.value().captured),
                                  std::move(told.value().terminal),
                                  std::move(told.value().answer.root),
                                  std::move(told.value().seccomp),
                                  std::move(told.value().answer.effective),
                                  std::move(init.maps)};
        return attempt;
    }
    attempt.error = report_error(plan, report);
    attempt.root = std::move(told.value().answer.root);
    attempt.held = std::move(init);
    return attempt;
}

Attempt spawn(plan::Plan const& plan, int program, int cancel)
{
    Result<Init> init = launch(plan.launch, program, cancel);
    return init ? start(std::move(init.value()), plan, {}) : failed(init.error());
}

} // namespace ctr::spawn
