# SPDX-License-Identifier: MIT
"""Who a command is: numbers that overflow, capabilities and groups that stay, metadata with a zero byte in it. The file
"ran" of a volume tells on the host whether, and as whom, a command ran."""
import os
import stat

import pytest

from harness import SETUP_FAILED, UNPARSABLE, USER, assert_ok, assert_refused, ctr, need
from hostile import SECRET
from nested import ordinary_in
from test_paths import facts
from watch import changes, eventually, tree

pytestmark = pytest.mark.root_too
NONE = "0" * 16
TWELVE = "00000000800425fb"
SETS = ("effective", "permitted", "inheritable", "bounding", "ambient")

NO_IDS = ["-1", "4294967295", "4294967296", "18446744073709551616", "-4294967296", "0x0", "+0", " 0", "0 ", "0\n", "00x", "1e1", "", ":", "0:-1",
          "0:4294967295", "0:4294967296", "0:", ":0", "0:0:0", "\u0660", "0.0", "4294967296:0"]


@pytest.fixture
def ran(source):
    """Whether the command ran, which is told by a file of the host."""
    before = tree(source)
    yield ["-v", f"{source}:/data"]
    assert not changes(before, tree(source)), "a command ran that should not have"


@pytest.mark.parametrize("user", NO_IDS, ids=ascii)
def test_number_that_is_no_id_is_never_the_id_zero(box, ran, user):
    """runc CVE-2016-3697, containerd CVE-2024-40635 and CVE-2026-46680, crun CVE-2026-30892: a user that overflows, or is
    another spelling of a number, was user 0."""
    for options in ([], ["--map", "single"]):
        ended = box(*ran, *options, "--user", user, "--", "touch", "/data/ran")
        assert ended.code in (SETUP_FAILED, UNPARSABLE) and ended.err, str(ended)


@pytest.mark.parametrize("user", NO_IDS, ids=ascii)
def test_number_that_is_no_id_is_never_the_id_zero_of_a_further_command(names, source, ran, user):
    """crun CVE-2026-30892, runc CVE-2016-3697: the same, of a command that joins."""
    names.detached("one", "sleep", "100", options=ran)
    ended = names.exec("one", "touch", "/data/ran", options=["--user", user])
    assert ended.code in (SETUP_FAILED, UNPARSABLE) and ended.err, str(ended)
    assert not (source / "ran").exists()


def test_number_is_never_looked_up_as_a_name(box, tool, subids):
    """runc CVE-2016-3697: a numeric user was looked up in the image's passwd first, where it may be the name of user 0."""
    program = box.add(tool("facts"))
    box.write("etc/passwd", "1000:x:0:0::/:/bin/sh\n4294967296:x:0:0::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n-1:x:0:0::/:/bin/sh\n")
    box.write("etc/group", "1000:x:0:\n")
    assert facts(assert_ok(box("--map", "subid", "--user", "1000:1000", "--", program)))["uid"] == "1000 1000 1000"
    for user in ("4294967296", "-1"):
        assert_refused(box("--user", user, "--", program), code=SETUP_FAILED)


@pytest.mark.parametrize("number", ["-1", "4294967295", "4294967296", "99999999999999999999", "0x0", "", " 0", "1e1"], ids=ascii)
def test_impossible_number_of_the_roots_accounts_is_never_the_id_zero(box, ran, number):
    """containerd CVE-2024-40635: the image's own files say what number a name has."""
    box.write("etc/passwd", f"odd:x:{number}:0::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n")
    assert_refused(box(*ran, "--user", "odd", "--", "touch", "/data/ran"))
    box.write("etc/passwd", f"odd:x:7:{number}::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n")
    assert_refused(box(*ran, "--user", "odd", "--", "touch", "/data/ran"))


@pytest.mark.parametrize("options, kept", [([], TWELVE), (["--map", "single"], TWELVE), (["--map", "single", "--user", "1000"], NONE),
                                           (["--cap-drop", "ALL"], NONE), (["--cap-drop", "ALL", "--cap-add", "KILL"], "0000000000000020"),
                                           (["--no-init"], TWELVE), (["--allow-new-privs"], TWELVE)], ids=str)
def test_capabilities_are_in_no_set_that_exec_would_hand_on(names, tool, options, kept):
    """runc CVE-2022-29162, crun CVE-2022-27650, podman CVE-2022-27649, moby CVE-2022-24769, youki CVE-2025-27612: inheritable
    capabilities were left, for a program with capabilities of its file to pick up. All five sets, of run and exec."""
    program = names.box.add(tool("facts"))
    seen = facts(assert_ok(names.box(*options, "--", program)))
    assert {name: seen[name] for name in SETS} == {"effective": kept, "permitted": kept, "inheritable": NONE, "ambient": NONE,
                                                   "bounding": seen["bounding"]}
    assert int(seen["bounding"], 16) & ~int(TWELVE, 16) == 0
    if "--no-init" in options:
        return  # takes no further command
    user = options[options.index("--user") + 1:][:1] if "--user" in options else []
    names.detached("one", "sleep", "100", options=options)
    joined = facts(assert_ok(names.exec("one", program, options=["--user", *user] if user else [])))
    assert {name: joined[name] for name in SETS} == {name: seen[name] for name in SETS}


def test_capabilities_of_the_caller_do_not_come_along(box, tool):
    """runc CVE-2022-29162, from the caller's side: what the caller may hand on by exec."""
    need(USER == 0 and os.path.exists("/usr/bin/setpriv"), "a caller with capabilities to hand on, which is root")
    ended = assert_ok(box("--", box.add(tool("facts")), prelude='exec setpriv --inh-caps=+sys_admin,+net_admin --ambient-caps=+sys_admin "$@"'))
    seen = facts(ended)
    assert (seen["inheritable"], seen["ambient"]) == (NONE, NONE) and int(seen["effective"], 16) & 1 << 21 == 0


def test_groups_are_those_that_were_asked_for_and_the_first_one(names, tool, subids):
    """podman, buildah and cri-o CVE-2022-2989, CVE-2022-2990, CVE-2022-2995; moby CVE-2022-36109: supplementary groups were
    others, or lacked the first one, so that a file which shuts a group out could be opened by it."""
    program = names.box.add(tool("facts"))
    options = ["--map", "subid"]
    alice = ["--user", "alice"]
    assert sorted(facts(assert_ok(names.box(*options, *alice, "--", program)))["groups"].split()) == ["1000", "29", "5000"]
    assert facts(assert_ok(names.box(*options, "--user", "1000:29", "--", program)))["groups"] == "29"
    assert set(facts(assert_ok(names.box(*options, "--user", "0", "--group-add", "29", "--", program)))["groups"].split()) - {"0"} == {"29"}
    names.detached("one", "sh", "-c", "echo shut > /tmp/file; chown 7:29 /tmp/file; chmod 0606 /tmp/file; touch /tmp/ready; sleep 100", options=options)
    eventually(lambda: names.exec("one", "test", "-e", "/tmp/ready").code == 0, 5, "a file that shuts a group out")
    assert sorted(facts(assert_ok(names.exec("one", program, options=alice)))["groups"].split()) == ["1000", "29", "5000"]
    assert names.exec("one", "cat", "/tmp/file", options=alice).code != 0
    assert names.exec("one", "cat", "/tmp/file", options=["--user", "1000:29"]).code != 0
    assert names.exec("one", "cat", "/tmp/file", options=["--user", "1000:1000"]).out == "shut\n"


def test_groups_cannot_be_dropped_where_the_caller_could_not(names, tool):
    """CVE-2014-8989, shadow CVE-2018-7169: setgroups stayed allowed in a map of a single id, so that a group which shuts its
    members out could be left."""
    seen = facts(assert_ok(names.box("--map", "single", "--", names.box.add(tool("facts")))))
    assert seen["setgroups"] == ("EPERM" if USER else seen["setgroups"])
    if USER:
        script = "cat /proc/self/setgroups; echo allow > /proc/self/setgroups; cat /proc/self/setgroups /proc/1/setgroups"
        assert names.box.sh(script, "--map", "single").out.split() == ["deny"] * 3


@pytest.mark.ordinary
@pytest.mark.parametrize("ranges", ["0:4294967295:2", "4294967295:1000:1", "0:1000:4294967296", "0:1000:4294967295", "0:-1:1", "-1:1000:1", "0:1000:0",
                                    "0:0:1", "0:0:4294967295", "1:4294967290:10"])
def test_ranges_that_wrap_around_map_nothing(box, ran, ranges):
    """shadow CVE-2016-6252: an overflow of a range gave ids of others, root's included."""
    for words in (["--map", ranges], ["--uidmap", ranges]):
        ended = box(*ran, *words, "--", "touch", "/data/ran")
        assert ended.code in (SETUP_FAILED, UNPARSABLE) and ended.err, str(ended)


def test_nothing_is_gained_by_a_setuid_program_of_a_volume(box, tool, source):
    """bubblewrap CVE-2020-5291: privileges left over for what runs inside: none by exec, whoever owns the program."""
    (source / "facts").write_bytes(tool("facts").read_bytes())
    (source / "facts").chmod(0o6755)
    for options in ([], ["--user", "1000", "--map", "single"], ["--allow-new-privs", "--user", "1000", "--map", "single"]):
        seen = facts(assert_ok(box(*options, "-v", f"{source}:/data", "--", "/data/facts")))
        assert len(set(seen["uid"].split())) == 1 and len(set(seen["gid"].split())) == 1
        assert seen["effective"] == (TWELVE if not options else NONE)


# ------------------------------------------------------------------------------------------------------- zero bytes

def test_zero_byte_in_what_is_read_ends_no_name(box, ran, tmp_path, tool, subids):
    """flatpak CVE-2021-43860: what stood behind a zero byte in the metadata was in force, and not shown."""
    box.write("etc/passwd", b"ev\0il:x:0:0::/:/bin/sh\nalice\0:x:0:0::/:/bin/sh\nalice:x:1000:1000::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n")
    assert_refused(box(*ran, "--user", "ev", "--", "touch", "/data/ran"))
    ended = box("--map", "subid", "--user", "alice", "--", box.add(tool("facts")))
    assert ended.code == SETUP_FAILED or facts(ended)["uid"] == "1000 1000 1000", str(ended)
    variables = tmp_path / "variables"
    variables.write_bytes(b"ONE=1\0TWO=2\nTHREE=3\n")
    ended = box("--env-file", variables, "--", "env")
    assert ended.code in (SETUP_FAILED, UNPARSABLE) or "TWO" in ended.out, str(ended)
    profile = tmp_path / "profile.json"
    for text in ('{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["getpid\\u0000x"],"action":"SCMP_ACT_ERRNO"}]}',
                 '{"defaultAction":"SCMP_ACT_ALLOW\\u0000"}', '{"defaultAction":"SCMP_ACT_ALLOW"}\0{'):
        profile.write_text(text)
        assert_refused(box(*ran, "--security-opt", f"seccomp={profile}", "--", "touch", "/data/ran"), "seccomp")


def test_new_lines_in_what_is_given_make_no_lines(box, ran, source):
    """containerd CVE-2026-46680: a line break in a user, a group or a variable made a second entry."""
    for words in (["--user", "alice\nroot"], ["--group-add", "audio\n0"], ["--env", "A\nB=1"], ["--hostname", "a\nb"], ["--name", "a\nb"]):
        ended = box(*ran, *words, "--", "touch", "/data/ran")
        if words[0] != "--env":
            assert ended.code in (SETUP_FAILED, UNPARSABLE) and ended.err, str(ended)
        (source / "ran").unlink(missing_ok=True)


def test_state_and_captured_output_are_for_the_caller_alone(names):
    """containerd CVE-2024-25621: directories of the state could be entered and read by everybody."""
    names.detached("one", "sh", "-c", f"echo {SECRET}; sleep 100", prelude="umask 0")
    checked = 0
    for directory, directories, files in os.walk(names.state):
        for name in [".", *directories, *files]:
            info = os.lstat(os.path.join(directory, name))
            assert stat.S_IMODE(info.st_mode) & 0o077 == 0 and info.st_uid == USER, name
            checked += 1
    assert checked >= 6


@pytest.mark.ordinary
def test_predictable_place_that_somebody_made_first_is_refused(tmp_path, box, victim):
    """lxc CVE-2015-1331, firejail CVE-2016-10119: a file of a known name in a directory for everybody was somebody else's."""
    place = f"/mnt/ctr-{USER}"
    for made in (f"ln -s {victim} {place}", f"mkdir {place}; chmod 0777 {place}", f": > {place}", f"mkfifo {place}",
                 f"mkdir -m 0700 /mnt/real; ln -s real {place}"):
        script = f"mount -t tmpfs -o mode=1777 none /mnt; {made}"
        ended = ordinary_in(script, "run", "-d", "--map", "single", "--state-dir", place, "--name", "one", "--rootfs", box.root, "--", "true")
        assert ended.code == SETUP_FAILED, f"{made}\n{ended}"


def test_state_directory_that_was_named_by_mistake_is_left_as_it_is(box, victim):
    """What killed processes leave is removed by whoever looks next, and nothing else is: a home holds names too."""
    for name in ("empty", "other/below", ".new-x", ".old-y", "record", "like"):
        (victim / name).mkdir(parents=True)
    for name in (".old-file", "other/info", "other/record", ".old-y/notes", "like/info", "like/stdout"):
        (victim / name).write_text(SECRET)
    before = tree(victim)
    for words in (["ps", "-a"], ["inspect", "other"], ["rm", "-f", "other"], ["rm", "empty"], ["rm", "like"], ["logs", "secret"],
                  ["run", "--rootfs", box.root, "--name", "deep", "--rm", "--", "true"]):
        ctr(words[0], "--state-dir", victim, *words[1:])
    shown = changes(before, tree(victim))
    for name in ("empty", "other/below", ".new-x", ".old-y", "record", "like", ".old-file", "other/info", "other/record", ".old-y/notes", "like/info",
                 "like/stdout"):
        place = victim / name
        assert place.exists(), f"{name} is gone: {shown}"
        if place.is_file():
            place.unlink()
    for name in ("empty", "other/below", "other", ".new-x", ".old-y", "record", "like"):
        (victim / name).rmdir()
