// SPDX-License-Identifier: MIT
// The caller's terminal in front of the container's own: raw while it is passed through, and as it was afterwards.
#pragma once

#include <csignal>
#include <poll.h>
#include <string>
#include <termios.h>

#include "files.h"

namespace cli {

// A terminal on standard input, raw from enter() on.
class RawInput {
public:
    RawInput() = default;
    ~RawInput() { restore(); }
    RawInput(RawInput const&) = delete;
    RawInput& operator=(RawInput const&) = delete;

    void enter();
    void restore();

private:
    termios before_ = {};
    bool known_ = false; // what was before
    bool raw_ = false;
};

// The signals that change the caller's terminal or would leave it raw, held back while this lives.
class TerminalSignals {
public:
    TerminalSignals();
    ~TerminalSignals();
    TerminalSignals(TerminalSignals const&) = delete;
    TerminalSignals& operator=(TerminalSignals const&) = delete;

    int descriptor() const { return file_.descriptor(); }

    // The next one that waits; 0 where none does.
    int next() const;

    // Lets one have its usual effect; returns where that is not the end.
    static void let_through(int number);

private:
    sigset_t before_ = {};
    File file_;
};

// What goes through the terminal of a container, both ways.
class Terminal {
public:
    enum class Input { none, forwarded };

    Terminal(ctr_container* container, Input input);
    Terminal(Terminal const&) = delete;
    Terminal& operator=(Terminal const&) = delete;

    // For poll(2); what there is nothing to wait for is left out.
    static constexpr int watched_count = 4;
    void watch(pollfd* watched) const;
    int patience_ms() const; // -1 for ever

    // After poll(2), whatever it said: passes on what can be passed on at once.
    void serve(pollfd const* watched);

    // When the container has ended: what was shown before. Gives up where @stop becomes readable while nobody reads.
    void finish(int stop);

private:
    void take_signal(int number);
    void resize();
    void read_input();
    void write_input();
    void end_input();
    bool read_output();
    void write_output();
    bool is_canonical(cc_t& end_of_file) const;

    ctr_container* container_;
    int master_;
    TerminalSignals signals_;
    RawInput raw_;
    bool input_open_;
    bool input_ended_ = false; // which was passed on, while the line discipline was
    bool canonical_ = false;   // this
    bool line_begun_ = false;  // what was typed last does not end a line
    bool hung_up_ = false;     // nobody inside has the terminal open just now
    bool output_lost_ = false; // nobody reads standard output any more
    std::string typed_ = {};
    std::string shown_ = {};
};

} // namespace cli
