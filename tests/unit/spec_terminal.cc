// SPDX-License-Identifier: MIT
// What a terminal of the container's own does not go together with.
#include "support.h"

using namespace ctr;
using namespace ctr::test;

namespace {

config::Config with_terminal()
{
    config::Config config = with_command();
    (void)config::set_terminal(config, 24, 80);
    return config;
}

} // namespace

TEST(terminal_spec, a_size_is_kept_and_none_is_there_unasked)
{
    config::Config const config = with_terminal();
    spec::Spec const spec = spec::validate(config, {}).value();
    ASSERT_TRUE(spec.process.terminal);
    EXPECT_EQ(spec.process.terminal->rows, 24U);
    EXPECT_EQ(spec.process.terminal->columns, 80U);
    EXPECT_FALSE(spec::validate(with_command(), {}).value().process.terminal);
}

TEST(terminal_spec, standard_descriptors_cannot_be_set_as_well)
{
    for (int number = 0; number < 3; number++) {
        config::Config config = with_terminal();
        (void)config::set_stdio(config, number, CTR_STDIO_NULL, -1);
        EXPECT_TRUE(refuses(validated(config), Call::set_stdio, 0, "terminal",
                            "standard input, output and error are the terminal, and cannot be set as well"));
        config = with_terminal();
        (void)config::set_stdio_file(config, number, "/data/file", 0);
        EXPECT_TRUE(refuses(validated(config), Call::set_stdio_file, 0, "terminal",
                            "standard input, output and error are the terminal, and cannot be set as well"));
    }
}

TEST(terminal_spec, an_own_mount_namespace_is_needed)
{
    config::Config config = with_terminal();
    (void)config::set_namespace(config, CTR_NAMESPACE_MOUNT, CTR_NAMESPACE_SHARED);
    EXPECT_TRUE(refuses(validated(config), Call::set_terminal, 0, "/dev/pts",
                        "a terminal needs an own mount namespace, and this one is shared or joined"));
}

TEST(terminal_spec, nothing_else_is_mounted_where_terminals_are)
{
    for (char const* target : {"/dev", "/dev/pts", "/dev/pts/ptmx"}) {
        config::Config config = with_terminal();
        (void)config::add_mount(config, nullptr, "/data", "tmpfs", 0, nullptr);
        (void)config::add_mount(config, nullptr, target, "tmpfs", 0, nullptr);
        EXPECT_TRUE(refuses(validated(config), Call::add_mount, 1, target,
                            "a terminal needs the container's own /dev and /dev/pts"));
    }
    config::Config config = with_terminal();
    (void)config::add_mount(config, nullptr, "/dev/shm", "tmpfs", 0, nullptr);
    EXPECT_TRUE(accepts(validated(config)));
}

TEST(terminal_spec, descriptors_may_still_be_passed)
{
    config::Config config = with_terminal();
    (void)config::add_fd(config, 2, 3);
    EXPECT_TRUE(accepts(validated(config)));
}
