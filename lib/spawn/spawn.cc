// SPDX-License-Identifier: MIT
#include "spawn/spawn.h"

#include "base/text.h"
#include "spawn/gate.h"
#include "sys/channel.h"
#include "sys/memfd.h"

#include <cerrno>
#include <csignal>
#include <unistd.h>

namespace ctr::spawn {

namespace {

Error launch_error(sys::Launched const& launched)
{
    bool const limited = launched.error == ENOSPC || launched.error == EUSERS; // not a full disk
    char const* message = limited                                       ? "the host allows no more namespaces"
                          : launched.stage == sys::LaunchStage::clone   ? "cannot make a process with own namespaces"
                          : launched.stage == sys::LaunchStage::prepare ? "cannot prepare ctr-init's descriptors"
                                                                        : "cannot execute ctr-init";
    return Error{.code = code_of(launched.error),
                 .step = Step::launch,
                 .sys = launched.error,
                 .subject = launched.stage == sys::LaunchStage::clone ? "clone" : "ctr-init",
                 .message = message};
}

Code op_code(plan::Op const& op, int sys)
{
    if (op.code == plan::OpCode::exec)
        return sys == E2BIG                      ? Code::invalid
               : sys == ENOENT || sys == ENOTDIR ? Code::no_command
               : sys == ENOMEM || sys == EAGAIN  ? code_of(sys)
                                                 : Code::not_executable;
    return code_of(sys);
}

Error report_error(plan::Plan const& plan, plan::ReportPacket const& report)
{
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
    return Error{.code = op_code(op, report.error),
                 .step = static_cast<Step>(op.step),
                 .sys = report.error,
                 .subject = plan.text(op.subject),
                 .origin = {static_cast<Call>(op.call), op.index},
                 .message = plan.text(op.message)};
}

Attempt failed(Error error)
{
    Attempt attempt;
    attempt.error = std::move(error);
    return attempt;
}

// The host's pidfd lets ctr-init see the host process end. Filters of outer containers may refuse it: then the end of
// the channel has to do, and the report says so.
Fd own_pidfd(plan::Plan const& plan)
{
    if (!plan.watches_host)
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

// With the gate open the command may run already: a cancel gives way to the report, for a while.
Result<Answer> report_of(int channel, sys::Process const& process, sys::Patience const& patience)
{
    constexpr uint64_t grace_ms = 1000;
    Result<Answer> answer = next_answer(channel, process, patience);
    if (answer || answer.error().code != Code::cancelled)
        return answer;
    Result<Answer> late = next_answer(channel, process, {sys::deadline_in(grace_ms), -1});
    return late ? std::move(late) : std::move(answer);
}

// The duties that can only be done when ctr-init exists, and then the gate.
std::optional<Error> map_and_open(plan::Plan const& plan, sys::Process const& process, int channel,
                                  sys::Patience const& patience)
{
    Result<Answer> const ready = next_answer(channel, process, patience);
    if (!ready)
        return ready.error();
    if (ready.value().kind != plan::PacketKind::ready)
        return report_error(plan, ready.value().report);
    if (Status const written = write_maps(process, plan.map, patience); !written)
        return written.error();
    if (Status const opened = open_gate(channel); !opened)
        return opened.error();
    return std::nullopt;
}

// From here on ctr-init exists.
Attempt run(plan::Plan const& plan, Guard guard, Fd channel, sys::Patience const& patience)
{
    if (plan.map.needed)
        if (std::optional<Error> error = map_and_open(plan, guard.process(), channel.get(), patience))
            return failed(std::move(*error));
    Result<Answer> answer = report_of(channel.get(), guard.process(), patience);
    if (!answer)
        return failed(answer.error());
    plan::ReportPacket const& report = answer.value().report;
    if (report.index != plan::no_op) {
        Attempt attempt = failed(report_error(plan, report));
        attempt.root = std::move(answer.value().root);
        attempt.position = report.detail;
        attempt.channel = std::move(channel);
        attempt.held = std::move(guard);
        return attempt;
    }
    Attempt attempt;
    attempt.started = Started{guard.release(), std::move(channel), report.pid, true};
    return attempt;
}

} // namespace

void Guard::end()
{
    if (!process_.pidfd)
        return;
    (void)sys::send_signal(process_.pidfd.get(), process_.pid, SIGKILL); // it may have ended already
    sys::reap(process_.pidfd.get());
    process_ = {};
}

Attempt spawn(plan::Plan const& plan, int program, int cancel)
{
    sys::Patience const patience{sys::deadline_in(plan.setup_timeout_ms), cancel};
    if (cancel >= 0 && sys::wait_ready(-1, -1, {sys::now(), cancel}).cancelled)
        return failed(Error{.code = Code::cancelled,
                            .step = Step::launch,
                            .subject = "cancel_fd",
                            .message = "the start was given up"});
    std::string_view const bytes(reinterpret_cast<char const*>(plan.image.data()), plan.image.size());
    sys::Outcome<Fd> image = sys::sealed_file("ctr-plan", bytes, false);
    if (!image)
        return failed(resource_error(image.error, "plan"));
    sys::Outcome<sys::Channel> channel = sys::make_channel();
    if (!channel)
        return failed(resource_error(channel.error, "channel"));
    Fd const host = own_pidfd(plan);
    if (Status const sent = send_start(channel.value.ours.get(), plan, image.value.get(), host.get()); !sent)
        return failed(sent.error());
    if (!plan.map.needed) // no duty is left to do: the gate is open from the start
        if (Status const opened = open_gate(channel.value.ours.get()); !opened)
            return failed(opened.error());
    sys::Launched launched = sys::launch_init({program, channel.value.theirs.get(), plan.clone_flags});
    channel.value.theirs.reset(); // so that the end of ctr-init ends the channel
    if (launched.error != 0)
        return failed(launch_error(launched));
    Attempt attempt = run(plan, Guard(std::move(launched.process)), std::move(channel.value.ours), patience);
    if (attempt.started)
        attempt.started->watches_host = host || !plan.watches_host;
    return attempt;
}

} // namespace ctr::spawn
