// SPDX-License-Identifier: MIT
#include "config/shape.h"

namespace ctr::config {

namespace {

constexpr uint64_t every_path_access = CTR_LANDLOCK_READ | CTR_LANDLOCK_WRITE | CTR_LANDLOCK_EXECUTE;
constexpr uint64_t every_port_access = CTR_LANDLOCK_BIND | CTR_LANDLOCK_CONNECT;
constexpr uint64_t every_scope = CTR_LANDLOCK_SCOPE_SOCKETS | CTR_LANDLOCK_SCOPE_SIGNALS;
constexpr uint32_t most_ports = 65535;

} // namespace

Status add_landlock_path(Config& config, char const* path, uint64_t access)
{
    Origin const origin = count_call(config, Call::add_landlock_path);
    if (std::string fault = inside_path_fault(path); !fault.empty())
        return shape_error(config, origin, path == nullptr ? "" : path, std::move(fault));
    if (access == 0 || (access & ~every_path_access) != 0)
        return shape_error(config, origin, std::to_string(access), "a path is for reading, writing or executing");
    config.landlock_paths.push_back({path, access, origin});
    return Unit{};
}

Status add_landlock_port(Config& config, uint32_t port, uint64_t access)
{
    Origin const origin = count_call(config, Call::add_landlock_port);
    if (port > most_ports)
        return shape_error(config, origin, std::to_string(port), "a port is at most 65535");
    if (access == 0 || (access & ~every_port_access) != 0)
        return shape_error(config, origin, std::to_string(access), "a port is for binding or connecting");
    config.landlock_ports.push_back({port, access, origin});
    return Unit{};
}

Status set_landlock_scope(Config& config, uint64_t scope)
{
    Origin const origin = count_call(config, Call::set_landlock_scope);
    if ((scope & ~every_scope) != 0)
        return shape_error(config, origin, std::to_string(scope), "there is no such scope");
    config.landlock_scope = scope;
    return Unit{};
}

} // namespace ctr::config
