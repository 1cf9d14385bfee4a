// SPDX-License-Identifier: MIT
// What a name needs.
#include "support.h"

using namespace ctr;
using namespace ctr::test;

namespace {

config::Config with_name()
{
    config::Config config = with_command();
    (void)config::set_name(config, "box", CTR_NAME_REMOVE);
    (void)config::set_state_directory(config, "/run/box");
    return config;
}

} // namespace

TEST(name_spec, is_kept_and_none_is_there_unasked)
{
    spec::Spec const spec = spec::validate(with_name(), {}).value();
    EXPECT_EQ(spec.name.text, "box");
    EXPECT_EQ(spec.name.directory, "/run/box");
    EXPECT_EQ(spec.name.flags, CTR_NAME_REMOVE);
    EXPECT_EQ(spec::validate(with_command(), {}).value().name.text, "");
}

TEST(name_spec, needs_a_place_and_ctr_init_as_pid_one)
{
    config::Config config = with_command();
    (void)config::set_name(config, "box", 0);
    EXPECT_TRUE(refuses(validated(config), Call::set_name, 0, "box", "a name needs a state directory to be found in"));
    config = with_name();
    config.init = CTR_INIT_OUTSIDE;
    EXPECT_TRUE(
        refuses(validated(config), Call::set_name, 0, "box", "a name needs an own pid namespace with ctr-init inside"));
    config = with_name();
    (void)config::set_namespace(config, CTR_NAMESPACE_PID, CTR_NAMESPACE_SHARED);
    EXPECT_TRUE(
        refuses(validated(config), Call::set_name, 0, "box", "a name needs an own pid namespace with ctr-init inside"));
}
