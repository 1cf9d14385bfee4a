# SPDX-License-Identifier: MIT
"""The root file system and what stands in it by default: /proc, /sys, /dev, /tmp; the host's own root; no way out."""
import os
import pathlib
import pwd
import re
import shutil
import stat
import subprocess

import pytest

from harness import PROJECT, SETUP_FAILED, UNPARSABLE, USER, Box, assert_ok, assert_refused, need, outcome, rootfs, run, token
from watch import unchanged

pytestmark = pytest.mark.root_too


def mount_points(ended):
    return [line.split()[4] for line in assert_ok(ended).lines]


# ------------------------------------------------------------------------------------------------------ proc

@pytest.mark.parametrize("mode, most", [("--init", 2), ("--no-init", 1)])
def test_proc_shows_own_processes_only(box, mode, most):
    shown = [int(name) for name in box(mode, "--", "ls", "/proc").out.split() if name.isdigit()]
    assert 1 in shown
    assert len(shown) <= most


def test_proc_is_nosuid_nodev_noexec(box):
    for line in assert_ok(box("--", "cat", "/proc/self/mountinfo")).lines:
        if line.split()[4] == "/proc":
            assert {"nosuid", "nodev", "noexec"} <= set(line.split()[5].split(","))
            return
    pytest.fail("no mount at /proc")


@pytest.mark.parametrize("path", ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
                                  "/proc/timer_list", "/proc/timer_stats", "/proc/interrupts", "/sys/firmware",
                                  "/sys/devices/virtual/powercap"])
def test_proc_masked_path_shows_nothing(box, path):
    need(os.path.exists(path), f"this kernel has no {path}")
    ended = box.sh(f"if test -d {path}; then ls -A {path}; else head -c 100 {path}; fi", "--")
    assert ended.out == ""


@pytest.mark.parametrize("path", ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"])
def test_proc_read_only_path_is_read_only(box, path):
    need(os.path.exists(path), f"this kernel has no {path}")
    options = [line.split()[5].split(",") for line in box("--", "cat", "/proc/self/mountinfo").lines if line.split()[4] == path]
    assert options and "ro" in options[-1]


def test_proc_settings_of_own_namespaces_are_read_only_unless_opened(box):
    script = "echo 1 > /proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward"
    assert "Read-only file system" in box.sh(script).err
    assert "Read-only file system" not in box.sh(script, "--security-opt", "unmask=ALL").err


def test_proc_masked_paths_open_on_request(box):
    ended = box("--security-opt", "unmask=ALL", "--", "cat", "/proc/self/mountinfo")
    assert not [place for place in mount_points(ended) if re.match("/(proc|sys)/", place)]


def test_proc_can_be_absent(box):
    assert box("--proc", "none", "--", "ls", "-A", "/proc").out == ""


def test_proc_can_be_the_hosts_and_the_report_says_so(box):
    ended = box.outcome("--proc", "host", "--", "ls", "/proc")
    assert len([name for name in ended.out.split() if name.isdigit()]) > 3
    assert "host" in str(ended.report)


def test_proc_of_an_unknown_kind_is_refused(box):
    ended = box("--proc", "frehs", "--", "true")
    assert ended.code in (SETUP_FAILED, UNPARSABLE)
    assert "frehs" in ended.err


# --------------------------------------------------------------------------------------------- sys, dev, pts, shm, tmp

def test_sys_shows_own_network_and_is_read_only(box):
    assert box("--", "ls", "/sys/class/net").out == "lo\n"
    assert "Read-only file system" in box.sh("mkdir /sys/fs/cgroup/x; touch /sys/x; echo 1 > /sys/class/net/lo/mtu").err


DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
LINKS = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}


def test_dev_has_the_usual_nodes_and_they_are_the_right_devices(box, probe):
    paths = [f"/dev/{name}" for name in DEVICES]
    lines = assert_ok(box("--", box.add(probe("nodes")), *paths)).lines
    assert [line.rsplit(" ", 1)[0] for line in lines] == [f"/dev/{name} c {major}:{minor}" for name, (major, minor) in DEVICES.items()]


def test_dev_has_the_usual_links(box):
    for name, target in LINKS.items():
        assert box("--", "readlink", f"/dev/{name}").out.strip() in (target, target.removeprefix("/"))
    assert box("--", "readlink", "-f", "/dev/ptmx").out.strip() in ("/dev/pts/ptmx", "/dev/ptmx")


def test_dev_has_nothing_of_the_hosts_besides(box):
    assert set(box("--", "ls", "-A", "/dev").out.split()) <= {*DEVICES, *LINKS, "ptmx", "pts", "shm", "mqueue", "console", "core"}


def test_dev_nodes_work(box):
    ended = box.sh("echo x > /dev/null && head -c 3 /dev/zero | wc -c && head -c 5 /dev/urandom | wc -c; echo x > /dev/full; "
                   "echo in | cat /dev/stdin; echo out > /dev/stdout")
    assert [line.strip() for line in ended.lines] == ["3", "5", "in", "out"]
    assert "No space left" in ended.err


def test_dev_of_the_root_is_not_what_the_container_gets(box):
    box.write("dev/null", "fake")
    box.write("dev/evil", "fake")
    assert box.sh("test -c /dev/null && ls /dev/evil").code != 0
    assert (box.root / "dev/null").read_text() == "fake"


def test_pts_gives_a_pseudo_terminal(box, probe):
    ended = assert_ok(box("--", box.add(probe("terminal")), "open"))
    assert re.match(r"/dev/pts/\d+ through", ended.out)


def test_pts_is_a_new_instance(box):
    assert box("--", "ls", "/dev/pts").out.split() == ["ptmx"]


def test_pts_works_for_another_user(box, probe, subids):
    need(USER != 0 or subids, "no subordinate ids")
    assert_ok(box("--user", "1000", "--", box.add(probe("terminal")), "open"))


def test_shm_holds_a_sparse_gibibyte(box, probe):
    assert box("--", box.add(probe("memory")), "shared", "1024").out == "shared\n"


def test_shm_is_private_and_empty(box):
    name = f"/dev/shm/ctr-{token()}"
    assert box.sh(f"ls -A /dev/shm; touch {name}").out == ""
    assert not os.path.exists(name)


def test_tmp_is_fresh_empty_and_private(box):
    box.write("tmp/old", "x")
    assert box.sh("ls -A /tmp; touch /tmp/new; stat -c %a /tmp").out == "1777\n"
    assert os.listdir(box.root / "tmp") == ["old"]
    assert not os.path.exists("/tmp/new")


# -------------------------------------------------------------------------------------------------- read-only root

def test_read_only_root_refuses_writes(box):
    with unchanged(box.root):
        ended = box.sh("touch /data/x; touch /x; mkdir /etc/y; rm /etc/passwd; touch /tmp/x && echo tmp", "--read-only")
    assert ended.out == "tmp\n"
    assert ended.err.count("Read-only file system") == 4


def test_read_only_root_without_write_permission_and_mount_points_starts(box):
    for name in ("proc", "sys", "dev", "tmp", "data", "root"):
        (box.root / name).rmdir()
    box.root.chmod(0o555)
    with unchanged(box.root):
        ended = box.sh("ls /proc/self/status /dev/null; touch /x", "--read-only")
    box.root.chmod(0o755)
    assert ended.lines == ["/dev/null", "/proc/self/status"]
    assert "Read-only file system" in ended.err


def test_writable_root_without_mount_points_gets_them(box):
    for name in ("proc", "sys", "dev", "tmp"):
        (box.root / name).rmdir()
    assert box("--", "ls", "-d", "/proc/self", "/dev/null", "/sys/class").out.split() == ["/dev/null", "/proc/self", "/sys/class"]


def test_writable_root_keeps_what_is_written(box):
    assert_ok(box.sh("echo kept > /data/x; mkdir /new"))
    assert (box.root / "data/x").read_text() == "kept\n"
    assert (box.root / "data/x").stat().st_uid == USER
    assert (box.root / "new").is_dir()


# ------------------------------------------------------------------------------------------- how a root is named

def test_root_may_be_named_in_every_way(box):
    link = box.root.with_name("link")
    link.symlink_to(box.root)
    names = [f"{box.root}/", f"{box.root}//", "root", "./root/", "../" + box.root.parent.name + "/root", str(link), f"{link}/"]
    for name in names:
        assert run("--rootfs", name, "--", "cat", "/etc/passwd", cwd=box.root.parent).out == (box.root / "etc/passwd").read_text()
    assert run("--rootfs", ".", "--", "ls", "/data", cwd=box.root).code == 0


def test_root_of_an_odd_name_works(tmp_path, busybox):
    for name in ("two words", "comma,equals=", "colon:ed", "back\\slash", "ü"):
        (tmp_path / name).mkdir()
        assert_ok(Box(rootfs(tmp_path / name, busybox))("--", "true"))


@pytest.mark.parametrize("name, said", [("/nope", "/nope"), ("", "rootfs"), ("/etc/passwd", "/etc/passwd"), ("/" + "x" * 5000, "rootfs"),
                                        ("/dev/null", "/dev/null")])
def test_root_that_is_no_directory_is_refused(name, said):
    ended = run("--rootfs", name, "--", "true")
    assert ended.code in (SETUP_FAILED, UNPARSABLE)
    assert said in ended.err


def test_root_that_is_empty_has_no_command(tmp_path):
    (tmp_path / "empty").mkdir()
    assert_refused(run("--rootfs", tmp_path / "empty", "--", "true"), "true", code=127)


# ------------------------------------------------------------------------------------------------------ host root

def test_host_root_runs_the_hosts_programs():
    need(shutil.which("cc"), "no cc on the host")
    seen = subprocess.run(["cc", "--version"], capture_output=True, text=True, check=True).stdout
    assert assert_ok(run("--", "cc", "--version")).out == seen


def test_host_root_is_read_only():
    ended = run("--", "sh", "-c", "touch /etc/x; touch /usr/x; touch /x; touch /var/lib/x; mkdir /etc/y; id -u")
    assert ended.out == "0\n"
    assert ended.err.count("Read-only file system") == 5, str(ended)
    assert not os.path.exists("/etc/x")


def test_host_root_has_private_places_to_write():
    places = "/tmp /run /var/tmp /dev/shm"
    ended = run("--", "sh", "-c", f"for place in {places}; do ls -A $place; touch $place/ctr-mark && echo $place; done")
    assert [line for line in assert_ok(ended).lines if line in places.split()] == places.split()
    assert not any(os.path.exists(f"{place}/ctr-mark") for place in places.split())


def test_host_root_hides_the_hosts_tmp(host):
    (host / "mark").write_text("secret")
    assert run("--", "cat", host / "mark").code != 0


def test_host_root_hides_the_callers_home():
    home = pathlib.Path(pwd.getpwuid(USER).pw_dir)
    need(home.is_dir() and os.access(home, os.W_OK), "the caller has no home directory that it can write to")
    mark = home / f".ctr-test-{token()}"
    mark.write_text("secret")
    try:
        ended = run("--", "sh", "-c", f"cat {mark}; ls -A {home} /home /root; touch {mark}-new; cat ~/*", env={"HOME": str(home)})
        assert "secret" not in ended.out and mark.name not in ended.out
        assert not pathlib.Path(f"{mark}-new").exists()
    finally:
        mark.unlink()


def test_host_root_shows_the_home_on_request():
    home = pathlib.Path(pwd.getpwuid(USER).pw_dir)
    need(home.is_dir() and os.access(home, os.W_OK), "the caller has no home directory that it can write to")
    mark = home / f".ctr-test-{token()}"
    mark.write_text("secret")
    try:
        assert run("-v", f"{home}:{home}:ro", "--", "cat", mark).out == "secret"
    finally:
        mark.unlink()


def test_host_root_builds_a_program(host):
    need(shutil.which("cc"), "no cc on the host")
    (host / "a.c").write_text("int main(void) { return 7; }\n")
    ended = run("-v", f"{host}:/build", "-w", "/build", "--", "sh", "-c", "cc -o a a.c && ./a")
    assert ended.code == 7
    assert (host / "a").stat().st_uid == USER


def test_host_root_shows_the_project_to_its_own_compiler():
    assert run("--", "ls", PROJECT / "include").code in (0, 1, 2)


def test_host_root_of_slash_given_by_name_is_no_surprise():
    ended = run("--rootfs", "/", "--read-only", "--", "ls", "/etc/passwd")
    assert ended.code in (0, SETUP_FAILED)
    assert ended.out == "/etc/passwd\n" if ended.code == 0 else ended.err


# ----------------------------------------------------------------------------------------------------------- pivot

ALLOWED = re.compile(r"/$|/(proc|sys)(/.*)?$|/dev(/(null|zero|full|random|urandom|tty|console|pts|pts/ptmx|ptmx|shm|mqueue))?$"
                     r"|/tmp$|/run$|/var/tmp$")


@pytest.mark.parametrize("options", [[], ["--read-only"], ["--no-init"], ["--map", "single"]])
def test_pivot_shows_only_the_mounts_that_were_asked_for(box, host, options):
    places = mount_points(box(*options, "-v", f"{host}:/data", "--", "cat", "/proc/self/mountinfo"))
    assert "/data" in places
    assert not [place for place in places if place != "/data" and not ALLOWED.match(place)]
    assert places.count("/") <= 2


def test_pivot_names_no_host_path_beyond_those_asked_for(box, host, tmp_path):
    text = box("-v", f"{host}:/data", "--", "cat", "/proc/self/mountinfo").out
    assert str(tmp_path) not in text.replace(str(box.root), "").replace(str(host), "")
    assert str(PROJECT) not in text


def test_pivot_leaves_no_directory_behind(box):
    before = set(os.listdir(box.root))
    assert set(box("--", "ls", "-A", "/").out.split()) - before == set()
    assert set(os.listdir(box.root)) == before


def test_pivot_has_no_way_out(box, probe, tmp_path):
    mark = tmp_path / "outside"
    mark.write_text("x")
    for mode in ("--init", "--no-init"):
        ended = box(mode, "--", box.add(probe("escape")), mark, timeout=30)
        assert ended.out == "inside\n", str(ended)


def test_pivot_has_no_way_out_of_the_hosts_own_root_to_what_is_hidden(host, probe):
    (host / "mark").write_text("x")
    shutil.copy(probe("escape"), host / "escape")
    ended = run("-v", f"{host}/escape:/run/escape", "--", "/run/escape", host / "mark", timeout=30)
    assert ended.out == "inside\n", str(ended)


@pytest.mark.ordinary
def test_pivot_changes_nothing_of_the_callers_mounts(box, host):
    before = pathlib.Path("/proc/self/mountinfo").read_text()
    box.sh("mount -t tmpfs tmpfs /data; umount -a; true", "-v", f"{host}:/data")
    assert pathlib.Path("/proc/self/mountinfo").read_text() == before


def test_pivot_leaves_the_root_a_real_directory(box):
    assert stat.S_ISDIR(os.stat(box.root).st_mode)
    ended = outcome("--rootfs", box.root, "--", "sh", "-c", "cd /; pwd -P; ls -d ..; cd ..; pwd -P")
    assert ended.out.split() == ["/", "..", "/"]
