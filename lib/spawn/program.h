// SPDX-License-Identifier: MIT
// ctr-init as a descriptor that can be executed.
#pragma once

#include "base/result.h"
#include "sys/file.h"

#include <atomic>

namespace ctr::spawn {

// A sealed copy of the embedded program; where the host forbids executable memory files (vm.memfd_noexec), the
// installed copy.
Result<Fd> open_program();

// The program of a config, opened at the first spawn and kept: its pages are shared by all containers. Free of locks,
// so a fork of the host in another thread leaves nothing locked.
class Program {
public:
    Program() = default;
    Program(Program const&) = delete;
    Program& operator=(Program const&) = delete;
    ~Program();

    Result<int> get() const; // borrowed

private:
    mutable std::atomic<int> fd_{-1};
};

} // namespace ctr::spawn
