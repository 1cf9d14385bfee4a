// SPDX-License-Identifier: MIT
#include "spawn/gate.h"

#include "base/text.h"
#include "sys/channel.h"

#include <cerrno>
#include <csignal>

namespace ctr::spawn {

namespace {

Error channel_error(Step step, int sys, std::string message)
{
    return Error{.code = sys == 0 ? Code::lost : code_of(sys),
                 .step = step,
                 .sys = sys,
                 .subject = "ctr-init",
                 .message = std::move(message)};
}

// It has closed its end of the channel, or its process has ended.
bool is_gone(int error) { return error == EPIPE || error == ECONNRESET; }

// A signal may have ended it, a filter's for example: its end follows that of the channel.
Error silence(sys::Process const& process)
{
    constexpr uint64_t patience_ms = 1000;
    int signal = 0;
    if (process.pidfd) {
        (void)sys::wait_ready(process.pidfd.get(), -1, {sys::deadline_in(patience_ms), -1}); // else it is not known
        signal = sys::ending_signal(process.pidfd.get());
    }
    std::string const by = signal == SIGSYS ? "was ended by SIGSYS"
                           : signal != 0    ? concat("was ended by signal ", std::to_string(signal))
                                            : "ended without a word";
    return channel_error(Step::gate, 0, concat("ctr-init ", by, " while the container was set up"));
}

} // namespace

bool is_listener(Answer const& answer)
{
    return answer.kind == plan::PacketKind::descriptor &&
           answer.report.index == static_cast<int32_t>(plan::DescriptorKind::seccomp); // the packet's second word
}

Status send_launch(int channel, plan::Launch const& launch, int host)
{
    plan::LaunchPacket packet;
    packet.namespaces = launch.unshare_flags;
    packet.apart = launch.apart_flags;
    packet.has_host = host >= 0 ? 1 : 0;
    std::vector<int> const fds(packet.has_host, host);
    if (int const error = sys::send_packet(channel, &packet, sizeof packet, fds); error != 0)
        return channel_error(Step::launch, error, "cannot send to ctr-init");
    return Unit{};
}

Status send_start(int channel, plan::Plan const& plan, int image, std::vector<int> const& passed)
{
    std::vector<int> fds = {image};
    fds.insert(fds.end(), passed.begin(), passed.end());
    plan::StartPacket packet;
    packet.flags = plan.map.needed ? plan::start_wants_maps : 0;
    int const error = sys::send_packet(channel, &packet, sizeof packet, fds);
    if (error != 0 && !is_gone(error))
        return channel_error(Step::launch, error, "cannot hand the plan to ctr-init");
    return Unit{};
}

Result<Answer> next_answer(int channel, sys::Process const& process, sys::Patience const& patience)
{
    while (true) {
        sys::Ready const ready = sys::wait_ready(channel, process.pidfd.get(), patience);
        if (ready.passed)
            return channel_error(Step::gate, ETIMEDOUT, "the set-up deadline passed");
        if (ready.cancelled)
            return Error{.code = Code::cancelled,
                         .step = Step::gate,
                         .subject = "cancel_fd",
                         .message = "the start was given up"};
        auto const made = std::make_unique<plan::RunningPacket>();
        plan::RunningPacket& packet = *made;
        sys::Outcome<sys::Packet> got = sys::receive_packet(channel, &packet, sizeof packet);
        if (got.error == EAGAIN && !ready.second)
            continue;
        if (!got && got.error != EAGAIN && !is_gone(got.error))
            return channel_error(Step::gate, got.error, "cannot hear ctr-init");
        // An event is no answer: it comes after the report, which is lost then.
        bool const silent =
            !got || got.value.size < sizeof(plan::PlainPacket) || packet.report.kind == plan::PacketKind::event;
        if (silent)
            return silence(process);
        Answer answer;
        answer.kind = packet.report.kind;
        answer.report = packet.report;
        answer.effective = std::make_unique<plan::Effective>(packet.effective);
        answer.root = std::move(got.value.fd);
        return answer;
    }
}

Status open_gate(int channel)
{
    plan::PlainPacket packet;
    packet.kind = plan::PacketKind::gate;
    int const error = sys::send_packet(channel, &packet, sizeof packet, {});
    if (error != 0 && !is_gone(error)) // likewise
        return channel_error(Step::gate, error, "cannot open the gate of ctr-init");
    return Unit{};
}

} // namespace ctr::spawn
