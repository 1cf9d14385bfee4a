# SPDX-License-Identifier: MIT
"""What hostile roots, payloads and neighbours have done to other programs of this kind, tried here. Each asserts on
the state of the host, and most have a twin elsewhere that shows the ordinary use of the same thing working."""
import os
import shutil
import socket
import threading
import time

import pytest

from harness import SETUP_FAILED, assert_ok, assert_refused, command, finish, payload, run, start, token
from watch import assert_all_gone, tree

pytestmark = pytest.mark.root_too


@pytest.fixture
def victim(tmp_path):
    """The caller's directory: a directory of the host that nothing may ever touch."""
    directory = tmp_path / "victim"
    (directory / "sub").mkdir(parents=True)
    (directory / "secret").write_text("secret of the host")
    before = tree(directory)
    yield directory
    assert tree(directory) == before


# --------------------------------------------------------------------------------- descriptors that lead outside

@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_attack_working_directory_through_a_leaked_descriptor_stays_inside(box, victim, mode):
    for number in range(16):
        for path in (f"/proc/self/fd/{number}", f"/proc/self/fd/{number}/..", f"/proc/1/fd/{number}"):
            ended = box(mode, "-w", path, "--", "sh", "-c", f"cat secret victim/secret .{victim}/secret ../secret; pwd -P", cwd=victim)
            assert "secret of the host" not in ended.out, path
            assert "unreachable" not in ended.out, path


@pytest.mark.parametrize("path", ["/proc/self/cwd", "/proc/self/root", "/proc/1/cwd", "/proc/1/root", "/proc/self/root/.."])
def test_attack_working_directory_through_magic_links_stays_inside(box, victim, path):
    ended = box("-w", path, "--", "sh", "-c", f"cat secret .{victim}/secret", cwd=victim)
    assert "secret of the host" not in ended.out


@pytest.mark.parametrize("link", [*[f"/proc/self/fd/{number}" for number in range(12)], "/proc/1/root", "/proc/self/cwd", "/proc/1/cwd",
                                  "/proc/self/root", "/proc/thread-self/cwd", "/dev/fd/5"])
def test_attack_target_through_magic_links_never_reaches_the_host(box, host, victim, link):
    (box.root / "evil").symlink_to(link)
    for options in (["-v", f"{host}:/evil/made"], ["--dir", "/evil/made"], ["--tmpfs", "/evil"]):
        assert box(*options, "--", "true", cwd=victim).code in (0, SETUP_FAILED)
    assert not os.listdir(host)


@pytest.mark.parametrize("number", range(3, 12))
def test_attack_user_files_through_magic_links_are_not_read(box, victim, number):
    (victim / "secret").write_text("hostonly:x:0:0::/:/bin/sh\n")
    (box.root / "etc/passwd").unlink()
    (box.root / "etc/passwd").symlink_to(f"/proc/self/fd/{number}{victim}/secret")
    assert box("--user", "hostonly", "--", "true", cwd=victim).code == SETUP_FAILED
    (victim / "secret").write_text("secret of the host")


def test_attack_descriptors_of_the_caller_are_not_in_reach_of_the_payload(box, victim):
    script = f"for fd in /proc/*/fd/*; do cat $fd/secret $fd{victim}/secret $fd/../secret; done 2>/dev/null; true"
    for mode in ("--init", "--no-init"):
        ended = box.sh(script, mode, prelude=f"exec 7<{victim} 8<{victim}/secret 9</")
        assert "secret of the host" not in assert_ok(ended).out


# ------------------------------------------------------------------------------------------ the program's own image

@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_attack_own_image_as_the_command_ends_at_once_and_harmlessly(box, mode):
    (box.root / "bin/self").symlink_to("/proc/self/exe")
    box.write("data/script", "#!/proc/self/exe\n", 0o755)
    for words in (["/proc/self/exe"], ["/bin/self", "run"], ["/data/script"], ["/proc/1/exe"]):
        assert box(mode, "--", *words, timeout=8).code != 0
        assert_all_gone(0.2)


def test_attack_own_image_cannot_be_written_through_proc(box):
    script = "for image in /proc/[0-9]*/exe; do echo x > $image; done; dd if=/dev/zero of=/proc/1/exe count=1; true"
    before = open(command()[-1], "rb").read()
    box.sh(script)
    assert open(command()[-1], "rb").read() == before
    assert_ok(box("--", "true"))


def test_attack_loader_variables_of_the_caller_do_not_reach_init(box, host):
    (host / "evil.so").write_text("no library")
    ended = box("--", "env", env={"LD_LIBRARY_PATH": str(host)})
    assert "LD_LIBRARY_PATH" not in assert_ok(ended).out


# -------------------------------------------------------------------------------------------- hostile root contents

def test_attack_root_full_of_odd_files_starts(box):
    for name in ("dev/null", "dev/zero", "dev/ptmx", "dev/shm", "dev/pts", "tmp/x", "proc/self", "sys/kernel"):
        os.mkfifo(box.root / name)
    os.mkfifo(box.root / "etc/hosts")
    assert_ok(box("--", "sh", "-c", "test -c /dev/null && test -d /proc/self/fd", timeout=8))


@pytest.mark.parametrize("name", ["dev", "proc", "sys", "tmp"])
@pytest.mark.parametrize("kind", ["file", "fifo", "socket"])
def test_attack_root_with_something_else_in_the_place_of_a_directory_is_told(box, name, kind):
    place = box.root / name
    place.rmdir()
    if kind == "file":
        place.write_text("")
    elif kind == "fifo":
        os.mkfifo(place)
    else:
        with socket.socket(socket.AF_UNIX) as server:
            directory = os.open(box.root, os.O_DIRECTORY)
            server.bind(f"/proc/self/fd/{directory}/{name}")
            os.close(directory)
    assert_refused(box("--", "true", timeout=8), f"/{name}")


def test_attack_root_that_is_a_chain_of_symlinks_to_itself_is_told(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    assert_refused(run("--rootfs", tmp_path / "loop", "--", "true"), "loop")


def test_attack_target_below_a_long_chain_of_links_is_told(box, host):
    for index in range(50):
        (box.root / f"l{index}").symlink_to(f"/l{index + 1}")
    (box.root / "l50").mkdir()
    assert box("-v", f"{host}:/l0/x", "--", "true").code in (0, SETUP_FAILED)
    assert box("-v", f"{host}:/l20/x", "--", "true").code == 0


def test_attack_neighbour_that_renames_targets_in_a_loop_loses(box, host, victim):
    """A container that shares the root moves the mount points about while others start on them."""
    (host / "mark").write_text("mine")
    (box.root / "a/b").mkdir(parents=True)
    stop = threading.Event()

    def disturb():
        while not stop.is_set():
            for source, target in (("a", "z"), ("z", "a")):
                try:
                    os.rename(box.root / source, box.root / target)
                except OSError:
                    shutil.rmtree(box.root / "z", ignore_errors=True)

    thread = threading.Thread(target=disturb)
    thread.start()
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        ended = box("-v", f"{host}:/a/b", "--", "cat", "/a/b/mark", cwd=victim)
        assert ended.code in (0, 1, SETUP_FAILED), str(ended)
    stop.set()
    thread.join()
    assert os.listdir(host) == ["mark"]


# ------------------------------------------------------------------------------------------------ hostile payloads

@pytest.mark.ordinary
def test_attack_payload_that_forks_without_end_is_ended_by_the_timeout(box):
    ended = box.sh("while :; do (sleep 9 &); done", "--timeout", "1", "--ulimit", "nproc=200", timeout=30)
    assert ended.code != 0
    assert_all_gone(1)


@pytest.mark.ordinary
def test_attack_payload_that_sends_its_caller_signals_has_no_effect(box):
    mark = token()
    running = box.start("--", "sh", "-c", f"kill -9 -1; kill -9 {os.getpid()} $PPID; kill -STOP 1; sleep {mark}")
    payload(mark)
    running.terminate()
    assert finish(running, 5).code != 0


def test_attack_payload_that_floods_its_output_is_ended_by_the_timeout(box):
    running = start("run", "--rootfs", box.root, "--timeout", "1", "--", "yes")
    time.sleep(1.5)
    assert not running.stdout.closed
    assert finish(running, 5).code == 124


def test_attack_text_of_the_roots_files_cannot_write_escape_sequences(box):
    script = box.write("data/script", b"#!/opt/\x1b[31mred\x07\n", 0o755)
    ended = box("--", script)
    assert ended.code == 127
    assert "\x1b" not in ended.err and "\x07" not in ended.err
