// SPDX-License-Identifier: MIT
#include "signals.h"

#include <cerrno>
#include <csignal>
#include <sys/signalfd.h>
#include <unistd.h>

namespace cli {
namespace {

bool is_ignored(int signal_number)
{
    struct sigaction action = {};
    (void)sigaction(signal_number, nullptr, &action); // cannot fail for the signals named here
    return action.sa_handler == SIG_IGN;
}

sigset_t forwarded_signals()
{
    sigset_t set;
    sigemptyset(&set);
    for (int const signal_number : {SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2})
        sigaddset(&set, signal_number);
    if (!is_ignored(SIGHUP)) // nohup means the command too
        sigaddset(&set, SIGHUP);
    return set;
}

// A script's background job ignores what is typed at the terminal, but not what somebody sends to it on purpose.
// (A signal that is blocked is queued even if it is ignored.)
bool is_for_the_command(signalfd_siginfo const& info)
{
    bool const typed = info.ssi_code == SI_KERNEL;
    return !typed || !is_ignored(static_cast<int>(info.ssi_signo));
}

} // namespace

Result<Signals> Signals::block()
{
    sigset_t const set = forwarded_signals();
    int const descriptor =
        pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0 ? signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK) : -1;
    int const error_number = errno;
    if (descriptor < 0)
        return Problem{.code = code_of(error_number),
                       .error_number = error_number,
                       .step = "signals",
                       .message = "cannot prepare to forward signals"};
    return Signals(descriptor);
}

void Signals::unblock()
{
    sigset_t const set = forwarded_signals();
    (void)pthread_sigmask(SIG_UNBLOCK, &set, nullptr); // cannot fail
}

void Signals::forward(ctr_container* container) const
{
    signalfd_siginfo info = {};
    while (read(descriptor(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
        if (is_for_the_command(info))
            (void)ctr_kill(container, static_cast<int>(info.ssi_signo), CTR_KILL_COMMAND, nullptr); // it may have ended
}

void ignore_broken_pipes()
{
    struct sigaction action = {};
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, nullptr); // cannot fail for SIGPIPE
}

} // namespace cli
