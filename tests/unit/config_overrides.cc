// SPDX-License-Identifier: MIT
// The options of one spawn: a wrong member is named, a right one is laid over the config and does not change it.
#include "config/overrides.h"
#include "support.h"

#include <algorithm>
#include <cerrno>

using namespace ctr;
using namespace ctr::test;
using Words = std::vector<std::string>;

namespace {

ctr_spawn_options options() { return CTR_SPAWN_OPTIONS_INIT; }

spec::Process process_of(config::Config const& config, ctr_spawn_options const& given)
{
    return spec::validate(config, config::overrides_of(given).value()).value().process;
}

// Not an open descriptor, in this member.
testing::AssertionResult refuses(Error const& error, std::string_view member, int index, int sys)
{
    bool const same = error.code == Code::invalid && error.subject == member && error.origin.index == index &&
                      error.origin.call == Call::spawn_options && error.sys == sys;
    return same ? testing::AssertionSuccess() : testing::AssertionFailure() << shown(error);
}

bool has(Words const& words, std::string const& word) { return std::count(words.begin(), words.end(), word) == 1; }

} // namespace

TEST(spawn_options, no_descriptor_to_give_up_by_is_0_or_minus_1_and_no_other_negative_number)
{
    ctr_spawn_options given = options();
    for (int const none : {0, -1}) {
        given.cancel_fd = none;
        EXPECT_EQ(config::overrides_of(given).value().cancel_fd, -1);
    }
    given.cancel_fd = -7;
    EXPECT_TRUE(
        refuses(config::overrides_of(given), Call::spawn_options, 0, "options.cancel_fd", "-7 is no file descriptor"));
}

TEST(spawn_options, a_variable_is_a_name_and_a_value)
{
    char const* const message = " is not a variable: it is written NAME=value";
    char const* env[] = {"A=1", "B=", "C", nullptr};
    ctr_spawn_options given = options();
    given.env = env;
    EXPECT_TRUE(
        refuses(config::overrides_of(given), Call::spawn_options, 2, "options.env[2]", std::string("\"C\"") + message));
    env[2] = "=x";
    EXPECT_TRUE(refuses(config::overrides_of(given), Call::spawn_options, 2, "options.env[2]",
                        std::string("\"=x\"") + message));
    env[2] = "C=x=y";
    EXPECT_TRUE(accepts(config::overrides_of(given)));
}

TEST(spawn_options, variables_are_added_or_take_the_place_of_the_same_name)
{
    config::Config config = with_command();
    (void)config::add_env(config, "A", "config");
    (void)config::add_env(config, "B", "config");
    char const* const env[] = {"A=1=2", "C=3", "PATH=/opt", "HOME=/h", nullptr};
    ctr_spawn_options given = options();
    given.env = env;
    spec::Process const process = process_of(config, given);
    EXPECT_EQ(process.env, (Words{"PATH=/opt", "TERM=xterm", "A=1=2", "B=config", "C=3", "HOME=/h"}));
    EXPECT_EQ(process.search_path, "/opt");
    EXPECT_FALSE(process.home_wanted);
    EXPECT_TRUE(has(process_of(config, options()).env, "A=config")) << "the config was changed";
}

TEST(spawn_options, a_working_directory_is_absolute_and_replaces_the_configs)
{
    config::Config config = with_command();
    (void)config::set_cwd(config, "/config");
    ctr_spawn_options given = options();
    given.cwd = "src";
    EXPECT_TRUE(refuses(config::overrides_of(given), Call::spawn_options, 0, "options.cwd",
                        "a path inside the container must be absolute"));
    given.cwd = "/data";
    EXPECT_EQ(process_of(config, given).cwd, "/data");
    EXPECT_EQ(process_of(config, given).cwd_origin.call, Call::spawn_options);
    EXPECT_EQ(process_of(config, options()).cwd, "/config");
}

TEST(spawn_options, three_descriptors_replace_streams_where_they_are_not_minus_one)
{
    config::Config config = with_command();
    (void)config::set_stdio(config, 0, CTR_STDIO_NULL, -1);
    (void)config::set_stdio(config, 1, CTR_STDIO_PIPE, -1);
    (void)config::set_stdio(config, 2, CTR_STDIO_MERGE, -1);
    int stdio[] = {-1, 0, -1};
    ctr_spawn_options given = options();
    given.stdio = stdio;
    spec::Process const process = process_of(config, given);
    EXPECT_EQ(process.stdio[0].kind, spec::StdioKind::null);
    EXPECT_EQ(process.stdio[1].kind, spec::StdioKind::fd);
    EXPECT_EQ(process.stdio[1].fd, 0);
    EXPECT_EQ(process.stdio[2].kind, spec::StdioKind::merge);
    stdio[2] = -2;
    EXPECT_TRUE(::refuses(config::overrides_of(given).error(), "options.stdio[2]", 2, EBADF));
    stdio[2] = 4095;
    EXPECT_TRUE(::refuses(config::overrides_of(given).error(), "options.stdio[2]", 2, EBADF));
}

TEST(spawn_options, more_descriptors_are_passed_and_a_taken_number_is_refused)
{
    config::Config config = with_command();
    (void)config::add_fd(config, 0, 5);
    ctr_fd_pair fds[] = {{1, 6}, {2, 7}};
    ctr_spawn_options given = options();
    given.fds = fds;
    given.fd_count = 2;
    EXPECT_EQ(process_of(config, given).fds.size(), 3U);
    fds[1].inside_fd = 5;
    EXPECT_TRUE(refuses(spec::validate(config, config::overrides_of(given).value()), Call::spawn_options, 1,
                        "options.fds[1]", "two descriptors have the number 5 inside"));
    fds[1].inside_fd = 2;
    EXPECT_TRUE(refuses(config::overrides_of(given), Call::spawn_options, 1, "options.fds[1]",
                        "a passed descriptor's number inside is 3 or more, and not 2"));
    fds[1] = {4095, 7};
    EXPECT_TRUE(::refuses(config::overrides_of(given).error(), "options.fds[1]", 1, EBADF));
    given.fds = nullptr;
    EXPECT_TRUE(refuses(config::overrides_of(given), Call::spawn_options, 0, "options.fds",
                        "the list must not be NULL when it has a length"));
}

TEST(spawn_options, a_closed_cancel_descriptor_and_a_reserved_member_are_refused)
{
    ctr_spawn_options given = options();
    given.cancel_fd = 4095;
    EXPECT_TRUE(::refuses(config::overrides_of(given).error(), "options.cancel_fd", 0, EBADF));
    given = options();
    given.reserved = 1;
    EXPECT_TRUE(refuses(config::overrides_of(given), Call::spawn_options, 0, "options.reserved",
                        "what is reserved must be zero"));
}

TEST(spawn_options, at_most_240_descriptors_are_passed_with_those_of_the_config)
{
    config::Config config = with_command();
    for (int i = 0; i < 239; i++)
        (void)config::add_fd(config, STDERR_FILENO, 3 + i);
    ctr_fd_pair const fds[] = {{0, 1000}, {0, 1001}};
    ctr_spawn_options given = options();
    given.fds = fds;
    given.fd_count = 1;
    EXPECT_TRUE(accepts(spec::validate(config, config::overrides_of(given).value())));
    given.fd_count = 2;
    EXPECT_TRUE(refuses(spec::validate(config, config::overrides_of(given).value()), Call::spawn_options, 1, "241",
                        "at most 240 descriptors can be given to a container"));
}
