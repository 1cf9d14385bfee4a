// SPDX-License-Identifier: MIT
// The numbers of system calls as ranges, each with its code, and the bisection that leads to it.
#pragma once

#include "compile/bpf.h"

#include <algorithm>
#include <utility>

namespace ctr::compile {

inline sock_filter instruction(unsigned code, uint32_t k, unsigned yes = 0, unsigned no = 0)
{
    return {static_cast<uint16_t>(code), static_cast<uint8_t>(yes), static_cast<uint8_t>(no), k};
}

inline sock_filter finish_with(spec::Verdict verdict) { return instruction(BPF_RET | BPF_K, verdict); }

inline void append(Program& program, Program const& more) { program.insert(program.end(), more.begin(), more.end()); }

// Where it begins; it goes on to the next one.
struct Range {
    uint32_t first;
    Program code; // ends with a verdict on every way
};

inline bool same_code(Program const& one, Program const& other)
{
    return one.size() == 1 && other.size() == 1 && one[0].k == other[0].k;
}

class Ranges {
public:
    explicit Ranges(spec::Verdict otherwise) : otherwise_{finish_with(otherwise)} { add(0, otherwise_); }

    // In rising order.
    void add(uint32_t number, Program code)
    {
        if (!all_.empty() && all_.back().first == number)
            all_.pop_back(); // the one that began here for lack of another
        if (all_.empty() || !same_code(all_.back().code, code))
            all_.push_back({number, std::move(code)});
    }
    void add_single(uint32_t number, Program code)
    {
        add(number, std::move(code));
        add(number + 1, otherwise_);
    }
    Program code() const { return code_of(0, all_.size()); }

private:
    // Neighbours with nothing but verdicts share them: the kernel's work at the start grows with every instruction.
    static constexpr size_t most_together = 32;

    bool go_together(size_t begin, size_t end) const
    {
        return end - begin <= most_together && std::all_of(all_.begin() + static_cast<std::ptrdiff_t>(begin),
                                                           all_.begin() + static_cast<std::ptrdiff_t>(end),
                                                           [](Range const& range) { return range.code.size() == 1; });
    }

    // Where the code of a part begins: its own node, or the verdict behind all nodes.
    size_t place_of_part(size_t begin, size_t end, size_t node, size_t nodes, Program& verdicts) const
    {
        if (end - begin > 1)
            return node;
        sock_filter const& verdict = all_[begin].code[0];
        auto const found =
            std::find_if(verdicts.begin(), verdicts.end(), [&](sock_filter const& one) { return one.k == verdict.k; });
        size_t const index = static_cast<size_t>(found - verdicts.begin());
        if (found == verdicts.end())
            verdicts.push_back(verdict);
        return nodes + index;
    }

    // A node, then those of the part below, then those of the part above.
    void add_nodes(size_t begin, size_t end, size_t nodes, Program& out, Program& verdicts) const
    {
        if (end - begin == 1)
            return;
        size_t const middle = begin + (end - begin) / 2;
        size_t const next = out.size() + 1;
        size_t const below = place_of_part(begin, middle, next, nodes, verdicts);
        size_t const above = place_of_part(middle, end, next + (middle - begin - 1), nodes, verdicts);
        out.push_back(instruction(BPF_JMP | BPF_JGE | BPF_K, all_[middle].first, static_cast<unsigned>(above - next),
                                  static_cast<unsigned>(below - next)));
        add_nodes(begin, middle, nodes, out, verdicts);
        add_nodes(middle, end, nodes, out, verdicts);
    }

    Program together(size_t begin, size_t end) const
    {
        Program out;
        Program verdicts;
        add_nodes(begin, end, end - begin - 1, out, verdicts);
        append(out, verdicts);
        return out;
    }

    Program code_of(size_t begin, size_t end) const
    {
        if (end - begin == 1)
            return all_[begin].code;
        if (go_together(begin, end))
            return together(begin, end);
        size_t const middle = begin + (end - begin) / 2;
        Program const below = code_of(begin, middle);
        Program const above = code_of(middle, end);
        Program out;
        uint32_t const first = all_[middle].first;
        if (below.size() < 256) {
            out.push_back(instruction(BPF_JMP | BPF_JGE | BPF_K, first, static_cast<unsigned>(below.size()), 0));
        } else {
            out.push_back(instruction(BPF_JMP | BPF_JGE | BPF_K, first, 0, 1));
            out.push_back(instruction(BPF_JMP | BPF_JA, static_cast<uint32_t>(below.size())));
        }
        append(out, below);
        append(out, above);
        return out;
    }

    Program otherwise_;
    std::vector<Range> all_;
};

} // namespace ctr::compile
