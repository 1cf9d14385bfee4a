# SPDX-License-Identifier: MIT
"""Who the payload is: id maps, their helper programs, users and groups by number and by name."""
import contextlib
import os
import shutil
import stat
import time

import pytest

from harness import (GROUP, SETUP_FAILED, UNPARSABLE, USER, assert_ok, assert_refused, command, ctr, finish, need, outcome, quick, run)
from nested import root_in, with_subid_files
from watch import assert_all_gone, living, unchanged


def id_map(text):
    """The lines of a uid_map as tuples (inside, outside, count)."""
    return [tuple(int(word) for word in line.split()) for line in text.splitlines()]


def maps(box, *options):
    """The user and group map of a container, and what /proc/self/setgroups says there."""
    ended = assert_ok(box(*options, "--", "sh", "-c", "cd /proc/self; cat uid_map; echo; cat gid_map; echo; cat setgroups"))
    users, groups, setgroups = ended.out.split("\n\n")
    return id_map(users), id_map(groups), setgroups.strip()


def script(host, name, text):
    path = host / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


# ---------------------------------------------------------------------------------------------- rootless

def test_rootless_payload_is_uid_zero(box):
    assert box("--", "id", "-u").out == "0\n"
    assert box("--", "id", "-g").out == "0\n"


def test_rootless_needs_no_setuid_bit_and_no_file_capability():
    info = os.stat(command()[-1])
    assert not info.st_mode & (stat.S_ISUID | stat.S_ISGID)
    assert "security.capability" not in os.listxattr(command()[-1])


def test_rootless_files_belong_to_the_caller(box, host):
    assert_ok(box("-v", f"{host}:/data", "--", "touch", "/data/new"))
    assert ((host / "new").stat().st_uid, (host / "new").stat().st_gid) == (USER, GROUP)


def test_rootless_has_no_inherited_and_no_ambient_capability(box):
    lines = box("--", "grep", "^Cap", "/proc/self/status").lines
    masks = dict(line.split() for line in lines)
    assert masks["CapInh:"] == masks["CapAmb:"] == "0" * 16


# -------------------------------------------------------------------------------------------- map single

@pytest.mark.ordinary
def test_map_single_maps_the_caller_alone(box):
    assert maps(box, "--map", "single") == ([(0, USER, 1)], [(0, GROUP, 1)], "deny")


def test_map_single_executes_no_helper(box, host):
    helper = script(host, "helper", f"touch {host}/ran; exit 1")
    assert_ok(box("--map", "single", "--newuidmap", helper, "--newgidmap", helper, "--", "true"))
    assert not (host / "ran").exists()


@pytest.mark.ordinary
@pytest.mark.parametrize("user", ["1", "1000", "65534", "4294967294"])
def test_map_single_may_map_the_caller_to_any_id(box, user):
    users, _, _ = maps(box, "--map", "single", "--user", user)
    assert users == [(int(user), USER, 1)]


@pytest.mark.ordinary
def test_map_single_with_a_group_maps_both(box):
    ended = box("--map", "single", "--user", "1000:2000", "--", "sh", "-c", "id -u; id -g")
    assert ended.lines == ["1000", "2000"]


def test_no_uid_zero_is_needed_for_mounts(box, host):
    ended = box("--map", "single", "--user", "1000", "--newuidmap", "/nonexistent", "--newgidmap", "/nonexistent",
                "-v", f"{host}:/data", "--tmpfs", "/scratch", "--", "sh", "-c",
                "id -u; grep CapEff /proc/self/status; touch /data/new /scratch/new && echo written; ls /sys/class/net")
    assert assert_ok(ended).lines == ["1000", "CapEff:\t0000000000000000", "written", "lo"]
    assert (host / "new").stat().st_uid == USER


# --------------------------------------------------------------------------------------------- map subid

@pytest.mark.ordinary
def test_map_subid_maps_the_caller_and_its_ranges(box, subids):
    users, groups, setgroups = maps(box, "--map", "subid")
    assert users[:2] == [(0, USER, 1), (1, *subids[0])]
    assert groups[:2] == [(0, GROUP, 1), (1, *subids[1])]
    assert setgroups == "allow"


@pytest.mark.ordinary
def test_map_subid_drops_supplementary_groups(box, subids):
    assert box("--map", "subid", "--", "id", "-G").out == "0\n"
    assert box("--map", "subid", "--", "grep", "^Groups", "/proc/self/status").out.split()[1:] in ([], ["0"])


@pytest.mark.ordinary
def test_map_subid_is_what_auto_takes_where_it_can(box, subids):
    assert maps(box)[0][:2] == [(0, USER, 1), (1, *subids[0])]
    assert maps(box, "--map", "auto") == maps(box, "--map", "subid")


@pytest.mark.ordinary
def test_map_subid_lets_the_payload_own_files_as_others(box, host, subids):
    assert_ok(box.sh("touch /data/new && chown 1000:29 /data/new", "-v", f"{host}:/data"))
    assert (host / "new").stat().st_uid == subids[0][0] + 999
    assert (host / "new").stat().st_gid == subids[1][0] + 28
    assert_ok(box.sh("chown 0:0 /data/new", "-v", f"{host}:/data"))


@pytest.mark.ordinary
def test_map_keeps_id_of_the_caller_as_the_payloads(box, host, subids):
    start, count = subids[0]
    need(count > 1101, "the first range of subordinate ids is short")
    users, _, _ = maps(box, "--map", "subid", "--user", "1100")
    assert sorted(users)[:3] == [(0, start, 1100), (1100, USER, 1), (1101, start + 1100, count - 1100)]
    ended = box("--map", "subid", "--user", "1100", "-v", f"{host}:/data", "--", "sh", "-c", "id -u; touch /data/new")
    assert assert_ok(ended).out == "1100\n"
    assert (host / "new").stat().st_uid == USER


@pytest.mark.ordinary
def test_map_keeps_id_for_the_group_too(box, subids):
    _, groups, _ = maps(box, "--map", "subid", "--user", "1100:1200")
    assert (1200, GROUP, 1) in groups


# ------------------------------------------------------------------------------------------ subid files

SUBID_TEST = ("--map", "subid", "--newuidmap", "/mnt/newuidmap", "--newgidmap", "/mnt/newgidmap", "--")
FILES = {
    "by_name": ("caller:5000:100\n", "caller:6000:100\n", [(1, 5000, 100)], [(1, 6000, 100)]),
    "by_number": ("1000:5000:100\n", "1000:6000:100\n", [(1, 5000, 100)], [(1, 6000, 100)]),
    "groups_keyed_by_user": ("caller:5000:10\n", "other:1:1\ncaller:6000:10\n", [(1, 5000, 10)], [(1, 6000, 10)]),
    "two_ranges": ("caller:5000:100\ncaller:7000:50\n", "caller:6000:100\n", [(1, 5000, 100), (101, 7000, 50)], [(1, 6000, 100)]),
    "name_and_number": ("caller:5000:10\n1000:8000:5\n", "caller:6000:10\n", [(1, 5000, 10), (11, 8000, 5)], [(1, 6000, 10)]),
    "others_between": ("a:1:1\n\ncaller:5000:10\ncaller2:9000:5\n10:9100:1\n", "caller:6000:10\n", [(1, 5000, 10)],
                       [(1, 6000, 10)]),
    "no_last_newline": ("caller:5000:10", "caller:6000:10", [(1, 5000, 10)], [(1, 6000, 10)]),
    "odd_lines": ("caller\ncaller:\ncaller:x:10\ncaller:5000\n:5000:1\ncaller:5000:10\n", "caller:6000:10\n", [(1, 5000, 10)],
                  [(1, 6000, 10)]),
}


@pytest.mark.ordinary
@pytest.mark.parametrize("case", FILES)
def test_subid_files_are_read_as_newuidmap_does(subids, case):
    users, groups, expected_users, expected_groups = FILES[case]
    ended = with_subid_files(users, groups, "run", *SUBID_TEST, "cat", "/proc/self/uid_map", "/proc/self/gid_map")
    assert id_map(assert_ok(ended).out) == [(0, 1000, 1), *expected_users, (0, 1000, 1), *expected_groups]


@pytest.mark.ordinary
def test_subid_files_without_an_entry_fail_with_the_line_to_add(subids):
    ended = with_subid_files("other:5000:100\n", "other:6000:100\n", "run", *SUBID_TEST, "true")
    assert_refused(ended, "/etc/subuid", "caller:")
    import re
    assert re.search(r"caller:\d+:\d+", ended.err), str(ended)


@pytest.mark.ordinary
def test_subid_files_without_an_entry_make_auto_fall_back_and_say_so_once(subids):
    options = ("--newuidmap", "/mnt/newuidmap", "--newgidmap", "/mnt/newgidmap")
    ended = with_subid_files("", "", "run", *options, "--", "cat", "/proc/self/uid_map")
    assert id_map(assert_ok(ended).out) == [(0, 1000, 1)]
    assert len(ended.err.strip().splitlines()) == 1, str(ended)
    assert "sub" in ended.err


@pytest.mark.ordinary
def test_subid_files_with_only_one_of_two_are_not_enough(subids):
    ended = with_subid_files("caller:5000:100\n", "", "run", *SUBID_TEST, "true")
    assert_refused(ended, "/etc/subgid")


@pytest.mark.ordinary
@pytest.mark.parametrize("line", ["caller:4294967290:100\n", "caller:5000:4294967295\n", "caller:99999999999:10\n",
                                  "caller:-1:10\n", "caller:5000:0\n"])
def test_subid_files_with_impossible_ranges_never_give_them(subids, line):
    ended = with_subid_files(line, "caller:6000:100\n", "run", *SUBID_TEST, "cat", "/proc/self/uid_map")
    assert_refused(ended)


# ----------------------------------------------------------------------------------------- helper fails

def helper_case(box, host, text, **limits):
    """Runs with a newuidmap that is this script; the payload would leave a mark."""
    helper = script(host, "newuidmap", text)
    return box.outcome("--map", "subid", "--newuidmap", helper, "-v", f"{host}:/data", "--", "touch", "/data/ran", **limits)


@pytest.mark.ordinary
def test_helper_fails_and_its_words_are_quoted(box, host, subids):
    ended = quick(1.0, lambda: helper_case(box, host, "echo uid range word-4711 not allowed >&2; exit 1").ended)
    assert ended.code == SETUP_FAILED
    assert "word-4711" in ended.out + ended.err
    assert not living()
    assert not (host / "ran").exists()


@pytest.mark.ordinary
def test_helper_fails_step_is_the_map(box, host, subids):
    ended = helper_case(box, host, "exit 1")
    assert ended.error["step"] in ("map", "identity")
    assert ended.result is None
    assert "newuidmap" in ended.error["subject"] + ended.error["message"]


@pytest.mark.ordinary
def test_helper_fails_by_taking_longer_than_the_timeout(box, host, subids):
    helper = script(host, "newuidmap", "exec sleep 100")
    ended = quick(5, lambda: box("--map", "subid", "--newuidmap", helper, "--timeout", "1", "--", "true"))
    assert_refused(ended, "newuidmap", "set-up deadline")
    assert not living()


@pytest.mark.ordinary
def test_helper_fails_because_it_is_traced_and_that_is_told(box, subids):
    need(shutil.which("strace"), "no strace")
    ended = ctr("run", "--map", "subid", "--rootfs", box.root, "--", "true", program=["strace", "-f", "-o", "/dev/null", *command()])
    assert_refused(ended, "did not write the map", "hint:", "traced")


@pytest.mark.ordinary
def test_helper_fails_by_a_signal(box, host, subids):
    assert helper_case(box, host, "kill -SEGV $$").code == SETUP_FAILED


@pytest.mark.ordinary
def test_helper_fails_by_being_missing(box, host, subids):
    ended = box("--map", "subid", "--newuidmap", host / "missing", "-v", f"{host}:/data", "--", "touch", "/data/ran")
    assert_refused(ended, "missing")
    assert not (host / "ran").exists()
    assert_refused(box("--map", "subid", "--newgidmap", host / "missing", "--", "true"), "missing")


@pytest.mark.ordinary
def test_helper_fails_by_not_being_executable(box, host, subids):
    (host / "plain").write_text("text")
    assert_refused(box("--map", "subid", "--newuidmap", host / "plain", "--", "true"), "plain")


@pytest.mark.ordinary
def test_helper_fails_although_it_says_it_succeeded(box, host, subids):
    ended = helper_case(box, host, "exit 0")
    assert (ended.code, ended.result) == (SETUP_FAILED, None)
    assert not (host / "ran").exists()


@pytest.mark.ordinary
def test_helper_fails_with_a_flood_of_words(box, host, subids):
    ended = helper_case(box, host, "head -c 3000000 /dev/zero | tr '\\0' x >&2; echo end-4712 >&2; exit 1")
    assert ended.code == SETUP_FAILED
    assert len(ended.ended.err) + len(ended.ended.out) < 200_000


@pytest.mark.ordinary
def test_helper_fails_while_a_child_of_it_holds_its_stderr(box, host, subids):
    begun = time.monotonic()
    ended = helper_case(box, host, "sleep 20 & echo $! > \"$(dirname \"$0\")/pid\"; exit 1")
    assert ended.code == SETUP_FAILED
    assert time.monotonic() - begun < 10
    with contextlib.suppress(ProcessLookupError):
        os.kill(int((host / "pid").read_text()), 9)


@pytest.mark.ordinary
def test_helper_fails_without_changing_the_root(box, host, subids):
    helper = script(host, "newuidmap", "exit 1")
    with unchanged(box.root):
        box("--map", "subid", "--newuidmap", helper, "-v", f"{host}:/etc/deep/x", "--", "true")


@pytest.mark.ordinary
def test_helper_fails_by_hanging_and_is_ended(box, host, subids):
    helper = script(host, "newuidmap", "exec sleep 600")
    ended = box("--map", "subid", "--newuidmap", helper, "-v", f"{host}:/data", "--", "touch", "/data/ran", timeout=50)
    assert_refused(ended, ("time", "deadline", "did not finish"))
    assert not (host / "ran").exists()
    assert_all_gone(1)


@pytest.mark.ordinary
def test_helper_fails_to_end_and_a_terminated_caller_leaves_nothing(box, host, subids):
    helper = script(host, "newuidmap", f"touch {host}/begun; exec sleep 600")
    running = box.start("--map", "subid", "--newuidmap", helper, "--", "true")
    while not (host / "begun").exists():
        time.sleep(0.01)
    running.terminate()
    assert finish(running, 5).code != 0
    assert_all_gone(1)


# ----------------------------------------------------------------------------------------- explicit maps

@pytest.mark.ordinary
def test_map_explicit_of_the_caller_alone_needs_no_helper(box):
    options = ("--uidmap", f"0:{USER}:1", "--gidmap", f"0:{GROUP}:1", "--newuidmap", "/nonexistent")
    assert maps(box, *options)[:2] == ([(0, USER, 1)], [(0, GROUP, 1)])


@pytest.mark.ordinary
def test_map_explicit_list_is_used_as_given(box, subids):
    start = subids[0][0]
    need(USER == GROUP and subids[0] == subids[1], "user and group ids of the caller differ")
    users, groups, _ = maps(box, "--map", f"0:{USER}:1,1:{start}:10,1000:{start + 10}:5")
    assert users == groups == [(0, USER, 1), (1, start, 10), (1000, start + 10, 5)]


@pytest.mark.ordinary
def test_map_explicit_of_users_and_groups_apart(box, subids):
    options = ("--uidmap", f"0:{USER}:1", "--uidmap", f"1:{subids[0][0]}:10", "--gidmap", f"0:{GROUP}:1", "--gidmap",
               f"1:{subids[1][0]}:20")
    users, groups, _ = maps(box, *options)
    assert (users[1], groups[1]) == ((1, subids[0][0], 10), (1, subids[1][0], 20))


BAD_MAPS = ["0:0:0", "0:100000:0", "4294967295:100000:1", "4294967290:100000:10", "0:4294967290:10", "0:100000:4294967296", "-1:0:1",
            "0:100000", "0", "x", "0:100000:1:1", "0:100000:10,5:200000:10", "0:100000:10,20:100005:10", "", ",", "0:100000:1,",
            "0:100000:x"]


@pytest.mark.root_too
@pytest.mark.parametrize("given", BAD_MAPS)
def test_map_explicit_that_makes_no_sense_is_refused(box, given):
    ended = box("--map", given, "--", "true")
    assert ended.code in (SETUP_FAILED, UNPARSABLE), str(ended)
    assert ended.err


@pytest.mark.ordinary
def test_map_explicit_of_ids_that_are_not_the_callers_is_refused_in_the_helpers_words(box, subids):
    ended = box("--uidmap", "0:0:1", "--uidmap", f"1:{USER}:1", "--gidmap", f"0:{GROUP}:1", "--", "true")
    assert_refused(ended, ("not allowed", "not permitted"))


@pytest.mark.ordinary
def test_map_explicit_without_the_payloads_user_is_refused(box, subids):
    assert_refused(box("--map", f"0:{USER}:1", "--user", "5", "--", "true"), "5")


@pytest.mark.ordinary
def test_map_none_is_refused_without_privilege(box):
    assert_refused(box("--map", "none", "--", "true"), "none", ("privilege", "root", "capab"))


@pytest.mark.root_too
def test_map_of_an_unknown_name_is_refused(box):
    ended = box("--map", "singel", "--", "true")
    assert ended.code in (SETUP_FAILED, UNPARSABLE)
    assert "singel" in ended.err


# -------------------------------------------------------------------------------------------------- root

def root_only():
    need(os.getuid() == 0, "the caller is not root")


@pytest.mark.parametrize("options", [[], ["--map", "single"], ["--map", "none"], ["--map", "0:0:1"]])
def test_uid_zero_of_a_world_with_one_id_starts_containers(box, options):
    ended = assert_ok(root_in("grep -q deny /proc/self/setgroups", "run", *options, "--rootfs", box.root, "--",
                              "sh", "-c", "id -u; cat /proc/self/uid_map /proc/self/setgroups"))
    assert ended.out.split() == ["0", "0", "0", "1", "deny"] or "none" in options


@pytest.mark.root_too
def test_root_caller_works_the_same(box, host):
    root_only()
    ended = assert_ok(box.sh("id -u; touch /data/new; touch /proc/sys/x 2>/dev/null; hostname", "-v", f"{host}:/data", "--hostname", "h"))
    assert ended.lines == ["0", "h"]
    assert (host / "new").stat().st_uid == 0


@pytest.mark.root_too
def test_root_caller_gets_an_own_user_namespace_on_request(box):
    root_only()
    users, _, _ = maps(box, "--map", "0:100000:65536", "--read-only")
    assert users == [(0, 100000, 65536)]
    assert box("--map", "0:100000:65536", "--read-only", "--", "readlink", "/proc/self/ns/user").out.strip() != os.readlink(
        "/proc/self/ns/user")


@pytest.mark.root_too
def test_root_caller_can_run_as_another_user_with_groups(box):
    root_only()
    lines = assert_ok(box("--user", "alice", "--", "sh", "-c", "id -u; id -g; id -G; echo $HOME")).lines
    assert lines[:2] == ["1000", "1000"]
    assert set(lines[2].split()) == {"29", "1000", "5000"}
    assert lines[3] == "/home/alice"
    assert box("--user", "alice", "--", "grep", "CapEff", "/proc/self/status").out.split()[1] == "0" * 16


@pytest.mark.root_too
def test_root_caller_can_do_without_a_user_namespace(box):
    root_only()
    assert box("--map", "none", "--", "readlink", "/proc/self/ns/user").out.strip() == os.readlink("/proc/self/ns/user")


@pytest.mark.root_too
def test_root_caller_outcome_tells_the_map_in_force(box):
    ended = box.outcome("--", "true")
    assert ended.code == 0
    assert "map" in str(ended.report)


def test_rootless_outcome_is_right_on_the_hosts_own_root():
    assert outcome("--", "id", "-u").out == "0\n"
    assert run("--map", "single", "--user", "1234", "--", "id", "-u").out == "1234\n"


# ------------------------------------------------------------------------------------ callers in namespaces of their own

@pytest.mark.ordinary
def test_map_auto_is_a_single_id_where_the_helpers_gain_nothing(box):
    need(shutil.which("unshare"), "no unshare (package util-linux)")
    words = ["unshare", "--user", f"--map-user={USER}", f"--map-group={GROUP}", *command()]
    ended = assert_ok(ctr("run", "--rootfs", box.root, "--", "id", "-u", program=words))
    assert ended.out == "0\n"
    assert "no user 0" in ended.err
    assert_refused(ctr("run", "--map", "subid", "--rootfs", box.root, "--", "true", program=words), "no user 0")


@pytest.mark.ordinary
@pytest.mark.parametrize("options", [[], ["--map", "single"], ["--no-init"]])
@pytest.mark.parametrize("outer", [["--map-root-user"], [f"--map-user={USER}", f"--map-group={GROUP}"]])
def test_proc_of_another_pid_namespace_does_not_confuse_whose_map_is_written(box, options, outer):
    need(shutil.which("unshare"), "no unshare (package util-linux)")
    words = ["unshare", "--user", *outer, "--pid", "--fork", "--kill-child", *command()]
    ended = ctr("run", *options, "--rootfs", box.root, "--", "cat", "/proc/self/uid_map", program=words)
    assert assert_ok(ended).out.split()[0] == "0"
