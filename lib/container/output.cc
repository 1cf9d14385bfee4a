// SPDX-License-Identifier: MIT
// What was captured: memory that ctr-init fills and this process reads, whenever it likes.
#include "container/container.h"

#include <algorithm>
#include <cerrno>
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
    uint64_t const there = output.counts.stored > offset ? output.counts.stored - offset : 0;
    size_t const wanted = static_cast<size_t>(std::min<uint64_t>(there, size));
    ssize_t const got = wanted == 0 ? 0 : ::pread(file, buffer, wanted, static_cast<off_t>(header + offset));
    if (got < 0)
        return output_error(Code::failed, errno, number, "cannot read what was captured");
    output.copied = static_cast<uint64_t>(got);
    return output;
}

} // namespace ctr::container
