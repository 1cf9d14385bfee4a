// SPDX-License-Identifier: MIT
// ctr selftest: this program, executed inside a container of the given options, tries to get out.
#include "selftest.h"

#include <cerrno>
#include <csignal>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "attempts.h"
#include "commands.h"
#include "message.h"
#include "text.h"

namespace cli {
namespace {

constexpr unsigned patience_seconds = 10;

struct Tally {
    int held = 0;
    int open = 0;
    int reachable = 0;
    int absent = 0;
};

// A process that a filter kills was held; one that hangs got nowhere.
Verdict verdict_of(int status)
{
    if (!WIFEXITED(status))
        return Verdict::held;
    return static_cast<Verdict>(WEXITSTATUS(status));
}

Verdict ask(Attempt const& attempt)
{
    pid_t const child = fork();
    if (child == 0) {
        (void)alarm(patience_seconds); // cannot fail
        _exit(static_cast<int>(attempt.attempt()));
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return child < 0 ? Verdict::absent : verdict_of(status);
}

std::string_view count(Tally& tally, Kind kind, Verdict verdict)
{
    switch (verdict) {
    case Verdict::held: tally.held++; return "held     ";
    case Verdict::absent: tally.absent++; return "absent   ";
    case Verdict::open: break;
    }
    (kind == Kind::wall ? tally.open : tally.reachable)++;
    return kind == Kind::wall ? "OPEN     " : "reachable";
}

void ask_all(Tally& tally, std::span<Attempt const> attempts, std::string& out)
{
    for (Attempt const& attempt : attempts) {
        out += count(tally, attempt.kind, ask(attempt));
        ((out += "  ") += attempt.name) += '\n';
    }
}

void append_count(std::string& out, int count, std::string_view what)
{
    append_number(out, static_cast<int64_t>(count));
    out += what;
}

} // namespace

int attempt_everything()
{
    Tally tally;
    std::string out;
    ask_all(tally, attempts_on_files(), out);
    ask_all(tally, attempts_on_processes(), out);
    ask_all(tally, attempts_on_kernel(), out);
    append_count(out, tally.held, " held, ");
    append_count(out, tally.open, " open, ");
    append_count(out, tally.reachable, " reachable, ");
    append_count(out, tally.absent, " absent\n");
    int const written = print_data(out);
    return written != 0 ? written : tally.open > 0 ? 1 : 0;
}

int selftest_main(CommandLine const& line)
{
    if (!line.problem && line.words[0] != nullptr)
        return complain(wrong_words("selftest takes no command", "selftest"));
    char name[] = CTR_SELFTEST_NAME;
    char* words[] = {name, nullptr};
    CommandLine inside = line;
    inside.words = words;
    inside.itself = true;
    return run_main(inside);
}

} // namespace cli
