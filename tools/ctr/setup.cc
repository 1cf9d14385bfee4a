// SPDX-License-Identifier: MIT
#include "setup.h"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

#include "apply.h"
#include "message.h"

namespace cli {
namespace {

bool is_overridden(CommandLine const& line, size_t index)
{
    Use const& use = line.uses[index];
    auto const later = [&](Use const& other) { return other.option == use.option && other.ordinal > use.ordinal; };
    return use.option->repeat == Repeat::last_wins && std::any_of(line.uses.begin(), line.uses.end(), later);
}

enum class Part { request, config };

Status apply_part(Setup& setup, CommandLine const& line, Part part)
{
    for (size_t index = 0; index < line.uses.size(); ++index) {
        Use const& use = line.uses[index];
        bool const for_request = use.option->group == Group::outcome;
        if (for_request == (part == Part::request) && !is_overridden(line, index))
            CLI_TRY(use.option->apply(setup, use));
    }
    return Done{};
}

bool keeps_base_environment(CommandLine const& line)
{
    auto const clears = [](Use const& use) { return use.option->apply == apply_clear_env; };
    return std::none_of(line.uses.begin(), line.uses.end(), clears);
}

void set_id_helpers(Setup& setup)
{
    if (setup.newuidmap == nullptr && setup.newgidmap == nullptr)
        return;
    std::string origin = "newgidmap";
    if (setup.newuidmap != nullptr)
        origin = setup.newgidmap == nullptr ? "newuidmap" : "newuidmap, newgidmap";
    CLI_SET(setup, origin, ctr_config_set_id_helpers, setup.newuidmap, setup.newgidmap);
}

int status_of(int code)
{
    switch (code) {
    case CTR_ERR_NO_COMMAND: return exit_not_found;
    case CTR_ERR_NOT_EXECUTABLE: return exit_not_executable;
    default: return exit_not_started;
    }
}

std::string taken(char* text)
{
    std::string copy = text == nullptr ? "" : text;
    free(text);
    return copy;
}

// It is nowhere in the container; a descriptor that cannot be opened is refused by the library.
void set_itself(Setup& setup)
{
    int const program = open("/proc/self/exe", O_PATH | O_CLOEXEC);
    CLI_SET(setup, "", ctr_config_set_command_fd, program);
    if (program >= 0)
        (void)close(program); // the library has a copy
}

} // namespace

Setup::Setup(Purpose purpose) : config_(ctr_config_new()), purpose_(purpose) {}

Setup::~Setup() { ctr_config_free(config_); }

void Setup::note(char const* call, std::string origin)
{
    calls_.push_back({.setter = call, .origin = std::move(origin)});
}

std::string Setup::origin(std::string_view call, int index) const
{
    int count = 0;
    std::string_view last;
    for (Call const& made : calls_) {
        if (call != made.setter)
            continue;
        last = made.origin;
        if (count++ == index)
            break;
    }
    return std::string(index < count ? last : std::string_view{});
}

Status describe_request(Setup& setup, CommandLine const& line) { return apply_part(setup, line, Part::request); }

Status describe(Setup& setup, CommandLine const& line)
{
    if (setup.config() == nullptr)
        return Problem{.code = CTR_ERR_NO_MEMORY, .message = "memory ran out"};
    CLI_TRY(check_passed_fds(line));
    if (asks_to_detach(line))
        keep_output(setup); // before what the command line says of it
    if (keeps_base_environment(line))
        pass_terminal_type(setup);
    CLI_TRY(apply_part(setup, line, Part::config));
    set_id_helpers(setup);
    CLI_TRY(set_name(setup));
    CLI_SET(setup, "", ctr_config_set_command, line.words);
    if (line.itself)
        set_itself(setup);
    return Done{};
}

Problem retell(Setup const& setup, ctr_error* error)
{
    if (error == nullptr) // there was no memory for the story either
        return Problem{.code = CTR_ERR_NO_MEMORY, .step = "memory", .message = "memory ran out"};
    Problem problem = {.status = status_of(ctr_error_code(error)),
                       .code = ctr_error_code(error),
                       .error_number = ctr_error_errno(error),
                       .step = ctr_error_step(error),
                       .subject = ctr_error_subject(error),
                       .message = ctr_error_message(error),
                       .option = setup.origin(ctr_error_call(error), ctr_error_index(error)),
                       .hint = ctr_error_hint(error),
                       .json = taken(ctr_error_to_json(error))};
    ctr_error_free(error);
    return problem;
}

} // namespace cli
