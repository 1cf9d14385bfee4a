// SPDX-License-Identifier: MIT
#include "sys/pidfd.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

namespace ctr::sys {

namespace {

constexpr uint64_t second = 1000000000;
constexpr int by_pidfd = 3; // P_PIDFD, 5.4

// Asks without poll, which refuses every descriptor under RLIMIT_NOFILE 0: sandboxed hosts set that. A pidfd, or a socket.
bool is_ready(int fd)
{
    siginfo_t info = {};
    int const result =
        ::waitid(static_cast<idtype_t>(by_pidfd), static_cast<id_t>(fd), &info, WEXITED | WNOHANG | WNOWAIT | __WALL);
    if (result == 0)
        return info.si_pid != 0;
    if (errno == ECHILD)
        return true;
    char byte = 0;
    return ::recv(fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) >= 0 || (errno != EAGAIN && errno != ENOTSOCK);
}

} // namespace

Outcome<Fd> open_pidfd(int pid)
{
    Fd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!fd)
        return {{}, errno};
    return lifted(std::move(fd));
}

int pid_of(int pidfd)
{
    std::string const path = "/proc/self/fdinfo/" + std::to_string(pidfd);
    Outcome<Fd> const file = open_file(AT_FDCWD, path.c_str(), O_RDONLY);
    Outcome<std::string> const text = file ? read_all(file.value.get(), 4096) : Outcome<std::string>{{}, file.error};
    size_t const at = text.value.find("Pid:\t");
    return at == std::string::npos ? 0 : std::max(0, std::atoi(text.value.c_str() + at + 5));
}

int send_signal(int pidfd, int pid, int signal)
{
    if (::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0)
        return 0;
    bool const refused = errno == ENOSYS || errno == EPERM || errno == EACCES;
    if (!refused || pid < 1) // kill() takes others for groups
        return errno;
    pollfd polled = {pidfd, POLLIN, 0};
    if (::poll(&polled, 1, 0) != 0)
        return ESRCH;
    return ::kill(pid, signal) == 0 ? 0 : errno;
}

void reap(int pidfd)
{
    (void)wait_ready(pidfd, -1, {}); // also where another thread of the host reaps it
    siginfo_t info = {};
    int result = 0;
    do {
        result = ::waitid(static_cast<idtype_t>(by_pidfd), static_cast<id_t>(pidfd), &info, WEXITED | __WALL);
    } while (result < 0 && errno == EINTR);
}

int ending_signal(int pidfd)
{
    siginfo_t info = {};
    if (::waitid(static_cast<idtype_t>(by_pidfd), static_cast<id_t>(pidfd), &info,
                 WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 ||
        info.si_pid == 0)
        return 0;
    return info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED ? info.si_status : 0;
}

uint64_t now()
{
    timespec time = {};
    (void)::clock_gettime(CLOCK_MONOTONIC, &time); // cannot fail
    return static_cast<uint64_t>(time.tv_sec) * second + static_cast<uint64_t>(time.tv_nsec);
}

Deadline deadline_in(uint64_t milliseconds)
{
    if (milliseconds == 0)
        return std::nullopt;
    return now() + milliseconds * 1000000;
}

Ready wait_ready(int first, int second_fd, Patience const& patience)
{
    while (true) {
        pollfd polled[3] = {{first, POLLIN, 0}, {second_fd, POLLIN, 0}, {patience.cancel, POLLIN, 0}};
        Deadline const& deadline = patience.deadline;
        timespec left = {};
        if (deadline) {
            uint64_t const time = now();
            uint64_t const wait = *deadline > time ? *deadline - time : 0;
            left = {static_cast<time_t>(wait / second), static_cast<long>(wait % second)};
        }
        // No more than there are: more than RLIMIT_NOFILE is an error, and a sandboxed host may have lowered it.
        nfds_t const polled_count = patience.cancel >= 0 ? 3 : second_fd >= 0 ? 2 : 1;
        int const count = ::ppoll(polled, polled_count, deadline ? &left : nullptr, nullptr);
        if (count > 0)
            return {polled[0].revents != 0, polled[1].revents != 0, false,
                    polled[0].revents == 0 && polled[1].revents == 0};
        if (count < 0 && errno == EINTR)
            continue;
        bool const refused = count < 0 && errno == EINVAL;
        if (refused && is_ready(first))
            return {true, false, false, false};
        bool const passed = deadline && now() >= *deadline;
        if (count == 0 || passed || !refused) // a filter may refuse to wait: then the time is up
            return {false, false, true, false};
        timespec const pause = {0, 5000000};
        (void)::nanosleep(&pause, nullptr); // cut short or not, the next round looks again
    }
}

} // namespace ctr::sys
