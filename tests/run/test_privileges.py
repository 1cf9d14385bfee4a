# SPDX-License-Identifier: MIT
"""What the command has of the caller's rights: capabilities, keys, supplementary groups."""
import os
import re
import shutil
import subprocess

import pytest

from harness import SETUP_FAILED, UNPARSABLE, USER, Ended, assert_ok, assert_refused, command, ctr, need, run
from watch import eventually

KEY = "ctr-test-key"


def sets(box, *options):
    """The capability sets of a command, by name."""
    ended = assert_ok(box(*options, "--", "grep", "Cap", "/proc/self/status"))
    return {line.split(":")[0]: int(line.split(":")[1], 16) for line in ended.lines}


def known():
    """A bit for each capability that this kernel knows."""
    with open("/proc/sys/kernel/cap_last_cap") as file:
        return (2 << int(file.read())) - 1


# --------------------------------------------------------------------------------------------------- capabilities

@pytest.mark.root_too
@pytest.mark.parametrize("profile, expected", [("contained", 0x1c0141cbfeb), ("crabcan", 0x1c0141cbfe9), ("default", 0x800425fb)])
def test_capability_profile_is_in_force(box, profile, expected):
    have = sets(box, "--cap-profile", profile)
    for name in ("CapBnd", "CapPrm", "CapEff"):
        assert have[name] == expected & known()
    assert have["CapInh"] == have["CapAmb"] == 0


@pytest.mark.root_too
def test_capability_profile_of_another_user_is_a_bounding_set(box):
    have = sets(box, "--cap-profile", "contained", "--map", "single", "--user", "7")
    assert have == {"CapInh": 0, "CapPrm": 0, "CapEff": 0, "CapBnd": 0x1c0141cbfeb & known(), "CapAmb": 0}


@pytest.mark.root_too
def test_capability_profile_is_what_names_are_added_to_and_taken_from(box):
    have = sets(box, "--cap-profile", "crabcan", "--cap-add", "SYS_ADMIN", "--cap-drop", "CHOWN")
    assert have["CapBnd"] == (0x1c0141cbfe8 | 1 << 21) & known()
    assert sets(box, "--cap-profile", "contained", "--cap-drop", "ALL")["CapBnd"] == 0
    assert sets(box, "--cap-profile", "contained", "--cap-add", "ALL")["CapBnd"] == known()


@pytest.mark.root_too
@pytest.mark.parametrize("name", ["nope", "Contained", "contained ", ""])
def test_capability_profile_that_does_not_exist_is_refused(box, name):
    assert_refused(box("--cap-profile", name, "--", "true"), "cap-profile", code=SETUP_FAILED)


@pytest.mark.root_too
def test_capability_set_is_in_the_report(box):
    assert box.outcome("--cap-profile", "contained", "--", "true").report["capabilities"] == "000001c0141cbfeb"


# ----------------------------------------------------------------------------------------------------------- keys

@pytest.fixture
def keys(box, probe):
    """Looks from inside for a key of the caller's session keyring."""
    program = probe("keys")
    inside = box.add(program)
    # Where a filter refuses keyctl there is nothing to look at: it is tried without one.
    open_filter = ["--security-opt", "seccomp=unconfined"] if "seccomp=" in ctr("help", "run").out else []

    def look(*options):
        words = [program, "give", KEY, *command(), "run", "--rootfs", box.root, *open_filter, *options, "--", inside, "look", KEY, "KEY"]
        done = subprocess.run([str(word) for word in words], capture_output=True, timeout=20, check=False)
        need(b"add_key" not in done.stderr, "this kernel, or a filter around us, has no keys")
        return assert_ok(Ended(done.returncode, done.stdout, done.stderr, 0)).lines
    return look


@pytest.mark.root_too
@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_keys_of_the_callers_session_are_out_of_reach(keys, mode):
    assert keys(mode) == ["done"]
    assert keys(mode, "--cap-add", "ALL") == ["done"]


@pytest.mark.root_too
def test_keys_of_the_callers_session_are_there_where_that_is_asked_for(keys):
    assert {"search", "read"} <= set(keys("--keyring", "inherit"))


@pytest.mark.ordinary
def test_a_used_up_quota_of_keys_is_an_error_only_where_keys_could_be_reached(box, probe):
    need("seccomp=" in ctr("help", "run").out, "no filter of system calls")

    def run_without_quota(*options):
        words = [probe("keys"), "exhaust", *command(), "run", "--rootfs", box.root, *options, "--", "true"]
        done = subprocess.run([str(word) for word in words], capture_output=True, timeout=20, check=False)
        need(b"quota" in done.stderr, f"the quota of keys cannot be used up: {done.stderr!r}")
        return Ended(done.returncode, done.stdout, done.stderr, 0)

    # The kernel gives keys of processes that have ended back at any moment, also between exhausting and starting.
    attempts = [run_without_quota("--security-opt", "seccomp=unconfined") for _ in range(20)]
    refused = [ended for ended in attempts if ended.code != 0]
    assert_refused(refused[0] if refused else attempts[0], "keyring", "maxkeys")
    assert [ended.code for ended in (run_without_quota() for _ in range(20))] == [0] * 20
    assert_ok(run_without_quota("--security-opt", "seccomp=unconfined", "--keyring", "inherit"))
    eventually(lambda: box("--security-opt", "seccomp=unconfined", "true").code == 0, 10, "a quota that is free again")


@pytest.mark.root_too
def test_keyring_is_in_the_report(box):
    assert box.outcome("--", "true").report["keyring"] == "new or unreachable"
    assert box.outcome("--security-opt", "seccomp=unconfined", "--", "true").report["keyring"] == "new"
    assert box.outcome("--keyring", "inherit", "--", "true").report["keyring"] == "inherited"


@pytest.mark.root_too
def test_keyring_of_another_word_is_refused(box):
    assert_refused(box("--keyring", "old", "--", "true"), "keyring", code=UNPARSABLE)


# --------------------------------------------------------------------------------------------------------- groups

@pytest.mark.root_too
@pytest.mark.skipif(USER != 0, reason="only root can be a caller with other groups")
def test_groups_of_the_caller_are_dropped_where_the_kernel_lets_us_and_told_where_not():
    need(shutil.which("setpriv"), "no setpriv (package util-linux)")
    prelude = "exec setpriv --reuid 65534 --regid 65534 --groups 4,24 --inh-caps=-all \"$@\""
    ended = assert_ok(run("--map", "single", "--", "id", "-G", prelude=prelude))
    assert "supplementary groups" in ended.err and ended.out == "0 65534\n"
    assert assert_ok(run("--", "id", "-G", prelude="exec setpriv --groups 4,24 \"$@\"")).out == "0\n"


def test_groups_in_the_report_say_what_became_of_them(box):
    report = box.outcome("--map", "single", "--", "true").report
    others = set(os.getgroups()) - {os.getgid()}
    assert report["caller_groups"] == ("kept" if others else "none")
    assert re.fullmatch("allow|deny", report["setgroups"])


def test_groups_are_dropped_with_ranges_of_ids(box, subids):
    assert box.sh("grep Groups /proc/self/status", "--map", "subid").out.split() == ["Groups:"]
    assert box.outcome("--map", "subid", "--", "true").report["caller_groups"] == "dropped"
