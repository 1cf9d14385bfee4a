# SPDX-License-Identifier: MIT
"""The worlds of this suite: kernels, machines that somebody has closed, and another kind of processor."""

from machine import World

# What has to work wherever containers can start.
ORDINARY = """
the_command_is_of_this_kind_of_processor
a_start_gives_the_status_of_its_command
a_signal_that_ends_the_command_is_its_status
a_command_that_is_not_there_is_told_so
a_rootfs_is_the_root
a_read_only_rootfs_gets_its_mount_points
the_root_of_the_machine_is_read_only_and_homes_are_hidden
proc_shows_the_container_only
an_own_network_has_a_loopback_only
the_network_of_the_machine_can_be_shared
a_range_of_ids_is_mapped
a_single_id_is_mapped
another_user_can_be_the_one_inside
system_calls_are_filtered
without_a_filter_these_calls_are_made
landlock_does_what_this_kernel_offers
a_port_of_landlock_is_refused_by_an_older_kernel
explain_prints_the_plan_and_runs_nothing
a_named_container_is_found_and_stopped
a_time_limit_ends_it_all
limits_of_time_on_processors_are_seen
a_limit_on_processes_holds
a_clock_can_be_shifted
a_terminal_of_its_own_is_one
the_control_groups_are_read_only_and_the_containers_own
a_nested_container_starts
no_attempt_to_get_out_succeeds
no_attempt_to_get_out_of_a_rootfs_succeeds
""".split()

CLOSED = """
now_no_userns a_start_says_that_user_namespaces_are_switched_off
now_open now_none_of_user a_start_says_that_no_user_namespaces_are_allowed
now_open now_none_of_net a_start_says_that_no_network_namespaces_are_allowed
without_network_namespaces_the_network_of_the_machine_still_goes
now_open now_none_of_mnt a_start_says_that_no_mount_namespaces_are_allowed
now_open now_none_of_pid a_start_says_that_no_pid_namespaces_are_allowed
now_open now_none_of_time a_start_says_that_no_time_namespaces_are_allowed
now_open now_none_of_cgroup a_start_says_that_no_control_group_namespaces_are_allowed
now_open now_processes_are_hidden a_start_with_hidden_processes_is_one a_start_with_hidden_processes_maps_ranges
now_processes_are_shown now_proc_is_covered a_start_with_a_covered_proc_says_so
a_start_with_a_covered_proc_can_show_that_of_the_machine a_start_with_a_covered_proc_can_do_without
now_proc_is_uncovered now_no_terminal_device a_start_without_a_terminal_device_says_which now_a_terminal_device_again
now_newuidmap_has_no_bit a_newuidmap_without_its_setuid_bit_is_told
now_no_newuidmap a_start_without_newuidmap_has_a_single_id ranges_without_newuidmap_are_refused
now_no_ranges ranges_without_an_entry_in_subuid_are_refused
now_no_control_groups a_start_without_control_groups_is_one
now_no_sysfs a_start_without_sysfs_says_so now_sysfs_again
now_the_root_is_read_only a_start_is_one_with_a_read_only_root
""".split()

BARE = """
a_start_without_ipv6_has_a_loopback
landlock_that_must_be_says_that_it_is_not_there
landlock_that_is_preferred_is_left_out
a_start_gives_the_status_of_its_command
a_range_of_ids_is_mapped
""".split()

FIRST_FILES = """
a_start_on_the_kernels_first_file_system_says_so
a_rootfs_on_the_kernels_first_file_system_says_so
""".split()

NO_MEMORY_FILES = ["now_no_execution_from_memory", "a_start_without_memory_files_says_what_to_install", "now_ctr_init_is_installed",
                   "a_start_by_an_installed_ctr_init_is_one"]

PROFILES = "now_profiles_are_loaded a_profile_that_takes_capabilities_away_is_told a_profile_that_denies_user_namespaces_is_told".split()

WORLDS = [
    World("linux_5.10", "bullseye", ["an_older_kernel_is_told_by_the_call_that_it_lacks"]),
    World("linux_6.1", "bookworm", ORDINARY),
    World("linux_6.12", "trixie", ORDINARY),
    World("a_newer_linux", "trixie-backports", ORDINARY),
    World("a_closed_linux_6.1", "bookworm", CLOSED),
    World("a_closed_linux_6.12", "trixie", CLOSED),
    World("a_linux_6.12_without_ipv6_and_landlock", "trixie", BARE, arguments="ipv6.disable=1 lsm=capability"),
    World("the_first_files_of_linux_6.12", "trixie", FIRST_FILES, arguments="ctr.root=initramfs"),
    World("a_linux_6.12_that_executes_no_memory", "trixie", NO_MEMORY_FILES),
    World("a_linux_6.12_with_profiles_of_apparmor", "trixie", PROFILES, profiles=True),
    World("linux_6.1_on_aarch64", "bookworm", ORDINARY, "arm64"),
    World("linux_6.12_on_aarch64", "trixie", ORDINARY, "arm64"),
]
