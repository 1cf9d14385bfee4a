// SPDX-License-Identifier: MIT
// What is done with descriptors beside passing them: merged into one, announced by a pid, executed.
#include "listening.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>

using namespace ctr::test;
using ctr::Fd;
using ctr::plan::ExecBy;
using ctr::plan::OpCode;
using ctr::plan::Slot;

CHILD_TEST(merged_error_goes_where_output_goes_in_the_order_of_writing)
{
    Listening listening;
    listening.recipe.ops.add(OpCode::merge_fd).merge_fd = {1, 2};
    expect_equal(listening.hear({"say", "one", "complain", "two", "say", "three"}), "one\ntwo\nthree\n",
                 "what the command said");
}

CHILD_TEST(without_a_merge_error_goes_elsewhere)
{
    Listening listening;
    Pipe error;
    auto const slot = static_cast<Slot>(listening.recipe.ops.pass_fd(error.writer.get()));
    listening.recipe.ops.add(OpCode::place_fd).place_fd = {slot, 2};
    expect_equal(listening.hear({"say", "one", "complain", "two"}), "one\n", "what the command said");
    expect_equal(error.all(), "two\n", "what it complained");
}

CHILD_TEST(a_merge_into_a_closed_descriptor_is_reported)
{
    needs_vfork();
    Recipe recipe;
    recipe.ops.add(OpCode::merge_fd).merge_fd = {77, 2};
    Refusal const said = refusal(recipe.with_exec({"/bin/true"}));
    expect_equal(said.index, 0, "the index");
    expect_equal(said.error, EBADF, "the errno");
}

namespace {

// Descriptors are announced by a pid that nobody knows before the command's process does.
std::string announced(Words const& environment, uint32_t variable)
{
    Listening listening;
    listening.recipe.environment = environment;
    listening.recipe.ops.add(OpCode::announce_pid).announce_pid = {variable};
    return listening.hear({"is-announced", "environment"});
}

} // namespace

CHILD_TEST(the_announced_pid_is_the_commands_own_wherever_the_variable_is)
{
    needs_vfork(); // an emulator makes the environment anew
    for (uint32_t const place : {0U, 1U, 2U}) {
        Words environment = {"A=1", "B="};
        environment.insert(environment.begin() + place, "LISTEN_PID=0000000000");
        std::string const said = announced(environment, place);
        expect_equal(said.substr(0, 2), "1\n", "whether the pid is the command's");
        expect(said.find("A=1\n") != std::string::npos && said.find("B=\n") != std::string::npos,
               "the variables beside it are " + shown(said));
        expect(said.find("=0") == std::string::npos, "the pid has leading zeros: " + shown(said));
    }
}

namespace {

Fd opened(std::string const& path, int flags)
{
    Fd fd(::open(path.c_str(), flags | O_CLOEXEC));
    expect(static_cast<bool>(fd), "the program cannot be opened");
    return fd;
}

ctr::plan::Plan executing(Recipe& recipe, Slot program, Words const& words)
{
    recipe.ops.add(OpCode::exec).exec = {ExecBy::descriptor, program};
    return recipe.seal(words);
}

} // namespace

CHILD_TEST(a_program_is_executed_by_its_descriptor_whatever_its_name_is)
{
    needs_vfork(); // which would be executed itself
    for (int const flags : {O_RDONLY, O_PATH}) {
        Listening listening;
        Fd const program = opened(payload_path(), flags);
        auto const slot = static_cast<Slot>(listening.recipe.ops.pass_fd(program.get()));
        Init init;
        init.run_command(executing(listening.recipe, slot, {"no such name", "fds", "say", "executed"}));
        expect_equal(listening.pipe.all(), "0 1 2\nexecuted\n", "what the command said");
    }
}

CHILD_TEST(a_program_that_was_lifted_is_executed_all_the_same)
{
    needs_vfork();
    Pipe pipe;
    Recipe recipe;
    Fd const program = opened(payload_path(), O_RDONLY);
    auto const out = static_cast<Slot>(recipe.ops.pass_fd(pipe.writer.get()));
    auto const slot = static_cast<Slot>(recipe.ops.pass_fd(program.get()));
    recipe.ops.add(OpCode::lift_fds).lift_fds = {12, 2};
    recipe.ops.add(OpCode::place_fd).place_fd = {out, 1};
    recipe.ops.add(OpCode::close_from).place_fd = {-1, 3};
    for (int number = 3; number < 12; number++)
        recipe.ops.add(OpCode::place_fd).place_fd = {out, number};
    Init init;
    init.run_command(executing(recipe, slot, {"program", "fds"}));
    expect_equal(pipe.all(), "0 1 2 3 4 5 6 7 8 9 10 11\n", "what the command said");
}

CHILD_TEST(a_descriptor_that_is_no_program_is_reported)
{
    needs_vfork();
    struct Case {
        Fd fd;
        int error;
    };
    Case cases[] = {
        {opened("/dev/null", O_RDONLY), EACCES}, {opened("/", O_PATH), EACCES}, {file_of("no program\n", 11), ENOEXEC}};
    expect(::fchmod(cases[2].fd.get(), 0755) == 0, "the mode could not be set");
    for (Case const& one : cases) {
        Recipe recipe;
        auto const slot = static_cast<Slot>(recipe.ops.pass_fd(one.fd.get()));
        Refusal const said = refusal(executing(recipe, slot, {"program"}));
        expect_equal(said.index, 0, "the index");
        expect_equal(said.error, one.error, "the errno");
    }
}
