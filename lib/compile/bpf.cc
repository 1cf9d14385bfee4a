// SPDX-License-Identifier: MIT
#include "compile/bpf.h"

#include "base/json.h"
#include "base/text.h"
#include "compile/ranges.h"

#include <algorithm>
#include <linux/capability.h>
#include <map>
#include <optional>

namespace ctr::compile {

namespace {

using spec::Condition;
using spec::Rule;
using spec::Verdict;

constexpr size_t most_instructions = BPF_MAXINSNS;
constexpr uint32_t x32_first = 0x40000000;
constexpr uint32_t x32_end = 0x80000000;
constexpr uint16_t load = BPF_LD | BPF_W | BPF_ABS;

void append(Program& program, Program const& more) { program.insert(program.end(), more.begin(), more.end()); }

// ------------------------------------------------------------------------------------------- the arguments

// Jumps to the end of the condition and to where the next alternative begins, filled in when these are known.
constexpr unsigned to_next = 0xff; // no condition is as long
constexpr unsigned to_end = 0xfe;

struct Halves {
    uint32_t low_at;
    uint32_t high_at;
    uint32_t low;
    uint32_t high;
    uint32_t low_mask;
    uint32_t high_mask;
};

Halves halves_of(Condition const& condition)
{
    uint32_t const at = static_cast<uint32_t>(offsetof(seccomp_data, args)) + 8 * condition.argument;
    return {at, // both processors are little-endian
            at + 4,
            static_cast<uint32_t>(condition.value),
            static_cast<uint32_t>(condition.value >> 32),
            static_cast<uint32_t>(condition.mask),
            static_cast<uint32_t>(condition.mask >> 32)};
}

Program masked(uint32_t at, uint32_t mask, uint32_t value)
{
    Program out = {instruction(load, at)};
    if (mask != ~0U)
        out.push_back(instruction(BPF_ALU | BPF_AND | BPF_K, mask));
    out.push_back(instruction(BPF_JMP | BPF_JEQ | BPF_K, value, 0, to_next));
    return out;
}

// greater: more than, not only as much; inverted: it must not hold.
Program ordered(Halves const& of, bool narrow, bool greater, bool inverted)
{
    unsigned const jump = greater ? BPF_JGT : BPF_JGE;
    unsigned const holds = inverted ? to_next : to_end;
    unsigned const fails = inverted ? to_end : to_next;
    Program out;
    if (!narrow) {
        out = {instruction(load, of.high_at), instruction(BPF_JMP | BPF_JGT | BPF_K, of.high, holds, 0),
               instruction(BPF_JMP | BPF_JEQ | BPF_K, of.high, 0, fails)};
    }
    out.push_back(instruction(load, of.low_at));
    out.push_back(instruction(BPF_JMP | jump | BPF_K, of.low, holds, fails));
    return out;
}

Program equality(Halves const& of, bool narrow)
{
    Program out;
    if (!narrow && of.high_mask != 0)
        out = masked(of.high_at, of.high_mask, of.high);
    if (narrow || of.low_mask != 0 || out.empty())
        append(out, masked(of.low_at, of.low_mask, of.low));
    return out;
}

Program difference(Halves const& of, bool narrow)
{
    Program out;
    if (!narrow)
        out = {instruction(load, of.high_at), instruction(BPF_JMP | BPF_JEQ | BPF_K, of.high, 0, to_end)};
    out.push_back(instruction(load, of.low_at));
    out.push_back(instruction(BPF_JMP | BPF_JEQ | BPF_K, of.low, to_next, 0));
    return out;
}

Program test_of(Condition const& condition, bool narrow)
{
    using spec::Comparison;
    Halves const of = halves_of(condition);
    switch (condition.comparison) {
    case Comparison::equal:
    case Comparison::masked_equal: return equality(of, narrow);
    case Comparison::not_equal: return difference(of, narrow);
    case Comparison::greater: return ordered(of, narrow, true, false);
    case Comparison::greater_or_equal: return ordered(of, narrow, false, false);
    case Comparison::less: return ordered(of, narrow, false, true);
    case Comparison::less_or_equal: return ordered(of, narrow, true, true);
    }
    return {};
}

void resolve(Program& program, size_t from, unsigned mark, size_t target)
{
    for (size_t i = from; i < program.size(); i++) {
        if (BPF_CLASS(program[i].code) != BPF_JMP)
            continue;
        if (program[i].jt == mark)
            program[i].jt = static_cast<uint8_t>(target - i - 1);
        if (program[i].jf == mark)
            program[i].jf = static_cast<uint8_t>(target - i - 1);
    }
}

// All conditions must hold; where one does not, what follows the verdict is next.
Program alternative(std::vector<Condition> const& conditions, bool narrow, Verdict verdict)
{
    Program out;
    for (Condition const& condition : conditions) {
        size_t const begin = out.size();
        append(out, test_of(condition, narrow));
        resolve(out, begin, to_end, out.size());
    }
    out.push_back(finish_with(verdict));
    resolve(out, 0, to_next, out.size());
    return out;
}

// ------------------------------------------------------------------------------------------- the numbers

// What is said of one number: the first alternative that holds decides, then the last word.
struct Entry {
    std::vector<std::pair<std::vector<Condition>, Verdict>> alternatives = {};
    std::optional<Verdict> last = {};
    std::optional<unsigned> gate = {}; // a capability that allows it in the place of the last word
};

bool permits(Verdict verdict)
{
    Verdict const action = verdict & SECCOMP_RET_ACTION_FULL;
    return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG || action == SECCOMP_RET_USER_NOTIF;
}

SystemCall const* find_call(CallTable const& table, std::string_view name)
{
    auto const* const end = table.calls + table.count;
    auto const* const found = std::lower_bound(
        table.calls, end, name, [](SystemCall const& call, std::string_view wanted) { return call.name < wanted; });
    return found != end && found->name == name ? found : nullptr;
}

uint32_t end_of(CallTable const& table)
{
    auto const* const last =
        std::max_element(table.calls, table.calls + table.count,
                         [](SystemCall const& one, SystemCall const& other) { return one.number < other.number; });
    return last->number + 1;
}

bool is_known(std::string_view name)
{
    auto const* const end = calls_elsewhere + calls_elsewhere_count;
    return find_call(own_calls, name) != nullptr || find_call(narrow_calls, name) != nullptr ||
           std::find(calls_elsewhere, end, name) != end;
}

Error rule_error(Rule const& rule, std::string_view what)
{
    return Error{.code = Code::invalid,
                 .step = Step::filter,
                 .message = concat(place_of(rule.line, rule.column), ": ", what, " (syscalls[",
                                   std::to_string(rule.index), "])")};
}

// Marks of a template. SECCOMP_RET_TRACE is in no profile.
constexpr unsigned capability_shift = 8;

Verdict mark_of(unsigned capability, Verdict refused)
{
    return SECCOMP_RET_TRACE | capability << capability_shift | (refused & 0xff);
}

class Maker {
public:
    Maker(spec::Profile const& profile, std::optional<spec::Capabilities> keep) : profile_(profile), keep_(keep) {}

    Result<Program> make()
    {
        for (Rule const& rule : profile_.rules)
            CTR_TRY(check(rule));
        Assembly assembly;
        Assembly::Place elsewhere = assembly.verdict(SECCOMP_RET_KILL_PROCESS);
        if (profile_.has_32_bit && narrow_calls.arch != 0) {
            Assembly::Place const narrow = write(assembly, narrow_calls);
            elsewhere = assembly.branch(BPF_JEQ, narrow_calls.arch, narrow, elsewhere);
        }
        Assembly::Place const own = write(assembly, own_calls);
        Assembly::Place const arch = assembly.branch(BPF_JEQ, own_calls.arch, own, elsewhere);
        assembly.before(instruction(load, offsetof(seccomp_data, arch)), arch);
        Program out = std::move(assembly).finish();
        if (out.size() > most_instructions)
            return Error{
                .code = Code::invalid, .step = Step::filter, .message = "the profile is too long for a filter"};
        return out;
    }

private:
    // A refusal that cannot be compiled would be none.
    Status check(Rule const& rule) const
    {
        for (std::string const& name : rule.names) {
            if (!is_known(name) && permits(profile_.otherwise) && !permits(rule.verdict))
                return rule_error(rule, concat("the call ", quoted(name), " is not known here, and cannot be refused"));
        }
        bool const one_bit = (rule.with & (rule.with - 1)) == 0;
        if (!keep_ && (rule.without != 0 || !one_bit || (rule.with != 0 && !rule.alternatives.empty())))
            return rule_error(rule, "a template has rules without conditions, with one capability at most");
        return Unit{};
    }

    bool applies(Rule const& rule) const
    {
        return !keep_ || ((rule.with & ~*keep_) == 0 && (rule.without & *keep_) == 0);
    }

    void note(Entry& entry, Rule const& rule) const
    {
        for (auto const& conditions : rule.alternatives)
            entry.alternatives.emplace_back(conditions, rule.verdict);
        if (!rule.alternatives.empty() || entry.last)
            return;
        if (!keep_ && rule.with != 0)
            entry.gate = static_cast<unsigned>(__builtin_ctzll(rule.with));
        else
            entry.last = rule.verdict;
    }

    Program entry_code(Entry const& entry, bool narrow) const
    {
        Program out;
        for (auto const& [conditions, verdict] : entry.alternatives)
            append(out, alternative(conditions, narrow, verdict));
        Verdict last = entry.last.value_or(profile_.otherwise);
        if (entry.gate && !permits(last))
            last = mark_of(*entry.gate, last);
        out.push_back(finish_with(last));
        return out;
    }

    Assembly::Place write(Assembly& assembly, CallTable const& table) const
    {
        std::map<uint32_t, Entry> entries;
        for (Rule const& rule : profile_.rules)
            for (std::string const& name : rule.names)
                if (SystemCall const* const call = find_call(table, name); call != nullptr && applies(rule))
                    note(entries[call->number], rule);
        Ranges ranges(profile_.otherwise, end_of(table));
        for (auto const& [number, entry] : entries)
            ranges.add_single(number, entry_code(entry, table.narrow));
        if (table.has_x32) {
            ranges.add(x32_first, {finish_with(SECCOMP_RET_KILL_PROCESS)});
            ranges.add(x32_end, {finish_with(profile_.otherwise)});
        }
        Assembly::Place const first = ranges.write(assembly);
        return assembly.before(instruction(load, offsetof(seccomp_data, nr)), first);
    }

    spec::Profile const& profile_;
    std::optional<spec::Capabilities> keep_; // none: a template is made
};

bool has(spec::Capabilities set, unsigned capability) { return (set >> capability & 1) != 0; }

// As the kernel sees it: these were parts of SYS_ADMIN once.
bool grants(spec::Capabilities keep, unsigned capability)
{
    bool const part = capability == CAP_PERFMON || capability == CAP_BPF || capability == CAP_CHECKPOINT_RESTORE;
    return has(keep, capability) || (part && has(keep, CAP_SYS_ADMIN));
}

} // namespace

Result<Program> make_filter(spec::Profile const& profile, spec::Capabilities keep)
{
    return Maker(profile, keep).make();
}

Result<Program> make_template(spec::Profile const& profile) { return Maker(profile, std::nullopt).make(); }

Program settled(Program program, spec::Capabilities keep)
{
    for (sock_filter& one : program) {
        if (one.code != (BPF_RET | BPF_K) || (one.k & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_TRACE)
            continue;
        bool const granted = grants(keep, one.k >> capability_shift & 0xff);
        one.k = granted ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | (one.k & 0xff);
    }
    return program;
}

} // namespace ctr::compile
