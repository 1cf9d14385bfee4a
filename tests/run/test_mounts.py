# SPDX-License-Identifier: MIT
"""Binds of directories: what a container sees of the host, what the host sees of it, and what is refused."""
import itertools
import os
import pathlib

import pytest

from harness import SETUP_FAILED, UNPARSABLE, USER, assert_ok, assert_refused, ctr, need, run, token
from nested import ordinary_in
from watch import options_of, tree, unchanged

pytestmark = pytest.mark.root_too


# --------------------------------------------------------------------------------- bind, read-write, read-only

def test_bind_rw_shows_a_write_to_the_host(box, host):
    assert_ok(box.sh("echo inside > /data/new", "-v", f"{host}:/data"))
    assert (host / "new").read_text() == "inside\n"
    assert (host / "new").stat().st_uid == USER


def test_bind_rw_shows_the_hosts_files(box, host):
    (host / "old").write_text("outside")
    assert box("-v", f"{host}:/data", "--", "cat", "/data/old").out == "outside"


def test_bind_rw_covers_what_the_root_has_there(box, host):
    box.write("data/hidden", "x")
    assert box("-v", f"{host}:/data", "--", "ls", "/data").out == ""
    assert (box.root / "data/hidden").exists()


def test_bind_rw_of_a_source_alone_keeps_its_path(box, host):
    (host / "old").write_text("outside")
    assert box("-v", host, "--", "cat", host / "old").out == "outside"


def test_bind_rw_of_a_relative_source_is_the_callers(box, host):
    (host / "sub").mkdir()
    (host / "sub/old").write_text("outside")
    for source in ("sub", "./sub", "sub/", "../host/sub"):
        assert box("-v", f"{source}:/data", "--", "cat", "/data/old", cwd=host).out == "outside"


def test_bind_rw_is_nosuid_and_nodev(box, host):
    ended = box("-v", f"{host}:/data", "--", "cat", "/proc/self/mountinfo")
    assert {"rw", "nosuid", "nodev"} <= options_of(ended, "/data")


@pytest.mark.parametrize("options", ["nosuid,nodev,noexec", "ro,noexec", "bind,ro", "rbind,rw"])
def test_bind_rw_options_are_in_force(box, host, options):
    ended = box("-v", f"{host}:/data:{options}", "--", "cat", "/proc/self/mountinfo")
    assert {word for word in options.split(",") if "bind" not in word} <= options_of(ended, "/data")


def test_bind_rw_noexec_forbids_execution(box, host):
    (host / "tool").write_text("#!/bin/sh\necho ran\n")
    (host / "tool").chmod(0o755)
    assert box("-v", f"{host}:/data", "--", "/data/tool").out == "ran\n"
    assert "ran" not in box("-v", f"{host}:/data:noexec", "--", "sh", "-c", "/data/tool").out


def test_bind_rw_of_odd_names_works(box, host):
    for name in ("two words", "ü", "tab\tname", "back\\slash", "'quote\"", "*", "-dash"):
        (host / name).mkdir()
        (host / name / "file").write_text(name)
        assert box("-v", f"{host}/{name}:/data/{name}", "--", "cat", f"/data/{name}/file").out == name


def test_bind_rw_by_mount_option_takes_colons(box, host):
    (host / "a:b").mkdir()
    (host / "a:b/file").write_text("colon")
    ended = box("--mount", f"type=bind,source={host}/a:b,target=/data", "--", "cat", "/data/file")
    assert ended.out == "colon"


@pytest.mark.parametrize("spelling", ["type=bind,source={},target=/data,ro", "type=bind,src={},dst=/data,readonly",
                                      "type=bind,src={},destination=/data,ro=true", "readonly,dst=/data,src={},type=bind"])
def test_bind_ro_by_mount_option_in_every_spelling(box, host, spelling):
    (host / "old").write_text("outside")
    ended = box.sh("cat /data/old; touch /data/new", "--mount", spelling.format(host))
    assert ended.out == "outside"
    assert "Read-only file system" in ended.err


def test_bind_ro_refuses_writes(box, host):
    (host / "old").write_text("outside")
    for script in ("touch /data/new", "rm /data/old", "echo x > /data/old", "chmod 777 /data"):
        ended = box.sh(script, "-v", f"{host}:/data:ro")
        assert ended.code != 0
        assert "Read-only file system" in ended.err
    assert tree(host).keys() == {".", "old"}


def test_bind_ro_cannot_be_undone_by_the_payload(box, host):
    box.sh("mount -o remount,rw /data; mount -o remount,bind,rw /data; touch /data/new", "-v", f"{host}:/data:ro")
    assert not (host / "new").exists()


def test_bind_ro_cannot_be_undone_by_a_payload_that_is_not_root(box, host):
    box.sh("mount -o remount,rw /data; mount -o remount,bind,rw /data; touch /data/new", "-v", f"{host}:/data:ro", "--map", "single",
           "--user", "1000")
    assert not (host / "new").exists()


def test_ro_recursive_covers_a_submount_of_the_host(box):
    need(os.path.ismount("/dev/shm") and os.access("/dev/shm", os.W_OK), "no writable mount at /dev/shm of the host")
    name = f"/data/shm/ctr-test-{token()}"
    assert "Read-only file system" in box.sh(f"touch {name}", "-v", "/dev:/data:ro").err
    assert_ok(box.sh(f"touch {name} && rm {name}", "-v", "/dev:/data"))


@pytest.mark.ordinary
def test_ro_recursive_covers_a_deep_submount(box, host):
    prepare = f"mkdir -p {host}/a {host}/b; mount -t tmpfs tmpfs {host}/a; mkdir {host}/a/c; mount -t tmpfs tmpfs {host}/a/c"
    ended = ordinary_in(prepare, "run", "--map", "single", "--rootfs", box.root, "-v", f"{host}:/data:ro", "--", "sh", "-c",
                        "touch /data/x; touch /data/a/x; touch /data/a/c/x; ls /data/a")
    assert ended.err.count("Read-only file system") == 3, str(ended)
    assert ended.out == "c\n"


@pytest.mark.ordinary
@pytest.mark.parametrize("options", ["ro", "rw", "ro,noexec"])
def test_flags_kept_of_a_source_that_has_them_locked(box, host, options):
    prepare = f"mount -t tmpfs -o nosuid,nodev,noexec,noatime tmpfs {host}; touch {host}/x"
    ended = ordinary_in(prepare, "run", "--map", "single", "--rootfs", box.root, "-v", f"{host}:/data:{options}", "--", "cat",
                        "/proc/self/mountinfo")
    assert {"nosuid", "nodev", "noexec", "noatime", options.split(",")[0]} <= options_of(assert_ok(ended), "/data")


@pytest.mark.ordinary
def test_flags_kept_of_a_source_that_is_read_only(box, host):
    prepare = f"mount -t tmpfs -o ro,nosuid tmpfs {host}"
    ended = ordinary_in(prepare, "run", "--map", "single", "--rootfs", box.root, "-v", f"{host}:/data", "--", "sh", "-c",
                        "touch /data/x; cat /proc/self/mountinfo")
    assert "Read-only file system" in ended.err
    assert {"ro", "nosuid"} <= options_of(ended, "/data")


@pytest.mark.ordinary
def test_bind_rw_without_submounts_is_refused_where_they_are_locked(box, host):
    prepare = f"mkdir -p {host}/sub; mount -t tmpfs tmpfs {host}/sub"
    words = ("run", "--map", "single", "--rootfs", box.root, "-v")
    assert_ok(ordinary_in(prepare, *words, f"{host}:/data", "--", "true"))
    assert_refused(ordinary_in(prepare, *words, f"{host}:/data:bind", "--", "true"), "volume 1")


# --------------------------------------------------------------------------------------- ghosts, optional, errors

def test_ghost_mount_point_is_not_made_in_a_directory_of_the_host(box, host):
    with unchanged(host):
        ended = box("-v", f"{host}:/data", "-v", "/etc/hostname:/data/ghost/x", "--", "true")
    assert_refused(ended, "volume 2", "/data/ghost/x")


def test_ghost_mount_point_is_not_made_whatever_the_order(box, host):
    with unchanged(host):
        ended = box("-v", "/etc/hostname:/data/ghost/x", "-v", f"{host}:/data", "--", "true")
    assert_refused(ended, "volume 1", "/data/ghost/x")


def test_ghost_mount_point_is_not_made_for_other_kinds_of_mount(box, host):
    with unchanged(host):
        for option in (["--tmpfs", "/data/t"], ["--file", "/data/f=/etc/hostname"], ["--dir", "/data/d"], ["--symlink", "/data/s=x"]):
            assert_refused(box("-v", f"{host}:/data", *option, "--", "true"), "/data/")


def test_ghost_mount_point_is_made_where_it_is_asked_for(box, host):
    ended = box("-v", f"{host}:/data", "-v", "/etc/hostname:/data/ghost/x:create", "--", "cat", "/data/ghost/x")
    assert ended.out == pathlib.Path("/etc/hostname").read_text()
    assert (host / "ghost/x").read_text() == ""
    assert (host / "ghost").stat().st_uid == USER


def test_ghost_mount_point_is_no_matter_where_it_exists(box, host):
    (host / "x").write_text("")
    ended = box("-v", f"{host}:/data", "-v", "/etc/hostname:/data/x", "--", "cat", "/data/x")
    assert ended.out == pathlib.Path("/etc/hostname").read_text()


def test_optional_source_that_is_missing_is_left_out(box):
    assert_ok(box("-v", "/nope:/x:optional", "--", "sh", "-c", "test ! -e /x"))
    assert not (box.root / "x").exists()


def test_optional_source_that_is_there_is_mounted(box, host):
    assert_ok(box("-v", f"{host}:/data:optional,ro", "--", "sh", "-c", "! touch /data/x"))


def test_optional_is_not_a_licence_for_other_failures(box, host):
    assert_refused(box("-v", f"{host}:/etc/passwd:optional", "--", "true"), "volume 1")


def test_optional_missing_source_without_it_is_told(box):
    ended = box.outcome("-v", "/etc:/data", "-v", "/nope:/x", "--", "true")
    assert ended.code == SETUP_FAILED
    error = ended.error
    assert (error["step"], error["subject"], error["index"], error["errno_name"]) == ("mount", "/nope", 1, "ENOENT")
    assert error["call"] == "ctr_add_mount"
    assert error["hint"]


def test_optional_missing_source_names_the_option_as_a_person_counts(box):
    assert_refused(box("-v", "/etc:/data", "-v", "/nope:/x", "--", "true"), "volume 2", "/nope", "No such file", "hint:")
    assert_refused(box("--mount", "type=bind,src=/nope,dst=/x", "--", "true"), "mount 1", "/nope")


def test_optional_is_not_advised_where_it_is_the_container_that_lacks_the_place(box, host):
    ended = assert_refused(box("-v", f"{host}:/proc/x", "--", "true"), "/proc/x", "no such place in the container")
    assert "source" not in ended.err


@pytest.mark.ordinary
def test_mount_point_that_cannot_be_made_in_a_root_of_others_is_told_with_the_way_out(host):
    for options in ([], ["-v", f"{host}:/data"]):
        assert_refused(run("--rootfs", "/usr", *options, "--", "true"), "permission denied", "hint:", "--read-only")


@pytest.mark.parametrize("given", ["", ":", ":/x", "/etc:", "/etc:x", "/etc:./x", "/etc:/x:", "/etc:/x:bogus", "/etc:/x:ro,bogus",
                                   "/etc:/x:ro:rw", "/etc:/x\n/y", "/et\nc:/x", "/etc:/" + "x" * 5000, "/" + "y" * 5000 + ":/x"])
def test_bad_volume_is_refused_by_name(box, given):
    ended = box("-v", given, "--", "true")
    assert ended.code in (SETUP_FAILED, UNPARSABLE), str(ended)
    assert "volume" in ended.err
    if "bogus" in given:
        assert "bogus" in ended.err


@pytest.mark.parametrize("given", ["", "type=bind", "type=bind,source=/etc", "type=nonsense,target=/x", "source=/etc,target=/x,bogus=1",
                                   "type=tmpfs", "type=bind,source=/etc,target=x", "type=overlay,target=/x", "target=/x,target=/y",
                                   "type=tmpfs,target=/x,source=/etc,options=size=x"])
def test_bad_mount_option_is_refused_by_name(box, given):
    ended = box("--mount", given, "--", "true")
    assert ended.code in (SETUP_FAILED, UNPARSABLE), str(ended)
    assert "mount" in ended.err


def test_two_mounts_on_one_target_are_refused(box, host):
    for second in ("/data", "/data/", "/data/.", "//data"):
        assert_refused(box("-v", f"{host}:/data", "-v", f"/etc:{second}", "--", "true"), "/data")
    assert_refused(box("-v", f"{host}:/data", "--tmpfs", "/data", "--", "true"), "/data")


# -------------------------------------------------------------------------------------------- order, nesting

def test_mount_order_does_not_matter(box, tmp_path):
    for name, inner in (("a", "in"), ("b", "deep"), ("c", "end")):
        (tmp_path / name / inner).mkdir(parents=True)
        (tmp_path / name / "mark").write_text(name)
    volumes = [["-v", f"{tmp_path}/a:/data"], ["-v", f"{tmp_path}/b:/data/in:ro"], ["--tmpfs", "/data/in/deep"]]
    seen = set()
    for order in itertools.permutations(volumes):
        options = [word for volume in order for word in volume]
        seen.add(box.sh("cat /data/mark /data/in/mark; ls /data /data/in /data/in/deep", *options).out)
    assert seen == {"ab/data:\nin\nmark\n\n/data/in:\ndeep\nmark\n\n/data/in/deep:\n"}


def test_mount_order_of_siblings_with_one_prefix_is_right(box, host):
    (host / "x").mkdir()
    ended = box.sh("ls /data /data-more", "-v", f"{host}:/data-more", "-v", f"{host}/x:/data")
    assert ended.out == "/data:\n\n/data-more:\nx\n"


def test_mount_order_with_defaults_lets_the_callers_mount_win(box, host):
    (host / "mark").write_text("mine")
    assert box("-v", f"{host}:/tmp", "--", "cat", "/tmp/mark").out == "mine"
    assert box("-v", f"{host}:/tmp/sub", "--", "cat", "/tmp/sub/mark").out == "mine"
    assert box("-v", f"{host}:/dev/shm", "--", "cat", "/dev/shm/mark").out == "mine"


def test_mount_order_many_mounts_work(box, host):
    options = [word for index in range(200) for word in ("-v", f"{host}:/data/{index}")]
    assert box.sh("ls /data | wc -l; grep -c ' /data/' /proc/self/mountinfo", *options).lines == ["200", "200"]


@pytest.mark.ordinary
def test_mount_order_many_binds_work_where_the_callers_ids_are_not_mapped(box, host, subids):
    (users, _), (groups, _) = subids
    maps = ["--uidmap", f"0:{users}:65536", "--gidmap", f"0:{groups}:65536"]
    options = [word for index in range(400) for word in ("-v", f"/etc/passwd:/mnt/{index}")]
    ended = ctr("run", *maps, "--tmpfs", "/mnt", *options, "--", "sh", "-c", "ls /mnt | wc -l; grep -c 'passwd /mnt/' /proc/self/mountinfo")
    assert assert_ok(ended).lines == ["400", "400"]


def test_mount_order_more_binds_than_descriptors_are_refused_by_the_limit_and_users_are_not_unknown(box, host):
    options = [word for index in range(100) for word in ("-v", f"{host}:/data/{index}")]
    ended = box(*options, "--user", "alice", "--", "true", prelude="ulimit -n 120")
    assert_refused(ended, "volume", "ulimit -n")


# ----------------------------------------------------------------------- sources that mean something to the caller only

@pytest.mark.parametrize("source", ["/proc/self/fd/4", "/dev/fd/4", "/dev/stdin", "link"])
def test_bind_of_the_callers_descriptor_shows_its_file(box, host, source):
    (host / "f").write_text("mine")
    (host / "link").symlink_to("/proc/self/fd/4")
    ended = box("-v", f"{source}:/data/x", "--", "cat", "/data/x", cwd=host, prelude=f"exec 4<{host}/f <{host}/f")
    assert assert_ok(ended).out == "mine"


def test_bind_below_proc_self_shows_the_callers_process(box, host):
    assert box("-v", "/proc/self/comm:/data/c", "--", "cat", "/data/c").out == "ctr\n"
    (host / "mark").write_text("x")
    assert "mark" in box("-v", "/proc/self/cwd:/data", "--", "ls", "/data", cwd=host).out


@pytest.mark.parametrize("source", ["exec 4</proc/self/ns/net", "exec 4<gone; rm gone", "mkfifo p; exec 4<>p; rm p"])
def test_bind_of_a_descriptor_without_a_name_is_refused(box, host, source):
    (host / "gone").write_text("x")
    ended = box("-v", "/proc/self/fd/4:/data/x", "--", "true", cwd=host, prelude=source)
    assert_refused(ended, "volume 1", "/proc/self/fd/4", "without a name")


# ------------------------------------------------------------------------------ roots that nobody could write to

READ_ONLY_ROOT = "mount --bind {root} /mnt; mount -o remount,bind,ro /mnt"


def test_mount_point_that_a_read_only_file_system_lacks_is_provided(box, host):
    (host / "mark").write_text("x")
    before = tree(box.root)
    ended = ordinary_in(READ_ONLY_ROOT.format(root=box.root), "run", "--map", "single", "--rootfs", "/mnt", "-v", f"{host}:/new/deep",
                        "-v", f"{host}:/etc/deep", "--", "ls", "/new/deep", "/etc/deep", "/etc")
    assert assert_ok(ended).out.count("mark") == 2
    assert "passwd" in ended.out
    assert tree(box.root) == before


def test_tmpfs_that_is_read_only_holds_what_was_asked_for(box, host):
    (host / "mark").write_text("x")
    ended = box.sh("ls /t /t/a/b; cat /t/f; touch /t/a/b/written; touch /t/x", "--tmpfs", "/t:ro", "-v", f"{host}:/t/a/b",
                   "--file", f"/t/f={host}/mark", "--dir", "/t/d")
    assert "/t:\na\nd\nf\n\n/t/a/b:\nmark\nx" in ended.out
    assert "/t/x: Read-only file system" in ended.err
    assert (host / "written").exists()
