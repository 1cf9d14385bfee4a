// SPDX-License-Identifier: MIT
// The compiler of profiles: comparisons of 64 bits, the order of rules, long programs.
#include "bpf_machine.h"
#include "compile/bpf.h"

#include <random>
#include <string>

using namespace ctr;
using namespace ctr::test;

namespace {

constexpr uint32_t yes = SECCOMP_RET_ALLOW;
constexpr uint32_t no = SECCOMP_RET_ERRNO | ENOSYS;

uint32_t number_of(std::string_view name, compile::CallTable const& table)
{
    for (size_t i = 0; i < table.count; i++)
        if (table.calls[i].name == name)
            return table.calls[i].number;
    return 0xffffff;
}

spec::Profile profile_of(std::string const& rules, std::string const& more = "")
{
    std::string const text =
        "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38" + more + ",\"syscalls\":[" + rules + "]}";
    Result<spec::Profile> profile = spec::read_profile(text);
    EXPECT_TRUE(profile) << profile.error().message;
    return profile ? profile.value() : spec::Profile{};
}

Bytecode compiled(spec::Profile const& profile, spec::Capabilities keep = 0)
{
    Result<compile::Program> program = compile::make_filter(profile, keep);
    EXPECT_TRUE(program) << program.error().message;
    EXPECT_EQ(bytecode_fault(program.value()), "");
    return program.value();
}

uint32_t asked(Bytecode const& program, std::string_view call, std::vector<uint64_t> const& arguments = {})
{
    return interpret(program, call_data(compile::own_calls.arch, number_of(call, compile::own_calls), arguments));
}

bool holds(spec::Condition const& condition, uint64_t argument)
{
    using spec::Comparison;
    switch (condition.comparison) {
    case Comparison::equal: return argument == condition.value;
    case Comparison::not_equal: return argument != condition.value;
    case Comparison::less: return argument < condition.value;
    case Comparison::less_or_equal: return argument <= condition.value;
    case Comparison::greater: return argument > condition.value;
    case Comparison::greater_or_equal: return argument >= condition.value;
    case Comparison::masked_equal: return (argument & condition.mask) == condition.value;
    }
    return false;
}

class Numbers {
public:
    // Of the kind that finds faults: near the edges of 32 and 64 bits, and near each other.
    uint64_t next()
    {
        constexpr uint64_t edges[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff};
        uint64_t const base = random_() % 3 == 0 ? random_() : edges[random_() % std::size(edges)];
        return (base + random_() % 3 - 1) ^ (random_() % 2 == 0 ? 0 : random_() << 32);
    }
    spec::Condition condition(uint32_t argument)
    {
        spec::Condition out;
        out.argument = argument;
        out.comparison = static_cast<spec::Comparison>(random_() % 7);
        out.value = next();
        if (out.comparison == spec::Comparison::masked_equal) {
            out.mask = next();
            out.value &= out.mask;
        }
        return out;
    }

private:
    std::mt19937_64 random_{7};
};

spec::Profile with_conditions(std::vector<spec::Condition> const& conditions, bool has_32_bit)
{
    spec::Profile profile;
    profile.otherwise = no;
    profile.has_32_bit = has_32_bit;
    spec::Rule rule;
    rule.names = {"getpid"};
    rule.alternatives = {conditions};
    rule.verdict = yes;
    profile.rules = {rule};
    return profile;
}

} // namespace

TEST(bpf, comparisons_are_those_of_64_bits)
{
    Numbers numbers;
    for (int round = 0; round < 3000; round++) {
        std::vector<spec::Condition> const conditions = {numbers.condition(0), numbers.condition(3)};
        Bytecode const program = compiled(with_conditions(conditions, false));
        for (int call = 0; call < 20; call++) {
            bool const near = call % 2 == 0;
            uint64_t const first = near ? conditions[0].value + static_cast<uint64_t>(call % 3) - 1 : numbers.next();
            uint64_t const second = near ? conditions[1].value : numbers.next();
            bool const both = holds(conditions[0], first) && holds(conditions[1], second);
            ASSERT_EQ(asked(program, "getpid", {first, 0, 0, second}), both ? yes : no)
                << round << ": " << first << " " << second;
        }
    }
}

TEST(bpf, comparisons_of_32_bit_programs_are_those_of_32_bits)
{
    if (compile::narrow_calls.arch == 0)
        GTEST_SKIP() << "this processor runs no 32-bit programs";
    Numbers numbers;
    uint32_t const getpid = number_of("getpid", compile::narrow_calls);
    for (int round = 0; round < 1000; round++) {
        spec::Condition condition = numbers.condition(2);
        Bytecode const program = compiled(with_conditions({condition}, true));
        condition.value &= 0xffffffff;
        condition.mask &= 0xffffffff;
        for (int call = 0; call < 10; call++) {
            uint64_t const argument = (call == 0 ? condition.value : numbers.next()) & 0xffffffff;
            ASSERT_EQ(interpret(program, call_data(compile::narrow_calls.arch, getpid, {0, 0, argument})),
                      holds(condition, argument) ? yes : no);
        }
    }
}

TEST(bpf, rules_with_args_come_before_those_without_and_the_first_that_holds_decides)
{
    std::string const rules = R"({"names":["getpid"],"action":"SCMP_ACT_ALLOW"},
        {"names":["getpid"],"action":"SCMP_ACT_LOG"},
        {"names":["getpid"],"action":"SCMP_ACT_ERRNO","errnoRet":5,"args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]},
        {"names":["getpid"],"action":"SCMP_ACT_TRAP","args":[{"index":0,"value":2,"op":"SCMP_CMP_LE"}]})";
    Bytecode const program = compiled(profile_of(rules));
    EXPECT_EQ(asked(program, "getpid", {1}), SECCOMP_RET_ERRNO | 5U);
    EXPECT_EQ(asked(program, "getpid", {2}), static_cast<uint32_t>(SECCOMP_RET_TRAP));
    EXPECT_EQ(asked(program, "getpid", {3}), yes);
    EXPECT_EQ(asked(program, "gettid"), no);
}

TEST(bpf, conditions_on_one_argument_are_alternatives_and_on_several_are_all_meant)
{
    Bytecode const either = compiled(profile_of(R"({"names":["getpid"],"action":"SCMP_ACT_ALLOW","args":[
        {"index":0,"value":1,"op":"SCMP_CMP_EQ"},{"index":0,"value":4,"op":"SCMP_CMP_EQ"}]})"));
    Bytecode const both = compiled(profile_of(R"({"names":["getpid"],"action":"SCMP_ACT_ALLOW","args":[
        {"index":0,"value":1,"op":"SCMP_CMP_EQ"},{"index":1,"value":4,"op":"SCMP_CMP_EQ"}]})"));
    EXPECT_EQ(asked(either, "getpid", {1}), yes);
    EXPECT_EQ(asked(either, "getpid", {4}), yes);
    EXPECT_EQ(asked(either, "getpid", {5}), no);
    EXPECT_EQ(asked(both, "getpid", {1, 4}), yes);
    EXPECT_EQ(asked(both, "getpid", {1, 5}), no);
    EXPECT_EQ(asked(both, "getpid", {4, 4}), no);
}

TEST(bpf, rules_follow_the_capabilities_that_are_kept)
{
    spec::Profile const profile = profile_of(R"(
        {"names":["mount"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}},
        {"names":["clone3"],"action":"SCMP_ACT_ALLOW","excludes":{"caps":["CAP_SYS_ADMIN"]}},
        {"names":["bpf"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN","CAP_BPF"]}})");
    Bytecode const without = compiled(profile);
    Bytecode const with = compiled(profile, uint64_t{1} << 21);
    Bytecode const all = compiled(profile, spec::all_capabilities);
    EXPECT_EQ(asked(without, "mount"), no);
    EXPECT_EQ(asked(without, "clone3"), yes);
    EXPECT_EQ(asked(with, "mount"), yes);
    EXPECT_EQ(asked(with, "clone3"), no);
    EXPECT_EQ(asked(with, "bpf"), no);
    EXPECT_EQ(asked(all, "bpf"), yes);
}

TEST(bpf, jumps_reach_over_long_programs)
{
    spec::Profile profile;
    profile.otherwise = no;
    Numbers numbers;
    for (size_t i = 0; i < compile::own_calls.count; i += 2) { // every second, so that no ranges grow together
        spec::Rule rule;
        rule.names = {compile::own_calls.calls[i].name};
        rule.alternatives = {{{0, spec::Comparison::equal, i, ~uint64_t{0}}}};
        rule.verdict = yes;
        profile.rules.push_back(rule);
    }
    Bytecode const program = compiled(profile);
    EXPECT_GT(program.size(), 1000U);
    for (size_t i = 0; i < compile::own_calls.count; i++) {
        EXPECT_EQ(asked(program, compile::own_calls.calls[i].name, {i}), i % 2 == 0 ? yes : no);
        EXPECT_EQ(asked(program, compile::own_calls.calls[i].name, {i + 1}), no);
    }
}

TEST(bpf, what_the_library_says_of_a_program_is_what_the_interpreter_says)
{
    Bytecode const program = compiled(profile_of(R"({"names":["getpid","read"],"action":"SCMP_ACT_ALLOW"})"));
    for (uint32_t number = 0; number < 500; number++) {
        seccomp_data const data = call_data(compile::own_calls.arch, number);
        EXPECT_EQ(compile::verdict_of(program, data), interpret(program, data));
    }
}

TEST(bpf, a_profile_that_is_too_long_is_refused)
{
    spec::Profile profile;
    spec::Rule rule;
    rule.names = {"getpid"};
    for (uint64_t i = 0; i < 4000; i++)
        rule.alternatives.push_back({{0, spec::Comparison::equal, i, ~uint64_t{0}}});
    profile.rules = {rule};
    Result<compile::Program> const program = compile::make_filter(profile, 0);
    ASSERT_FALSE(program);
    EXPECT_EQ(program.error().message, "the profile is too long for a filter");
}

TEST(bpf, an_allowed_call_that_nobody_knows_is_left_out_and_a_refused_one_is_an_error)
{
    EXPECT_EQ(compiled(profile_of(R"({"names":["no_such_call"],"action":"SCMP_ACT_ALLOW"})")).size(),
              compiled(profile_of("")).size());
    Result<spec::Profile> const open = spec::read_profile(
        R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["no_such_call"],"action":"SCMP_ACT_ERRNO"}]})");
    ASSERT_TRUE(open);
    Result<compile::Program> const program = compile::make_filter(open.value(), 0);
    ASSERT_FALSE(program);
    EXPECT_EQ(program.error().message,
              "line 1, column 47: the call \"no_such_call\" is not known here, and cannot be refused (syscalls[0])");
}
