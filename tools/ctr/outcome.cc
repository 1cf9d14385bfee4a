// SPDX-License-Identifier: MIT
#include "outcome.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"
#include "names.h"
#include "object.h"
#include "text.h"

namespace cli {
namespace {

constexpr std::string_view code_names[] = {
    "none",      "invalid",   "not_found", "denied", "unsupported", "limit",     "no_command", "not_executable",
    "timed_out", "no_memory", "ended",     "lost",   "failed",      "cancelled", "again",      "exists",
};

std::string_view kind_name(uint32_t kind)
{
    switch (kind) {
    case CTR_RESULT_EXITED: return "exited";
    case CTR_RESULT_SIGNALED: return "signaled";
    case CTR_RESULT_TIMED_OUT: return "timed_out";
    case CTR_RESULT_KILLED: return "killed";
    default: return "lost";
    }
}

std::string_view source_name(uint32_t source)
{
    switch (source) {
    case CTR_SOURCE_RUSAGE: return "rusage";
    case CTR_SOURCE_CLOCK: return "clock";
    default: return "none";
    }
}

// As ctr_error_to_json() writes it.
std::string error_object(Problem const& problem)
{
    if (!problem.json.empty())
        return problem.json;
    Object object;
    object.number("code", int64_t{problem.code});
    object.text("code_name", code_names[problem.code]);
    object.text("step", problem.step);
    object.number("errno", int64_t{problem.error_number});
    object.text("errno_name", errno_name(problem.error_number));
    object.text("subject", problem.subject).text("call", "").number("index", int64_t{-1});
    object.text("message", problem.message).text("hint", problem.hint);
    return object.finish();
}

bool ended_by_signal(ctr_result const& result)
{
    return result.kind == CTR_RESULT_SIGNALED || result.kind == CTR_RESULT_KILLED;
}

std::string outcome_object(std::string_view error, std::string_view result, std::string_view report)
{
    Object object;
    object.raw("error", error).raw("result", result).raw("report", report);
    return object.finish() + '\n';
}

bool is_fifo(char const* path)
{
    struct stat status = {};
    return stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
}

void explain_ending(ctr_result const& result, Request const& request, Outcome::Of of)
{
    if (result.kind == CTR_RESULT_LOST)
        (void)complain({.code = CTR_ERR_LOST, // the status is exit_status()'s
                        .step = "wait",
                        .message = "the container ended without a record of how",
                        .hint = "its init was killed from outside; nothing of it is left"});
    if (request.quiet)
        return;
    if (result.kind == CTR_RESULT_TIMED_OUT)
        print_note(of == Outcome::Of::command ? "the timeout passed and the command was ended"
                                              : "the timeout passed and the container was ended");
    if ((result.flags & CTR_RESULT_TREE_LEFT) != 0)
        print_note("some processes of the container could not be ended: its pid namespace is not its own");
}

} // namespace

std::string result_object(ctr_result const& result)
{
    Object object;
    object.text("kind", kind_name(result.kind));
    object.number("code", int64_t{result.code});
    object.number("signal", int64_t{ended_by_signal(result) ? result.code : 0});
    object.raw("core_dumped", truth((result.flags & CTR_RESULT_CORE_DUMPED) != 0));
    object.raw("tree_left", truth((result.flags & CTR_RESULT_TREE_LEFT) != 0));
    object.number("wall_ns", result.wall_ns);
    object.number("user_ns", result.user_ns);
    object.number("system_ns", result.system_ns);
    object.number("peak_memory", result.peak_memory);
    object.text("wall_source", source_name(result.wall_source));
    object.text("cpu_source", source_name(result.cpu_source));
    object.text("memory_source", source_name(result.memory_source));
    return object.finish();
}

int exit_status(ctr_result const& result)
{
    switch (result.kind) {
    case CTR_RESULT_EXITED: return result.code;
    case CTR_RESULT_SIGNALED:
    case CTR_RESULT_KILLED: return exit_signal_base + result.code;
    case CTR_RESULT_TIMED_OUT: return exit_timed_out;
    default: return exit_not_started;
    }
}

// A FIFO is opened without waiting for its reader, but what is written to it waits.
Status Outcome::prepare()
{
    if (request_.report_path == nullptr)
        return Done{};
    int const flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    report_.emplace(open(request_.report_path, flags, 0666));
    if (report_->descriptor() >= 0 && fcntl(report_->descriptor(), F_SETFL, 0) == 0)
        return Done{};
    int const error_number = errno;
    if (error_number == ENXIO && is_fifo(request_.report_path))
        return Problem{.code = CTR_ERR_NOT_FOUND,
                       .error_number = error_number,
                       .subject = request_.report_path,
                       .message = "nobody reads from " + quoted(request_.report_path),
                       .option = "report",
                       .hint = "start the reader of the FIFO first, or pass a descriptor of it with --status-fd"};
    return Problem{.code = code_of(error_number),
                   .error_number = error_number,
                   .subject = request_.report_path,
                   .message = "cannot write " + quoted(request_.report_path),
                   .option = "report"};
}

int Outcome::failed(Problem const& problem)
{
    int const status = complain(problem);
    if (!report_)
        (void)prepare(); // the problem at hand is the one to tell
    publish(outcome_object(error_object(problem), "null", "null"));
    return status;
}

int Outcome::ended(ctr_result const& result, ctr_container const* container)
{
    explain_ending(result, request_, of_);
    if (has_readers()) {
        char const* const report = ctr_container_report(container);
        publish(outcome_object("null", result_object(result), report == nullptr ? "null" : report));
    }
    return exit_status(result);
}

bool Outcome::has_readers() const { return request_.json || request_.status_descriptor >= 0 || report_; }

void Outcome::publish(std::string const& object)
{
    if (request_.json)
        publish_to(STDOUT_FILENO, object, "standard output");
    if (request_.status_descriptor >= 0)
        publish_to(request_.status_descriptor, object, "the status descriptor");
    if (report_ && report_->descriptor() >= 0)
        publish_to(report_->descriptor(), object, "the report file");
}

void Outcome::publish_to(int descriptor, std::string const& object, std::string_view name)
{
    int const error_number = write_all(descriptor, object);
    if (error_number != 0)
        (void)complain({.code = CTR_ERR_FAILED, // the exit status stays the command's
                        .error_number = error_number,
                        .step = "output",
                        .message = "cannot write the outcome to " + std::string(name)});
}

} // namespace cli
