// SPDX-License-Identifier: MIT
// What the built-in profiles say of every system call of one processor, a line each: compared between processors by
// verdicts.py. A program of BPF is data, so those of another processor can be asked here.
#include "compile/bpf.h"

#include <cstdio>

namespace {

using namespace ctr::compile;

uint32_t verdict(Program const& program, uint32_t arch, uint32_t number)
{
    seccomp_data data = {};
    data.arch = arch;
    data.nr = static_cast<int>(number);
    return verdict_of(program, data);
}

void print(BuiltIn const& profile, char const* capabilities, uint64_t keep)
{
    constexpr uint32_t nobody = 0x7fff;
    Program const program = settled(Program(profile.program, profile.program + profile.count), keep);
    for (SystemCall const* call = own_calls.calls; call != own_calls.calls + own_calls.count; call++)
        std::printf("%s %s %s %#x\n", profile.name, capabilities, call->name,
                    verdict(program, own_calls.arch, call->number));
    std::printf("%s %s (unknown) %#x\n", profile.name, capabilities, verdict(program, own_calls.arch, nobody));
    std::printf("%s %s (foreign) %#x\n", profile.name, capabilities, verdict(program, own_calls.arch ^ 1, 0));
}

} // namespace

int main()
{
    for (BuiltIn const* profile = built_ins; profile != built_ins + built_in_count; profile++) {
        print(*profile, "none", 0);
        print(*profile, "all", ~uint64_t{0});
    }
}
