// SPDX-License-Identifier: MIT
// A profile as a program of BPF. Numbers are looked up by bisection, so a call costs a handful of instructions however
// long the profile is, and the kernel can tell beforehand which numbers are always allowed.
#pragma once

#include "base/result.h"
#include "spec/profile.h"

#include <cstddef>
#include <cstdint>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <vector>

namespace ctr::compile {

using Program = std::vector<sock_filter>;

struct SystemCall {
    char const* name;
    uint32_t number;
};

// The system calls of one way into the kernel, by name. Made from the kernel's headers by the build.
struct CallTable {
    uint32_t arch = 0; // AUDIT_ARCH_*; 0 is none
    SystemCall const* calls = nullptr;
    size_t count = 0;
    bool narrow = false;  // arguments have 32 bits
    bool has_x32 = false; // numbers from 0x40000000 on are another way in, which is closed
};
extern CallTable const own_calls;
extern CallTable const narrow_calls;        // of 32-bit programs, where the processor runs them
extern char const* const calls_elsewhere[]; // that other processors have
extern size_t const calls_elsewhere_count;

// For a command that keeps these capabilities.
Result<Program> make_filter(spec::Profile const& profile, spec::Capabilities keep);

// For a command of which that is not known yet: what depends on a capability returns a mark in its place.
Result<Program> make_template(spec::Profile const& profile);
Program settled(Program program, spec::Capabilities keep);

// What a filter says of a call.
uint32_t verdict_of(Program const& program, seccomp_data const& data);

// The built-in profiles, as templates. (made by the build)
struct BuiltIn {
    char const* name;
    sock_filter const* program;
    size_t count;
};
extern BuiltIn const built_ins[];
extern size_t const built_in_count;

} // namespace ctr::compile
