// SPDX-License-Identifier: MIT
// Names of steps, codes and calls are part of the interface: programs and people read them.
#include "abi/guard.h"
#include "diagnose/diagnose.h"

#include <ctr/ctr.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

using namespace ctr;

namespace {

constexpr int last_code = CTR_ERR_EXISTS;
constexpr int last_step = static_cast<int>(Step::name);
constexpr int last_call = static_cast<int>(Call::exec_options);

std::string header(char const* name)
{
    char const* directory = std::getenv("CTR_INCLUDE");
    std::ifstream file(std::string(directory == nullptr ? "include" : directory) + "/ctr/" + name);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

struct Row {
    int number;
    std::string value; // "0" or "-EINVAL"
};

// The rows of the table that error.h is: name → number and return value.
std::map<std::string, Row> table()
{
    std::map<std::string, Row> rows;
    std::string const text = header("error.h");
    std::regex const row("CTR_ERR_(\\w+) = (\\d+),?\\s*/\\* (0|-E\\w+) ");
    for (std::sregex_iterator at(text.begin(), text.end(), row), end; at != end; ++at)
        rows[(*at)[1]] = {std::stoi((*at)[2]), (*at)[3]};
    return rows;
}

std::string lower(std::string text)
{
    for (char& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

std::string errno_name(int value) { return value == 0 ? "0" : std::string("-") + ::strerrorname_np(-value); }

} // namespace

TEST(error_codes, the_headers_table_is_what_functions_return)
{
    std::map<std::string, Row> const rows = table();
    ASSERT_EQ(rows.size(), size_t{last_code + 1}) << "CTR_INCLUDE must name the directory of the public headers";
    for (auto const& [name, row] : rows) {
        EXPECT_EQ(errno_name(ctr::abi::errno_of(static_cast<Code>(row.number))), row.value) << name;
        EXPECT_EQ(diagnose::code_name(static_cast<Code>(row.number)), lower(name)) << name;
    }
}

TEST(error_codes, a_failing_guard_gives_the_error_and_its_value)
{
    ctr_error* error = nullptr;
    int const status = ctr::abi::guard(&error, []() -> Status { return Error{.code = Code::denied, .message = "no"}; });
    EXPECT_EQ(status, -EPERM);
    EXPECT_EQ(ctr_error_code(error), CTR_ERR_DENIED);
    EXPECT_STREQ(ctr_error_message(error), "no");
    ctr_error_free(error);
}

TEST(error_codes, memory_that_runs_out_does_not_cross_the_boundary_as_an_exception)
{
    EXPECT_EQ(ctr::abi::guard(nullptr, []() -> Status { throw std::bad_alloc(); }), -ENOMEM);
}

TEST(error_codes, success_leaves_the_error_untouched)
{
    auto* const marker = reinterpret_cast<ctr_error*>(8);
    ctr_error* error = marker;
    EXPECT_EQ(ctr::abi::guard(&error, []() -> Status { return Unit{}; }), 0);
    EXPECT_EQ(error, marker);
}

TEST(error_codes, no_error_has_empty_answers)
{
    EXPECT_EQ(ctr_error_code(nullptr), CTR_ERR_NONE);
    EXPECT_EQ(ctr_error_errno(nullptr), 0);
    EXPECT_EQ(ctr_error_index(nullptr), -1);
    EXPECT_STREQ(ctr_error_step(nullptr), "");
    EXPECT_STREQ(ctr_error_subject(nullptr), "");
    EXPECT_STREQ(ctr_error_call(nullptr), "");
    EXPECT_STREQ(ctr_error_message(nullptr), "");
    EXPECT_STREQ(ctr_error_hint(nullptr), "");
    ctr_error_free(nullptr);
}

TEST(steps, every_step_has_a_name_of_its_own)
{
    std::map<std::string, int> names;
    for (int step = 1; step <= last_step; step++)
        names[diagnose::step_name(static_cast<Step>(step))]++;
    EXPECT_EQ(names.size(), size_t{last_step});
    EXPECT_EQ(names.count(""), 0U);
    EXPECT_STREQ(diagnose::step_name(Step::none), "");
}

TEST(calls, every_call_is_a_function_of_the_public_headers)
{
    std::string const headers = header("config.h") + header("container.h") + header("name.h");
    for (int call = 1; call <= last_call; call++) {
        std::string const name = diagnose::call_name(static_cast<Call>(call));
        EXPECT_NE(headers.find("int " + name + "("), std::string::npos) << call << " " << name;
    }
}

TEST(calls, every_setter_of_the_public_header_is_a_call)
{
    std::map<std::string, int> calls;
    for (int call = 1; call <= last_call; call++)
        calls[diagnose::call_name(static_cast<Call>(call))] = call;
    std::string const text = header("config.h") + header("name.h");
    std::regex const setter("^int (ctr_(?:config_|add_)\\w+)\\(", std::regex::multiline);
    int count = 0;
    for (std::sregex_iterator at(text.begin(), text.end(), setter), end; at != end; ++at, count++)
        EXPECT_EQ(calls.count((*at)[1]), 1U) << (*at)[1];
    EXPECT_EQ(count, last_call - 2); // the last ones are ctr_spawn_with and ctr_exec
}

TEST(error_json, every_member_is_there_and_strings_are_escaped)
{
    Error const error{.code = Code::not_found,
                      .step = Step::mount,
                      .sys = ENOENT,
                      .subject = "/a\"b\\\xff",
                      .origin = {Call::add_mount, 3},
                      .message = "no\nluck",
                      .hint = "try"};
    EXPECT_EQ(diagnose::error_json(error),
              "{\"code\":2,\"code_name\":\"not_found\",\"step\":\"mount\",\"errno\":2,\"errno_name\":\"ENOENT\","
              "\"subject\":\"/a\\\"b\\\\\\ufffd\",\"call\":\"ctr_add_mount\",\"index\":3,\"message\":\"no\\u000aluck\","
              "\"hint\":\"try\"}");
}

TEST(error_json, an_errno_that_nobody_knows_has_no_name)
{
    EXPECT_NE(diagnose::error_json(Error{.sys = 99999}).find("\"errno\":99999,\"errno_name\":\"\""), std::string::npos);
    EXPECT_NE(diagnose::error_json(Error{}).find("\"errno\":0,\"errno_name\":\"\""), std::string::npos);
}
