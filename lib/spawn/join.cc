// SPDX-License-Identifier: MIT
// A further command: its plan goes to the ctr-init that is already there.
#include "spawn/gate.h"
#include "spawn/spawn.h"
#include "sys/channel.h"
#include "sys/memfd.h"

#include <cerrno>

namespace ctr::spawn {

namespace {

Error join_error(int sys, std::string message)
{
    bool const gone = sys == EPIPE || sys == ECONNRESET;
    return Error{.code = gone ? Code::ended : code_of(sys),
                 .step = Step::join,
                 .sys = gone ? ESRCH : sys,
                 .message = gone ? "the container has ended" : std::move(message)};
}

// Sends the other end of a new channel, with more behind it, and keeps this one.
Result<Fd> ask(int channel, plan::PacketKind kind, std::vector<int> before, std::vector<int> const& behind)
{
    sys::Outcome<sys::Channel> made = sys::make_channel();
    if (!made)
        return join_error(made.error, "cannot make a channel");
    before.push_back(made.value.theirs.get());
    before.insert(before.end(), behind.begin(), behind.end());
    plan::SignalPacket packet;
    packet.kind = kind;
    if (int const error = sys::send_packet(channel, &packet, sizeof packet, before); error != 0)
        return join_error(error, "cannot send to ctr-init");
    return std::move(made.value.ours);
}

// What comes back; its silence is the container's end.
Result<Answer> answer_of(int channel, sys::Patience const& patience)
{
    Result<Answer> answer = next_answer(channel, sys::Process(), patience);
    if (!answer && answer.error().code == Code::lost)
        return join_error(EPIPE, "");
    return answer;
}

// A terminal and the filter's listener come before the report.
Result<Answer> report_of(int channel, sys::Patience const& patience, Fd& terminal, Fd& listener)
{
    while (true) {
        Result<Answer> answer = answer_of(channel, patience);
        if (!answer || answer.value().kind != plan::PacketKind::descriptor)
            return answer;
        (is_listener(answer.value()) ? listener : terminal) = std::move(answer.value().root);
    }
}

// Why ctr-init began no command.
Error refusal(plan::Plan const& plan, plan::ReportPacket const& report)
{
    if (report.error == EAGAIN)
        return join_error(EAGAIN, "the container runs as many further commands as it can");
    if (report.error != EBUSY)
        return report_error(plan, report);
    Error paused = join_error(EBUSY, "the container is paused");
    paused.code = Code::again;
    return paused;
}

} // namespace

Result<Fd> look(int channel, sys::Patience const& patience)
{
    Fd const ours = CTR_TRY(ask(channel, plan::PacketKind::look, {}, {}));
    Answer answer = CTR_TRY(answer_of(ours.get(), patience));
    if (!answer.root)
        return join_error(EBADF, "cannot look at the container's root");
    return std::move(answer.root);
}

Status pause(int channel, bool stop, sys::Patience const& patience)
{
    Fd const ours = CTR_TRY(ask(channel, stop ? plan::PacketKind::pause : plan::PacketKind::resume, {}, {}));
    Answer const answer = CTR_TRY(answer_of(ours.get(), patience));
    if (int const error = answer.report.error; error != 0)
        return join_error(error, stop ? "the container cannot be paused" : "the container cannot be resumed");
    return Unit{};
}

Result<sys::Process> greeted(int channel, sys::Patience const& patience)
{
    Answer answer = CTR_TRY(answer_of(channel, patience));
    if (answer.kind != plan::PacketKind::descriptor || !answer.root)
        return join_error(EPROTO, "something else than ctr-init answers");
    sys::Process process;
    process.pidfd = std::move(answer.root);
    process.pid = sys::pid_of(process.pidfd.get());
    return process;
}

Attempt join(int channel, plan::Plan const& plan, sys::Patience const& patience)
{
    Attempt attempt;
    Result<Descriptors> descriptors = make_descriptors(plan, {});
    if (!descriptors) {
        attempt.error = descriptors.error();
        return attempt;
    }
    std::string_view const bytes(reinterpret_cast<char const*>(plan.image.data()), plan.image.size());
    sys::Outcome<Fd> const image = sys::sealed_file("ctr-plan", bytes, false);
    Result<Fd> ours = image ? ask(channel, plan::PacketKind::join, {image.value.get()}, descriptors.value().passed)
                            : Result<Fd>(join_error(image.error, "cannot make the plan"));
    Fd terminal;
    Fd listener;
    Result<Answer> answer =
        ours ? report_of(ours.value().get(), patience, terminal, listener) : Result<Answer>(ours.error());
    if (!answer) {
        attempt.error = answer.error();
        return attempt;
    }
    plan::ReportPacket const& report = answer.value().report;
    if (report.index != plan::no_op) {
        attempt.error = report.index == plan::start_failed ? refusal(plan, report) : report_error(plan, report);
        attempt.root = std::move(answer.value().root);
        return attempt;
    }
    attempt.started = Started{{report.pid, std::move(answer.value().root)},
                              std::move(ours.value()),
                              report.pid,
                              true,
                              std::move(descriptors.value().ends),
                              std::move(descriptors.value().captured),
                              std::move(terminal),
                              Fd(),
                              std::move(listener)};
    return attempt;
}

} // namespace ctr::spawn
