// SPDX-License-Identifier: MIT
#include "terminal.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "apply.h"

namespace cli {
namespace {

constexpr size_t chunk = 4096;              // of input
constexpr size_t slice = 1024;              // of output: poll(2) promises some room, not how much
constexpr size_t most_pending = 256 * 1024; // more than a terminal holds
constexpr int retry_ms = 50;
constexpr int second_look_ms = 200;
constexpr cc_t usual_end_of_file = 4; // Ctrl-D

sigset_t held_signals()
{
    sigset_t set;
    sigemptyset(&set);
    for (int const number : {SIGWINCH, SIGCONT, SIGTSTP, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGXCPU, SIGXFSZ})
        sigaddset(&set, number);
    return set;
}

int make_signalfd(sigset_t& before)
{
    sigset_t const set = held_signals();
    if (pthread_sigmask(SIG_BLOCK, &set, &before) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK); // without it sizes are not followed; nothing else is lost
}

// Another job's terminal is not to be touched. Where it does not control this process, there are no jobs.
bool is_in_background()
{
    pid_t const foreground = tcgetpgrp(STDIN_FILENO);
    return foreground >= 0 && foreground != getpgrp();
}

std::optional<winsize> callers_size()
{
    winsize size = {};
    for (int const number : {STDIN_FILENO, STDOUT_FILENO})
        if (ioctl(number, TIOCGWINSZ, &size) == 0)
            return size;
    return std::nullopt;
}

bool is_temporary(ssize_t result) { return result < 0 && (errno == EAGAIN || errno == EINTR); }

} // namespace

Status apply_tty(Setup& setup, Use const& use)
{
    winsize const size = callers_size().value_or(winsize{});
    setup.terminal = true;
    CLI_SET(setup, label_of(use), ctr_config_set_terminal, uint32_t{size.ws_row}, uint32_t{size.ws_col});
    return Done{};
}

Status apply_interactive(Setup& setup, Use const&)
{
    setup.interactive = true;
    return Done{};
}

// ------------------------------------------------------------------------------------------------ raw input

// Entered from the background this stops ctr, as it does every program that changes a terminal. What was before is
// looked at once: a shell that continues ctr may have modes of its own.
void RawInput::enter()
{
    if (!known_ && tcgetattr(STDIN_FILENO, &before_) != 0)
        return; // no terminal
    known_ = true;
    raw_ = true;
    termios raw = before_;
    cfmakeraw(&raw);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw); // a terminal that hung up has no modes
}

void RawInput::restore()
{
    if (raw_ && !is_in_background())
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &before_); // likewise
    raw_ = false;
}

// -------------------------------------------------------------------------------------------------- signals

TerminalSignals::TerminalSignals() : file_(make_signalfd(before_)) {}

TerminalSignals::~TerminalSignals() { (void)pthread_sigmask(SIG_SETMASK, &before_, nullptr); } // cannot fail

int TerminalSignals::next() const
{
    signalfd_siginfo info = {};
    bool const whole = read(descriptor(), &info, sizeof info) == static_cast<ssize_t>(sizeof info);
    return whole ? static_cast<int>(info.ssi_signo) : 0;
}

void TerminalSignals::let_through(int number)
{
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    (void)raise(number); // cannot fail, nor can the two others
    (void)pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
    (void)pthread_sigmask(SIG_BLOCK, &one, nullptr);
}

// ------------------------------------------------------------------------------------------------- terminal

Terminal::Terminal(ctr_container* container, Input input)
    : container_(container), master_(ctr_container_terminal(container)), input_open_(input == Input::forwarded)
{
    (void)fcntl(master_, F_SETFL, O_RDWR | O_NONBLOCK); // cannot fail for a terminal that is open
    resize();                                           // it may have changed since the container was described
    if (input_open_)
        raw_.enter();
    else
        end_input();
}

void Terminal::resize()
{
    if (std::optional<winsize> const size = callers_size())
        (void)ctr_resize(container_, size->ws_row, size->ws_col, nullptr); // a size is no reason to end anything
}

void Terminal::watch(pollfd* watched) const
{
    bool const reads_input = input_open_ && typed_.empty();
    bool const waits_for_room = !typed_.empty();
    int const events = (shown_.empty() ? POLLIN : 0) | (waits_for_room ? POLLOUT : 0);
    watched[0] = {.fd = signals_.descriptor(), .events = POLLIN, .revents = 0};
    watched[1] = {.fd = reads_input ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0};
    watched[2] = {.fd = hung_up_ || events == 0 ? -1 : master_, .events = static_cast<short>(events), .revents = 0};
    watched[3] = {.fd = shown_.empty() ? -1 : STDOUT_FILENO, .events = POLLOUT, .revents = 0};
}

int Terminal::patience_ms() const { return hung_up_ ? retry_ms : input_ended_ ? second_look_ms : -1; }

void Terminal::serve(pollfd const* watched)
{
    if (watched[0].revents != 0)
        while (int const number = signals_.next())
            take_signal(number);
    if (watched[1].revents != 0)
        read_input();
    if (!typed_.empty())
        write_input();
    if (watched[3].revents != 0)
        write_output();
    if (shown_.empty())
        (void)read_output(); // waits for nothing; more is left to the next poll
    cc_t unused = 0;
    if (input_ended_ && typed_.empty() && is_canonical(unused) != canonical_)
        end_input(); // a mark that was set in one mode is nothing in another
}

void Terminal::take_signal(int number)
{
    if (number != SIGWINCH) {
        raw_.restore();
        if (number != SIGCONT)
            TerminalSignals::let_through(number);
        if (input_open_)
            raw_.enter();
    }
    resize();
}

void Terminal::read_input()
{
    char bytes[chunk];
    ssize_t const got = read(STDIN_FILENO, bytes, sizeof bytes);
    if (is_temporary(got))
        return;
    if (got > 0) {
        typed_.assign(bytes, static_cast<size_t>(got));
        line_begun_ = bytes[got - 1] != '\n';
        return;
    }
    input_open_ = false;
    end_input();
}

// Whoever reads lines sees the end by the character that means it, which behind half a line only ends that.
void Terminal::end_input()
{
    cc_t end_of_file = usual_end_of_file;
    canonical_ = is_canonical(end_of_file);
    typed_.append(canonical_ && line_begun_ ? 2 : 1, static_cast<char>(end_of_file));
    line_begun_ = false;
    input_ended_ = true;
}

bool Terminal::is_canonical(cc_t& end_of_file) const
{
    termios modes = {};
    if (tcgetattr(master_, &modes) != 0 || (modes.c_lflag & ICANON) == 0)
        return false;
    end_of_file = modes.c_cc[VEOF];
    return true;
}

void Terminal::write_input()
{
    ssize_t const put = write(master_, typed_.data(), typed_.size());
    if (is_temporary(put))
        return;
    typed_.erase(0, put < 0 ? typed_.size() : static_cast<size_t>(put)); // nobody is there to type to
}

// Returns whether there was anything.
bool Terminal::read_output()
{
    char bytes[chunk];
    ssize_t const got = read(master_, bytes, sizeof bytes);
    hung_up_ = got == 0 || (got < 0 && !is_temporary(got));
    if (got > 0 && !output_lost_)
        shown_.assign(bytes, static_cast<size_t>(got));
    return got > 0;
}

// A reader that is gone is the terminal's end for the command, as it is SIGPIPE without a terminal.
void Terminal::write_output()
{
    ssize_t const put = write(STDOUT_FILENO, shown_.data(), std::min(shown_.size(), slice));
    if (is_temporary(put))
        return;
    if (put >= 0) {
        shown_.erase(0, static_cast<size_t>(put));
        return;
    }
    output_lost_ = true;
    shown_.clear();
    (void)ctr_kill(container_, SIGHUP, CTR_KILL_COMMAND, nullptr); // it may have ended
}

// A descendant that was left running may show more for ever: what was there at the end is bounded by what fits.
void Terminal::finish(int stop)
{
    size_t taken = 0;
    while (true) {
        while (!shown_.empty()) {
            pollfd watched[] = {{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0},
                                {.fd = stop, .events = POLLIN, .revents = 0}};
            if (poll(watched, std::size(watched), -1) < 0 && errno != EINTR)
                return;
            if (watched[0].revents != 0)
                write_output();
            else if (watched[1].revents != 0)
                return;
        }
        if (taken >= most_pending || !read_output())
            return;
        taken += shown_.size();
    }
}

} // namespace cli
