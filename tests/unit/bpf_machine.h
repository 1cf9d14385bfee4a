// SPDX-License-Identifier: MIT
// Classic BPF as the kernel runs it for seccomp, written for the tests alone: what the library says of its own programs
// proves nothing.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string>
#include <vector>

namespace ctr::test {

using Bytecode = std::vector<sock_filter>;

// What the kernel asks of a program before it takes it: "" where there is nothing to say.
inline std::string bytecode_fault(Bytecode const& program)
{
    if (program.empty() || program.size() > 4096)
        return "has " + std::to_string(program.size()) + " instructions";
    for (size_t i = 0; i < program.size(); i++) {
        sock_filter const& one = program[i];
        size_t const left = program.size() - i - 1;
        std::string const where = "instruction " + std::to_string(i);
        switch (one.code) {
        case BPF_LD | BPF_W | BPF_ABS:
            if (one.k % 4 != 0 || one.k > sizeof(seccomp_data) - 4)
                return where + " loads from outside";
            break;
        case BPF_ALU | BPF_AND | BPF_K:
        case BPF_RET | BPF_K: break;
        case BPF_JMP | BPF_JA:
            if (one.k >= left)
                return where + " jumps outside";
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
        case BPF_JMP | BPF_JGT | BPF_K:
        case BPF_JMP | BPF_JGE | BPF_K:
        case BPF_JMP | BPF_JSET | BPF_K:
            if (one.jt >= left || one.jf >= left)
                return where + " jumps outside";
            break;
        default: return where + " has the code " + std::to_string(one.code);
        }
    }
    return program.back().code == (BPF_RET | BPF_K) ? "" : "does not end with a verdict";
}

// The verdict, or 0xdead0000 where the kernel would not have taken the program.
inline uint32_t interpret(Bytecode const& program, seccomp_data const& data)
{
    constexpr uint32_t broken = 0xdead0000;
    uint32_t a = 0;
    size_t pc = 0;
    while (pc < program.size()) {
        sock_filter const& i = program[pc++];
        if (i.code == (BPF_RET | BPF_K))
            return i.k;
        if (i.code == (BPF_LD | BPF_W | BPF_ABS) && i.k + 4 <= sizeof data)
            std::memcpy(&a, reinterpret_cast<char const*>(&data) + i.k, 4);
        else if (i.code == (BPF_ALU | BPF_AND | BPF_K))
            a &= i.k;
        else if (i.code == (BPF_JMP | BPF_JA))
            pc += i.k;
        else if (i.code == (BPF_JMP | BPF_JEQ | BPF_K))
            pc += a == i.k ? i.jt : i.jf;
        else if (i.code == (BPF_JMP | BPF_JGT | BPF_K))
            pc += a > i.k ? i.jt : i.jf;
        else if (i.code == (BPF_JMP | BPF_JGE | BPF_K))
            pc += a >= i.k ? i.jt : i.jf;
        else if (i.code == (BPF_JMP | BPF_JSET | BPF_K))
            pc += (a & i.k) != 0 ? i.jt : i.jf;
        else
            return broken;
    }
    return broken;
}

inline seccomp_data call_data(uint32_t arch, uint32_t number, std::vector<uint64_t> const& arguments = {})
{
    seccomp_data data = {};
    data.nr = static_cast<int>(number);
    data.arch = arch;
    for (size_t i = 0; i < arguments.size(); i++)
        data.args[i] = arguments[i];
    return data;
}

} // namespace ctr::test
