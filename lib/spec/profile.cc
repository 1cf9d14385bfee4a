// SPDX-License-Identifier: MIT
#include "spec/profile.h"

#include "base/errno_name.h"
#include "base/json.h"
#include "base/text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <linux/seccomp.h>
#include <optional>

namespace ctr::spec {

namespace {

#if defined(CTR_FILTER_AARCH64) || (defined(__aarch64__) && !defined(CTR_FILTER_X86_64))
constexpr std::string_view own_names[] = {"arm64", "SCMP_ARCH_AARCH64"};
constexpr std::string_view narrow_name = ""; // 32-bit calls are left out
#else
constexpr std::string_view own_names[] = {"amd64", "SCMP_ARCH_X86_64"};
constexpr std::string_view narrow_name = "SCMP_ARCH_X86";
#endif

constexpr unsigned longest_version = 16;

Error fault_at(Json const& where, std::string_view what)
{
    return Error{.code = Code::invalid,
                 .step = Step::validate,
                 .message = concat(place_of(where.line, where.column), ": ", what)};
}

// An object with no members but these.
Status check_object(Json const& value, std::string_view what, std::initializer_list<std::string_view> allowed)
{
    if (value.kind != Json::Kind::object)
        return fault_at(value, concat(what, " must be an object"));
    for (auto const& [name, member] : value.members)
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end())
            return fault_at(member, concat(quoted(name), " is no member of ", what));
    return Unit{};
}

Result<std::vector<std::string>> texts_of(Json const& value, std::string_view what)
{
    std::vector<std::string> texts;
    if (value.kind == Json::Kind::null) // as the engines write an empty list
        return texts;
    if (value.kind != Json::Kind::array)
        return fault_at(value, concat(what, " must be a list of texts"));
    for (Json const& element : value.elements) {
        if (element.kind != Json::Kind::text || element.text.empty())
            return fault_at(element, concat(what, " must be a list of texts"));
        texts.push_back(element.text);
    }
    return texts;
}

Result<uint64_t> number_of(Json const* value, uint64_t most, uint64_t without)
{
    if (value == nullptr)
        return without;
    if (value->kind != Json::Kind::number || value->number > most)
        return fault_at(*value, concat("a number from 0 to ", std::to_string(most), " is wanted here"));
    return value->number;
}

// ------------------------------------------------------------------------------------------------ actions

struct Action {
    std::string_view name;
    Verdict verdict;
};

constexpr Action actions[] = {
    {"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},       {"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO},
    {"SCMP_ACT_LOG", SECCOMP_RET_LOG},           {"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},         {"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF}, {"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
};

// The number wins where both are given, as with the engines.
Result<uint32_t> errno_of(Json const* number, Json const* name)
{
    if (number != nullptr)
        return static_cast<uint32_t>(CTR_TRY(number_of(number, 4095, 0)));
    if (name == nullptr || (name->kind == Json::Kind::text && name->text.empty()))
        return static_cast<uint32_t>(EPERM);
    auto const found = name->kind == Json::Kind::text ? errno_named(name->text) : std::nullopt;
    if (!found)
        return fault_at(*name, concat(quoted(name->text), " is no errno"));
    return static_cast<uint32_t>(*found);
}

Result<Verdict> verdict_of(Json const& value, Json const* number, Json const* name)
{
    uint32_t const error = CTR_TRY(errno_of(number, name));
    if (value.kind == Json::Kind::text)
        for (Action const& action : actions)
            if (action.name == value.text)
                return action.verdict == SECCOMP_RET_ERRNO ? action.verdict | error : action.verdict;
    if (value.kind == Json::Kind::text && value.text == "SCMP_ACT_TRACE")
        return fault_at(value, "SCMP_ACT_TRACE needs a tracer, and there is none");
    return fault_at(value, concat(quoted(value.text), " is no action"));
}

// -------------------------------------------------------------------------------------------------- rules

Result<Condition> condition_of(Json const& value)
{
    constexpr std::pair<std::string_view, Comparison> comparisons[] = {
        {"SCMP_CMP_EQ", Comparison::equal},
        {"SCMP_CMP_NE", Comparison::not_equal},
        {"SCMP_CMP_LT", Comparison::less},
        {"SCMP_CMP_LE", Comparison::less_or_equal},
        {"SCMP_CMP_GT", Comparison::greater},
        {"SCMP_CMP_GE", Comparison::greater_or_equal},
        {"SCMP_CMP_MASKED_EQ", Comparison::masked_equal},
    };
    CTR_TRY(check_object(value, "a condition", {"index", "value", "valueTwo", "op", "comment"}));
    Condition condition;
    Json const* const index = value.find("index");
    Json const* const op = value.find("op");
    if (index == nullptr || op == nullptr || value.find("value") == nullptr)
        return fault_at(value, "a condition needs index, value and op");
    condition.argument = static_cast<uint32_t>(CTR_TRY(number_of(index, 5, 0)));
    condition.value = CTR_TRY(number_of(value.find("value"), UINT64_MAX, 0));
    uint64_t const second = CTR_TRY(number_of(value.find("valueTwo"), UINT64_MAX, 0));
    for (auto const& [name, comparison] : comparisons) {
        if (op->text != name)
            continue;
        condition.comparison = comparison;
        if (comparison == Comparison::masked_equal) {
            condition.mask = condition.value;
            condition.value = second;
            if ((second & ~condition.mask) != 0)
                return fault_at(value, "valueTwo has bits that the mask in value has not: this never holds");
        }
        return condition;
    }
    return fault_at(*op, concat(quoted(op->text), " is no comparison"));
}

// Where one argument is looked at twice each condition stands for itself, as with the engines.
Result<std::vector<std::vector<Condition>>> alternatives_of(Json const& value)
{
    std::vector<std::vector<Condition>> alternatives;
    if (value.kind == Json::Kind::null)
        return alternatives;
    if (value.kind != Json::Kind::array)
        return fault_at(value, "args must be a list of conditions");
    std::vector<Condition> all;
    unsigned seen = 0;
    bool twice = false;
    for (Json const& element : value.elements) {
        all.push_back(CTR_TRY(condition_of(element)));
        unsigned const bit = 1U << all.back().argument;
        twice = twice || (seen & bit) != 0;
        seen |= bit;
    }
    if (twice)
        for (Condition const& condition : all)
            alternatives.push_back({condition});
    else if (!all.empty())
        alternatives.push_back(std::move(all));
    return alternatives;
}

Result<Capabilities> capabilities_of(Json const& value)
{
    Capabilities set = 0;
    for (std::string const& name : CTR_TRY(texts_of(value, "caps"))) {
        auto const number = capability_number(name);
        if (!number)
            return fault_at(value, concat(quoted(name), " is no capability"));
        set |= Capabilities{1} << *number;
    }
    return set;
}

// Every kernel that libctr runs on has it; rules for later ones would have to be looked up.
Status check_kernel(Json const& value)
{
    std::vector<std::string_view> const parts = split(std::string_view(value.text).substr(0, longest_version), '.');
    auto const major = parse_number(parts[0], 1000);
    auto const minor = parts.size() > 1 ? parse_number(parts[1], 1000) : std::optional<uint64_t>(0);
    if (value.kind != Json::Kind::text || !major || !minor)
        return fault_at(value, "minKernel must be a version such as \"4.8\"");
    if (*major > 5 || (*major == 5 && *minor > 12))
        return fault_at(value, "minKernel is not looked at beyond 5.12");
    return Unit{};
}

struct Filter {
    Capabilities capabilities = 0;
    bool names_arches = false;
    bool has_own_arch = false;
};

// Of includes or excludes.
Result<Filter> filter_of(Json const* value, std::string_view what)
{
    Filter filter;
    if (value == nullptr || value->kind == Json::Kind::null)
        return filter;
    CTR_TRY(check_object(*value, what, {"caps", "arches", "minKernel"}));
    if (Json const* const caps = value->find("caps"); caps != nullptr)
        filter.capabilities = CTR_TRY(capabilities_of(*caps));
    if (Json const* const kernel = value->find("minKernel"); kernel != nullptr) {
        CTR_TRY(check_kernel(*kernel));
        if (what == "excludes")
            return fault_at(*kernel, "minKernel is for includes");
    }
    if (Json const* const arches = value->find("arches"); arches != nullptr)
        for (std::string const& name : CTR_TRY(texts_of(*arches, "arches"))) {
            filter.names_arches = true;
            filter.has_own_arch = filter.has_own_arch || name == own_names[0];
        }
    return filter;
}

Result<std::optional<Rule>> rule_of(Json const& value)
{
    CTR_TRY(check_object(value, "a rule",
                         {"names", "name", "action", "args", "comment", "includes", "excludes", "errnoRet", "errno"}));
    Rule rule;
    rule.line = value.line;
    rule.column = value.column;
    if (Json const* const names = value.find("names"); names != nullptr)
        rule.names = CTR_TRY(texts_of(*names, "names"));
    if (Json const* const name = value.find("name"); name != nullptr && name->kind == Json::Kind::text)
        rule.names.push_back(name->text);
    if (rule.names.empty())
        return fault_at(value, "a rule needs names");
    Json const* const action = value.find("action");
    if (action == nullptr)
        return fault_at(value, "a rule needs an action");
    rule.verdict = CTR_TRY(verdict_of(*action, value.find("errnoRet"), value.find("errno")));
    if (Json const* const args = value.find("args"); args != nullptr)
        rule.alternatives = CTR_TRY(alternatives_of(*args));
    Filter const includes = CTR_TRY(filter_of(value.find("includes"), "includes"));
    Filter const excludes = CTR_TRY(filter_of(value.find("excludes"), "excludes"));
    rule.with = includes.capabilities;
    rule.without = excludes.capabilities;
    if ((includes.names_arches && !includes.has_own_arch) || excludes.has_own_arch)
        return std::optional<Rule>();
    return std::optional<Rule>(std::move(rule));
}

// ------------------------------------------------------------------------------------------------ profile

bool is_own(std::string const& name) { return name == own_names[1]; }
bool is_narrow(std::string const& name) { return !narrow_name.empty() && name == narrow_name; }

// In archMap the 32-bit calls belong to the processor that they are listed with.
Status read_arches(Json const& value, Profile& profile)
{
    if (Json const* const list = value.find("architectures"); list != nullptr)
        for (std::string const& name : CTR_TRY(texts_of(*list, "architectures"))) {
            if (name.compare(0, 10, "SCMP_ARCH_") != 0)
                return fault_at(*list, concat(quoted(name), " is no architecture"));
            profile.has_32_bit = profile.has_32_bit || is_narrow(name);
        }
    Json const* const map = value.find("archMap");
    if (map == nullptr || map->kind == Json::Kind::null)
        return Unit{};
    if (map->kind != Json::Kind::array)
        return fault_at(*map, "archMap must be a list");
    for (Json const& entry : map->elements) {
        CTR_TRY(check_object(entry, "an entry of archMap", {"architecture", "subArchitectures"}));
        Json const* const own = entry.find("architecture");
        Json const* const sub = entry.find("subArchitectures");
        if (own == nullptr || own->kind != Json::Kind::text)
            return fault_at(entry, "an entry of archMap needs an architecture");
        std::vector<std::string> const narrow =
            sub == nullptr ? std::vector<std::string>() : CTR_TRY(texts_of(*sub, "subArchitectures"));
        if (is_own(own->text))
            profile.has_32_bit = profile.has_32_bit || std::any_of(narrow.begin(), narrow.end(), is_narrow);
    }
    return Unit{};
}

Status read_flags(Json const& value, Profile& profile)
{
    Json const* const flags = value.find("flags");
    if (flags == nullptr)
        return Unit{};
    for (std::string const& flag : CTR_TRY(texts_of(*flags, "flags"))) {
        if (flag == "SECCOMP_FILTER_FLAG_LOG")
            profile.logs = true;
        else if (flag == "SECCOMP_FILTER_FLAG_SPEC_ALLOW")
            return fault_at(*flags, "SECCOMP_FILTER_FLAG_SPEC_ALLOW is refused: it takes a protection away");
        else if (flag != "SECCOMP_FILTER_FLAG_TSYNC") // one thread installs the filter, before the command begins
            return fault_at(*flags, concat(quoted(flag), " is no flag that can be had"));
    }
    return Unit{};
}

} // namespace

Result<Profile> read_profile(std::string_view json)
{
    Json const value = CTR_TRY(parse_json(json));
    CTR_TRY(check_object(value, "a profile",
                         {"defaultAction", "defaultErrnoRet", "defaultErrno", "archMap", "architectures", "flags",
                          "syscalls", "comment"}));
    Profile profile;
    Json const* const action = value.find("defaultAction");
    if (action == nullptr)
        return fault_at(value, "a profile needs a defaultAction");
    profile.otherwise = CTR_TRY(verdict_of(*action, value.find("defaultErrnoRet"), value.find("defaultErrno")));
    CTR_TRY(read_arches(value, profile));
    CTR_TRY(read_flags(value, profile));
    Json const* const rules = value.find("syscalls");
    if (rules == nullptr || rules->kind == Json::Kind::null)
        return profile;
    if (rules->kind != Json::Kind::array)
        return fault_at(*rules, "syscalls must be a list of rules");
    for (size_t i = 0; i < rules->elements.size(); i++) {
        Result<std::optional<Rule>> rule = rule_of(rules->elements[i]);
        if (!rule) {
            rule.error().message += concat(" (syscalls[", std::to_string(i), "])");
            return rule.error();
        }
        if (!rule.value())
            continue;
        rule.value()->index = static_cast<uint32_t>(i);
        profile.rules.push_back(std::move(*rule.value()));
    }
    return profile;
}

} // namespace ctr::spec
