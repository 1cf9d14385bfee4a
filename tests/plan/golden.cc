// SPDX-License-Identifier: MIT
// Plans compared with files: a changed line needs a sentence in the commit. `UPDATE_PLANS=1` rewrites the files.
#include "cases.h"
#include "compile/compile.h"
#include "diagnose/diagnose.h"
#include "difference.h"
#include "plan/explain.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace ctr::test {

namespace {

std::string directory()
{
    char const* path = std::getenv("CTR_PLANS");
    return path == nullptr ? "tests/plan" : path; // of the sources
}

std::string content(std::string const& path)
{
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

// What a person reads: the operations, and above them what the plan says beside them.
std::string shown(plan::Plan const& plan)
{
    std::string out;
    for (std::string const& notice : plan.reported->notices)
        out += "# notice: " + notice + "\n";
    for (std::string const& path : plan.reported->created)
        out += "# creates: " + path + "\n";
    return out + plan::explain_text(plan, diagnose::step_name);
}

void compare(std::string const& name, plan::Plan const& plan)
{
    std::string const path = directory() + "/" + name + ".plan";
    if (std::getenv("UPDATE_PLANS") != nullptr)
        std::ofstream(path, std::ios::binary) << shown(plan);
    EXPECT_EQ(difference(content(path), shown(plan)), "") << path << ": UPDATE_PLANS=1 rewrites it";
}

// What a further command can have, in a container that runs.
constexpr char const* further_command = "further_command";

class Golden : public testing::TestWithParam<Case> {};

} // namespace

TEST_P(Golden, plan_is_as_the_file_says)
{
    Case const& wanted = GetParam();
    config::Config config;
    char const* const argv[] = {"/bin/true", nullptr};
    (void)config::set_command(config, argv); // cannot fail
    wanted.wish(config);
    Result<spec::Spec> const spec = spec::validate(config, {});
    ASSERT_TRUE(spec) << spec.error().message;
    Machine machine(spec.value());
    wanted.fake(machine);
    Result<plan::Plan> const plan = compile::compile(spec.value(), machine.facts);
    ASSERT_TRUE(plan) << plan.error().message;
    compare(wanted.name, plan.value());
}

TEST(golden_files, plan_of_a_further_command_is_as_its_file_says)
{
    config::Config config;
    char const* const argv[] = {"sh", nullptr};
    (void)config::set_command(config, argv); // as all of these, it cannot fail
    (void)config::set_terminal(config, 24, 80);
    (void)config::set_cwd(config, "/srv");
    (void)config::add_fd(config, fixed_descriptor(), 3);
    (void)config::add_rlimit(config, 7, 100, 200);
    Result<spec::Spec> const spec = spec::validate(config, {});
    ASSERT_TRUE(spec) << spec.error().message;
    Machine const machine(spec.value());
    compare(further_command, compile::compile_join(spec.value(), machine.facts, true).value());
}

INSTANTIATE_TEST_SUITE_P(plans, Golden, testing::ValuesIn(all_cases()), case_name);

TEST(golden_files, every_file_belongs_to_a_case)
{
    for (auto const& entry : std::filesystem::directory_iterator(directory())) {
        std::string const name = entry.path().stem();
        std::vector<Case> const cases = all_cases();
        bool const known = std::any_of(cases.begin(), cases.end(), [&](Case const& one) { return one.name == name; });
        EXPECT_TRUE(entry.path().extension() != ".plan" || known || name == further_command) << name;
    }
}

} // namespace ctr::test
