# SPDX-License-Identifier: MIT
"""Who the payload is by number and by name, in roots whose user files may be hostile; setuid programs."""
import os

import pytest

from harness import SETUP_FAILED, UNPARSABLE, USER, assert_ok, assert_refused


# ------------------------------------------------------------------------------------------ user by name

@pytest.mark.ordinary
def test_user_by_name_brings_group_groups_and_home(box, subids):
    lines = assert_ok(box("--user", "alice", "--", "sh", "-c", "id -u; id -g; id -G; echo $HOME")).lines
    assert lines[:2] == ["1000", "1000"]
    assert sorted(lines[2].split(), key=int) == ["29", "1000", "5000"]
    assert lines[3] == "/home/alice"


@pytest.mark.ordinary
def test_user_by_name_is_the_subordinate_id_of_its_number(box, host, subids):
    host.chmod(0o777)
    assert_ok(box("--user", "alice", "-v", f"{host}:/data", "--", "touch", "/data/new"))
    assert (host / "new").stat().st_uid == subids[0][0] + 999


@pytest.mark.ordinary
def test_user_by_number_is_the_caller_on_the_host(box, host, subids):
    assert_ok(box("--user", "1000", "-v", f"{host}:/data", "--", "touch", "/data/new"))
    assert (host / "new").stat().st_uid == USER


@pytest.mark.ordinary
@pytest.mark.parametrize("user, uid, gid", [("alice:audio", 1000, 29), ("alice:100", 1000, 100), ("1000:29", 1000, 29),
                                            ("bob", 1001, 100), ("1001:club", 1001, 5000), ("0:0", 0, 0), ("root", 0, 0)])
def test_user_by_name_or_number_with_a_group(box, subids, user, uid, gid):
    assert box("--user", user, "--", "sh", "-c", "id -u; id -g").lines == [str(uid), str(gid)]


@pytest.mark.ordinary
def test_user_by_number_needs_no_entry(box, subids):
    assert box("--user", "4321:1234", "--", "sh", "-c", "id -u; id -g").lines == ["4321", "1234"]


@pytest.mark.ordinary
def test_user_by_name_in_a_single_map_is_never_silently_without_groups(box):
    ended = box("--map", "single", "--user", "alice", "--", "id", "-G")
    assert ended.code == SETUP_FAILED or "group" in ended.err, str(ended)
    assert "group" in ended.err


@pytest.mark.parametrize("user", ["nobody-here", "alice:nogroup-here", "daemon", "alicex", "alic", "Alice"])
def test_user_by_name_that_the_container_does_not_know_is_refused(box, user):
    assert_refused(box("--user", user, "--", "true"), user.split(":")[-1])


@pytest.mark.ordinary
def test_user_by_name_groups_can_be_added(box, subids):
    assert set(box("--group-add", "audio", "--group-add", "77", "--", "id", "-G").out.split()) == {"0", "29", "77"}
    assert_refused(box("--group-add", "nogroup-here", "--", "true"), "nogroup-here")


@pytest.mark.ordinary
def test_user_by_name_is_read_from_what_the_container_gets_for_passwd(box, host, subids):
    (host / "passwd").write_text("alice:x:1300:1300::/made:/bin/sh\n")
    (host / "group").write_text("wheel:x:99:alice\n")
    asks = ("--user", "alice", "--", "sh", "-c", "id -u; id -G; echo $HOME")
    files = ("--file", f"/etc/passwd={host}/passwd", "--file", f"/etc/group={host}/group")
    assert assert_ok(box(*files, *asks)).lines == ["1300", "1300 99", "/made"]
    assert assert_ok(box("--tmpfs", "/etc", *files, *asks)).lines == ["1300", "1300 99", "/made"]
    (box.root / "etc/passwd").unlink()
    links = ("-v", f"{host}:/data", "--symlink", "/etc/passwd=/data/passwd")
    assert assert_ok(box(*links, "--user", "alice", "--", "id", "-u")).lines == ["1300"]


BAD_USERS = ["4294967296", "4294967295", "-1", "1000x", "", ":", "0:", ":0", "+5", " 5", "5 ", "0x10", "1e3", "00000000004294967296",
             "18446744073709551616", "99999999999999999999999999", "0:4294967295", "0:-1", "0:4294967296", "0:0:0", "1.0"]


@pytest.mark.root_too
@pytest.mark.parametrize("user", BAD_USERS)
def test_user_that_is_no_id_is_refused_and_never_taken_for_root(box, host, user):
    ended = box("--user", user, "-v", f"{host}:/data", "--", "touch", "/data/ran")
    assert ended.code in (SETUP_FAILED, UNPARSABLE), str(ended)
    assert ended.err
    assert not (host / "ran").exists()


@pytest.mark.root_too
@pytest.mark.parametrize("group", ["4294967296", "4294967295", "-1", "10x", ""])
def test_user_groups_that_are_no_id_are_refused(box, group):
    assert box("--group-add", group, "--", "true").code in (SETUP_FAILED, UNPARSABLE)


@pytest.mark.root_too
@pytest.mark.parametrize("uid", ["4294967296", "4294967295", "-1", "", "x", "0x0", "18446744073709551616"])
def test_user_by_name_with_an_impossible_id_is_refused(box, uid):
    (box.root / "etc/passwd").write_text(f"root:x:0:0::/:/bin/sh\nevil:x:{uid}:0::/:/bin/sh\n")
    assert_refused(box("--user", "evil", "--", "id"), "evil")


# ---------------------------------------------------------------------------------- hostile passwd files

@pytest.mark.root_too
@pytest.mark.parametrize("name", ["passwd", "group"])
def test_user_by_name_does_not_hang_on_a_fifo(box, name):
    (box.root / "etc" / name).unlink()
    os.mkfifo(box.root / "etc" / name)
    assert_refused(box("--user", "alice", "--", "true", timeout=8), name)
    assert_ok(box("--", "true", timeout=8))


@pytest.mark.root_too
def test_user_by_name_does_not_follow_a_symlink_to_the_host(box, host):
    (host / "passwd").write_text("hostonly:x:0:0::/:/bin/sh\n")
    for target in (str(host / "passwd"), "../../../../../../../../.." + str(host / "passwd")):
        (box.root / "etc/passwd").unlink()
        (box.root / "etc/passwd").symlink_to(target)
        assert_refused(box("--user", "hostonly", "--", "id"))


@pytest.mark.ordinary
def test_user_by_name_follows_a_symlink_inside_the_root(box, subids):
    (box.root / "etc/passwd").rename(box.root / "data/passwd")
    (box.root / "etc/passwd").symlink_to("/data/passwd")
    ended = box("--user", "alice", "--", "id", "-u")
    assert ended.out == "1000\n" or (ended.code == SETUP_FAILED and "passwd" in ended.err), str(ended)


@pytest.mark.root_too
def test_user_by_name_does_not_read_a_device_for_ever(box):
    (box.root / "etc/passwd").unlink()
    (box.root / "etc/passwd").symlink_to("/dev/zero")
    assert_refused(box("--user", "alice", "--", "true", timeout=8))


@pytest.mark.root_too
def test_user_by_name_in_a_huge_file_ends(box):
    with open(box.root / "etc/passwd", "r+b") as file:
        file.truncate(1 << 40)
    ended = box("--user", "nobody-here", "--", "true", timeout=15)
    assert_refused(ended)


@pytest.mark.ordinary
def test_user_by_name_in_an_odd_file_is_found(box, subids):
    (box.root / "etc/passwd").write_text("\n#comment\n:::::\nroot\nalice\nalice:x\n" + "x" * 5000 + ":x:7:7::/:\n"
                                         "alice:x:1000:1000:A:/home/alice:/bin/sh")
    assert box("--user", "alice", "--", "id", "-u").out == "1000\n"


@pytest.mark.root_too
def test_user_by_name_without_a_passwd_file_is_refused(box):
    (box.root / "etc/passwd").unlink()
    assert_refused(box("--user", "alice", "--", "true"), "alice")
    assert_ok(box("--", "true"))


# ------------------------------------------------------------------------------------- setuid, no_new_privs

def setuid_copy(box, probe):
    return box.add(probe("ids"), "setuid", 0o4755)


@pytest.mark.ordinary
def test_rootless_setuid_program_gains_nothing_by_default(box, probe, subids):
    program = setuid_copy(box, probe)
    ended = box("--map", f"0:{USER}:1,1:{subids[0][0]}:2000", "--user", "1000", "--", program)
    assert assert_ok(ended).lines[0] == "1000 1000 1000"
    assert box("--", "grep", "NoNewPrivs", "/proc/self/status").out.split()[1] == "1"


@pytest.mark.ordinary
@pytest.mark.parametrize("option", ["--allow-new-privs", "--security-opt=no-new-privileges=false"])
def test_rootless_setuid_program_works_on_request(box, probe, subids, option):
    program = setuid_copy(box, probe)
    ended = box(option, "--map", f"0:{USER}:1,1:{subids[0][0]}:2000", "--user", "1000", "--", program)
    assert assert_ok(ended).lines[0] == "1000 0 0"


@pytest.mark.ordinary
def test_rootless_caller_without_new_privileges_still_gets_a_container(box, subids):
    ended = box("--", "id", "-u", prelude='exec setpriv --no-new-privs -- "$@"')
    assert ended.code == 0 or ("no_new_privs" in ended.err and ended.code == SETUP_FAILED), str(ended)
