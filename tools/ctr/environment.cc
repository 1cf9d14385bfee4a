// SPDX-License-Identifier: MIT
// --env, --env-file, --clear-env: ctr reads its own environment only for what is named.
#include <cstdlib>

#include "apply.h"
#include "environment.h"
#include "files.h"
#include "text.h"
#include "values.h"

namespace cli {
namespace {

constexpr std::string_view variable_form = "write NAME=VALUE, or NAME to pass the variable of that name on";

// "K=V" sets K; "K" passes the caller's K, which may be absent.
void add_variable(Setup& setup, std::string const& origin, std::string_view text)
{
    auto const [before, behind] = split(text, '=');
    std::string const name(before);
    if (behind) {
        std::string const value(*behind);
        CLI_SET(setup, origin, ctr_config_add_env, name.c_str(), value.c_str());
    } else if (char const* const inherited = caller_variable(name.c_str()); inherited != nullptr) {
        CLI_SET(setup, origin, ctr_config_add_env, name.c_str(), inherited);
    }
}

bool is_variable(std::string_view text)
{
    return !split(text, '=').before.empty() && text.find('\0') == std::string_view::npos;
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t") == std::string_view::npos; }

Problem bad_line(Use const& use, std::string_view line, uint64_t number)
{
    std::string message = "line ";
    append_number(message, number);
    message += " of " + quoted(use.value) + " is not a variable: " + quoted(line);
    return {.subject = use.value,
            .message = std::move(message),
            .option = label_of(use),
            .hint = std::string(variable_form)};
}

} // namespace

Status apply_env(Setup& setup, Use const& use)
{
    if (!is_variable(use.value))
        return bad_value(use, use.value, "not a variable", variable_form);
    add_variable(setup, label_of(use), use.value);
    return Done{};
}

Status apply_env_file(Setup& setup, Use const& use)
{
    Content const content = CLI_TRY(read_file(use, use.value));
    std::string const origin = label_of(use);
    Parts lines(content.bytes, '\n');
    for (uint64_t number = 1; std::optional<std::string_view> line = lines.next(); ++number) {
        if (!line->empty() && line->back() == '\r') // a file written elsewhere
            line->remove_suffix(1);
        if (is_blank(*line) || line->front() == '#')
            continue;
        if (!is_variable(*line))
            return bad_line(use, *line, number);
        add_variable(setup, origin, *line);
    }
    return Done{};
}

Status apply_clear_env(Setup& setup, Use const& use)
{
    CLI_SET(setup, label_of(use), ctr_config_set_env_base, CTR_ENV_EMPTY);
    return Done{};
}

char const* caller_variable(char const* name)
{
    return getenv(name); // NOLINT(concurrency-mt-unsafe): ctr has one thread
}

void pass_terminal_type(Setup& setup)
{
    if (caller_variable("TERM") != nullptr)
        add_variable(setup, "TERM of ctr's own environment", "TERM");
}

} // namespace cli
