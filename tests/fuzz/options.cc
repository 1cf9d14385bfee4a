// SPDX-License-Identifier: MIT
// The command line, one word per line: mounts, ports, limits, durations, users, id maps and the rest. What the options say
// becomes a config, and the config is judged as a spawn would judge it; nothing is started.
#include "abi/handles.h"
#include "spec/spec.h"

#include "../../tools/ctr/commands.h"
#include "../../tools/ctr/setup.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace {

// What opens what it is told: the fuzzer would read the host's files, and wait for those that never end.
bool reads_files(cli::Use const& use)
{
    constexpr std::string_view names[] = {"env-file", "file", "join"};
    bool const profile = use.option->name == "security-opt" && std::string_view(use.value).substr(0, 8) == "seccomp=";
    return profile || std::find(std::begin(names), std::end(names), use.option->name) != std::end(names);
}

void judge(cli::CommandLine& line)
{
    line.uses.erase(std::remove_if(line.uses.begin(), line.uses.end(), reads_files), line.uses.end());
    cli::Setup setup(cli::Purpose::explain);
    cli::Status told = cli::describe_request(setup, line);
    if (told)
        told = cli::describe(setup, line);
    if (!told && told.problem().message.empty())
        std::abort(); // refused without a word
    if (!told)
        return;
    ctr::Result<ctr::spec::Spec> const spec = ctr::spec::validate(setup.config()->value, {});
    if (!spec && spec.error().message.empty())
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, size_t size)
{
    std::string text(reinterpret_cast<char const*>(data), size);
    text.erase(std::find(text.begin(), text.end(), '\0'), text.end());
    std::vector<char*> words;
    for (char* word = text.data(); word != nullptr;) {
        char* const end = std::strchr(word, '\n');
        words.push_back(word);
        if (end != nullptr)
            *end = '\0';
        word = end == nullptr ? nullptr : end + 1;
    }
    words.push_back(nullptr);
    cli::Command const* const named = cli::find_command(words[0]);
    cli::Command const* const command = named == nullptr ? cli::find_command("run") : named;
    cli::CommandLine line = cli::parse(command->options(), words.data() + (named == nullptr ? 0 : 1), command->name);
    if (line.problem && line.problem->message.empty())
        std::abort();
    judge(line);
    return 0;
}
