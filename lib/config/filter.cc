// SPDX-License-Identifier: MIT
#include "config/shape.h"

#include <linux/filter.h>

namespace ctr::config {

namespace {

constexpr size_t most_bytes = size_t{1} << 20;

void keep(Config& config, SeccompKind kind, std::string_view content, Origin origin)
{
    config.seccomp.kind = kind;
    config.seccomp.content = content;
    config.seccomp.origin = origin;
}

} // namespace

Status set_seccomp(Config& config, char const* name)
{
    Origin const origin = count_call(config, Call::set_seccomp);
    if (name == nullptr || name[0] == '\0')
        return shape_error(config, origin, "", "a seccomp profile's name must not be empty");
    keep(config, SeccompKind::name, name, origin);
    return Unit{};
}

Status set_seccomp_json(Config& config, char const* json)
{
    Origin const origin = count_call(config, Call::set_seccomp_json);
    std::string_view const text = json == nullptr ? "" : json;
    if (text.empty() || text.size() > most_bytes)
        return shape_error(config, origin, "seccomp", "a seccomp profile has 1 byte to 1 MiB");
    keep(config, SeccompKind::json, text, origin);
    return Unit{};
}

Status set_seccomp_bpf(Config& config, void const* program, size_t size)
{
    Origin const origin = count_call(config, Call::set_seccomp_bpf);
    bool const whole = size > 0 && size % sizeof(sock_filter) == 0 && size / sizeof(sock_filter) <= BPF_MAXINSNS;
    if (program == nullptr || !whole)
        return shape_error(config, origin, "seccomp", "a BPF program has 1 to 4096 instructions of 8 bytes");
    keep(config, SeccompKind::bpf, {static_cast<char const*>(program), size}, origin);
    return Unit{};
}

} // namespace ctr::config
