// SPDX-License-Identifier: MIT
// Advice: for each failure that people meet, what to try. The host decides some of the words.
#include "diagnose/diagnose.h"

#include <gtest/gtest.h>

#include <cerrno>

using namespace ctr;

namespace {

std::string hint(Error error, host::Facts const* facts = nullptr)
{
    diagnose::add_hint(error, facts);
    return error.hint;
}

bool says(std::string const& text, char const* words) { return text.find(words) != std::string::npos; }

host::Facts caller_named(char const* name)
{
    host::Facts facts;
    facts.caller.name = name;
    facts.caller.uid = 1234;
    return facts;
}

} // namespace

TEST(diagnose_hint, a_process_that_was_killed_while_it_was_set_up_points_to_who_does_that)
{
    EXPECT_TRUE(says(hint({.step = Step::chdir, .sys = EINTR}), "out-of-memory killer"));
}

TEST(hints, a_filter_that_ended_ctr_init_is_named)
{
    Error lost{.code = Code::lost, .step = Step::gate, .message = "ctr-init was ended by SIGSYS while"};
    EXPECT_TRUE(says(hint(lost), "seccomp filter"));
    lost.message = "ctr-init was ended by signal 9 while";
    EXPECT_TRUE(says(hint(lost), "out-of-memory killer"));
}

TEST(hints, what_the_kernel_does_not_confirm_points_to_who_lets_calls_seem_to_succeed)
{
    EXPECT_TRUE(says(hint({.step = Step::mount, .sys = ENOTRECOVERABLE}), "lets calls succeed"));
}

TEST(hints, a_hint_that_is_there_stays)
{
    EXPECT_EQ(hint(Error{.step = Step::launch, .sys = ENOSPC, .hint = "mine"}), "mine");
}

TEST(hints, a_full_namespace_limit_names_the_sysctl_and_not_the_disk)
{
    for (Step const step : {Step::launch, Step::namespaces}) {
        std::string const text = hint(Error{.step = step, .sys = ENOSPC});
        EXPECT_TRUE(says(text, "user.max_")) << text;
        EXPECT_TRUE(says(text, "namespaces")) << text;
    }
}

TEST(hints, refused_user_namespaces_name_who_may_refuse_them)
{
    for (int const sys : {EPERM, EACCES, ENOSYS})
        EXPECT_TRUE(says(hint(Error{.step = Step::launch, .sys = sys}), "user")) << sys;
}

TEST(hints, limits_of_the_shell_name_ulimit)
{
    EXPECT_TRUE(says(hint(Error{.step = Step::launch, .sys = EAGAIN}), "ulimit -u"));
    EXPECT_TRUE(says(hint(Error{.step = Step::launch, .sys = EMFILE}), "ulimit -n"));
}

TEST(hints, a_missing_range_of_ids_shows_the_line_to_add)
{
    Error const users{.step = Step::map, .message = "there is no range for alice in /etc/subuid"};
    Error const groups{.step = Step::map, .message = "there is no range for alice in /etc/subgid"};
    host::Facts const named = caller_named("alice");
    host::Facts const nameless = caller_named("");
    EXPECT_TRUE(says(hint(users, &named), "\"alice:100000:65536\" to /etc/subuid"));
    EXPECT_TRUE(says(hint(groups, &named), "\"alice:100000:65536\" to /etc/subgid"));
    EXPECT_TRUE(says(hint(users, &nameless), "\"1234:100000:65536\""));
    EXPECT_TRUE(says(hint(users), "\"USER:100000:65536\""));
}

TEST(hints, missing_helpers_name_their_package)
{
    EXPECT_TRUE(says(hint(Error{.step = Step::map, .message = "newuidmap and newgidmap are not installed"}), "uidmap"));
}

TEST(hints, a_map_of_none_without_privilege_says_what_else_there_is)
{
    EXPECT_TRUE(says(
        hint(Error{.step = Step::map, .message = "a container without a user namespace needs a privileged caller"}),
        "run as root"));
}

TEST(hints, a_refused_sysfs_names_the_ways_out)
{
    std::string const text =
        hint(Error{.step = Step::mount, .sys = EPERM, .message = "cannot mount sysfs on \"/sys\""});
    EXPECT_TRUE(says(text, "unmask=ALL") && says(text, "--proc host") && says(text, "--net host")) << text;
}

TEST(hints, a_refused_proc_names_the_three_ways_out)
{
    std::string const text =
        hint(Error{.step = Step::mount, .sys = EPERM, .message = "cannot mount proc on \"/proc\""});
    EXPECT_TRUE(says(text, "unmask")) << text;
    EXPECT_TRUE(says(text, "host")) << text;
    EXPECT_TRUE(says(text, "none")) << text;
}

TEST(hints, a_missing_source_may_be_optional)
{
    Error error{
        .step = Step::mount, .sys = ENOENT, .subject = "/nope", .message = "cannot bind \"/nope\" to \"/data\""};
    error.origin = {Call::add_mount, 0};
    EXPECT_TRUE(says(hint(error), "optional"));
}

TEST(hints, a_source_that_is_there_is_not_called_missing)
{
    Error error{
        .step = Step::mount, .sys = ENOENT, .subject = "/proc/x", .message = "cannot bind \"/etc\" to \"/proc/x\""};
    error.origin = {Call::add_mount, 0};
    EXPECT_TRUE(says(hint(error), "no such place in the container"));
    EXPECT_FALSE(says(hint(error), "source"));
}

TEST(hints, a_missing_mount_point_in_a_bind_may_be_created)
{
    EXPECT_TRUE(says(hint(Error{.step = Step::mount,
                                .sys = ENOENT,
                                .message = "there is no mount point \"/data/x\" inside the bind of a host directory"}),
                     "create"));
}

TEST(hints, a_plain_bind_of_a_tree_with_mounts_asks_for_a_recursive_one)
{
    Error const error{.step = Step::mount, .sys = EINVAL, .subject = "/", .message = "cannot bind \"/\" to \"/host\""};
    EXPECT_TRUE(says(hint(error), "rbind"));
}

TEST(hints, a_file_is_not_said_to_have_mounts_below_it)
{
    Error const error{
        .step = Step::mount, .sys = EINVAL, .subject = "/dev/null", .message = "cannot bind \"/dev/null\" to \"/x\""};
    EXPECT_EQ(hint(error), "");
}

TEST(hints, a_mount_point_that_the_root_lacks_and_does_not_take_asks_for_a_read_only_root)
{
    Error error{.step = Step::mount, .sys = EACCES, .subject = "/dev", .message = "cannot make the container's /dev"};
    host::Facts facts;
    facts.root.targets.resize(1);
    facts.root.targets[0].path = "/dev";
    facts.root.targets[0].missing = {"dev"};
    EXPECT_TRUE(says(hint(error, &facts), "--read-only"));
    facts.root.targets[0].missing.clear();
    EXPECT_FALSE(says(hint(error, &facts), "--read-only")) << "it is there";
}

TEST(hints, maps_that_cannot_be_written_name_proc)
{
    for (int const sys : {ENOENT, EROFS})
        EXPECT_TRUE(says(
            hint(Error{.step = Step::map, .sys = sys, .message = "cannot write the container's setgroups"}), "/proc"));
}

TEST(hints, a_command_that_is_not_in_path_may_be_given_in_full)
{
    EXPECT_TRUE(says(hint(Error{.step = Step::exec, .sys = ENOENT, .message = "\"x\" was not found in PATH (/bin)"}),
                     "full path"));
}

TEST(hints, a_missing_directory_and_an_unmapped_id_have_advice)
{
    EXPECT_TRUE(says(hint(Error{.step = Step::chdir, .sys = ENOENT}), "inside the container"));
    EXPECT_TRUE(
        says(hint(Error{.step = Step::identity, .message = "the user id 5 is not mapped into the container"}), "map"));
}

TEST(hints, a_lost_ctr_init_names_the_usual_killers)
{
    EXPECT_TRUE(says(hint(Error{.code = Code::lost, .step = Step::gate}), "out-of-memory"));
}

TEST(hints, where_nothing_helps_nothing_is_said)
{
    for (Step const step :
         {Step::none, Step::validate, Step::survey, Step::limits, Step::process, Step::wait, Step::kill})
        EXPECT_EQ(hint(Error{.step = step, .sys = EIO}), "") << static_cast<int>(step);
}

TEST(hints, advice_is_a_sentence_without_a_full_stop)
{
    for (int const sys : {EPERM, ENOSPC, EAGAIN, EMFILE}) {
        std::string const text = hint(Error{.step = Step::launch, .sys = sys});
        ASSERT_FALSE(text.empty());
        EXPECT_NE(text.back(), '.') << text;
    }
}

TEST(hints, mount_calls_that_are_missing_name_the_kernel_that_is_needed)
{
    std::string const text = hint(Error{.step = Step::root, .sys = ENOSYS, .message = "cannot use \"/\" as the root"});
    EXPECT_TRUE(says(text, "Linux 5.12 or later")) << text;
    EXPECT_FALSE(says(text, "mount_setattr")) << "it is here: " << text;
}

TEST(hints, a_device_that_every_container_has_is_to_be_made)
{
    EXPECT_TRUE(says(hint(Error{.step = Step::mount, .sys = ENOENT, .message = "cannot bind the device \"/dev/tty\""}),
                     "mknod"));
}

TEST(hints, an_initramfs_is_no_root_that_can_be_moved_away)
{
    EXPECT_TRUE(
        says(hint(Error{.step = Step::root, .sys = EINVAL, .message = "cannot change to the new root"}), "initramfs"));
}

TEST(hints, where_no_memory_is_executed_ctr_init_is_to_be_installed)
{
    Error const error{.code = Code::unsupported,
                      .step = Step::launch,
                      .sys = EACCES,
                      .message = "the host refuses an executable memory file, and \"/ctr-init\" is not installed"};
    EXPECT_TRUE(says(hint(error), "ctr-init"));
    EXPECT_FALSE(says(hint(error), "user namespaces"));
}
