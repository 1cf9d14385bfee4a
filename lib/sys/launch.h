// SPDX-License-Identifier: MIT
// Starts a program in a new process, without a copy of the host's memory and without libc in the child.
#pragma once

#include "sys/file.h"

#include <cstdint>

namespace ctr::sys {

struct Launch {
    int program = -1;          // descriptor of a static executable
    int channel = -1;          // becomes the program's descriptor 3
    uint64_t flags = 0;        // CLONE_NEW*
    uint64_t capabilities = 0; // bits: what the program keeps of those it gets with a user namespace
};

struct Process {
    int pid = -1;
    Fd pidfd;
};

enum class LaunchStage : uint8_t { clone, prepare, exec };

struct Launched {
    Process process;
    int error = 0; // errno, of the stage
    LaunchStage stage = LaunchStage::clone;
};

// Starts ctr-init: capabilities of a new user namespace survive the exec, although no id is mapped yet.
Launched launch_init(Launch const& launch);

// Starts an ordinary program of the host with an empty environment; its stdin and stdout are /dev/null and its
// stderr is @errors.
struct Helper {
    char const* path = nullptr;
    char const* const* argv = nullptr;
    int null = -1;
    int errors = -1;
};
Launched launch_helper(Helper const& helper);

} // namespace ctr::sys
