// SPDX-License-Identifier: MIT
#pragma once

#include "config/config.h"
#include "config/overrides.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace ctr::spec {

using config::StdioKind;

struct Stdio {
    StdioKind kind = StdioKind::inherit;
    int fd = -1;           // borrowed
    std::string path = {}; // of a file
    bool append = false;
    Origin origin = {};
    bool is_passed() const
    {
        return kind == StdioKind::fd || kind == StdioKind::pipe || kind == StdioKind::file ||
               kind == StdioKind::capture;
    }
};
struct Terminal {
    uint32_t rows = 0; // 0 and 0: as the kernel makes it
    uint32_t columns = 0;
    Origin origin = {};
};
struct PassedFd {
    int fd = -1; // borrowed
    int inside = -1;
    Origin origin = {};
};
struct Limit {
    uint32_t resource = 0;
    uint64_t soft = 0;
    uint64_t hard = 0;
    Origin origin = {};
};

// "nofile" for RLIMIT_NOFILE, and so on; the number for one that is not known.
std::string limit_name(uint32_t resource);

struct Process {
    std::vector<std::string> argv;
    int command_fd = -1;          // executed instead of argv[0]; borrowed
    std::vector<std::string> env; // NAME=value, each name once
    bool home_wanted = false;     // HOME is to come from the container's passwd
    std::string search_path;      // PATH of env
    std::optional<std::string> cwd;
    Origin cwd_origin = {};
    uint32_t umask = 022;
    std::array<Stdio, 3> stdio;
    uint64_t capture_limit = 0;
    bool capture_last = false;
    std::optional<Terminal> terminal; // instead of stdio
    std::vector<PassedFd> fds;
    Origin listen_origin = {};
    int listen_variable = -1; // LISTEN_PID in env, with room for any pid; -1 where nothing is announced
    std::vector<Limit> limits;
    bool new_privs = false;
};

Result<Process> checked_process(config::Config const& config, config::Overrides const& overrides);

} // namespace ctr::spec
