// SPDX-License-Identifier: MIT
// ctr ps and inspect: named containers, as people and programs read them.
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "apply.h"
#include "commands.h"
#include "message.h"
#include "object.h"
#include "outcome.h"
#include "state.h"

namespace cli {
namespace {

constexpr uint64_t second_ns = 1'000'000'000;

char const* state_name(uint32_t state)
{
    switch (state) {
    case CTR_STATE_STARTING: return "starting";
    case CTR_STATE_RUNNING: return "running";
    case CTR_STATE_PAUSED: return "paused";
    case CTR_STATE_ENDED: return "ended";
    default: return "lost";
    }
}

char const* method_name(uint32_t method)
{
    switch (method) {
    case CTR_PAUSE_SIGNALS: return "signals";
    case CTR_PAUSE_FREEZER: return "freezer";
    default: return "none";
    }
}

bool is_over(ctr_info const& info) { return info.state == CTR_STATE_ENDED || info.state == CTR_STATE_LOST; }

ctr_info info_of(ctr_container* container)
{
    ctr_info info = CTR_INFO_INIT;
    (void)ctr_container_info(container, &info, nullptr); // cannot fail for a handle
    return info;
}

// 2026-01-02T03:04:05Z
std::string time_text(uint64_t nanoseconds)
{
    time_t const seconds = static_cast<time_t>(nanoseconds / second_ns);
    tm parts = {};
    char text[32] = "";
    if (nanoseconds != 0 && gmtime_r(&seconds, &parts) != nullptr)
        (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts); // it has room
    return text;
}

std::string words_text(ctr_container const* container)
{
    std::string text;
    for (char const* const* word = ctr_container_command(container); *word != nullptr; ++word) {
        if (!text.empty())
            text += ' ';
        append_printable(text, *word);
    }
    return text;
}

std::string words_json(ctr_container const* container)
{
    std::string text = "[";
    for (char const* const* word = ctr_container_command(container); *word != nullptr; ++word) {
        if (text.size() > 1)
            text += ',';
        append_json_string(text, *word);
    }
    return text += ']';
}

// Of one that has ended: the handle that only looks cannot wait.
std::string result_json(Setup const& setup, char const* name, ctr_info const& info)
{
    if (!is_over(info))
        return "null";
    Result<Container> container = open_container(setup, name, 0);
    ctr_result result = CTR_RESULT_INIT;
    bool const known = container && ctr_wait(container.value().get(), 0, &result, nullptr) == 0;
    return known ? result_object(result) : "null";
}

std::string json_of(Setup const& setup, ctr_container* container)
{
    ctr_info const info = info_of(container);
    char const* const name = ctr_container_name(container);
    Object object;
    object.text("name", name).text("state", state_name(info.state));
    object.raw("command", words_json(container));
    object.text("created", time_text(info.created_ns)).text("ended", time_text(info.ended_ns));
    object.number("pid", int64_t{info.pid});
    object.text("pause_method", method_name(info.pause_method));
    object.raw("removed_at_end", truth((info.name_flags & CTR_NAME_REMOVE) != 0));
    object.raw("result", result_json(setup, name, info));
    return object.finish();
}

Result<std::vector<std::string>> names(Setup const& setup)
{
    char** list = nullptr;
    ctr_error* error = nullptr;
    if (ctr_names(state_directory(setup).c_str(), &list, &error) != 0)
        return retell(error);
    std::vector<std::string> names;
    for (char** name = list; *name != nullptr; ++name)
        names.emplace_back(*name);
    free(list);
    return names;
}

void append_column(std::string& out, std::string text, size_t width)
{
    text.resize(std::max(text.size() + 2, width), ' ');
    out += text;
}

void append_line(std::string& out, Setup const& setup, ctr_container* container, size_t name_width)
{
    ctr_info const info = info_of(container);
    if (setup.request.quiet) {
        (out += ctr_container_name(container)) += '\n';
        return;
    }
    append_column(out, ctr_container_name(container), name_width);
    append_column(out, state_name(info.state), 10);
    append_column(out, time_text(info.created_ns), 22);
    (out += words_text(container)) += '\n';
}

// Those that cannot be read are complained about, one by one.
Result<std::string> list(Setup const& setup, int& status)
{
    std::vector<std::string> const found = CLI_TRY(names(setup));
    size_t width = 6;
    for (std::string const& name : found)
        width = std::max(width, name.size() + 2);
    std::string out;
    std::string json = "[";
    for (std::string const& name : found) {
        Result<Container> container = open_container(setup, name.c_str(), CTR_OPEN_LOOK);
        if (!container && container.problem().code == CTR_ERR_NOT_FOUND)
            continue; // it went just now
        if (!container) {
            status = complain(container.problem());
            continue;
        }
        ctr_container* const handle = container.value().get();
        if (is_over(info_of(handle)) && !setup.request.all)
            continue;
        append_line(out, setup, handle, width);
        if (json.size() > 1)
            json += ",\n";
        json += json_of(setup, handle);
    }
    if (setup.request.json)
        return json + "]\n";
    std::string header;
    if (!setup.request.quiet) {
        append_column(header, "NAME", width);
        append_column(header, "STATE", 10);
        append_column(header, "CREATED", 22);
        header += "COMMAND\n";
    }
    return header + out;
}

Result<std::string> inspect(Setup const& setup, char** words)
{
    std::string out = "[";
    for (char** name = words; *name != nullptr; ++name) {
        Result<Container> container = open_container(setup, *name, 0);
        if (!container && container.problem().code == CTR_ERR_TIMED_OUT) // what is written down can be told
            container = open_container(setup, *name, CTR_OPEN_LOOK);
        if (!container)
            return container.problem();
        if (out.size() > 1)
            out += ",\n";
        out += json_of(setup, container.value().get());
    }
    return out + "]\n";
}

} // namespace

Status apply_all(Setup& setup, Use const&)
{
    setup.request.all = true;
    return Done{};
}

int ps_main(CommandLine const& line)
{
    if (line.problem)
        return complain(*line.problem);
    fill_standard_descriptors();
    Setup setup(Purpose::explain);
    if (Status told = describe_request(setup, line); !told)
        return complain(told.problem());
    if (line.words[0] != nullptr)
        return complain(wrong_words("ps takes no names", "ps"));
    int status = exit_success;
    Result<std::string> text = list(setup, status);
    if (!text)
        return complain(text.problem());
    int const printed = print_data(text.value());
    return status == exit_success ? printed : status;
}

int inspect_main(CommandLine const& line)
{
    if (line.problem)
        return complain(*line.problem);
    fill_standard_descriptors();
    Setup setup(Purpose::explain);
    if (Status told = describe_request(setup, line); !told)
        return complain(told.problem());
    if (line.words[0] == nullptr)
        return complain(wrong_words("no container was named", "inspect"));
    Result<std::string> text = inspect(setup, line.words);
    return text ? print_data(text.value()) : complain(text.problem());
}

} // namespace cli
