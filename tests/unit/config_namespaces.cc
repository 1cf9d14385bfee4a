// SPDX-License-Identifier: MIT
// Setters of namespaces and identity.
#include "support.h"

#include <ctime>
#include <fcntl.h>

using namespace ctr;
using namespace ctr::test;

TEST(namespace_setter, there_are_eight_namespaces_and_two_modes)
{
    config::Config config;
    EXPECT_TRUE(refuses(config::set_namespace(config, 8, CTR_NAMESPACE_OWN), Call::set_namespace, 0, "8",
                        "there is no such namespace"));
    EXPECT_TRUE(refuses(config::set_namespace(config, CTR_NAMESPACE_NET, 2), Call::set_namespace, 1, "2",
                        "a namespace is own or shared"));
    EXPECT_TRUE(
        refuses(config::join_namespace(config, 8, 0), Call::join_namespace, 0, "8", "there is no such namespace"));
}

TEST(namespace_setter, the_user_namespace_follows_the_map)
{
    config::Config config;
    EXPECT_TRUE(refuses(config::set_namespace(config, CTR_NAMESPACE_USER, CTR_NAMESPACE_SHARED), Call::set_namespace, 0,
                        "user", "the user namespace follows the map of ids: with map none it is the caller's own"));
}

TEST(namespace_setter, the_last_of_sharing_and_joining_wins)
{
    config::Config config;
    Fd const file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    EXPECT_TRUE(accepts(config::join_namespace(config, CTR_NAMESPACE_NET, file.get())));
    EXPECT_TRUE(accepts(config::set_namespace(config, CTR_NAMESPACE_NET, CTR_NAMESPACE_OWN)));
    EXPECT_FALSE(config.namespaces[CTR_NAMESPACE_NET].joined);
    EXPECT_TRUE(accepts(config::join_namespace(config, CTR_NAMESPACE_NET, file.get())));
    EXPECT_TRUE(config.namespaces[CTR_NAMESPACE_NET].joined);
}

TEST(namespace_setter, a_closed_descriptor_cannot_be_joined)
{
    config::Config config;
    EXPECT_TRUE(refuses(config::join_namespace(config, CTR_NAMESPACE_NET, -1), Call::join_namespace, 0, "-1",
                        "the file descriptor -1 is not open"));
}

TEST(host_name_setter, a_name_has_1_to_64_bytes)
{
    config::Config config;
    char const* const message = "a host name has 1 to 64 bytes";
    std::string const longer(65, 'h');
    EXPECT_TRUE(refuses(config::set_hostname(config, ""), Call::set_hostname, 0, "", message));
    EXPECT_TRUE(refuses(config::set_hostname(config, nullptr), Call::set_hostname, 1, "", message));
    EXPECT_TRUE(refuses(config::set_hostname(config, longer.c_str()), Call::set_hostname, 2, longer, message));
    EXPECT_TRUE(accepts(config::set_hostname(config, longer.c_str() + 1)));
}

TEST(host_name_setter, spaces_slashes_and_control_bytes_are_refused)
{
    for (char const* name : {"a b", "a/b", "a\nb", "a\x01", "a\x7f", "\t"}) {
        config::Config config;
        EXPECT_TRUE(refuses(config::set_hostname(config, name), Call::set_hostname, 0, name,
                            "a host name must not contain spaces, slashes or control bytes"));
    }
}

TEST(time_offset_setter, two_clocks_can_be_shifted)
{
    config::Config config;
    EXPECT_TRUE(accepts(config::add_time_offset(config, CLOCK_MONOTONIC, -5, 0)));
    EXPECT_TRUE(accepts(config::add_time_offset(config, CLOCK_BOOTTIME, 5, 999999999)));
    EXPECT_TRUE(refuses(config::add_time_offset(config, CLOCK_REALTIME, 5, 0), Call::add_time_offset, 2, "0",
                        "only CLOCK_MONOTONIC and CLOCK_BOOTTIME can be shifted"));
    EXPECT_TRUE(refuses(config::add_time_offset(config, CLOCK_BOOTTIME, 5, 1000000000), Call::add_time_offset, 3,
                        "1000000000", "nanoseconds are less than a second"));
}

TEST(time_offset_setter, no_clock_goes_where_the_kernel_lets_none_go)
{
    char const* const message = "no clock can be shifted by more than 146 years";
    config::Config config;
    EXPECT_TRUE(accepts(config::add_time_offset(config, CLOCK_BOOTTIME, 4611686018, 0)));
    EXPECT_TRUE(accepts(config::add_time_offset(config, CLOCK_BOOTTIME, -4611686018, 0)));
    EXPECT_TRUE(refuses(config::add_time_offset(config, CLOCK_MONOTONIC, 4611686019, 0), Call::add_time_offset, 2,
                        "4611686019", message));
    EXPECT_TRUE(refuses(config::add_time_offset(config, CLOCK_MONOTONIC, INT64_MIN, 0), Call::add_time_offset, 3,
                        "-9223372036854775808", message));
}

TEST(user_setter, a_user_and_a_group_are_not_empty)
{
    config::Config config;
    EXPECT_TRUE(refuses(config::set_user(config, ""), Call::set_user, 0, "", "a user must not be empty"));
    EXPECT_TRUE(refuses(config::set_user(config, nullptr), Call::set_user, 1, "", "a user must not be empty"));
    EXPECT_TRUE(refuses(config::add_group(config, ""), Call::add_group, 0, "", "a group must not be empty"));
    EXPECT_TRUE(refuses(config::add_group(config, nullptr), Call::add_group, 1, "", "a group must not be empty"));
}

TEST(helper_setter, a_helpers_path_is_absolute_and_null_keeps_the_default)
{
    config::Config config;
    EXPECT_TRUE(refuses(config::set_id_helpers(config, "newuidmap", nullptr), Call::set_id_helpers, 0, "newuidmap",
                        "a helper program's path must be absolute"));
    EXPECT_TRUE(refuses(config::set_id_helpers(config, "/bin/a", "b"), Call::set_id_helpers, 1, "b",
                        "a helper program's path must be absolute"));
    EXPECT_TRUE(
        refuses(config::set_id_helpers(config, "", nullptr), Call::set_id_helpers, 2, "", "a path must not be empty"));
    EXPECT_TRUE(accepts(config::set_id_helpers(config, "/opt/newuidmap", nullptr)));
    EXPECT_EQ(config.newuidmap, "/opt/newuidmap");
    EXPECT_EQ(config.newgidmap, "");
}
