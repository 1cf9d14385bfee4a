// SPDX-License-Identifier: MIT
#include "suggest.h"

#include <algorithm>
#include <array>

namespace cli {
namespace {

constexpr size_t longest_word = 32;

using Row = std::array<unsigned, longest_word + 1>;

bool swapped(std::string_view left, size_t row, std::string_view right, size_t column)
{
    return row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1];
}

// Insertions, deletions, replacements and swaps of neighbours. Both words fit a Row.
unsigned edit_distance(std::string_view left, std::string_view right)
{
    Row before_last = {};
    Row last = {};
    Row current = {};
    for (size_t column = 0; column <= right.size(); ++column)
        current[column] = static_cast<unsigned>(column);
    for (size_t row = 1; row <= left.size(); ++row) {
        before_last = last;
        last = current;
        current[0] = static_cast<unsigned>(row);
        for (size_t column = 1; column <= right.size(); ++column) {
            unsigned const replaced = last[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1);
            current[column] = std::min({replaced, last[column] + 1, current[column - 1] + 1});
            if (swapped(left, row, right, column))
                current[column] = std::min(current[column], before_last[column - 2] + 1);
        }
    }
    return current[right.size()];
}

bool abbreviates(std::string_view word, std::string_view name)
{
    return word.size() >= 3 && name.substr(0, word.size()) == word;
}

} // namespace

// One mistake per three letters, and one in a short word: more is guessing.
Nearest::Nearest(std::string_view word)
    : word_(word), distance_(1 + std::max(1U, static_cast<unsigned>(std::min(word.size(), longest_word) / 3)))
{}

void Nearest::consider(std::string_view name)
{
    if (word_.size() < 2 || name.empty() || word_.size() > longest_word || name.size() > longest_word)
        return;
    unsigned const distance = abbreviates(word_, name) ? 1 : edit_distance(word_, name);
    if (distance >= distance_)
        return;
    distance_ = distance;
    name_ = name;
}

} // namespace cli
