// SPDX-License-Identifier: MIT
// The mutable wish list: what was asked for, as given, in call order. Setters check shape only; whether the wishes
// fit together is spec's question.
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <ctr/config.h>
#include <ctr/name.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ctr::config {

struct EnvWish {
    std::string name;
    std::string value;

    bool operator==(EnvWish const&) const = default;
};
// The public numbers first.
enum class StdioKind : uint8_t { inherit, null, fd, pipe, merge, capture, file };

struct StdioWish {
    StdioKind kind = StdioKind::inherit;
    Fd fd;
    std::string path; // of a file
    bool append = false;
    Origin origin;
};
struct TerminalWish {
    uint32_t rows = 0; // 0 and 0: as the kernel makes it
    uint32_t columns = 0;
    Origin origin;
};
struct FdWish {
    Fd fd;
    int inside = -1;
    Origin origin;
};
struct LimitWish {
    int resource = 0;
    uint64_t soft = 0;
    uint64_t hard = 0;
    Origin origin;
};
struct NumberWish {
    int64_t value = 0;
    Origin origin;
};
struct ProcessorsWish {
    std::string list;                // as given
    std::vector<unsigned char> mask; // a bit for each, in the kernel's order
    Origin origin;
};
struct LandlockPath {
    std::string path;
    uint64_t access = 0; // CTR_LANDLOCK_READ and so on
    Origin origin;
};
struct LandlockPort {
    uint32_t port = 0;
    uint64_t access = 0; // CTR_LANDLOCK_BIND and so on
    Origin origin;
};
struct RangeWish {
    uint32_t inside = 0;
    uint32_t outside = 0;
    uint32_t count = 0;
    Origin origin;
};
struct TextWish {
    std::string text;
    Origin origin;

    bool operator==(TextWish const&) const = default;
};
struct NamespaceWish {
    uint32_t mode = CTR_NAMESPACE_OWN;
    Fd joined;
    Origin origin;
};
struct OffsetWish {
    int clock = 0;
    int64_t seconds = 0;
    uint32_t nanoseconds = 0;
    Origin origin;
};

enum class SeccompKind : uint8_t { name, json, bpf };

struct SeccompWish {
    SeccompKind kind = SeccompKind::name;
    std::string content = "default"; // the name, the profile's text, or the program's bytes
    uint32_t listener = 0;           // CTR_SECCOMP_LISTENER_*
    Origin origin = {};
};

enum class MountKind : uint8_t { bind, filesystem, file, symlink, directory, device };

struct MountWish {
    MountKind kind = MountKind::bind;
    std::string source; // a path of the host, or a link's target
    Fd source_fd;
    std::string target;
    std::string type; // of a filesystem
    uint64_t flags = 0;
    std::string options;
    std::string content; // of a file
    uint32_t mode = 0;
    Origin origin;
};

struct Config {
    std::vector<std::string> command;
    Fd command_fd;
    std::vector<EnvWish> env;
    uint32_t env_base = CTR_ENV_BASE;
    std::optional<TextWish> cwd;
    uint32_t umask = 022;
    std::array<StdioWish, 3> stdio;
    uint64_t capture_limit = 1U << 20; // bytes
    uint32_t capture_keep = CTR_KEEP_FIRST;
    std::optional<TerminalWish> terminal;
    std::vector<FdWish> fds;
    uint32_t listen_fds = 0;
    std::vector<LimitWish> limits;
    uint32_t new_privs = CTR_NEW_PRIVS_REFUSED;
    SeccompWish seccomp;

    std::optional<NumberWish> pids_limit;
    std::optional<NumberWish> oom_score_adj;
    std::optional<NumberWish> nice;
    std::optional<ProcessorsWish> processors;
    uint32_t core_scheduling = CTR_CORE_SCHEDULING_SHARED;

    uint64_t timeout_ms = 0;
    uint64_t kill_after_ms = 0;
    uint64_t cpu_timeout_ms = 0;
    uint64_t silence_timeout_ms = 0;
    uint64_t setup_timeout_ms = 30000;
    uint32_t init = CTR_INIT_INSIDE;
    uint32_t host_death = CTR_HOST_DEATH_KILLS;
    uint32_t leftovers = CTR_LEFTOVERS_KILL;

    uint32_t map = CTR_MAP_AUTO;
    std::vector<RangeWish> uid_ranges;
    std::vector<RangeWish> gid_ranges;
    std::optional<TextWish> user;
    std::vector<TextWish> groups;
    std::string newuidmap;
    std::string newgidmap;
    std::vector<TextWish> capabilities_added;
    std::vector<TextWish> capabilities_dropped;
    std::optional<TextWish> capability_profile;
    uint32_t keyring = CTR_KEYRING_NEW;

    std::vector<LandlockPath> landlock_paths;
    std::vector<LandlockPort> landlock_ports;
    uint64_t landlock_scope = 0;
    uint32_t landlock_mode = CTR_LANDLOCK_REQUIRED;

    std::array<NamespaceWish, 8> namespaces;
    std::optional<TextWish> hostname;
    std::vector<OffsetWish> offsets;

    std::optional<TextWish> rootfs;
    uint32_t root_mode = CTR_ROOT_WRITABLE;
    std::vector<MountWish> mounts;
    uint32_t proc = CTR_PROC_FRESH;
    std::optional<TextWish> proc_options;
    uint32_t system_paths = CTR_SYSTEM_PATHS_MASKED;

    std::optional<TextWish> name;
    uint64_t name_flags = 0;
    std::optional<TextWish> state_directory;

    std::array<int32_t, 128> calls = {}; // of each setter, by Call
    Origin latest;                       // the setter that was called last
    std::optional<Error> first_error;    // of a setter whose return value may have been ignored
    std::optional<Origin> starved;       // likewise, one that ran out of memory: it may have done the half of its work
};

// The last call of a setter, or none.
inline Origin last_call(Config const& config, Call call)
{
    int32_t const count = config.calls[static_cast<size_t>(call)];
    return count == 0 ? Origin{} : Origin{call, count - 1};
}

// Setters. Each counts its call, and keeps its first shape error in the config.
Status set_command(Config& config, char const* const* argv);
Status set_command_fd(Config& config, int fd);
Status add_env(Config& config, char const* name, char const* value);
Status set_cwd(Config& config, char const* path);
Status set_umask(Config& config, uint32_t mask);
Status set_stdio(Config& config, int number, uint32_t kind, int fd);
Status set_stdio_file(Config& config, int number, char const* path, uint64_t flags);
Status set_capture_limit(Config& config, uint64_t bytes);
Status set_terminal(Config& config, uint32_t rows, uint32_t columns);
Status add_fd(Config& config, int host_fd, int inside_fd);
Status set_listen_fds(Config& config, uint32_t count);
Status set_seccomp(Config& config, char const* name);
Status set_seccomp_json(Config& config, char const* json);
Status set_seccomp_bpf(Config& config, void const* program, size_t size);
Status add_rlimit(Config& config, int resource, uint64_t soft, uint64_t hard);
Status set_pids_limit(Config& config, uint64_t count);
Status set_oom_score_adj(Config& config, int32_t value);
Status set_nice(Config& config, int32_t value);
Status set_cpu_affinity(Config& config, char const* list);
Status add_range(Config& config, Call call, RangeWish range);
Status set_name(Config& config, char const* name, uint64_t flags);
Status set_state_directory(Config& config, char const* path);
Status set_user(Config& config, char const* user);
Status add_group(Config& config, char const* group);
Status set_id_helpers(Config& config, char const* newuidmap, char const* newgidmap);
Status add_capability(Config& config, char const* name);
Status drop_capability(Config& config, char const* name);
Status set_capability_profile(Config& config, char const* name);
Status add_landlock_path(Config& config, char const* path, uint64_t access);
Status add_landlock_port(Config& config, uint32_t port, uint64_t access);
Status set_landlock_scope(Config& config, uint64_t scope);
Status set_namespace(Config& config, uint32_t which, uint32_t mode);
Status join_namespace(Config& config, uint32_t which, int fd);
Status set_hostname(Config& config, char const* name);
Status add_time_offset(Config& config, int clock, int64_t seconds, uint32_t nanoseconds);
Status set_rootfs(Config& config, char const* path);
Status add_mount(Config& config, char const* source, char const* target, char const* type, uint64_t flags,
                 char const* options);
Status add_mount_fd(Config& config, int fd, char const* target, uint64_t flags);
Status add_file(Config& config, char const* target, void const* content, size_t size, uint32_t mode);
Status add_symlink(Config& config, char const* link_target, char const* path);
Status add_dir(Config& config, char const* path, uint32_t mode);
Status set_proc_options(Config& config, char const* options);
Status add_device(Config& config, char const* source, char const* target);

// Sets one of the numbers with a closed set of values, or a time.
Status set_choice(Config& config, Call call, uint32_t& field, uint32_t value, uint32_t most);
Status set_milliseconds(Config& config, Call call, uint64_t& field, uint64_t value);

} // namespace ctr::config
