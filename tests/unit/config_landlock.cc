// SPDX-License-Identifier: MIT
#include "support.h"

using namespace ctr;
using namespace ctr::test;

TEST(landlock_path_setter, a_path_is_absolute_and_for_something)
{
    config::Config config;
    Call const call = Call::add_landlock_path;
    char const* const message = "a path is for reading, writing or executing";
    EXPECT_TRUE(accepts(config::add_landlock_path(config, "/", CTR_LANDLOCK_READ | CTR_LANDLOCK_EXECUTE)));
    EXPECT_TRUE(refuses(config::add_landlock_path(config, "/a", 0), call, 1, "0", message));
    EXPECT_TRUE(refuses(config::add_landlock_path(config, "/a", 8), call, 2, "8", message));
    EXPECT_TRUE(refuses(config::add_landlock_path(config, "a", CTR_LANDLOCK_READ), call, 3, "a",
                        "a path inside the container must be absolute"));
    EXPECT_TRUE(
        refuses(config::add_landlock_path(config, nullptr, CTR_LANDLOCK_READ), call, 4, "", "a path must not be NULL"));
}

TEST(landlock_port_setter, a_port_has_sixteen_bits_and_is_for_something)
{
    config::Config config;
    Call const call = Call::add_landlock_port;
    EXPECT_TRUE(accepts(config::add_landlock_port(config, 65535, CTR_LANDLOCK_BIND | CTR_LANDLOCK_CONNECT)));
    EXPECT_TRUE(refuses(config::add_landlock_port(config, 65536, 1), call, 1, "65536", "a port is at most 65535"));
    EXPECT_TRUE(refuses(config::add_landlock_port(config, 80, 4), call, 2, "4", "a port is for binding or connecting"));
}

TEST(landlock_scope_setter, there_are_two)
{
    config::Config config;
    EXPECT_TRUE(accepts(config::set_landlock_scope(config, 3)));
    EXPECT_TRUE(
        refuses(config::set_landlock_scope(config, 4), Call::set_landlock_scope, 1, "4", "there is no such scope"));
    EXPECT_EQ(config.landlock_scope, 3U);
}

TEST(landlock_spec, a_preference_is_for_something)
{
    config::Config config = with_command();
    (void)config::set_choice(config, Call::set_landlock_mode, config.landlock_mode, CTR_LANDLOCK_PREFERRED,
                             CTR_LANDLOCK_PREFERRED);
    EXPECT_TRUE(refuses(validated(config), Call::set_landlock_mode, 0, "landlock",
                        "there is nothing that Landlock is preferred for"));
}
