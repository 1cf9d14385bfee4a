// SPDX-License-Identifier: MIT
// What was captured: memory that ctr-init fills and this process reads, whenever it likes.
#include "container/container.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace ctr::container {

namespace {

Error output_error(Code code, int sys, int number, std::string message)
{
    return Error{.code = code,
                 .step = Step::process,
                 .sys = sys,
                 .subject = std::to_string(number),
                 .message = std::move(message)};
}

bool read_header(int file, Output& output)
{
    constexpr size_t header = sizeof output.counts;
    bool const whole = ::pread(file, &output.counts, header, 0) == static_cast<ssize_t>(header);
    output.first = output.counts.seen - std::min(output.counts.stored, output.counts.seen);
    return whole;
}

// From the place of an offset on, at most to the end of the ring.
ssize_t read_part(int file, plan::CaptureHeader const& counts, uint64_t offset, char* to, size_t size)
{
    uint64_t const at = offset % counts.ring;
    size_t const part = static_cast<size_t>(std::min<uint64_t>(size, counts.ring - at));
    return ::pread(file, to, part, static_cast<off_t>(sizeof counts + at));
}

// What was overwritten while it was copied is left out: the bytes move to the front.
Result<Output> ring_output(int file, int number, uint64_t offset, void* buffer, size_t size)
{
    constexpr uint64_t most_ring = (uint64_t{1} << 30) + plan::capture_chunk;
    Output output;
    bool readable = read_header(file, output) && output.counts.ring != 0 && output.counts.ring <= most_ring;
    uint64_t const start = std::max(offset, output.first);
    auto* const to = static_cast<char*>(buffer);
    uint64_t const there = output.counts.seen > start ? output.counts.seen - start : 0;
    size_t const wanted = static_cast<size_t>(std::min<uint64_t>(there, size));
    size_t got = 0;
    while (readable && got < wanted) {
        ssize_t const part = read_part(file, output.counts, start + got, to + got, wanted - got);
        readable = part > 0;
        got += readable ? static_cast<size_t>(part) : 0;
    }
    Output after;
    if (!readable || !read_header(file, after))
        return output_error(Code::failed, errno, number, "cannot read what was captured");
    uint64_t const lost = after.first > start ? std::min<uint64_t>(after.first - start, got) : 0;
    if (lost > 0)
        std::memmove(to, to + lost, got - lost);
    after.copied = got - lost;
    return after;
}

} // namespace

Result<Output> Container::output(int number, uint64_t offset, void* buffer, size_t size)
{
    if (number < 0 || number > 2 || !captured_[static_cast<size_t>(number)])
        return output_error(Code::invalid, EBADF, number, "this stream is not captured");
    int const file = captured_[static_cast<size_t>(number)].get();
    Output output;
    constexpr size_t header = sizeof output.counts;
    if (::pread(file, &output.counts, header, 0) != static_cast<ssize_t>(header))
        return output_error(Code::failed, errno, number, "cannot read what was captured");
    if (output.counts.ring != 0)
        return ring_output(file, number, offset, buffer, size);
    uint64_t const there = output.counts.stored > offset ? output.counts.stored - offset : 0;
    size_t const wanted = static_cast<size_t>(std::min<uint64_t>(there, size));
    ssize_t const got = wanted == 0 ? 0 : ::pread(file, buffer, wanted, static_cast<off_t>(header + offset));
    if (got < 0)
        return output_error(Code::failed, errno, number, "cannot read what was captured");
    output.copied = static_cast<uint64_t>(got);
    return output;
}

} // namespace ctr::container
