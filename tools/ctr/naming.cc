// SPDX-License-Identifier: MIT
// --name, --detach, --rm, --log-size, --state-dir.
#include <algorithm>
#include <sys/random.h>
#include <tuple>
#include <unistd.h>

#include "apply.h"
#include "state.h"
#include "text.h"
#include "values.h"

namespace cli {
namespace {

// As a container that nobody gave a name is called.
std::string made_up_name()
{
    unsigned char bytes[6] = {};
    std::ignore = getrandom(bytes, sizeof bytes, 0); // a name that is taken is refused
    std::string name = "c";
    for (unsigned char const byte : bytes) {
        constexpr char digits[] = "0123456789abcdef";
        name += digits[byte >> 4];
        name += digits[byte & 15];
    }
    return name;
}

} // namespace

Status apply_name(Setup& setup, Use const& use)
{
    setup.name = use.value;
    if (setup.name.empty())
        return bad_value(use, use.value, "not a name", "write letters, digits, _, . and -");
    return Done{};
}

Status apply_detach(Setup& setup, Use const& use)
{
    setup.detach = true;
    CLI_SET(setup, label_of(use), ctr_config_set_host_death, CTR_HOST_DEATH_LEAVES);
    return Done{};
}

Status apply_rm(Setup& setup, Use const&)
{
    setup.remove = true;
    return Done{};
}

Status apply_log_size(Setup& setup, Use const& use)
{
    std::optional<uint64_t> const bytes = parse_size(use.value);
    if (!bytes)
        return bad_value(use, use.value, "not a size", "write a number of bytes, or 64k, 1m, 1g");
    CLI_SET(setup, label_of(use), ctr_config_set_capture_limit, *bytes);
    return Done{};
}

Status apply_state_dir(Setup& setup, Use const& use)
{
    setup.state_directory = use.value;
    if (setup.state_directory.empty())
        return bad_value(use, use.value, "not a directory", "write a path");
    return Done{};
}

bool asks_to_detach(CommandLine const& line)
{
    auto const detaches = [](Use const& use) { return use.option->apply == apply_detach; };
    return std::any_of(line.uses.begin(), line.uses.end(), detaches);
}

// Nobody is there to read from or to write to.
void keep_output(Setup& setup)
{
    CLI_SET(setup, "detach", ctr_config_set_stdio, STDIN_FILENO, CTR_STDIO_NULL, -1);
    CLI_SET(setup, "detach", ctr_config_set_stdio, STDOUT_FILENO, CTR_STDIO_CAPTURE, -1);
    CLI_SET(setup, "detach", ctr_config_set_stdio, STDERR_FILENO, CTR_STDIO_CAPTURE, -1);
    CLI_SET(setup, "detach", ctr_config_set_capture_keep, CTR_KEEP_LAST);
}

Status set_name(Setup& setup)
{
    if (setup.detach && setup.terminal)
        return Problem{.status = exit_usage,
                       .message = "a terminal ends with the command that it belongs to",
                       .option = "detach",
                       .hint = "leave --tty out; give it to \"" + std::string(program_name) + " exec\" instead"};
    if (setup.detach && setup.name.empty())
        setup.name = made_up_name();
    if (setup.name.empty())
        return Done{};
    CLI_SET(setup, "name", ctr_config_set_name, setup.name.c_str(), setup.remove ? CTR_NAME_REMOVE : 0);
    CLI_SET(setup, "state-dir", ctr_config_set_state_directory, state_directory(setup).c_str());
    return Done{};
}

} // namespace cli
