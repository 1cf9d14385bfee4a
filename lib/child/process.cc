// SPDX-License-Identifier: MIT
// The command's process: a clean start, its descriptors, and exec.
#include "child/child.h"

#include <asm/errno.h>
#include <asm/signal.h>
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/prctl.h>

namespace ctr::child {

namespace {

constexpr int signal_count = 64;
constexpr int file_limit = 7; // RLIMIT_NOFILE

// As the kernel lays it out; libc's differs.
struct SignalAction {
    void* handler;
    unsigned long flags;
    void* restorer;
    uint64_t mask;
};

// A filter of an outer container may refuse close_range (5.9).
long mark_one_by_one(unsigned first) noexcept
{
    uint64_t limit[2] = {1024, 1024};
    long const result = call(__NR_prlimit64, 0, file_limit, nullptr, limit);
    if (result < 0)
        return result;
    for (uint64_t fd = first; fd < limit[0]; fd++)
        (void)call(__NR_fcntl, static_cast<int>(fd), F_SETFD, FD_CLOEXEC); // most are not open
    return 0;
}

constexpr unsigned long longest_path = 4096;

// Writes "directory/file"; an empty directory of PATH is the working directory.
bool join_path(char* at, char const* directory, unsigned long count, char const* file) noexcept
{
    unsigned long const name = length(file);
    if (count + 1 + name + 1 > longest_path)
        return false;
    for (unsigned long i = 0; i < count; i++)
        *at++ = directory[i];
    if (count > 0)
        *at++ = '/';
    for (unsigned long i = 0; i <= name; i++)
        *at++ = file[i];
    return true;
}

bool goes_on(long error) noexcept { return error == -ENOENT || error == -ENOTDIR || error == -EACCES; }

// As execvp(3): goes on after a missing or forbidden file, and remembers that one was forbidden.
long search(State& state, char const* file, char** arguments, char** environment) noexcept
{
    static char path[longest_path];
    char const* rest = text(state, state.image->search_path);
    long answer = -ENOENT;
    for (int position = 0; rest != nullptr; position++) {
        unsigned long count = 0;
        while (rest[count] != 0 && rest[count] != ':')
            count++;
        if (join_path(path, rest, count, file)) {
            long const result = call(__NR_execve, path, arguments, environment);
            if (answer == -ENOENT)
                state.shared->detail = position;
            if (!goes_on(result))
                return result;
            if (result == -EACCES)
                answer = -EACCES;
        }
        rest = rest[count] == 0 ? nullptr : rest + count + 1;
    }
    return answer;
}

// An empty slot stays empty.
long lift(int& number, int above) noexcept
{
    if (number < 0)
        return 0;
    long const fd = call(__NR_fcntl, number, F_DUPFD_CLOEXEC, above);
    if (fd < 0)
        return fd == -EINVAL ? -EMFILE : fd; // EINVAL: above RLIMIT_NOFILE
    number = static_cast<int>(fd);
    return 0;
}

} // namespace

long new_session() noexcept
{
    long const session = call(__NR_setsid);
    return session == 0 ? not_confirmed : session;
}

// The second answer is what the first call has set.
long set_umask(plan::Flags const& op) noexcept
{
    (void)call(__NR_umask, op.flags); // cannot fail
    return call(__NR_umask, op.flags) == static_cast<long>(op.flags) ? 0 : not_confirmed;
}

long set_limit(plan::SetLimit const& op) noexcept
{
    uint64_t const limit[2] = {op.soft, op.hard};
    if (long const result = call(__NR_prlimit64, 0, op.resource, limit, nullptr); result < 0)
        return result;
    uint64_t set[2] = {~op.soft, ~op.hard};
    long const result = call(__NR_prlimit64, 0, op.resource, nullptr, set);
    return result == 0 && set[0] == op.soft && set[1] == op.hard ? 0 : not_confirmed;
}

void default_handler(int signal) noexcept
{
    SignalAction const action = {};
    (void)call(__NR_rt_sigaction, signal, &action, nullptr, sizeof(uint64_t)); // KILL and STOP refuse
}

// Ignored signals and blocked ones survive exec: a host that ignores SIGPIPE would give that to every command.
long default_signals() noexcept
{
    stop_watching_host(); // its timer would survive exec,
    restore_slices();     // and so would these
    for (int signal = 1; signal <= signal_count; signal++)
        default_handler(signal);
    uint64_t const none = 0;
    return call(__NR_rt_sigprocmask, SIG_SETMASK, &none, nullptr, sizeof none);
}

long place_fd(State const& state, plan::PlaceFd const& op) noexcept
{
    long const result = call(__NR_dup3, number(state, op.from), op.number, 0);
    return result < 0 ? result : 0;
}

long merge_fd(plan::MergeFd const& op) noexcept
{
    long const result = call(__NR_dup3, op.from, op.number, 0);
    return result < 0 ? result : 0;
}

// Descriptors of ctr-init that the command's process polls until exec are lifted as well: a passed one may take their
// numbers. start_command() takes the numbers of ctr-init's own table back.
long lift_fds(State& state, plan::LiftFds const& op) noexcept
{
    for (int slot = 0; slot < op.count; slot++)
        if (long const result = lift(state.slots[slot], op.above); result < 0)
            return result;
    long result = lift(state.host, op.above);
    if (result == 0)
        result = lift(state.self, op.above);
    if (result == 0) // a further command reports by itself, and a filter's descriptor is handed over
        result = lift(state.channel, op.above);
    return result < 0 ? result : lift(state.started, op.above);
}

long close_from(plan::PlaceFd const& op) noexcept
{
    long const result = call(__NR_close_range, op.number, ~0U, CLOSE_RANGE_CLOEXEC);
    // The channel is the first of them and has no such flag: it shows what the call did to all.
    bool const undone = result == 0 && call(__NR_fcntl, plan::channel_fd, F_GETFD, 0) == 0;
    bool const refused = result == -ENOSYS || result == -EPERM || result == -EINVAL || result == -EACCES;
    return refused || undone ? mark_one_by_one(static_cast<unsigned>(op.number)) : result;
}

// ctr-init has one thread, so the death of the thread is that of the process. It may be dead already.
long die_with_parent(State const& state) noexcept
{
    long const result = call(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    pollfd polled = {state.self, POLLIN, 0};
    __kernel_timespec const at_once = {};
    if (result == 0 && call(__NR_ppoll, &polled, 1, &at_once, nullptr, 0) > 0)
        return -EOWNERDEAD;
    return result;
}

long set_dumpable(plan::Flags const& op) noexcept
{
    long const result = call(__NR_prctl, PR_SET_DUMPABLE, op.flags, 0, 0, 0);
    bool const set = call(__NR_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0) == static_cast<long>(op.flags);
    return result < 0 || set ? result : not_confirmed;
}

long no_new_privs() noexcept { return call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

// The pid as the command sees it, which nobody else can know: of its own pid namespace, whichever that is.
long announce_pid(State const& state, plan::AnnouncePid const& op) noexcept
{
    char* at = reinterpret_cast<char**>(state.base + state.image->environment)[op.variable];
    long const pid = call(__NR_getpid);
    long unit = 1;
    while (pid / unit >= 10)
        unit *= 10;
    while (*at++ != '=') {}
    for (; unit > 0; unit /= 10)
        *at++ = static_cast<char>('0' + pid / unit % 10);
    *at = 0;
    return 0;
}

long execute(State& state, plan::Exec const& op) noexcept
{
    auto** arguments = reinterpret_cast<char**>(state.base + state.image->arguments);
    auto** environment = reinterpret_cast<char**>(state.base + state.image->environment);
    long const result = op.by == plan::ExecBy::descriptor
                            ? call(__NR_execveat, number(state, op.program), "", arguments, environment, AT_EMPTY_PATH)
                        : op.by == plan::ExecBy::search ? search(state, arguments[0], arguments, environment)
                                                        : call(__NR_execve, arguments[0], arguments, environment);
    return result < 0 ? result : not_confirmed; // who comes back was not executed
}

} // namespace ctr::child
