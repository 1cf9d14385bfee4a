// SPDX-License-Identifier: MIT
#include "message.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

#include "environment.h"
#include "text.h"

namespace cli {
namespace {

struct Palette {
    std::string_view error;
    std::string_view hint;
    std::string_view note;
    std::string_view plain;
};

Palette palette()
{
    char const* const terminal = caller_variable("TERM");
    bool const dumb = terminal != nullptr && strcmp(terminal, "dumb") == 0;
    if (caller_variable("NO_COLOR") != nullptr || dumb || isatty(STDERR_FILENO) == 0)
        return {};
    return {.error = "\033[1;31m", .hint = "\033[36m", .note = "\033[33m", .plain = "\033[0m"};
}

void append_coloured(std::string& out, std::string_view colour, std::string_view text, std::string_view plain)
{
    out += colour;
    out += text;
    out += plain;
}

// "ctr: ", coloured.
std::string prefix(std::string_view colour, std::string_view plain)
{
    std::string name(program_name);
    name += ':';
    std::string out;
    append_coloured(out, colour, name, plain);
    return out += ' ';
}

// The library's messages quote their subject as a rule; one that does not gets it appended.
void append_subject(std::string& out, Problem const& problem)
{
    std::string const subject = quoted(problem.subject);
    std::string_view const bare = std::string_view(subject).substr(1, subject.size() - 2);
    bool const told =
        problem.message.find(problem.subject) != std::string::npos || problem.message.find(bare) != std::string::npos;
    if (problem.subject.empty() || told)
        return;
    out += ' ';
    out += subject;
}

void append_story(std::string& out, Problem const& problem)
{
    append_printable(out, problem.step);
    out += ": ";
    append_printable(out, problem.message);
    append_subject(out, problem);
    if (!problem.option.empty()) {
        out += " (";
        append_printable(out, problem.option);
        out += ')';
    }
    // A limit on namespaces is ENOSPC, and its text would speak of a full disk.
    bool const misleading = problem.code == CTR_ERR_LIMIT && problem.error_number == ENOSPC;
    if (problem.error_number != 0 && !misleading) {
        out += ": ";
        out += std::strerror(problem.error_number);
    }
    out += '\n';
}

} // namespace

int complain(Problem const& problem)
{
    Palette const colours = palette();
    std::string out = prefix(colours.error, colours.plain);
    append_story(out, problem);
    if (!problem.hint.empty()) {
        append_coloured(out, colours.hint, "hint:", colours.plain);
        out += ' ';
        append_printable(out, problem.hint);
        out += '\n';
    }
    (void)write_all(STDERR_FILENO, out); // nobody is left to tell
    return problem.status;
}

void print_note(std::string_view text)
{
    Palette const colours = palette();
    std::string out = prefix(colours.note, colours.plain);
    out += "note: ";
    append_printable(out, text);
    out += '\n';
    (void)write_all(STDERR_FILENO, out); // a note is never worth a failure
}

int print_data(std::string_view text)
{
    int const error_number = write_all(STDOUT_FILENO, text);
    if (error_number == 0)
        return exit_success;
    return complain({.code = CTR_ERR_FAILED,
                     .error_number = error_number,
                     .step = "output",
                     .message = "cannot write to standard output"});
}

} // namespace cli
