// SPDX-License-Identifier: MIT
// Captured streams: what comes through the pipe is counted, and kept up to the limit.
#include "child/watch.h"

#include <asm/errno.h>

namespace ctr::child {

namespace {

constexpr unsigned long chunk = plan::capture_chunk;
constexpr int most_chunks = 64; // of one drain: more than a pipe holds, and an end for a writer that goes on

unsigned char buffer[chunk];

// A sink that takes no more is full: the rest is only counted.
void keep(Stream& stream, uint64_t count) noexcept
{
    plan::CaptureHeader& header = stream.header;
    uint64_t const room = stream.limit > header.stored ? stream.limit - header.stored : 0;
    uint64_t const wanted = count < room ? count : room;
    uint64_t const at = sizeof header + header.stored;
    long const written = wanted == 0 ? 0 : call(__NR_pwrite64, stream.sink, buffer, wanted, at);
    header.seen += count;
    header.stored += written > 0 ? static_cast<uint64_t>(written) : 0;
    if (written < static_cast<long>(wanted))
        stream.limit = header.stored;
    (void)call(__NR_pwrite64, stream.sink, &header, sizeof header, 0); // the first page is there since the start
}

// The oldest bytes give way. Where the sink takes no more, what is kept begins anew behind the gap.
void keep_last(Stream& stream, uint64_t count) noexcept
{
    plan::CaptureHeader& header = stream.header;
    uint64_t const at = header.seen % header.ring;
    uint64_t const part = header.ring - at < count ? header.ring - at : count;
    long const first = call(__NR_pwrite64, stream.sink, buffer, part, sizeof header + at);
    long const second =
        part == count ? 0 : call(__NR_pwrite64, stream.sink, buffer + part, count - part, sizeof header);
    bool const whole = first == static_cast<long>(part) && second == static_cast<long>(count - part);
    uint64_t const stored = header.stored + count;
    header.seen += count;
    header.stored = !whole ? 0 : stored < stream.limit ? stored : stream.limit;
    (void)call(__NR_pwrite64, stream.sink, &header, sizeof header, 0); // likewise
}

void close_stream(Stream& stream) noexcept
{
    (void)call(__NR_close, stream.reader);
    (void)call(__NR_close, stream.sink);
    stream.reader = -1;
}

} // namespace

bool pump(Stream& stream) noexcept
{
    if (stream.reader < 0)
        return false;
    long const got = call(__NR_read, stream.reader, buffer, chunk);
    if (got > 0 && stream.header.ring != 0)
        keep_last(stream, static_cast<uint64_t>(got));
    else if (got > 0)
        keep(stream, static_cast<uint64_t>(got));
    else if (got != -EAGAIN && got != -EINTR)
        close_stream(stream);
    return got > 0;
}

// What was written before the end. A descendant that holds the pipe does not keep anybody waiting.
void drain(Command& command) noexcept
{
    for (Stream& stream : command.streams) {
        for (int i = 0; i < most_chunks && stream.reader >= 0; i++) {
            if (!pump(stream))
                break; // empty for now
        }
        if (stream.reader >= 0)
            close_stream(stream);
    }
}

} // namespace ctr::child
