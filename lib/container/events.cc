// SPDX-License-Identifier: MIT
// What happens to the command, in order. The channel is what a caller polls; the end of it is readable for good.
#include "container/container.h"
#include "sys/channel.h"

#include <cstring>

namespace ctr::container {

namespace {

constexpr size_t most_events = 256; // that nobody takes; the end always finds room
constexpr int most_failures = 3;    // of receiving

Event event_of(plan::EventPacket const& packet)
{
    switch (packet.event) {
    case plan::EventKind::running: return {CTR_EVENT_STARTED, 0, {}};
    case plan::EventKind::stopped: return {CTR_EVENT_STOPPED, packet.code, {}};
    case plan::EventKind::continued: return {CTR_EVENT_CONTINUED, 0, {}};
    case plan::EventKind::deadline: break;
    }
    return {CTR_EVENT_TIMED_OUT, packet.code, {}};
}

} // namespace

void Container::take_packet(unsigned char const* bytes, size_t size)
{
    plan::PacketKind kind = {};
    std::memcpy(&kind, bytes, sizeof kind);
    if (kind == plan::PacketKind::status && size == sizeof(plan::StatusPacket)) {
        plan::StatusPacket packet;
        std::memcpy(&packet, bytes, sizeof packet);
        status_ = packet;
    }
    if (kind == plan::PacketKind::event && size == sizeof(plan::EventPacket) && events_.size() < most_events) {
        plan::EventPacket packet;
        std::memcpy(&packet, bytes, sizeof packet);
        events_.push_back(event_of(packet));
    }
}

void Container::receive()
{
    int failures = 0;
    while (!status_ && !silent_) {
        alignas(8) unsigned char bytes[64];
        sys::Outcome<sys::Packet> const got = sys::receive_packet(channel_.get(), bytes, sizeof bytes);
        if (got.error == EAGAIN)
            return;
        if (!got && ++failures < most_failures)
            continue; // memory may be short for a moment, and a status is not to be lost by that
        if (!got || got.value.size < sizeof(plan::PlainPacket))
            silent_ = true;
        else
            take_packet(bytes, got.value.size);
    }
}

Result<Event> Container::next_event()
{
    CTR_TRY(check_owner(Step::wait));
    std::lock_guard<std::mutex> const guard(lock_);
    receive();
    if (!events_.empty()) {
        Event const event = events_.front();
        events_.pop_front();
        return event;
    }
    if (!status_ && !silent_)
        return Error{.code = Code::again, .step = Step::wait, .sys = EAGAIN, .message = "nothing has happened"};
    if (end_told_)
        return Error{.code = Code::ended, .step = Step::wait, .sys = ESRCH, .message = "the last event was taken"};
    end_told_ = true;
    return Event{CTR_EVENT_ENDED, 0, outcome()};
}

} // namespace ctr::container
