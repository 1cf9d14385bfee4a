// SPDX-License-Identifier: MIT
// Landlock. The kernel's header may be older than the kernel, so what is asked of it is written down here.
#include "child/child.h"

#include <asm/errno.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

namespace ctr::child {

namespace {

// On every architecture.
constexpr long create_call = 444;
constexpr long add_call = 445;
constexpr long restrict_call = 446;
constexpr unsigned ask_version = 1;                               // LANDLOCK_CREATE_RULESET_VERSION
constexpr int below_path = 1;                                     // LANDLOCK_RULE_PATH_BENEATH
constexpr int of_port = 2;                                        // LANDLOCK_RULE_NET_PORT
constexpr uint64_t of_files = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14; // execute, write, read, truncate

struct Ruleset {
    uint64_t paths;
    uint64_t ports;
    uint64_t scope;
};
struct PathRule {
    uint64_t access;
    int32_t parent;
} __attribute__((packed));
struct PortRule {
    uint64_t access;
    uint64_t port;
};

// Rights of directories are refused for a file.
long add_path(int rules, int file, uint64_t access) noexcept
{
    struct statx status = {};
    long const result = call(__NR_statx, file, "", AT_EMPTY_PATH, STATX_TYPE, &status);
    if (result < 0)
        return result;
    bool const directory = (status.stx_mode & S_IFMT) == S_IFDIR;
    PathRule const rule = {directory ? access : access & of_files, file};
    return call(add_call, rules, below_path, &rule, 0);
}

} // namespace

long make_rules(State& state, plan::MakeRules const& op) noexcept
{
    Ruleset const ruleset = {op.paths, op.ports, op.scope};
    plan::Effective& effective = state.shared->effective;
    effective.landlock = static_cast<int32_t>(call(create_call, nullptr, 0, ask_version));
    effective.landlock_paths = op.paths; // what the kernel does not know it refuses
    effective.landlock_ports = op.ports;
    effective.landlock_scope = op.scope;
    return keep(state, op.out, call(create_call, &ruleset, op.size, 0));
}

// The process has the container's root, so the path is one of the container's own mounts.
long allow_path(State const& state, plan::AllowPath const& op) noexcept
{
    int const rules = number(state, op.rules);
    if (op.path.at == 0)
        return add_path(rules, number(state, op.dir), op.access);
    long const file = call(__NR_openat, AT_FDCWD, text(state, op.path), O_PATH | O_CLOEXEC, 0);
    if (file < 0)
        return file;
    long const result = add_path(rules, static_cast<int>(file), op.access);
    (void)call(__NR_close, static_cast<int>(file)); // nothing was written
    return result;
}

long allow_port(State const& state, plan::AllowPort const& op) noexcept
{
    PortRule const rule = {op.access, op.port};
    return call(add_call, number(state, op.rules), of_port, &rule, 0);
}

long restrict_self(State const& state, plan::OneSlot const& op) noexcept
{
    return call(restrict_call, number(state, op.slot), 0);
}

} // namespace ctr::child
