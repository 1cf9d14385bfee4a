// SPDX-License-Identifier: MIT
#include "support.h"

#include <algorithm>
#include <fcntl.h>

using namespace ctr;
using namespace ctr::test;
using Words = std::vector<std::string>;

namespace {

spec::Process process_of(config::Config const& config) { return spec::validate(config, {}).value().process; }

bool has(Words const& words, std::string const& word) { return std::count(words.begin(), words.end(), word) == 1; }

constexpr char const* base_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

} // namespace

TEST(process_spec, without_a_command_nothing_can_start)
{
    config::Config const config;
    EXPECT_TRUE(refuses(validated(config), Call::set_command, -1, "", "no command was given"));
}

TEST(process_spec, words_given_at_the_spawn_replace_the_configs)
{
    config::Config const config = with_command();
    EXPECT_EQ(spec::validate(config, {.command = {"other"}}).value().process.argv, Words{"other"});
    EXPECT_EQ(spec::validate(config, {}).value().process.argv, Words{"true"});
    config::Config const none;
    EXPECT_TRUE(accepts(spec::validate(none, {.command = {"other"}})));
}

TEST(process_spec, the_base_environment_is_path_and_term_and_a_home_to_be_found)
{
    spec::Process const process = process_of(with_command());
    EXPECT_EQ(process.env, (Words{std::string("PATH=") + base_path, "TERM=xterm"}));
    EXPECT_TRUE(process.home_wanted);
    EXPECT_EQ(process.search_path, base_path);
}

TEST(process_spec, the_empty_environment_is_empty_and_commands_are_still_found)
{
    config::Config config = with_command();
    config.env_base = CTR_ENV_EMPTY;
    spec::Process const process = process_of(config);
    EXPECT_TRUE(process.env.empty());
    EXPECT_FALSE(process.home_wanted);
    EXPECT_EQ(process.search_path, base_path);
}

TEST(process_spec, a_later_variable_wins_and_each_name_stands_once)
{
    config::Config config = with_command();
    for (char const* value : {"1", "2", ""})
        (void)config::add_env(config, "A", value);
    (void)config::add_env(config, "AB", "3");
    (void)config::add_env(config, "TERM", "dumb");
    spec::Process const process = process_of(config);
    EXPECT_EQ(process.env, (Words{std::string("PATH=") + base_path, "TERM=dumb", "A=", "AB=3"}));
}

TEST(process_spec, a_given_path_is_where_commands_are_looked_up)
{
    config::Config config = with_command();
    (void)config::add_env(config, "PATH", "/opt/bin");
    EXPECT_EQ(process_of(config).search_path, "/opt/bin");
}

TEST(process_spec, a_given_home_is_not_looked_up)
{
    config::Config config = with_command();
    (void)config::add_env(config, "HOME", "/data");
    spec::Process const process = process_of(config);
    EXPECT_FALSE(process.home_wanted);
    EXPECT_TRUE(has(process.env, "HOME=/data"));
}

TEST(process_spec, a_number_inside_is_given_to_one_descriptor_only)
{
    config::Config config = with_command();
    for (int const inside : {5, 6, 5})
        (void)config::add_fd(config, STDERR_FILENO, inside);
    EXPECT_TRUE(refuses(validated(config), Call::add_fd, 2, "5", "two descriptors have the same number inside"));
}

TEST(process_spec, at_most_240_descriptors_are_passed)
{
    config::Config config = with_command();
    for (int i = 0; i < 240; i++)
        (void)config::add_fd(config, STDERR_FILENO, 3 + i);
    EXPECT_TRUE(accepts(validated(config)));
    (void)config::add_fd(config, STDERR_FILENO, 1000);
    EXPECT_TRUE(
        refuses(validated(config), Call::add_fd, 240, "241", "at most 240 descriptors can be given to a container"));
}

TEST(process_spec, an_announced_descriptor_is_a_passed_one)
{
    config::Config config = with_command();
    (void)config::add_fd(config, STDERR_FILENO, 3);
    (void)config::add_fd(config, STDERR_FILENO, 5);
    (void)config::add_env(config, "LISTEN_FDS", "77");
    (void)config::add_env(config, "LISTEN_PID", "77");
    EXPECT_EQ(process_of(config).listen_variable, -1);
    (void)config::set_listen_fds(config, 1);
    spec::Process const process = process_of(config);
    EXPECT_TRUE(has(process.env, "LISTEN_FDS=1"));
    ASSERT_GE(process.listen_variable, 0);
    EXPECT_EQ(process.env[static_cast<size_t>(process.listen_variable)], "LISTEN_PID=0000000000");
    (void)config::set_listen_fds(config, 3);
    EXPECT_TRUE(refuses(validated(config), Call::set_listen_fds, 1, "4",
                        "a descriptor that is to be announced by LISTEN_FDS is not passed"));
}

TEST(process_spec, a_program_given_as_descriptor_still_needs_words)
{
    config::Config config;
    (void)config::set_command_fd(config, STDERR_FILENO);
    EXPECT_TRUE(refuses(validated(config), Call::set_command, -1, "", "no command was given"));
    char const* const argv[] = {"any", nullptr};
    (void)config::set_command(config, argv);
    EXPECT_GE(process_of(config).command_fd, 3);
}

TEST(process_spec, what_is_not_asked_for_has_its_default)
{
    spec::Process const process = process_of(with_command());
    EXPECT_FALSE(process.cwd);
    EXPECT_EQ(process.umask, 022U);
    EXPECT_FALSE(process.new_privs);
    EXPECT_TRUE(process.fds.empty());
    EXPECT_TRUE(process.limits.empty());
    for (spec::Stdio const& stdio : process.stdio)
        EXPECT_EQ(stdio.kind, spec::StdioKind::inherit);
}

TEST(process_spec, limits_keep_their_order_and_their_origin)
{
    config::Config config = with_command();
    (void)config::add_rlimit(config, 7, 1, 2);
    (void)config::add_rlimit(config, 4, 0, CTR_RLIM_INFINITY);
    spec::Process const process = process_of(config);
    ASSERT_EQ(process.limits.size(), 2U);
    EXPECT_EQ(process.limits[1].resource, 4U);
    EXPECT_EQ(process.limits[1].hard, UINT64_MAX);
    EXPECT_EQ(process.limits[1].origin.call, Call::add_rlimit);
    EXPECT_EQ(process.limits[1].origin.index, 1);
}

TEST(lifetime_spec, a_grace_needs_a_deadline)
{
    config::Config config = with_command();
    (void)config::set_milliseconds(config, Call::set_kill_after, config.kill_after_ms, 500);
    EXPECT_TRUE(refuses(validated(config), Call::set_kill_after, 0, "500",
                        "a grace before killing needs a deadline to start from"));
    (void)config::set_milliseconds(config, Call::set_timeout, config.timeout_ms, 1000);
    EXPECT_TRUE(accepts(validated(config)));
}

TEST(lifetime_spec, the_error_names_the_last_call_for_a_grace)
{
    config::Config config = with_command();
    (void)config::set_milliseconds(config, Call::set_kill_after, config.kill_after_ms, 100);
    (void)config::set_milliseconds(config, Call::set_kill_after, config.kill_after_ms, 500);
    EXPECT_TRUE(refuses(validated(config), Call::set_kill_after, 1, "500",
                        "a grace before killing needs a deadline to start from"));
}

TEST(lifetime_spec, the_defaults_are_init_inside_death_with_the_host_and_half_a_minute_for_the_set_up)
{
    config::Config const config = with_command();
    spec::Lifetime const lifetime = spec::validate(config, {}).value().lifetime;
    EXPECT_EQ(lifetime.timeout_ms, 0U);
    EXPECT_EQ(lifetime.kill_after_ms, 0U);
    EXPECT_EQ(lifetime.setup_timeout_ms, 30000U);
    EXPECT_TRUE(lifetime.init_inside);
    EXPECT_TRUE(lifetime.dies_with_host);
}

TEST(lifetime_spec, the_set_up_has_no_longer_than_the_command_but_a_second)
{
    config::Config config = with_command();
    auto const setup = [&] { return spec::validate(config, {}).value().lifetime.setup_timeout_ms; };
    (void)config::set_milliseconds(config, Call::set_timeout, config.timeout_ms, 60000);
    EXPECT_EQ(setup(), 30000U);
    (void)config::set_milliseconds(config, Call::set_timeout, config.timeout_ms, 2000);
    EXPECT_EQ(setup(), 2000U);
    (void)config::set_milliseconds(config, Call::set_timeout, config.timeout_ms, 5);
    EXPECT_EQ(setup(), 1000U);
    (void)config::set_milliseconds(config, Call::set_setup_timeout, config.setup_timeout_ms, 9000);
    EXPECT_EQ(setup(), 9000U);
}
