// SPDX-License-Identifier: MIT
#include "checker.h"

#include "base/text.h"
#include "diagnose/diagnose.h"
#include "plan/explain.h"

#include <cctype>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace ctr::test {

namespace {

using plan::Op;
using plan::OpCode;
using plan::Plan;
using plan::Section;
using plan::Text;

std::string shown(Plan const& plan, uint32_t index)
{
    plan::Line const line = plan::describe(plan, plan.ops()[index]);
    return concat("operation ", std::to_string(index), " (", line.name, " ", line.operands, ")");
}

bool is_text(Plan const& plan, Text at)
{
    if (at.at == 0)
        return true;
    if (at.at < sizeof(plan::Image) || at.at >= plan.image.size())
        return false;
    return std::memchr(plan.image.data() + at.at, 0, plan.image.size() - at.at) != nullptr;
}

void check_vector(Plan const& plan, uint64_t at, uint32_t count, char const* name, Findings& findings)
{
    if (at % alignof(uint64_t) != 0 || at + (uint64_t{count} + 1) * sizeof(uint64_t) > plan.image.size()) {
        findings.push_back(concat("the ", name, " lie outside the image"));
        return;
    }
    auto const* words = reinterpret_cast<uint64_t const*>(plan.image.data() + at);
    for (uint32_t i = 0; i < count; i++)
        if (words[i] == 0 || !is_text(plan, Text{static_cast<uint32_t>(words[i])}))
            findings.push_back(concat("one of the ", name, " is no text"));
    if (words[count] != 0)
        findings.push_back(concat("the ", name, " have no end"));
}

struct Range {
    uint64_t first;
    uint64_t end;
};

std::vector<Range> mapped_ranges()
{
    std::vector<Range> ranges;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        unsigned long long first = 0;
        unsigned long long end = 0;
        // A sanitizer reserves much, at addresses that look like small numbers; programs, heaps and stacks are far up.
        constexpr unsigned long long least = 1ULL << 40;
        constexpr unsigned long long most = 1ULL << 36;
        bool const range = std::sscanf(line.c_str(), "%llx-%llx", &first, &end) == 2;
        if (range && first >= least && end - first < most)
            ranges.push_back({first, end});
    }
    return ranges;
}

} // namespace

Findings check_layout(Plan const& plan)
{
    Findings findings;
    plan::Image const& header = plan.header();
    if (header.magic != plan::image_magic || header.size != plan.image.size())
        findings.emplace_back("the header does not say what the image is");
    if (header.enter.first != 0 || header.setup.first != header.enter.count ||
        header.payload.first != header.setup.first + header.setup.count)
        findings.emplace_back("the sections do not follow each other");
    if (header.ops % alignof(Op) != 0 || header.ops + plan.op_count() * sizeof(Op) > plan.image.size())
        findings.emplace_back("the operations lie outside the image");
    if (header.passed_fds != plan.passed.size())
        findings.emplace_back("the image expects another number of descriptors than are passed");
    if (!is_text(plan, header.search_path))
        findings.emplace_back("the search path is no text");
    check_vector(plan, header.arguments, header.argument_count, "arguments", findings);
    check_vector(plan, header.environment, header.environment_count, "variables", findings);
    return findings;
}

Findings check_words(Plan const& plan)
{
    Findings findings;
    for (uint32_t i = 0; i < plan.op_count(); i++) {
        Op const& op = plan.ops()[i];
        bool const texts = is_text(plan, op.subject) && is_text(plan, op.message);
        std::string const message = texts ? plan.text(op.message) : "";
        if (*diagnose::step_name(static_cast<Step>(op.step)) == '\0')
            findings.push_back(concat(shown(plan, i), " has no step"));
        if (message.empty())
            findings.push_back(concat(shown(plan, i), " has no message"));
        else if (std::isupper(static_cast<unsigned char>(message[0])) != 0 || message.back() == '.')
            findings.push_back(concat(shown(plan, i), " has a message that is a sentence: ", message));
    }
    return findings;
}

Findings check_pointers(Plan const& plan)
{
    Findings findings;
    std::vector<Range> const ranges = mapped_ranges();
    for (size_t at = 0; at + sizeof(uint64_t) <= plan.image.size(); at += sizeof(uint64_t)) {
        uint64_t word = 0;
        std::memcpy(&word, plan.image.data() + at, sizeof word);
        for (Range const& range : ranges)
            if (word >= range.first && word < range.end)
                findings.push_back(concat("the word at ", std::to_string(at), " is an address of this process"));
    }
    return findings;
}

} // namespace ctr::test
