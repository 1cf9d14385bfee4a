// SPDX-License-Identifier: MIT
// Who writes uid_map: this file, directly or by newuidmap and newgidmap (a single id: ctr-init, see compile/identity.cc). Whether it worked is judged by reading the
// maps back, because an exit status can be stolen by a host that reaps every child.
#include "spawn/spawn.h"

#include "base/ids.h"
#include "base/text.h"
#include "sys/file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace ctr::spawn {

namespace {

constexpr size_t most_map_bytes = 64U << 10;
constexpr size_t most_quoted = 512; // of a helper's words

Error map_error(plan::MapDuty const& duty, Code code, int sys, std::string subject, std::string message)
{
    return Error{.code = code,
                 .step = Step::map,
                 .sys = sys,
                 .subject = std::move(subject),
                 .origin = duty.origin,
                 .message = std::move(message)};
}

// The process's number in /proc, which may be one of another pid namespace than the caller's.
int number_in_proc(sys::Process const& process)
{
    return process.pidfd ? sys::pid_of(process.pidfd.get()) : process.pid;
}

// The process's directory in /proc; the process is asked after it was opened, so the pid cannot be somebody else's.
Result<Fd> proc_directory(sys::Process const& process, int number, plan::MapDuty const& duty)
{
    std::string const path = concat("/proc/", std::to_string(number));
    sys::Outcome<Fd> directory = sys::open_file(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY);
    if (!directory)
        return map_error(duty, Code::unsupported, directory.error, path,
                         "the host's /proc does not show the container's first process");
    if (int const error = sys::send_signal(process.pidfd.get(), process.pid, 0); error != 0)
        return map_error(duty, Code::lost, error, path, "ctr-init ended before its ids were mapped");
    return std::move(directory.value);
}

Status write_file(int proc, char const* name, std::string const& text, plan::MapDuty const& duty)
{
    sys::Outcome<Fd> const file = sys::open_file(proc, name, O_WRONLY);
    // One write: the kernel takes a map whole.
    ssize_t const written = file ? ::write(file.value.get(), text.data(), text.size()) : -1;
    if (written == static_cast<ssize_t>(text.size()))
        return Unit{};
    int const error = file ? errno : file.error;
    return map_error(duty, code_of(error), error, name, concat("cannot write the container's ", name));
}

std::vector<IdRange> sorted(std::vector<IdRange> ranges)
{
    std::sort(ranges.begin(), ranges.end(), [](IdRange const& a, IdRange const& b) { return a.inside < b.inside; });
    return ranges;
}

// "" where it cannot be read.
std::string read_map(int proc, char const* name)
{
    sys::Outcome<Fd> const file = sys::open_file(proc, name, O_RDONLY);
    return file ? sys::read_all(file.value.get(), most_map_bytes).value : "";
}

bool is_same(std::string const& map, std::string const& wanted)
{
    return sorted(parse_id_map(map)) == sorted(parse_id_map(wanted));
}

Status confirm(ReadMaps const& maps, plan::MapDuty const& duty)
{
    bool const users = is_same(maps.uids, duty.uid_map);
    if (users && is_same(maps.gids, duty.gid_map))
        return Unit{};
    return map_error(duty, Code::failed, 0, users ? "gid_map" : "uid_map",
                     "the kernel does not confirm the map that was written");
}

Result<ReadMaps> write_directly(int proc, plan::MapDuty const& duty)
{
    CTR_TRY(write_file(proc, "gid_map", duty.gid_map, duty));
    CTR_TRY(write_file(proc, "uid_map", duty.uid_map, duty));
    ReadMaps maps{read_map(proc, "uid_map"), read_map(proc, "gid_map")};
    CTR_TRY(confirm(maps, duty));
    return maps;
}

// ------------------------------------------------------------------------------------------------- helpers

struct Run {
    Guard guard;
    Fd errors; // what it says on stderr
    std::string words;
    int error = 0; // errno of a start that failed
    bool late = false;
    bool cancelled = false;
};

std::vector<std::string> arguments(std::string const& helper, int pid, std::string const& map)
{
    std::vector<std::string> words = {helper, std::to_string(pid)};
    for (IdRange const& range : parse_id_map(map))
        for (uint32_t const number : {range.inside, range.outside, range.count})
            words.push_back(std::to_string(number));
    return words;
}

Run start_helper(std::string const& path, int pid, std::string const& map)
{
    Run run;
    sys::Outcome<sys::Pipe> pipe = sys::make_pipe(O_NONBLOCK);
    sys::Outcome<Fd> null = sys::open_file(AT_FDCWD, "/dev/null", O_RDWR);
    if (null)
        null = sys::lifted(std::move(null.value));
    if (!pipe || !null) {
        run.error = pipe ? null.error : pipe.error;
        return run;
    }
    run.errors = std::move(pipe.value.read);
    std::vector<std::string> const words = arguments(path, pid, map);
    std::vector<char const*> argv;
    for (std::string const& word : words)
        argv.push_back(word.c_str());
    argv.push_back(nullptr);
    sys::Launched launched = sys::launch_helper({path.c_str(), argv.data(), null.value.get(), pipe.value.write.get()});
    run.error = launched.error;
    run.guard = Guard(std::move(launched.process));
    return run;
}

// Never reads until the end of the pipe: the helper's own children could keep it open.
void finish_helper(Run& run, sys::Patience const& patience)
{
    if (!run.guard.process().pidfd)
        return;
    sys::Ready const ready = sys::wait_ready(run.guard.process().pidfd.get(), -1, patience);
    run.late = ready.passed;
    run.cancelled = ready.cancelled;
    run.guard = Guard(); // one that did not end may be killed: its real user is the caller
    char buffer[most_quoted];
    ssize_t const got = ::read(run.errors.get(), buffer, sizeof buffer);
    if (got > 0)
        run.words.assign(buffer, static_cast<size_t>(got));
    while (!run.words.empty() && (run.words.back() == '\n' || run.words.back() == ' '))
        run.words.pop_back();
}

std::string base_name(std::string const& path) { return path.substr(path.rfind('/') + 1); }

Error helper_error(plan::MapDuty const& duty, int sys, std::string const& path)
{
    Error error = map_error(duty, code_of(sys), sys, path, concat(base_name(path), " cannot be executed"));
    if (duty.helpers_origin.call != Call::none)
        error.origin = duty.helpers_origin;
    return error;
}

Status judge(Run const& run, std::string const& path, bool written, plan::MapDuty const& duty)
{
    std::string const name = base_name(path);
    if (run.error != 0)
        return helper_error(duty, run.error, path);
    if (run.late)
        return map_error(duty, Code::timed_out, ETIMEDOUT, path,
                         concat(name, " did not end before the set-up deadline"));
    if (run.cancelled)
        return map_error(duty, Code::cancelled, 0, path, concat(name, " was ended because the start was given up"));
    if (written)
        return Unit{};
    std::string message = concat(name, " did not write the map");
    if (!run.words.empty())
        message += concat(": it said ", quoted(run.words));
    return map_error(duty, Code::denied, 0, path, std::move(message));
}

Result<ReadMaps> write_by_helpers(int proc, int pid, plan::MapDuty const& duty, sys::Patience const& patience)
{
    Run gids = start_helper(duty.newgidmap, pid, duty.gid_map);
    Run uids = start_helper(duty.newuidmap, pid, duty.uid_map); // at the same time
    finish_helper(uids, patience);
    finish_helper(gids, patience);
    ReadMaps maps{read_map(proc, "uid_map"), read_map(proc, "gid_map")};
    CTR_TRY(judge(uids, duty.newuidmap, is_same(maps.uids, duty.uid_map), duty));
    CTR_TRY(judge(gids, duty.newgidmap, is_same(maps.gids, duty.gid_map), duty));
    return maps;
}

} // namespace

Result<ReadMaps> write_maps(sys::Process const& process, plan::MapDuty const& duty, sys::Patience const& patience)
{
    if (!duty.needed)
        return ReadMaps{};
    int const number = number_in_proc(process);
    Fd const proc = CTR_TRY(proc_directory(process, number, duty));
    if (duty.by_helper)
        return write_by_helpers(proc.get(), number, duty, patience);
    return write_directly(proc.get(), duty);
}

} // namespace ctr::spawn
