// SPDX-License-Identifier: MIT
// Lays a program of BPF out from its end, where every jump leads: so each distance is known when the jump is written, and
// ways that end alike share their end. The kernel's work at the start grows with every instruction.
#pragma once

#include "compile/bpf.h"

#include <algorithm>
#include <map>
#include <optional>

namespace ctr::compile {

inline sock_filter instruction(unsigned code, uint32_t k, unsigned yes = 0, unsigned no = 0)
{
    return {static_cast<uint16_t>(code), static_cast<uint8_t>(yes), static_cast<uint8_t>(no), k};
}

inline sock_filter finish_with(spec::Verdict verdict) { return instruction(BPF_RET | BPF_K, verdict); }

class Assembly {
public:
    using Place = size_t; // counted from the end

    Place verdict(spec::Verdict verdict)
    {
        auto const known = verdicts_.find(verdict);
        return known == verdicts_.end() ? new_verdict(verdict) : known->second;
    }

    // Goes on with what was written last.
    Place before(sock_filter one)
    {
        reversed_.push_back(one);
        return reversed_.size() - 1;
    }

    Place before(sock_filter one, Place next)
    {
        if (next + 1 != reversed_.size())
            before(instruction(BPF_JMP | BPF_JA, static_cast<uint32_t>(distance(next))));
        return before(one);
    }

    Place branch(unsigned code, uint32_t k, Place yes, Place no)
    {
        if (yes == no)
            return yes;
        Place const near_yes = in_reach(yes);
        Place const near_no = in_reach(no);
        return before(instruction(BPF_JMP | BPF_K | code, k, static_cast<unsigned>(distance(near_yes)),
                                  static_cast<unsigned>(distance(near_no))));
    }

    // Of code that jumps forwards only and ends with a verdict on every way. loaded: the word of the data that is in the
    // accumulator before it.
    Place code(Program const& program, uint32_t loaded)
    {
        std::vector<Word> const words = words_before(program, loaded);
        std::vector<Place> places(program.size());
        for (size_t i = program.size(); i-- > 0;) {
            sock_filter const& one = program[i];
            if (one.code == (BPF_RET | BPF_K))
                places[i] = verdict(one.k);
            else if (BPF_CLASS(one.code) == BPF_JMP)
                places[i] = branch(BPF_OP(one.code), one.k, places[i + 1 + one.jt], places[i + 1 + one.jf]);
            else if (BPF_CLASS(one.code) == BPF_LD && words[i].at == one.k)
                places[i] = places[i + 1]; // it is there already
            else
                places[i] = before(one, places[i + 1]);
        }
        return places[0];
    }

    Program finish() &&
    {
        std::reverse(reversed_.begin(), reversed_.end());
        return std::move(reversed_);
    }

private:
    // What the accumulator holds: nothing is known, or a word of the data.
    struct Word {
        bool seen = false;
        std::optional<uint32_t> at = {};
    };

    static void meet(Word& word, std::optional<uint32_t> other)
    {
        word.at = word.seen && word.at != other ? std::nullopt : other;
        word.seen = true;
    }

    static std::vector<Word> words_before(Program const& program, uint32_t loaded)
    {
        std::vector<Word> words(program.size());
        meet(words[0], loaded);
        for (size_t i = 0; i + 1 < program.size(); i++) {
            sock_filter const& one = program[i];
            if (BPF_CLASS(one.code) == BPF_JMP) {
                meet(words[i + 1 + one.jt], words[i].at);
                meet(words[i + 1 + one.jf], words[i].at);
            } else if (BPF_CLASS(one.code) != BPF_RET) {
                meet(words[i + 1], BPF_CLASS(one.code) == BPF_LD ? std::optional<uint32_t>(one.k) : std::nullopt);
            }
        }
        return words;
    }

    // Between an instruction that is written now and that place.
    size_t distance(Place place) const { return reversed_.size() - 1 - place; }

    Place new_verdict(spec::Verdict verdict)
    {
        Place const place = before(finish_with(verdict));
        verdicts_[verdict] = place;
        return place;
    }

    // A branch reaches 255 instructions far; two may be written here before it is.
    Place in_reach(Place place)
    {
        constexpr size_t most = 255 - 2;
        if (distance(place) <= most)
            return place;
        sock_filter const there = reversed_[place];
        if (there.code == (BPF_RET | BPF_K))
            return new_verdict(there.k);
        return before(instruction(BPF_JMP | BPF_JA, static_cast<uint32_t>(distance(place))));
    }

    Program reversed_;
    std::map<spec::Verdict, Place> verdicts_; // where each was written last
};

} // namespace ctr::compile
