// SPDX-License-Identifier: MIT
// --landlock
#include "apply.h"
#include "values.h"

namespace cli {
namespace {

struct Word {
    std::string_view name;
    uint64_t bits;
};

constexpr Word paths[] = {{"read", CTR_LANDLOCK_READ},
                          {"write", CTR_LANDLOCK_READ | CTR_LANDLOCK_WRITE},
                          {"exec", CTR_LANDLOCK_READ | CTR_LANDLOCK_EXECUTE}};
constexpr Word ports[] = {{"bind", CTR_LANDLOCK_BIND}, {"connect", CTR_LANDLOCK_CONNECT}};
constexpr Word scopes[] = {{"sockets", CTR_LANDLOCK_SCOPE_SOCKETS}, {"signals", CTR_LANDLOCK_SCOPE_SIGNALS}};
constexpr Word modes[] = {{"required", CTR_LANDLOCK_REQUIRED}, {"preferred", CTR_LANDLOCK_PREFERRED}};
constexpr uint64_t most_ports = 65535;

template <size_t count>
std::optional<uint64_t> bits_of(std::string_view name, Word const (&words)[count])
{
    for (Word const& word : words)
        if (word.name == name)
            return word.bits;
    return std::nullopt;
}

Problem unknown(Use const& use)
{
    return bad_value(use, use.value, "no restriction of Landlock",
                     "write read=PATH, write=PATH, exec=PATH, bind=PORT, connect=PORT, scope=sockets|signals or "
                     "mode=required|preferred");
}

Status add_port(Setup& setup, Use const& use, std::string_view text, uint64_t access)
{
    std::optional<uint64_t> const port = parse_number(text, most_ports);
    if (!port)
        return bad_value(use, text, "not a port", "write a number from 0 to 65535");
    CLI_SET(setup, label_of(use), ctr_config_add_landlock_port, static_cast<uint32_t>(*port), access);
    return Done{};
}

} // namespace

Status apply_landlock(Setup& setup, Use const& use)
{
    auto const [name, value] = split(use.value, '=');
    if (!value)
        return unknown(use);
    if (std::optional<uint64_t> const access = bits_of(name, paths)) {
        CLI_SET(setup, label_of(use), ctr_config_add_landlock_path, std::string(*value).c_str(), *access);
        return Done{};
    }
    if (std::optional<uint64_t> const access = bits_of(name, ports))
        return add_port(setup, use, *value, *access);
    std::optional<uint64_t> const scope = name == "scope" ? bits_of(*value, scopes) : std::nullopt;
    std::optional<uint64_t> const mode = name == "mode" ? bits_of(*value, modes) : std::nullopt;
    if (scope) // several add up, and the setter takes them together
        CLI_SET(setup, label_of(use), ctr_config_set_landlock_scope, setup.landlock_scope |= *scope);
    else if (mode)
        CLI_SET(setup, label_of(use), ctr_config_set_landlock_mode, static_cast<uint32_t>(*mode));
    else
        return unknown(use);
    return Done{};
}

} // namespace cli
