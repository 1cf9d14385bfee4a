# SPDX-License-Identifier: MIT
"""Nothing is left, and nothing is written where nobody asked: hostile targets, missing mount points, storms, sudden death."""
import contextlib
import os
import pathlib
import random
import shutil
import subprocess
import threading
import time

import pytest

from harness import SETUP_FAILED, assert_ok, assert_refused, ctr, finish, init_of, kill, need, payload, run, start, token
from watch import assert_all_gone, mountinfo, temporary, tree, unchanged

pytestmark = pytest.mark.root_too
HOSTNAME = pathlib.Path("/etc/hostname").read_text() if os.path.exists("/etc/hostname") else ""


@pytest.fixture
def victim(tmp_path):
    """A directory of the host that nothing may ever touch."""
    directory = tmp_path / "victim"
    (directory / "sub").mkdir(parents=True)
    (directory / "file").write_text("host")
    before = tree(directory)
    yield directory
    assert tree(directory) == before


# ---------------------------------------------------------------------------------------- target-symlink

def lands_inside_or_fails(ended):
    assert ended.code in (0, SETUP_FAILED), str(ended)


@pytest.mark.parametrize("target", ["/evil/x", "/evil", "/evil/sub", "/evil/sub/x/y", "/evil/file", "/evil/file/x"])
@pytest.mark.parametrize("kind", ["directory", "file", "tmpfs", "content", "dir", "symlink"])
def test_target_symlink_never_touches_the_host(box, host, victim, target, kind):
    (box.root / "evil").symlink_to(victim)
    (host / "f").write_text("source")
    options = {"directory": ["-v", f"{host}:{target}"], "file": ["-v", f"{host}/f:{target}"], "tmpfs": ["--tmpfs", target],
               "content": ["--file", f"{target}={host}/f"], "dir": ["--dir", target], "symlink": ["--symlink", f"{target}=/etc"]}
    lands_inside_or_fails(box(*options[kind], "--", "true"))


@pytest.mark.parametrize("climb", [1, 3, 40])
def test_target_symlink_that_climbs_stays_inside(box, host, victim, climb):
    (box.root / "evil").symlink_to("../" * climb + str(victim).lstrip("/"))
    lands_inside_or_fails(box("-v", f"{host}:/evil/x", "--", "true"))
    lands_inside_or_fails(box("-v", f"{host}:/evil", "--", "true"))


def test_target_symlink_to_the_hosts_etc_lands_in_the_roots(box, host):
    (host / "mark").write_text("mine")
    (box.root / "evil").symlink_to("/etc")
    ended = box("-v", f"{host}:/evil/x", "--", "cat", "/etc/x/mark")
    assert ended.out == "mine"
    assert (box.root / "etc/x").is_dir()
    assert not os.path.exists("/etc/x")


@pytest.mark.parametrize("name", ["proc", "sys", "dev", "tmp"])
def test_target_symlink_in_the_place_of_a_default_mount_never_touches_the_host(box, victim, name):
    (box.root / name).rmdir()
    (box.root / name).symlink_to(victim)
    lands_inside_or_fails(box("--", "true"))


@pytest.mark.parametrize("name", ["dev/pts", "dev/shm", "dev/null", "dev/ptmx", "dev/console", "dev/fd", "proc/sys", "etc/mtab"])
def test_target_symlink_below_a_default_mount_never_touches_the_host(box, victim, name):
    (box.root / name).symlink_to(victim / "file")
    lands_inside_or_fails(box("--", "true"))


def test_target_symlink_in_the_place_of_proc_never_passes_for_proc(box):
    (box.root / "proc").rmdir()
    (box.root / "proc").symlink_to("/data/fake")
    (box.root / "data/fake/sys").mkdir(parents=True)
    ended = box("--", "sh", "-c", "cat /proc/self/mountinfo | wc -l")
    if ended.code == 0:
        assert int(ended.out) > 3


def test_target_symlink_works_for_var_run(box, host):
    (host / "mark").write_text("mine")
    (box.root / "run").mkdir()
    (box.root / "var").mkdir()
    (box.root / "var/run").symlink_to("/run")
    assert box("-v", f"{host}:/var/run/x", "--", "cat", "/run/x/mark").out == "mine"
    assert box("-v", f"{host}/mark:/var/run/y/z", "--", "cat", "/run/y/z").out == "mine"


def test_target_symlink_relative_works(box, host):
    (host / "mark").write_text("mine")
    (box.root / "a").mkdir()
    (box.root / "a/link").symlink_to("../data")
    assert box("-v", f"{host}:/a/link", "--", "cat", "/data/mark").out == "mine"


def test_target_below_a_parent_without_read_permission_works(box, host):
    (box.root / "closed/inner").mkdir(parents=True)
    (box.root / "closed").chmod(0o711)
    assert_ok(box("-v", f"{host}:/closed/inner", "--", "true"))


@pytest.mark.parametrize("target", ["/data/../../../../..{}/x", "/../../../../../../../..{}/sub", "/data/..{}", "/..{}/x", "{}/../victim/x"])
def test_target_with_dots_is_refused_or_inside(box, host, victim, target):
    lands_inside_or_fails(box("-v", f"{host}:{target.format(victim)}", "--", "true"))


@pytest.mark.parametrize("target", ["/", "/.", "/..", "//", "/data/.."])
def test_target_that_is_the_root_is_refused_or_harmless(box, host, target):
    ended = box("-v", f"{host}:{target}", "--", "true")
    assert ended.code != 0, str(ended)
    assert ended.err


def swap(stop, place, victim):
    """Makes `place` a directory and a symbolic link to the victim in turn, as fast as it can."""
    directory, link = place.with_name("swap-directory"), place.with_name("swap-link")
    while not stop.is_set():
        directory.mkdir()
        with contextlib.suppress(OSError):
            directory.rename(place)
        link.symlink_to(victim)
        with contextlib.suppress(OSError):
            shutil.rmtree(place)
        with contextlib.suppress(OSError):
            link.rename(place)
        with contextlib.suppress(OSError):
            place.unlink()
        shutil.rmtree(directory, ignore_errors=True)
        with contextlib.suppress(OSError):
            link.unlink()


def test_target_symlink_swapped_in_a_loop_never_touches_the_host(box, host, victim):
    (host / "f").write_text("source")
    stop = threading.Event()
    thread = threading.Thread(target=swap, args=(stop, box.root / "swap", victim))
    thread.start()
    codes, end = set(), time.monotonic() + 2
    while time.monotonic() < end:
        codes.add(box("-v", f"{host}:/swap/in/x", "-v", f"{host}/f:/swap/f", "--tmpfs", "/swap/t", "--", "true").code)
    stop.set()
    thread.join()
    assert codes <= {0, SETUP_FAILED}


# ------------------------------------------------------------------- missing mount points on the host's own root

def test_no_litter_host_root_gets_a_missing_directory(host):
    need(not os.path.lexists("/data"), "the host has a /data")
    (host / "mark").write_text("mine")
    assert run("-v", f"{host}:/data", "--", "sh", "-c", "cat /data/mark; ls -d /etc /usr").lines == ["mine/etc", "/usr"]
    assert not os.path.lexists("/data")


def test_no_litter_host_root_gets_a_missing_deep_file(host):
    (host / "f").write_text("mine")
    ended = run("-v", f"{host}/f:/etc/deep/h:ro", "--", "sh", "-c", "cat /etc/deep/h; test -e /etc/passwd && echo passwd")
    assert ended.lines == ["minepasswd"]
    assert not os.path.lexists("/etc/deep")


def test_no_litter_host_root_gets_a_missing_path_below_usr_local(host):
    need(os.path.isdir("/usr/local"), "the host has no /usr/local")
    (host / "mark").write_text("mine")
    ended = run("-v", f"{host}:/usr/local/nonexistent/x", "--", "sh", "-c", "cat /usr/local/nonexistent/x/mark; echo; ls -A /usr/local")
    assert ended.lines[0] == "mine"
    assert set(ended.lines[1:]) == {*os.listdir("/usr/local"), "nonexistent"}
    assert not os.path.lexists("/usr/local/nonexistent")


def test_no_litter_host_root_gets_all_of_them_together(host):
    need(not os.path.lexists("/data"), "the host has a /data")
    (host / "mark").write_text("mine")
    options = ["-v", f"{host}:/data", "-v", f"{host}/mark:/etc/deep/h:ro", "-v", f"{host}:/usr/local/nonexistent/x", "-v",
               f"{host}:/etc/other/y", "-v", f"{host}:/a/b/c/d", "--tmpfs", "/etc/deep2/t", "-v", f"{host}:/usr/share/none/z"]
    paths = ["/data/mark", "/etc/deep/h", "/usr/local/nonexistent/x/mark", "/etc/other/y/mark", "/a/b/c/d/mark", "/usr/share/none/z/mark"]
    before = [os.listdir(path) for path in ("/", "/etc", "/usr", "/usr/local", "/usr/share")]
    ended = run(*options, "--", "sh", "-c", 'for path; do cat "$path" || exit 3; done; touch /etc/deep2/t/x; test -e /etc/passwd', "sh", *paths)
    assert (ended.code, ended.out) == (0, "mine" * 6), str(ended)
    assert [os.listdir(path) for path in ("/", "/etc", "/usr", "/usr/local", "/usr/share")] == before


def test_no_litter_host_root_stays_read_only_where_it_was_completed(host):
    ended = run("-v", f"{host}:/etc/deep/h", "--", "sh", "-c", "touch /etc/x; touch /etc/deep/x; touch /x; touch /usr/x")
    assert ended.err.count("Read-only file system") == 4, str(ended)


def test_no_litter_host_root_completed_keeps_modes_and_links(host):
    script = "for path in /etc /etc/passwd /usr /bin /usr/bin /var; do stat -c '%n %a %F' $path; done; readlink /etc/mtab; true"
    plain, completed = run("--", "sh", "-c", script), run("-v", f"{host}:/etc/deep/h", "-v", f"{host}:/data1", "--", "sh", "-c", script)
    assert assert_ok(completed).out == assert_ok(plain).out


def test_no_litter_read_only_rootfs_gets_missing_mount_points_without_being_touched(box, host):
    (host / "mark").write_text("mine")
    with unchanged(box.root, host):
        ended = box("--read-only", "-v", f"{host}:/new/deep", "-v", f"{host}/mark:/etc/x/y", "--tmpfs", "/bin/t", "--", "sh", "-c",
                    "cat /new/deep/mark /etc/x/y; touch /bin/t/x; cat /etc/passwd | wc -l")
    assert assert_ok(ended).out == "minemine3\n"


# ------------------------------------------------------------------------------------------------- no litter

def busy_options(host):
    return ["-v", f"{host}:/data", "-v", f"{host}:/new/deep", "-v", f"{host}/f:/etc/x/y:ro", "--tmpfs", "/t", "--file", f"/z={host}/f"]


@pytest.fixture
def busy(box, host):
    """A root and a host directory, and a read-only container with a bit of everything on them."""
    (host / "f").write_text("source")
    def words(*command, extra=()):
        return ["run", "--rootfs", box.root, "--read-only", *busy_options(host), *extra, "--", *command]
    return words


def test_no_litter_after_success(box, host, busy):
    with unchanged(box.root, host):
        assert_ok(ctr(*busy("true")))


@pytest.mark.parametrize("extra", [["-v", "/nope:/q"], ["-w", "/nope"], ["--user", "nobody-here"], ["--tmpfs", "/q:bogus=1"],
                                   ["--hostname", "h" * 65], ["-v", "/etc/hostname:/data/ghost/x"]])
def test_no_litter_after_a_failure(box, host, busy, extra):
    with unchanged(box.root, host):
        assert ctr(*busy("true", extra=extra)).code == SETUP_FAILED


def test_no_litter_after_a_missing_command(box, host, busy):
    with unchanged(box.root, host):
        assert ctr(*busy("/bin/missing")).code == 127


def test_no_litter_after_explain(box, host, busy):
    with unchanged(box.root, host):
        assert_ok(ctr("explain", *busy("touch", "/data/ran")[1:]))
        assert_ok(ctr("explain", "--json", *busy("touch", "/data/ran")[1:]))


@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_no_litter_when_the_program_is_killed_at_any_point(box, host, busy, mode):
    random.seed(4711)
    with unchanged(box.root, host):
        for _ in range(40):
            running = start(*busy("sleep", "100", extra=[mode]))
            time.sleep(random.uniform(0, 0.03))
            running.kill()
            running.communicate()
            assert_all_gone(1)


@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_no_litter_when_the_program_is_terminated_at_any_point(box, host, busy, mode):
    random.seed(4712)
    with unchanged(box.root, host):
        for _ in range(20):
            running = start(*busy("sleep", "100", extra=[mode]))
            time.sleep(random.uniform(0, 0.03))
            running.terminate()
            time.sleep(0.1)
            running.kill()
            running.communicate()
            assert_all_gone(1)


@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_no_litter_when_init_is_killed(box, host, busy, mode):
    with unchanged(box.root, host):
        mark = token()
        running = start(*busy("sleep", mark, extra=[mode]))
        kill(init_of(payload(mark)))
        finish(running, 5)
        assert_all_gone(1)


def test_no_litter_on_the_hosts_own_root_when_killed(host):
    random.seed(4713)
    before = sorted(os.listdir("/")), sorted(os.listdir("/etc")), mountinfo(), temporary()
    for _ in range(20):
        running = start("run", "-v", f"{host}:/data-x/deep", "-v", f"{host}:/etc/deep/h", "--", "sleep", "100")
        time.sleep(random.uniform(0, 0.03))
        running.kill()
        running.communicate()
        assert_all_gone(1)
    assert (sorted(os.listdir("/")), sorted(os.listdir("/etc")), mountinfo(), temporary() & before[3]) == before


def test_no_litter_in_the_callers_temporary_directory(box, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    before = temporary()
    assert_ok(box("--", "true", env={"TMPDIR": str(scratch), "XDG_RUNTIME_DIR": str(scratch)}))
    assert not os.listdir(scratch)
    assert temporary() == before


# ----------------------------------------------------------------------------------------------------- overlap

def test_overlap_of_containers_on_one_root_never_loses_a_mount(box, host):
    (host / "shared").mkdir()
    (host / "shared/mark").write_text("shared")
    failures, end = [], time.monotonic() + 4

    def storm(index):
        own = host / f"own{index}"
        own.mkdir()
        (own / "mark").write_text(f"own{index}")
        script = f"sleep 0.0{index}; cat /mnt/shared/mark /mnt/own{index}/mark /mnt/deep/{index % 2}/mark"
        while time.monotonic() < end and not failures:
            ended = box.sh(script, "-v", f"{host}/shared:/mnt/shared", "-v", f"{own}:/mnt/own{index}", "-v",
                           f"{host}/shared:/mnt/deep/{index % 2}")
            if (ended.code, ended.out) != (0, f"sharedown{index}shared"):
                failures.append(str(ended))

    threads = [threading.Thread(target=storm, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]


def test_overlap_of_a_long_and_many_short_containers_keeps_the_long_ones_mount(box, host):
    (host / "mark").write_text("mine")
    running = box.start("-v", f"{host}:/mnt/point", "--", "sh", "-c", "read line; cat /mnt/point/mark", stdin=subprocess.PIPE)
    for _ in range(20):
        assert_ok(box("-v", f"{host}:/mnt/point", "--", "true"))
    assert finish(running, input=b"go\n").out == "mine"


def test_overlap_of_created_mount_points_stays(box, host):
    assert_ok(box("-v", f"{host}:/mnt/point", "--", "true"))
    assert (box.root / "mnt/point").is_dir()
    assert_ok(box("-v", f"{host}:/mnt/point", "--", "true"))


def test_ghost_of_a_kept_hostname_is_left_alone(box, host):
    """The mount point of a refused ghost is not made either when its parent exists."""
    (host / "ghost").mkdir()
    with unchanged(host):
        assert_refused(box("-v", f"{host}:/data", "-v", "/etc/hostname:/data/ghost/x", "--", "true"), "volume 2")
    assert HOSTNAME == pathlib.Path("/etc/hostname").read_text()


# ------------------------------------------------------------------------ links of the hosts own root in targets

def test_no_litter_host_root_target_through_links_of_the_host(host):
    (host / "tool").write_text("#!/bin/sh\necho ran\n")
    (host / "tool").chmod(0o755)
    name = f"ctr-{token()}"
    assert run("-v", f"{host}/tool:/bin/{name}:ro", "--", name).out == "ran\n"
    assert run("-v", f"{host}/tool:/var/run/{name}", "--", "cat", f"/run/{name}").out == (host / "tool").read_text()
    assert not os.path.exists(f"/bin/{name}") and not os.path.exists(f"/run/{name}")


def test_no_litter_host_root_target_that_exists_is_covered(host):
    (host / "f").write_text("mine")
    assert run("-v", f"{host}/f:/etc/hostname", "--", "cat", "/etc/hostname").out == "mine"
    assert pathlib.Path("/etc/hostname").read_text() == HOSTNAME
    assert run("-v", f"{host}:/usr/share", "--", "ls", "/usr/share").out == "f\n"


@pytest.mark.parametrize("target", ["/etc/passwd/x", "/proc/absent", "/sys/absent/x"])
def test_no_litter_host_root_target_that_cannot_be_made_is_told(host, target):
    assert_refused(run("-v", f"{host}:{target}", "--", "true"), "volume 1", target)
