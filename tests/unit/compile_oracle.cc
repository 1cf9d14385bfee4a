// SPDX-License-Identifier: MIT
// The same profiles, compiled by libseccomp: both programs say the same of every call. Profiles that libseccomp cannot
// have are left out: it drops the conditions of a call that is allowed without any as well.
#include "bpf_machine.h"
#include "compile/bpf.h"

#include <random>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace ctr;
using namespace ctr::test;

namespace {

uint32_t action_of(spec::Verdict verdict)
{
    switch (verdict & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ALLOW: return SCMP_ACT_ALLOW;
    case SECCOMP_RET_LOG: return SCMP_ACT_LOG;
    case SECCOMP_RET_TRAP: return SCMP_ACT_TRAP;
    case SECCOMP_RET_KILL_PROCESS: return SCMP_ACT_KILL_PROCESS;
    default: return SCMP_ACT_ERRNO(verdict & 0xffff);
    }
}

scmp_arg_cmp argument_of(spec::Condition const& condition)
{
    using spec::Comparison;
    constexpr scmp_compare comparisons[] = {SCMP_CMP_EQ, SCMP_CMP_NE, SCMP_CMP_LT,       SCMP_CMP_LE,
                                            SCMP_CMP_GT, SCMP_CMP_GE, SCMP_CMP_MASKED_EQ};
    scmp_arg_cmp out = {};
    out.arg = condition.argument;
    out.op = comparisons[static_cast<size_t>(condition.comparison)];
    bool const masked = condition.comparison == Comparison::masked_equal;
    out.datum_a = masked ? condition.mask : condition.value;
    out.datum_b = masked ? condition.value : 0;
    return out;
}

void add_rule(scmp_filter_ctx context, spec::Rule const& rule)
{
    for (std::string const& name : rule.names) {
        int const number = seccomp_syscall_resolve_name(name.c_str());
        if (number == __NR_SCMP_ERROR)
            continue;
        if (rule.alternatives.empty())
            (void)seccomp_rule_add_array(context, action_of(rule.verdict), number, 0, nullptr); // judged by its program
        for (auto const& conditions : rule.alternatives) {
            std::vector<scmp_arg_cmp> arguments;
            for (spec::Condition const& condition : conditions)
                arguments.push_back(argument_of(condition));
            (void)seccomp_rule_add_array(context, action_of(rule.verdict), number,
                                         static_cast<unsigned>(arguments.size()), arguments.data()); // likewise
        }
    }
}

Bytecode by_libseccomp(spec::Profile const& profile)
{
    scmp_filter_ctx context = seccomp_init(action_of(profile.otherwise));
    (void)seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS); // seen by the comparison
    for (spec::Rule const& rule : profile.rules)
        add_rule(context, rule);
    int const file = ::memfd_create("bpf", MFD_CLOEXEC);
    EXPECT_EQ(seccomp_export_bpf(context, file), 0);
    Bytecode program(static_cast<size_t>(::lseek(file, 0, SEEK_END)) / sizeof(sock_filter));
    size_t const size = program.size() * sizeof(sock_filter);
    EXPECT_EQ(::pread(file, program.data(), size, 0), static_cast<ssize_t>(size));
    ::close(file);
    seccomp_release(context);
    return program;
}

bool is_known_there(uint32_t number)
{
    char* const name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(number));
    bool const known = name != nullptr;
    std::free(name);
    return known;
}

uint64_t interesting(std::mt19937_64& random)
{
    constexpr uint64_t values[] = {0,      1,      2,       8,          10,         16,         38,   40,
                                   0x5412, 0x541c, 0x20000, 0x10000000, 0x7e020000, 0xffffffff, 04755};
    return values[random() % std::size(values)] ^ (random() % 4 == 0 ? random() << 32 : 0);
}

void expect_same(spec::Profile const& profile)
{
    Bytecode const theirs = by_libseccomp(profile);
    Bytecode const ours = compile::make_filter(profile, 0).value();
    std::mt19937_64 random(11);
    for (uint32_t number = 0; number < 480; number++) {
        if (!is_known_there(number))
            continue; // it has no word for newer ones
        for (int round = 0; round < 60; round++) {
            seccomp_data data = call_data(compile::own_calls.arch, number);
            for (auto& argument : data.args)
                argument = interesting(random);
            ASSERT_EQ(interpret(ours, data), interpret(theirs, data)) << number;
        }
    }
    for (uint32_t const arch : {0U, compile::narrow_calls.arch, 0xc00000b7U}) {
        seccomp_data const data = call_data(arch == compile::own_calls.arch ? 1 : arch, 1);
        EXPECT_EQ(interpret(ours, data), interpret(theirs, data)) << arch;
    }
    if (compile::own_calls.has_x32) {
        seccomp_data const data = call_data(compile::own_calls.arch, 0x40000001);
        EXPECT_EQ(interpret(ours, data), interpret(theirs, data));
    }
}

// Conditions only, each call in one rule: what libseccomp understands as it is written.
spec::Profile random_profile(std::mt19937_64& random, spec::Verdict otherwise, spec::Verdict verdict)
{
    spec::Profile profile;
    profile.otherwise = otherwise;
    for (size_t i = 0; i < compile::own_calls.count; i++) {
        if (random() % 2 == 0)
            continue;
        spec::Rule rule;
        rule.names = {compile::own_calls.calls[i].name};
        rule.verdict = verdict;
        uint64_t const alternatives = random() % 3;
        for (uint64_t left = alternatives; left > 0; left--) {
            spec::Condition condition;
            condition.argument = static_cast<uint32_t>(random() % 6);
            // Two orders of one argument are merged wrongly by libseccomp 2.5: a number between them is let through.
            condition.comparison = alternatives == 1   ? static_cast<spec::Comparison>(random() % 7)
                                   : random() % 2 == 0 ? spec::Comparison::equal
                                                       : spec::Comparison::masked_equal;
            condition.value = interesting(random);
            if (condition.comparison == spec::Comparison::masked_equal) {
                condition.mask = interesting(random) | condition.value;
            }
            rule.alternatives.push_back({condition});
        }
        profile.rules.push_back(rule);
    }
    return profile;
}

} // namespace

TEST(oracle, libseccomp_compiles_random_profiles_to_the_same_verdicts)
{
    std::mt19937_64 random(5);
    for (int round = 0; round < 12; round++) {
        expect_same(random_profile(random, SECCOMP_RET_ERRNO | 38, SECCOMP_RET_ALLOW));
        expect_same(random_profile(random, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 1));
    }
}

TEST(oracle, libseccomp_drops_conditions_that_a_rule_without_them_follows)
{
    spec::Profile profile;
    profile.otherwise = SECCOMP_RET_ERRNO | 38;
    spec::Rule refusal;
    refusal.names = {"ioctl"};
    refusal.verdict = SECCOMP_RET_ERRNO | 1;
    refusal.alternatives = {{{1, spec::Comparison::masked_equal, 0x5412, 0xffffffff}}};
    spec::Rule rest;
    rest.names = {"ioctl"};
    rest.verdict = SECCOMP_RET_ALLOW;
    profile.rules = {refusal, rest};
    seccomp_data data =
        call_data(compile::own_calls.arch, static_cast<uint32_t>(seccomp_syscall_resolve_name("ioctl")));
    data.args[1] = 0x5412;
    EXPECT_EQ(interpret(compile::make_filter(profile, 0).value(), data), SECCOMP_RET_ERRNO | 1U);
    EXPECT_EQ(interpret(by_libseccomp(profile), data), static_cast<uint32_t>(SECCOMP_RET_ALLOW))
        << "libseccomp keeps them by now: our compiler has a reason less";
}
