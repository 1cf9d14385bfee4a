// SPDX-License-Identifier: MIT
#include "spawn/stdio.h"

#include "base/text.h"
#include "sys/file.h"
#include "sys/memfd.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

namespace ctr::spawn {

namespace {

constexpr char const* names[] = {"standard input", "standard output", "standard error"};

Error made_error(plan::PassedFd const& passed, int sys, std::string message)
{
    return Error{.code = code_of(sys),
                 .step = Step::process,
                 .sys = sys,
                 .subject = passed.source == plan::FdSource::file ? passed.path : names[passed.number],
                 .origin = passed.origin,
                 .message = std::move(message)};
}

// The command's end; the host's is put among the ends.
Result<Fd> make_pipe(plan::PassedFd const& passed, StdioEnds& ends)
{
    sys::Outcome<sys::Pipe> pipe = sys::make_pipe();
    if (!pipe)
        return made_error(passed, pipe.error, concat("cannot make a pipe for ", names[passed.number]));
    bool const input = passed.number == 0;
    ends[static_cast<size_t>(passed.number)] = std::move(input ? pipe.value.write : pipe.value.read);
    return std::move(input ? pipe.value.read : pipe.value.write);
}

std::string open_fault(plan::PassedFd const& passed, int sys)
{
    if (sys == ENXIO)
        return concat(passed.number == 0 ? "nobody writes to " : "nobody reads from ", quoted(passed.path),
                      ", which is to be ", names[passed.number]);
    return concat("cannot open ", quoted(passed.path), " for ", names[passed.number]);
}

// A FIFO with a name would be at its end at once, and a writer that comes later would wait for ever. A pipe without one
// has had its writer.
bool is_abandoned(int fd, struct stat const& status)
{
    struct statfs system = {};
    return S_ISFIFO(status.st_mode) && ::fstatfs(fd, &system) == 0 && system.f_type != PIPEFS_MAGIC && !sys::is_fed(fd);
}

// Opened without waiting for the other side of a FIFO; the command gets it blocking, as programs expect.
Result<Fd> open_stream(plan::PassedFd const& passed)
{
    constexpr mode_t created_mode = 0666;
    int const access = passed.number == 0 ? O_RDONLY : O_WRONLY | O_CREAT | (passed.append ? O_APPEND : O_TRUNC);
    sys::Outcome<Fd> file = sys::open_file(AT_FDCWD, passed.path.c_str(), access | O_NOCTTY | O_NONBLOCK, created_mode);
    if (!file)
        return made_error(passed, file.error, open_fault(passed, file.error));
    struct stat status = {};
    if (::fstat(file.value.get(), &status) != 0 || ::fcntl(file.value.get(), F_SETFL, access & O_APPEND) != 0)
        return made_error(passed, errno, open_fault(passed, errno));
    if (S_ISDIR(status.st_mode))
        return made_error(passed, EISDIR, open_fault(passed, EISDIR));
    if (passed.number == 0 && is_abandoned(file.value.get(), status))
        return made_error(passed, ENXIO, open_fault(passed, ENXIO));
    return std::move(file.value);
}

// The reader must not wait, nor may the other end change for it: the two ends have flags of their own.
Result<Fd> make_captured(plan::PassedFd const& passed, Descriptors& descriptors)
{
    sys::Outcome<sys::Pipe> pipe = sys::make_pipe();
    if (!pipe || ::fcntl(pipe.value.read.get(), F_SETFL, O_NONBLOCK) != 0)
        return made_error(passed, pipe ? errno : pipe.error, concat("cannot make a pipe for ", names[passed.number]));
    descriptors.readers[static_cast<size_t>(passed.number)] = std::move(pipe.value.read);
    return std::move(pipe.value.write);
}

Result<Fd> make_sink(plan::PassedFd const& passed, Descriptors& descriptors, Named& named)
{
    Fd& given = named.sinks[static_cast<size_t>(passed.number)];
    plan::CaptureHeader const header;
    sys::Outcome<Fd> file =
        given ? sys::Outcome<Fd>{std::move(given), 0} : sys::memory_file("ctr-capture", &header, sizeof header);
    sys::Outcome<Fd> ours = file ? sys::duplicate(file.value.get()) : sys::Outcome<Fd>{{}, file.error};
    if (!ours)
        return made_error(passed, ours.error, concat("cannot make memory for ", names[passed.number]));
    descriptors.captured[static_cast<size_t>(passed.number)] = std::move(ours.value);
    return std::move(file.value);
}

// By its name in /proc: what ctr-init keeps can be looked at, and not written to.
Result<Fd> watch(plan::PassedFd const& passed, Descriptors const& descriptors)
{
    int const fd = descriptors.streams[static_cast<size_t>(passed.number)];
    sys::Outcome<Fd> file = sys::open_file(AT_FDCWD, concat("/proc/self/fd/", std::to_string(fd)).c_str(), O_PATH);
    if (!file)
        return made_error(passed, file.error, concat("cannot watch ", names[passed.number]));
    return std::move(file.value);
}

Result<Fd> make_one(plan::PassedFd const& passed, Descriptors& descriptors, Named& named)
{
    switch (passed.source) {
    case plan::FdSource::given:
    case plan::FdSource::control:
    case plan::FdSource::record: return Fd();
    case plan::FdSource::pipe: return make_pipe(passed, descriptors.ends);
    case plan::FdSource::file: return open_stream(passed);
    case plan::FdSource::capture: return make_captured(passed, descriptors);
    case plan::FdSource::capture_reader: return std::move(descriptors.readers[static_cast<size_t>(passed.number)]);
    case plan::FdSource::watched: return watch(passed, descriptors);
    case plan::FdSource::capture_sink: return make_sink(passed, descriptors, named);
    }
    return Fd();
}

} // namespace

Result<Descriptors> make_descriptors(plan::Plan const& plan, Named named)
{
    Descriptors descriptors;
    for (plan::PassedFd const& passed : plan.passed) {
        Fd made = CTR_TRY(make_one(passed, descriptors, named));
        int const borrowed = passed.source == plan::FdSource::control  ? named.control
                             : passed.source == plan::FdSource::record ? named.record
                                                                       : passed.fd;
        descriptors.passed.push_back(made ? made.get() : borrowed);
        bool const stream = passed.source == plan::FdSource::pipe || passed.source == plan::FdSource::file;
        if (stream)
            descriptors.streams[static_cast<size_t>(passed.number)] = made.get();
        descriptors.made.push_back(std::move(made));
    }
    return descriptors;
}

} // namespace ctr::spawn
