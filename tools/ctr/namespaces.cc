// SPDX-License-Identifier: MIT
// --net, --hostname, --unshare, --share, --join, --time-offset.
#include <ctime>

#include "apply.h"
#include "files.h"
#include "values.h"

namespace cli {
namespace {

constexpr std::string_view namespace_form =
    "write some of mount, pid, net, uts, ipc, cgroup, time, separated by commas";
constexpr std::string_view offset_form = "write boottime=SECONDS or monotonic=SECONDS, such as boottime=-3600";

Status set_namespaces(Setup& setup, Use const& use, uint32_t mode)
{
    Parts parts(use.value, ',');
    while (std::optional<std::string_view> const name = parts.next()) {
        std::optional<uint32_t> const which = parse_namespace(*name);
        if (!which)
            return bad_value(use, *name, "not a namespace", namespace_form);
        CLI_SET(setup, label_of(use), ctr_config_set_namespace, *which, mode);
    }
    return Done{};
}

std::optional<int> parse_clock(std::string_view name)
{
    if (name == "boottime")
        return CLOCK_BOOTTIME;
    return name == "monotonic" ? std::optional(CLOCK_MONOTONIC) : std::nullopt;
}

} // namespace

Status apply_net(Setup& setup, Use const& use)
{
    std::string_view const mode = use.value;
    if (mode == "private")
        return Problem{.code = CTR_ERR_UNSUPPORTED,
                       .subject = use.value,
                       .message = "network mode \"private\" is not available yet",
                       .option = label_of(use),
                       .hint = "use none (loopback only) or host (the host's network)"};
    if (mode != "none" && mode != "host")
        return bad_value(use, mode, "not a network mode", "write none or host");
    CLI_SET(setup, label_of(use), ctr_config_set_namespace, CTR_NAMESPACE_NET,
            mode == "host" ? CTR_NAMESPACE_SHARED : CTR_NAMESPACE_OWN);
    return Done{};
}

Status apply_hostname(Setup& setup, Use const& use)
{
    CLI_SET(setup, label_of(use), ctr_config_set_hostname, use.value);
    return Done{};
}

Status apply_unshare(Setup& setup, Use const& use) { return set_namespaces(setup, use, CTR_NAMESPACE_OWN); }

Status apply_share(Setup& setup, Use const& use) { return set_namespaces(setup, use, CTR_NAMESPACE_SHARED); }

Status apply_join(Setup& setup, Use const& use)
{
    auto const [name, path] = split(use.value, '=');
    std::optional<uint32_t> const which = parse_namespace(name);
    if (!which || !path)
        return bad_value(use, use.value, "not a namespace to join", "write it as net=/proc/123/ns/net");
    File const file = CLI_TRY(open_file(use, std::string(*path)));
    CLI_SET(setup, label_of(use), ctr_config_join_namespace, *which, file.descriptor());
    return Done{};
}

Status apply_time_offset(Setup& setup, Use const& use)
{
    auto const [name, text] = split(use.value, '=');
    std::optional<int> const clock = parse_clock(name);
    std::optional<Seconds> const offset = parse_seconds(text.value_or(""));
    if (!clock || !offset)
        return bad_value(use, use.value, "not a clock and its offset", offset_form);
    CLI_SET(setup, label_of(use), ctr_config_add_time_offset, *clock, offset->seconds, offset->nanoseconds);
    return Done{};
}

} // namespace cli
