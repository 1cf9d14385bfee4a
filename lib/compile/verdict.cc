// SPDX-License-Identifier: MIT
// What a filter says of a call, before anybody has to find out.
#include "compile/bpf.h"

namespace ctr::compile {

namespace {

constexpr uint16_t load = BPF_LD | BPF_W | BPF_ABS;

bool jumps(uint16_t code, uint32_t accumulator, uint32_t k)
{
    switch (BPF_OP(code)) {
    case BPF_JEQ: return accumulator == k;
    case BPF_JGT: return accumulator > k;
    case BPF_JGE: return accumulator >= k;
    default: return (accumulator & k) != 0;
    }
}

uint32_t word_at(seccomp_data const& data, uint32_t offset)
{
    uint32_t word = 0;
    if (offset + sizeof word <= sizeof data)
        __builtin_memcpy(&word, reinterpret_cast<unsigned char const*>(&data) + offset, sizeof word);
    return word;
}

} // namespace

// Of programs that make_filter() made: it knows no other instructions.
uint32_t verdict_of(Program const& program, seccomp_data const& data)
{
    uint32_t accumulator = 0;
    for (size_t at = 0; at < program.size(); at++) {
        sock_filter const& one = program[at];
        if (one.code == load)
            accumulator = word_at(data, one.k);
        else if (one.code == (BPF_ALU | BPF_AND | BPF_K))
            accumulator &= one.k;
        else if (one.code == (BPF_RET | BPF_K))
            return one.k;
        else if (one.code == (BPF_JMP | BPF_JA))
            at += one.k;
        else
            at += jumps(one.code, accumulator, one.k) ? one.jt : one.jf;
    }
    return SECCOMP_RET_KILL_PROCESS;
}

} // namespace ctr::compile
