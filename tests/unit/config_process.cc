// SPDX-License-Identifier: MIT
// Setters of the command's process: a wrong shape is refused at once, and kept for the spawn.
#include "support.h"

#include <cerrno>
#include <fcntl.h>

using namespace ctr;
using namespace ctr::test;

TEST(command_setter, a_command_has_at_least_one_word)
{
    config::Config config;
    char const* const none[] = {nullptr};
    EXPECT_TRUE(refuses(config::set_command(config, nullptr), Call::set_command, 0, "",
                        "the command must have at least one word"));
    EXPECT_TRUE(refuses(config::set_command(config, none), Call::set_command, 1, "",
                        "the command must have at least one word"));
}

TEST(command_setter, the_first_word_is_not_empty_and_others_may_be)
{
    config::Config config;
    char const* const empty[] = {"", "x", nullptr};
    char const* const good[] = {"x", "", nullptr};
    EXPECT_TRUE(refuses(config::set_command(config, empty), Call::set_command, 0, "",
                        "the command's first word must not be empty"));
    EXPECT_TRUE(accepts(config::set_command(config, good)));
    EXPECT_EQ(config.command, (std::vector<std::string>{"x", ""}));
}

TEST(command_setter, the_last_call_wins)
{
    config::Config config = with_command();
    char const* const other[] = {"other", "word", nullptr};
    EXPECT_TRUE(accepts(config::set_command(config, other)));
    EXPECT_EQ(config.command, (std::vector<std::string>{"other", "word"}));
}

TEST(environment_setter, a_name_is_not_empty_and_holds_no_equals_sign)
{
    config::Config config;
    char const* const message = "a variable's name must not be empty or contain \"=\"";
    EXPECT_TRUE(refuses(config::add_env(config, "", "x"), Call::add_env, 0, "", message));
    EXPECT_TRUE(refuses(config::add_env(config, "A=B", "x"), Call::add_env, 1, "A=B", message));
    EXPECT_TRUE(refuses(config::add_env(config, nullptr, "x"), Call::add_env, 2, "",
                        "a variable's name and value must not be NULL"));
    EXPECT_TRUE(refuses(config::add_env(config, "A", nullptr), Call::add_env, 3, "",
                        "a variable's name and value must not be NULL"));
    EXPECT_TRUE(accepts(config::add_env(config, "A", "")));
}

TEST(directory_setter, a_working_directory_is_an_absolute_path)
{
    config::Config config;
    EXPECT_TRUE(refuses(config::set_cwd(config, "src"), Call::set_cwd, 0, "src",
                        "a path inside the container must be absolute"));
    EXPECT_TRUE(refuses(config::set_cwd(config, nullptr), Call::set_cwd, 1, "", "a path must not be NULL"));
    EXPECT_TRUE(refuses(config::set_cwd(config, ""), Call::set_cwd, 2, "", "a path must not be empty"));
    EXPECT_TRUE(
        refuses(config::set_cwd(config, "/a\nb"), Call::set_cwd, 3, "/a\nb", "a path must not contain a newline"));
    std::string const longest(4095, '/');
    EXPECT_TRUE(accepts(config::set_cwd(config, longest.c_str())));
    std::string const longer(4096, '/');
    EXPECT_TRUE(refuses(config::set_cwd(config, longer.c_str()), Call::set_cwd, 5, longer,
                        "a path must be shorter than 4096 bytes"));
}

TEST(mask_setter, a_mask_has_nine_bits)
{
    config::Config config;
    EXPECT_TRUE(accepts(config::set_umask(config, 0777)));
    EXPECT_TRUE(refuses(config::set_umask(config, 01000), Call::set_umask, 1, "01000",
                        "a file mode creation mask is at most 0777"));
    EXPECT_EQ(config.umask, 0777U);
}

TEST(stdio_setter, there_are_three_descriptors_and_six_kinds)
{
    config::Config config;
    EXPECT_TRUE(refuses(config::set_stdio(config, 3, CTR_STDIO_NULL, -1), Call::set_stdio, 0, "3",
                        "standard descriptors are 0, 1 and 2"));
    EXPECT_TRUE(refuses(config::set_stdio(config, -1, CTR_STDIO_NULL, -1), Call::set_stdio, 1, "-1",
                        "standard descriptors are 0, 1 and 2"));
    EXPECT_TRUE(
        refuses(config::set_stdio(config, 0, 6, -1), Call::set_stdio, 2, "6", "there is no such kind of stdio"));
}

TEST(stdio_setter, standard_input_is_not_captured_and_a_capture_has_a_size)
{
    config::Config config;
    EXPECT_TRUE(refuses(config::set_stdio(config, 0, CTR_STDIO_CAPTURE, -1), Call::set_stdio, 0, "0",
                        "standard input cannot be captured"));
    EXPECT_TRUE(refuses(config::set_capture_limit(config, 0), Call::set_capture_limit, 0, "0",
                        "between 1 byte and 1 GiB can be captured"));
    EXPECT_TRUE(refuses(config::set_capture_limit(config, (1U << 30) + 1), Call::set_capture_limit, 1, "1073741825",
                        "between 1 byte and 1 GiB can be captured"));
}

TEST(stdio_setter, only_standard_error_is_merged)
{
    config::Config config;
    char const* const message = "only standard error (2) can be merged into output";
    EXPECT_TRUE(refuses(config::set_stdio(config, 0, CTR_STDIO_MERGE, -1), Call::set_stdio, 0, "0", message));
    EXPECT_TRUE(refuses(config::set_stdio(config, 1, CTR_STDIO_MERGE, -1), Call::set_stdio, 1, "1", message));
    EXPECT_TRUE(accepts(config::set_stdio(config, 2, CTR_STDIO_MERGE, -1)));
}

TEST(stdio_file_setter, a_file_has_a_number_a_path_and_known_flags)
{
    config::Config config;
    auto const set = [&](int number, char const* path, uint64_t flags) {
        return config::set_stdio_file(config, number, path, flags);
    };
    Call const call = Call::set_stdio_file;
    EXPECT_TRUE(refuses(set(3, "out", 0), call, 0, "3", "standard descriptors are 0, 1 and 2"));
    EXPECT_TRUE(refuses(set(-1, "out", 0), call, 1, "-1", "standard descriptors are 0, 1 and 2"));
    EXPECT_TRUE(refuses(set(1, nullptr, 0), call, 2, "", "a path must not be NULL"));
    EXPECT_TRUE(refuses(set(1, "", 0), call, 3, "", "a path must not be empty"));
    EXPECT_TRUE(refuses(set(1, "out", 2), call, 4, "2", "there is no such flag of a file for stdio"));
    EXPECT_TRUE(refuses(set(0, "in", CTR_STDIO_APPEND), call, 5, "in",
                        "standard input is read, and nothing can be appended to it"));
    EXPECT_TRUE(accepts(set(0, "in", 0)));
    EXPECT_TRUE(accepts(set(1, "/out", CTR_STDIO_APPEND)));
}

TEST(stdio_file_setter, the_last_call_for_a_number_wins_whichever_setter_it_is)
{
    config::Config config = with_command();
    (void)config::set_stdio(config, 1, CTR_STDIO_FD, STDERR_FILENO);
    (void)config::set_stdio_file(config, 1, "out", CTR_STDIO_APPEND);
    spec::Stdio const file = spec::validate(config, {}).value().process.stdio[1];
    EXPECT_EQ(file.kind, spec::StdioKind::file);
    EXPECT_EQ(file.path, "out");
    EXPECT_TRUE(file.append);
    EXPECT_EQ(file.fd, -1);
    (void)config::set_stdio(config, 1, CTR_STDIO_NULL, -1);
    EXPECT_EQ(spec::validate(config, {}).value().process.stdio[1].kind, spec::StdioKind::null);
}

TEST(stdio_setter, a_closed_descriptor_is_refused_with_its_errno)
{
    config::Config config = with_command();
    Status const status = config::set_stdio(config, 1, CTR_STDIO_FD, -1);
    EXPECT_TRUE(refuses(status, Call::set_stdio, 0, "-1", "the file descriptor -1 is not open"));
    EXPECT_EQ(status.error().sys, EBADF);
    EXPECT_EQ(validated(config).error().sys, EBADF);
}

TEST(stdio_setter, the_callers_descriptor_is_duplicated_with_close_on_exec)
{
    config::Config config;
    Fd const file(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    EXPECT_TRUE(accepts(config::set_stdio(config, 1, CTR_STDIO_FD, file.get())));
    int const copy = config.stdio[1].fd.get();
    EXPECT_NE(copy, file.get());
    EXPECT_GE(copy, 3);
    EXPECT_EQ(::fcntl(copy, F_GETFD), FD_CLOEXEC);
}

TEST(descriptor_setter, the_number_inside_is_above_stdio)
{
    config::Config config;
    char const* const message = "a passed descriptor's number inside is 3 or more; 0 to 2 are stdio";
    EXPECT_TRUE(refuses(config::add_fd(config, 0, 2), Call::add_fd, 0, "2", message));
    EXPECT_TRUE(refuses(config::add_fd(config, 0, -5), Call::add_fd, 1, "-5", message));
    EXPECT_TRUE(refuses(config::add_fd(config, -1, 3), Call::add_fd, 2, "-1", "the file descriptor -1 is not open"));
}

TEST(listen_setter, as_many_are_announced_as_can_be_passed)
{
    config::Config config;
    EXPECT_TRUE(accepts(config::set_listen_fds(config, 240)));
    EXPECT_TRUE(refuses(config::set_listen_fds(config, 241), Call::set_listen_fds, 1, "241",
                        "at most 240 descriptors can be announced"));
}

TEST(program_setter, a_closed_descriptor_is_refused)
{
    config::Config config;
    EXPECT_TRUE(refuses(config::set_command_fd(config, -1), Call::set_command_fd, 0, "-1",
                        "the file descriptor -1 is not open"));
}

TEST(limit_setter, a_resource_exists_and_soft_is_at_most_hard)
{
    config::Config config;
    EXPECT_TRUE(
        refuses(config::add_rlimit(config, -1, 0, 0), Call::add_rlimit, 0, "-1", "there is no such resource limit"));
    EXPECT_TRUE(
        refuses(config::add_rlimit(config, 16, 0, 0), Call::add_rlimit, 1, "16", "there is no such resource limit"));
    EXPECT_TRUE(refuses(config::add_rlimit(config, 7, 2, 1), Call::add_rlimit, 2, "2",
                        "a soft limit must not exceed the hard one"));
    EXPECT_TRUE(accepts(config::add_rlimit(config, 7, CTR_RLIM_INFINITY, CTR_RLIM_INFINITY)));
}

TEST(choice_setter, a_value_past_the_last_choice_is_refused_and_changes_nothing)
{
    config::Config config;
    EXPECT_TRUE(refuses(config::set_choice(config, Call::set_init, config.init, 2, CTR_INIT_OUTSIDE), Call::set_init, 0,
                        "2", "there is no such choice"));
    EXPECT_EQ(config.init, uint32_t{CTR_INIT_INSIDE});
    EXPECT_TRUE(accepts(config::set_choice(config, Call::set_init, config.init, 1, CTR_INIT_OUTSIDE)));
    EXPECT_EQ(config.init, uint32_t{CTR_INIT_OUTSIDE});
}

TEST(time_setter, a_time_is_at_most_a_hundred_years)
{
    config::Config config;
    uint64_t const century = 3162240000000;
    EXPECT_TRUE(accepts(config::set_milliseconds(config, Call::set_timeout, config.timeout_ms, century)));
    EXPECT_TRUE(refuses(config::set_milliseconds(config, Call::set_timeout, config.timeout_ms, century + 1),
                        Call::set_timeout, 1, "3162240000001", "a time is at most a hundred years"));
    EXPECT_EQ(config.timeout_ms, century);
}

TEST(setters, the_first_shape_error_is_kept_for_the_spawn)
{
    config::Config config = with_command();
    (void)config::set_umask(config, 07777); // ignored, as a program may
    (void)config::set_cwd(config, "nowhere");
    EXPECT_TRUE(refuses(validated(config), Call::set_umask, 0, "07777", "a file mode creation mask is at most 0777"));
}

TEST(setters, calls_are_counted_per_setter_and_refused_ones_count_too)
{
    config::Config config;
    (void)config::add_env(config, "A", "1");
    (void)config::add_env(config, "", "1");
    (void)config::set_umask(config, 0);
    EXPECT_TRUE(refuses(config::add_env(config, "", "1"), Call::add_env, 2, "",
                        "a variable's name must not be empty or contain \"=\""));
}

TEST(terminal_setter, a_size_fits_into_sixteen_bits)
{
    config::Config config;
    char const* const message = "a terminal has at most 65535 rows and columns";
    EXPECT_TRUE(refuses(config::set_terminal(config, 65536, 80), Call::set_terminal, 0, "65536", message));
    EXPECT_TRUE(refuses(config::set_terminal(config, 24, 4294967295U), Call::set_terminal, 1, "4294967295", message));
    EXPECT_FALSE(config.terminal);
    EXPECT_TRUE(accepts(config::set_terminal(config, 65535, 65535)));
    EXPECT_TRUE(accepts(config::set_terminal(config, 0, 0)));
    EXPECT_EQ(config.terminal->rows, 0U);
    EXPECT_EQ(config.terminal->origin.index, 3);
}
