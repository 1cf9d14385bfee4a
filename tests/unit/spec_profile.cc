// SPDX-License-Identifier: MIT
// Profiles in the JSON of the engines: what is read, and how faults are told.
#include "support.h"

#include "base/json.h"
#include "spec/profile.h"

#include <linux/seccomp.h>

using namespace ctr;
using namespace ctr::test;

namespace {

std::string fault_of(std::string const& text)
{
    Result<spec::Profile> const profile = spec::read_profile(text);
    return profile ? "none" : profile.error().message;
}

std::string with_rule(std::string const& rule)
{
    return "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[" + rule + "]}";
}

spec::Profile read(std::string const& text)
{
    Result<spec::Profile> profile = spec::read_profile(text);
    EXPECT_TRUE(profile) << profile.error().message;
    return profile ? profile.value() : spec::Profile{};
}

} // namespace

TEST(json, values_are_read_with_their_places)
{
    Result<Json> const json = parse_json("{\n  \"a\": [1, true, null,\n   \"\\u00e9\\n\\ud83d\\ude00\"], \"b\": {}}");
    ASSERT_TRUE(json) << json.error().message;
    Json const& list = *json.value().find("a");
    ASSERT_EQ(list.elements.size(), 4U);
    EXPECT_EQ(list.elements[0].number, 1U);
    EXPECT_TRUE(list.elements[1].truth);
    EXPECT_EQ(list.elements[2].kind, Json::Kind::null);
    EXPECT_EQ(list.elements[3].text, "\xc3\xa9\n\xf0\x9f\x98\x80");
    EXPECT_EQ(list.elements[3].line, 3U);
    EXPECT_EQ(list.elements[3].column, 4U);
    EXPECT_EQ(json.value().find("b")->kind, Json::Kind::object);
    EXPECT_EQ(json.value().find("c"), nullptr);
}

TEST(json, what_is_not_strictly_json_is_refused_with_its_place)
{
    constexpr std::pair<char const*, char const*> cases[] = {
        {"", "line 1, column 1: a value is missing at the end"},
        {"{\"a\":1,}", "line 1, column 8: a member's name in quotes is missing"},
        {"[1,]", "line 1, column 4: this is no value"},
        {"{\"a\":1 \"b\":2}", "line 1, column 8: a comma or a closing brace is missing"},
        {"{\"a\" 1}", "line 1, column 6: a colon is missing"},
        {"{\"a\":1,\"a\":2}", "line 1, column 11: the member \"a\" is there twice"},
        {"[1 2]", "line 1, column 4: a comma or a closing bracket is missing"},
        {"{} {}", "line 1, column 4: nothing may follow the value"},
        {"\"abc", "line 1, column 5: a text does not end"},
        {"\"a\nb\"", "line 1, column 3: a control character in a text"},
        {"\"\\x\"", "line 1, column 3: there is no such escape"},
        {"\"\\u12\"", "line 1, column 6: four hexadecimal digits are missing"},
        {"\"\\u0000\"", "line 1, column 8: a character that no text may hold"},
        {"\"\\ud800\"", "line 1, column 8: a character that no text may hold"},
        {"\"\\ud800\\u0041\"", "line 1, column 14: half of a character"},
        {"-1", "line 1, column 1: a number must be whole, from 0 to 18446744073709551615"},
        {"1.5", "line 1, column 2: a number must be whole, from 0 to 18446744073709551615"},
        {"1e3", "line 1, column 2: a number must be whole, from 0 to 18446744073709551615"},
        {"01", "line 1, column 3: a number must be whole, from 0 to 18446744073709551615"},
        {"18446744073709551616", "line 1, column 21: a number must be whole, from 0 to 18446744073709551615"},
        {"nul", "line 1, column 1: this is no value"},
        {"// x\n{}", "line 1, column 1: this is no value"},
    };
    for (auto const& [text, message] : cases) {
        Result<Json> const json = parse_json(text);
        ASSERT_FALSE(json) << text;
        EXPECT_EQ(json.error().message, message) << text;
    }
    EXPECT_FALSE(parse_json(std::string(100000, '[')));
    EXPECT_TRUE(parse_json("18446744073709551615"));
}

TEST(profile, a_whole_one_is_read)
{
    spec::Profile const profile = read(R"({
        "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "defaultErrno": "ENOSYS",
        "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
                    {"architecture": "SCMP_ARCH_S390X", "subArchitectures": null}],
        "flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"],
        "syscalls": [
            {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "args": [], "comment": "", "includes": {}, "excludes": {}},
            {"name": "ptrace", "names": null, "action": "SCMP_ACT_ALLOW", "args": null, "includes": {"minKernel": "4.8"}},
            {"names": ["s390_pci_mmio_read"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["s390", "s390x"]}},
            {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_SYS_ADMIN"], "arches": ["s390x"]},
             "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
            {"names": ["socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 22, "errno": "EINVAL"},
            {"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errno": "ENOSPC"},
            {"names": ["rmdir"], "action": "SCMP_ACT_KILL_PROCESS"}]})");
    EXPECT_EQ(profile.otherwise, SECCOMP_RET_ERRNO | 38U);
    EXPECT_TRUE(profile.logs);
#if defined(__x86_64__)
    EXPECT_TRUE(profile.has_32_bit);
#endif
    ASSERT_EQ(profile.rules.size(), 6U); // without that of another processor
    EXPECT_EQ(profile.rules[1].names, (std::vector<std::string>{"ptrace"}));
    EXPECT_EQ(profile.rules[2].index, 3U);
    EXPECT_EQ(profile.rules[2].without, uint64_t{1} << 21);
    EXPECT_EQ(profile.rules[2].alternatives.at(0).at(0).mask, 2114060288U);
    EXPECT_EQ(profile.rules[3].verdict, SECCOMP_RET_ERRNO | 22U);
    EXPECT_EQ(profile.rules[4].verdict, SECCOMP_RET_ERRNO | 28U);
    EXPECT_EQ(profile.rules[5].verdict, static_cast<uint32_t>(SECCOMP_RET_KILL_PROCESS));
}

TEST(profile, faults_name_the_place_and_the_rule)
{
    constexpr std::pair<char const*, char const*> rules[] = {
        {"1", "a rule must be an object"},
        {R"({"names":["read"]})", "a rule needs an action"},
        {R"({"action":"SCMP_ACT_ALLOW"})", "a rule needs names"},
        {R"({"names":[""],"action":"SCMP_ACT_ALLOW"})", "names must be a list of texts"},
        {R"({"names":"read","action":"SCMP_ACT_ALLOW"})", "names must be a list of texts"},
        {R"({"names":["read"],"action":"SCMP_ACT_MAYBE"})", "\"SCMP_ACT_MAYBE\" is no action"},
        {R"({"names":["read"],"action":"SCMP_ACT_TRACE"})", "SCMP_ACT_TRACE needs a tracer, and there is none"},
        {R"({"names":["read"],"action":"SCMP_ACT_ALLOW","arg":[]})", "\"arg\" is no member of a rule"},
        {R"({"names":["read"],"action":"SCMP_ACT_ERRNO","errnoRet":4096})", "a number from 0 to 4095 is wanted here"},
        {R"({"names":["read"],"action":"SCMP_ACT_ERRNO","errno":"EWHAT"})", "\"EWHAT\" is no errno"},
        {R"({"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":6,"value":0,"op":"SCMP_CMP_EQ"}]})",
         "a number from 0 to 5 is wanted here"},
        {R"({"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":0,"op":"EQ"}]})",
         "\"EQ\" is no comparison"},
        {R"({"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":0}]})",
         "a condition needs index, value and op"},
        {R"({"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"valueTwo":2,"op":"SCMP_CMP_MASKED_EQ"}]})",
         "valueTwo has bits that the mask in value has not: this never holds"},
        {R"({"names":["read"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_NOTHING"]}})",
         "\"CAP_NOTHING\" is no capability"},
        {R"({"names":["read"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"6.8"}})",
         "minKernel is not looked at beyond 5.12"},
    };
    std::string const first = R"({"names":["write"],"action":"SCMP_ACT_ALLOW"},)";
    for (auto const& [rule, message] : rules) {
        std::string const fault = fault_of(with_rule(first + "\n" + rule));
        EXPECT_EQ(fault.compare(0, 15, "line 2, column "), 0) << fault;
        EXPECT_NE(fault.find(std::string(": ") + message + " (syscalls[1])"), std::string::npos) << fault;
    }
}

TEST(profile, faults_of_the_whole_are_told_too)
{
    EXPECT_EQ(fault_of("[]"), "line 1, column 1: a profile must be an object");
    EXPECT_EQ(fault_of("{}"), "line 1, column 1: a profile needs a defaultAction");
    EXPECT_EQ(fault_of(R"({"defaultAction":"ALLOW"})"), "line 1, column 18: \"ALLOW\" is no action");
    EXPECT_EQ(fault_of(R"({"defaultAction":"SCMP_ACT_ALLOW","syscall":[]})"),
              "line 1, column 45: \"syscall\" is no member of a profile");
    EXPECT_EQ(fault_of(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":{}})"),
              "line 1, column 46: syscalls must be a list of rules");
    EXPECT_EQ(fault_of(R"({"defaultAction":"SCMP_ACT_ALLOW","architectures":["x86"]})"),
              "line 1, column 51: \"x86\" is no architecture");
    EXPECT_EQ(fault_of(R"({"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]})"),
              "line 1, column 43: SECCOMP_FILTER_FLAG_SPEC_ALLOW is refused: it takes a protection away");
}

TEST(filter_spec, the_last_of_the_setters_wins)
{
    config::Config config = with_command();
    EXPECT_EQ(validated(config).value().filter.name, "default");
    (void)config::set_seccomp(config, "strict");
    EXPECT_EQ(validated(config).value().filter.name, "strict");
    (void)config::set_seccomp_json(config, R"({"defaultAction":"SCMP_ACT_ALLOW"})");
    EXPECT_EQ(validated(config).value().filter.name, "json");
    uint64_t const program[] = {0x7fff000000000006};
    (void)config::set_seccomp_bpf(config, program, sizeof program);
    EXPECT_EQ(validated(config).value().filter.name, "bpf");
    EXPECT_EQ(validated(config).value().filter.wish.content.size(), 8U);
    EXPECT_FALSE(validated(config).value().filter.profile);
}

TEST(filter_spec, wrong_wishes_are_told_by_their_call)
{
    config::Config config = with_command();
    (void)config::set_seccomp(config, "default");
    (void)config::set_seccomp(config, "lax");
    EXPECT_TRUE(refuses(validated(config), Call::set_seccomp, 1, "lax", "there is no such seccomp profile"));
    (void)config::set_seccomp_json(config, "{");
    EXPECT_TRUE(refuses(validated(config), Call::set_seccomp_json, 0, "seccomp",
                        "line 1, column 2: a member's name in quotes is missing"));
    for (size_t const size : {size_t{0}, size_t{7}, size_t{8 * 4097}}) {
        config::Config other = with_command();
        std::vector<char> const bytes(8 * 4097);
        EXPECT_FALSE(config::set_seccomp_bpf(other, bytes.data(), size));
        EXPECT_TRUE(refuses(validated(other), Call::set_seccomp_bpf, 0, "seccomp",
                            "a BPF program has 1 to 4096 instructions of 8 bytes"));
    }
    for (char const* name : {static_cast<char const*>(nullptr), ""}) {
        config::Config other = with_command();
        EXPECT_FALSE(config::set_seccomp(other, name));
        EXPECT_FALSE(config::set_seccomp_json(other, name));
    }
}
