// SPDX-License-Identifier: MIT
// The numbers of system calls as ranges, each with its code, and the bisection that leads to it.
#pragma once

#include "compile/assembly.h"

#include <algorithm>
#include <utility>

namespace ctr::compile {

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
    // end: of the numbers that there are.
    Ranges(spec::Verdict otherwise, uint32_t end) : otherwise_{finish_with(otherwise)}, end_(end)
    {
        add(0, otherwise_);
    }

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

    // With the number in the accumulator.
    Assembly::Place write(Assembly& out) const { return write_part(out, 0, all_.size()); }

private:
    // At the start the kernel tries every number there is: the way to a range of many should be short.
    uint32_t numbers_before(size_t range) const
    {
        return range == all_.size() ? end_ : std::min(all_[range].first, end_);
    }

    size_t middle_of(size_t begin, size_t end) const
    {
        uint32_t const half = (numbers_before(begin) + numbers_before(end)) / 2;
        size_t middle = begin + 1;
        while (middle + 1 < end && numbers_before(middle) < half)
            middle++;
        bool const nearer_below =
            middle > begin + 1 && half - numbers_before(middle - 1) < numbers_before(middle) - half;
        return nearer_below ? middle - 1 : middle;
    }

    Assembly::Place write_part(Assembly& out, size_t begin, size_t end) const
    {
        if (end - begin == 1)
            return out.code(all_[begin].code, offsetof(seccomp_data, nr));
        size_t const middle = middle_of(begin, end);
        Assembly::Place const above = write_part(out, middle, end);
        Assembly::Place const below = write_part(out, begin, middle);
        return out.branch(BPF_JGE, all_[middle].first, above, below);
    }

    Program otherwise_;
    uint32_t end_;
    std::vector<Range> all_;
};

} // namespace ctr::compile
