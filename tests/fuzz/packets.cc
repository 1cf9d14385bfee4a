// SPDX-License-Identifier: MIT
// A ctr-init that was taken over: whatever it says, the host neither crashes nor is left with a descriptor.
//
// The input is a list of packets: how many descriptors come along, the length, the bytes. The last one may be shorter.
#include "container/container.h"
#include "spawn/gate.h"
#include "sys/channel.h"
#include "sys/memfd.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

using namespace ctr;

namespace {

constexpr size_t most_packets = 32;

size_t open_descriptors()
{
    std::filesystem::directory_iterator const all("/proc/self/fd");
    return static_cast<size_t>(std::distance(begin(all), end(all)));
}

void send(int channel, unsigned char const* data, size_t size)
{
    for (size_t count = 0; size >= 2 && count < most_packets; ++count) {
        size_t const length = std::min<size_t>(data[1] % 80, size - 2);
        std::vector<int> const fds(data[0] % 4, STDERR_FILENO);
        (void)sys::send_packet(channel, data + 2, length, fds);
        data += 2 + length;
        size -= 2 + length;
    }
}

sys::Channel channel_with(unsigned char const* data, size_t size)
{
    sys::Outcome<sys::Channel> made = sys::make_channel();
    if (!made)
        std::abort();
    send(made.value.theirs.get(), data, size);
    made.value.theirs = Fd();
    return std::move(made.value);
}

// With something to fail in each section.
plan::Plan small_plan()
{
    plan::Builder builder;
    builder.begin_enter();
    builder.begin_setup();
    builder.about({.step = Step::mount, .subject = "/a", .message = "cannot mount"});
    builder.add(plan::OpCode::open_tree);
    builder.begin_payload();
    builder.add(plan::OpCode::exec);
    return builder.seal({}, {"true"}, {}, "/bin");
}

// While a container starts.
void try_start(unsigned char const* data, size_t size)
{
    plan::Plan const plan = small_plan();
    sys::Channel const channel = channel_with(data, size);
    for (size_t count = 0; count <= most_packets; ++count) {
        Result<spawn::Answer> const answer = spawn::next_answer(channel.ours.get(), sys::Process(), {sys::now()});
        if (!answer && answer.error().message.empty())
            std::abort();
        if (!answer)
            return;
        (void)spawn::is_listener(answer.value());
        if (spawn::report_error(plan, answer.value().report).message.empty())
            std::abort();
    }
}

// While it runs, with memory that ctr-init has written: the same bytes, behind a header of any numbers.
void try_running(unsigned char const* data, size_t size)
{
    spawn::Started started;
    started.channel = std::move(channel_with(data, size).ours);
    started.captured[1] =
        std::move(sys::sealed_file("words", {reinterpret_cast<char const*>(data), size}, false).value);
    container::Container running(std::move(started), spec::Lifetime{});
    for (size_t count = 0; count <= 2 * most_packets; ++count)
        if (Result<container::Event> const event = running.next_event(); !event)
            break;
    uint64_t const offsets[] = {0, 1, size, UINT64_MAX};
    for (uint64_t const offset : offsets) {
        char buffer[256];
        Result<container::Output> const output = running.output(1, offset, buffer, sizeof buffer);
        if (output && output.value().copied > sizeof buffer)
            std::abort();
    }
    if (!running.wait(0))
        std::abort(); // the channel has ended, and so has it
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, size_t size)
{
    size_t const before = open_descriptors();
    try_start(data, size);
    try_running(data, size);
    if (open_descriptors() != before)
        std::abort();
    return 0;
}
