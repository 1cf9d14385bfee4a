# SPDX-License-Identifier: MIT
"""Binds of files, sockets and devices; mounts of kernel file systems; files, links and directories made for a container."""
import errno
import os
import socket
import threading

import pytest

from harness import SETUP_FAILED, assert_ok, assert_refused, run, token
from watch import mounts_inside, tree

pytestmark = pytest.mark.root_too


# ------------------------------------------------------------------------------- kinds of source and target

def test_file_bind_to_a_deep_target_is_readable_and_listed(box, host):
    (host / "h").write_text("content")
    ended = box.outcome("-v", f"{host}/h:/etc/deep/h:ro", "--", "cat", "/etc/deep/h")
    assert (ended.code, ended.out) == (0, "content")
    assert "/etc/deep/h" in str(ended.report)
    assert (box.root / "etc/deep/h").read_text() == ""
    assert (host / "h").read_text() == "content"


def test_file_bind_of_an_existing_target_is_not_listed_as_created(box, host):
    (host / "h").write_text("content")
    ended = box.outcome("-v", f"{host}/h:/etc/group:ro", "--", "cat", "/etc/group")
    assert ended.out == "content"
    assert "/etc/group" not in str(ended.report.get("created", ""))


def test_file_bind_writes_through(box, host):
    (host / "h").write_text("content")
    assert_ok(box.sh("echo more >> /data/h", "-v", f"{host}/h:/data/h"))
    assert (host / "h").read_text() == "contentmore\n"


def test_file_bind_of_an_unreadable_file_keeps_it_so(box, host):
    (host / "h").write_text("content")
    (host / "h").chmod(0)
    ended = box("--map", "single", "--user", "1000", "-v", f"{host}/h:/data/h", "--", "cat", "/data/h")
    assert (ended.code, ended.out) == (1, "")


def test_file_bind_of_a_socket_connects(box, host, probe):
    server = socket.socket(socket.AF_UNIX)
    directory = os.open(host, os.O_DIRECTORY)
    server.bind(f"/proc/self/fd/{directory}/s")
    server.listen(1)
    os.close(directory)

    def serve():
        connection, _ = server.accept()
        connection.sendall(b"from the host")
        connection.close()
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert box("-v", f"{host}/s:/data/s", "--", box.add(probe("network")), "unix", "/data/s").out == "from the host\n"
    thread.join(5)
    server.close()


def test_file_bind_of_a_fifo_passes_bytes_and_never_hangs(box, host):
    os.mkfifo(host / "fifo")
    running = box.start("-v", f"{host}/fifo:/data/fifo", "--", "cat", "/data/fifo")
    (host / "fifo").write_text("through")
    out, _ = running.communicate(timeout=10)
    assert (running.returncode, out) == (0, b"through")


def test_file_bind_onto_a_directory_is_refused_and_the_other_way_round(box, host):
    (host / "h").write_text("content")
    assert_refused(box("-v", f"{host}/h:/data", "--", "true"), "volume 1", "/data", "directory")
    assert_refused(box("-v", f"{host}:/etc/passwd", "--", "true"), "volume 1", "/etc/passwd", "directory")


def test_file_bind_of_a_symlink_follows_it(box, host):
    (host / "h").write_text("content")
    (host / "link").symlink_to("h")
    assert box("-v", f"{host}/link:/data/h", "--", "cat", "/data/h").out == "content"


def test_file_bind_of_a_symlink_can_be_refused(box, host):
    (host / "h").write_text("content")
    (host / "link").symlink_to("h")
    (host / "dir").symlink_to(".")
    assert_refused(box("-v", f"{host}/link:/data/h:nofollow", "--", "true"), "volume 1", "link")
    assert_refused(box("-v", f"{host}/dir/:/data:nofollow", "--", "true"), "volume 1")
    assert_ok(box("-v", f"{host}/h:/data/h:nofollow", "--", "true"))


def test_file_bind_of_a_closed_directory_works(box, host):
    (host / "closed").mkdir(mode=0o311)
    (host / "closed/open").mkdir()
    ended = box("-v", f"{host}/closed:/data", "--", "ls", "/data/open")
    (host / "closed").chmod(0o755)
    assert_ok(ended)


# ------------------------------------------------------------------------------------- other kinds of mount

def test_tmpfs_bounded_by_size(box):
    ended = box.sh("dd if=/dev/zero of=/t/x bs=1k count=2000", "--tmpfs", "/t:size=1m,nr_inodes=10")
    assert "No space left" in ended.err


def test_tmpfs_bounded_by_inodes(box):
    ended = box.sh("for i in 1 2 3 4 5 6 7 8 9 10 11 12; do touch /t/$i || exit 3; done", "--tmpfs", "/t:size=1m,nr_inodes=10")
    assert ended.code == 3
    assert "No space left" in ended.err


def test_tmpfs_mode_and_content(box):
    assert box.sh("stat -c %a /t; ls -A /t", "--tmpfs", "/t:mode=0711").out == "711\n"
    assert box.sh("stat -c %a /t", "--mount", "type=tmpfs,target=/t,options=mode=0750:size=64k").out == "750\n"
    assert_ok(box.sh("touch /t/x", "--tmpfs", "/t"))
    assert tree(box.root / "t").keys() == {"."}


@pytest.mark.parametrize("options, named", [("nonsense=1", "nonsense"), ("size=x", "size"), ("size=1m,bogus", "bogus"), ("mode=9", "mode")])
def test_tmpfs_option_that_is_wrong_is_named(box, options, named):
    assert_refused(box("--tmpfs", f"/t:{options}", "--", "true"), "tmpfs", named)


def test_tmpfs_can_be_read_only(box):
    assert "Read-only" in box.sh("touch /t/x", "--mount", "type=tmpfs,target=/t,ro").err


def test_file_of_content_is_read_only_and_leaves_the_source(box, host):
    (host / "h").write_text("content")
    ended = box.sh("cat /data/f; echo x > /data/f", "--file", f"/data/f={host}/h")
    assert ended.out == "content"
    assert ended.code != 0
    assert (host / "h").read_text() == "content"


def test_file_of_content_of_one_mebibyte_arrives(box, host):
    (host / "h").write_bytes(os.urandom(1 << 20))
    assert box("--file", f"/data/f={host}/h", "--", "cat", "/data/f").raw == (host / "h").read_bytes()


def test_file_symlink_and_dir_are_made(box):
    ended = box.sh("readlink /data/link; stat -c %a /data/a/b", "--symlink", "/data/link=/etc/passwd", "--dir", "/data/a/b:0700")
    assert ended.lines == ["/etc/passwd", "700"]
    assert_ok(box("--symlink", "/data/link=/etc/passwd", "--dir", "/data/a/b:0755", "--", "true"))
    assert_refused(box("--symlink", "/data/link=/etc/group", "--", "true"), "/data/link")


def test_device_of_the_host_is_usable(box):
    assert box.sh("echo x > /dev/mine; head -c 2 /dev/zero2 | wc -c", "--device", "/dev/null:/dev/mine", "--device",
                  "/dev/zero:/dev/zero2").out.strip() == "2"
    assert_refused(box("--device", "/dev/no-such-device", "--", "true"), "device", "/dev/no-such-device")
    assert_refused(box("--device", "/etc/passwd:/dev/x", "--", "true"), "device", "/etc/passwd")


@pytest.mark.parametrize("kind, where, seen", [("mqueue", "/data", "mqueue"), ("devpts", "/data", "devpts"), ("proc", "/data", "proc"),
                                               ("sysfs", "/data", "sysfs"), ("tmpfs", "/data", "tmpfs")])
def test_mount_of_every_kernel_type_works(box, kind, where, seen):
    ended = box("--mount", f"type={kind},target={where}", "--", "cat", "/proc/self/mountinfo")
    assert [found for place, _, found in mounts_inside(assert_ok(ended)) if place == where] == [seen]


def test_mount_of_cgroup_works_or_is_told(box):
    ended = box("--mount", "type=cgroup,target=/data", "--", "cat", "/proc/self/mountinfo")
    assert ended.code in (0, SETUP_FAILED)
    if ended.code == 0:
        assert ("/data", "cgroup2") in [(place, kind) for place, _, kind in mounts_inside(ended)]
    else:
        assert_refused(ended, "cgroup", "mount 1")


def test_mount_errno_is_never_the_bare_story(box):
    ended = box.outcome("-v", "/nope:/x", "--", "true")
    assert ended.error["errno"] == errno.ENOENT
    assert ended.error["message"] and "No such file" not in ended.error["message"]


def test_bind_ro_of_the_whole_host_is_recursive():
    name = f"/host/dev/shm/ctr-test-{token()}"
    ended = run("-v", "/:/host:ro", "--", "sh", "-c", f"touch {name}; touch /host/tmp/x; ls /host")
    assert "etc" in ended.lines
    assert ended.err.count("Read-only file system") == 2, str(ended)


# ------------------------------------------------------------------------------- in the place of a default mount

@pytest.mark.parametrize("place", ["/dev", "/proc", "/sys", "/tmp", "/dev/shm", "/dev/pts"])
def test_bind_in_the_place_of_a_default_mount_replaces_it(box, host, place):
    (host / "mark").write_text("mine")
    assert box("-v", f"{host}:{place}", "--", "ls", place).out == "mark\n"


@pytest.mark.parametrize("place", ["/tmp", "/dev/shm", "/run"])
def test_tmpfs_in_the_place_of_a_default_mount_takes_its_options(box, place):
    ended = box.sh(f"dd if=/dev/zero of={place}/x bs=1k count=2000", "--tmpfs", f"{place}:size=1m")
    assert "No space left" in ended.err


def test_bind_of_the_hosts_devices_shows_them(box):
    assert box("-v", "/dev:/dev", "--", "ls", "/dev").out.split() == sorted(os.listdir("/dev"))


def test_file_bind_over_a_file_of_proc_works(box, host):
    (host / "uptime").write_text("1 1\n")
    assert box("-v", f"{host}/uptime:/proc/uptime:ro", "--", "cat", "/proc/uptime").out == "1 1\n"


@pytest.mark.parametrize("target", ["/proc/absent", "/sys/absent", "/etc/passwd/x", "/proc/1/absent"])
def test_bind_where_no_mount_point_can_be_made_is_told(box, host, target):
    assert_refused(box("-v", f"{host}:{target}", "--", "true"), "volume 1", target)


def test_file_bind_of_a_device_hides_a_file(box):
    ended = box.sh("cat /etc/passwd", "-v", "/dev/null:/etc/passwd")
    assert ended.out == ""


def test_bind_of_the_root_into_itself_works(box):
    ended = box("-v", f"{box.root}:/data", "--", "ls", "/data")
    assert "bin" in ended.lines
    assert box("-v", f"{box.root}/etc:/data:ro", "--", "cat", "/data/passwd").out == (box.root / "etc/passwd").read_text()
