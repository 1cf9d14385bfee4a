# SPDX-License-Identifier: MIT
"""Restrictions by Landlock: beside the mounts and modes, of every process of the container."""
import ctypes
import os
import socket

import pytest

from harness import NOT_EXECUTABLE, SETUP_FAILED, UNPARSABLE, assert_ok, assert_refused, command, need, run

pytestmark = pytest.mark.root_too

VERSION = ctypes.CDLL(None, use_errno=True).syscall(444, None, ctypes.c_size_t(0), 1)


@pytest.fixture
def locked(box):
    """A box where everything may be executed and /data be written."""
    need(VERSION >= 3, f"Landlock 3 (Linux 6.2); this kernel has {VERSION}")
    (box.root / "data/sub").mkdir()
    (box.root / "secret").write_text("secret\n")

    def sh(script, *options, **popen):
        return box.sh(script, "--landlock", "exec=/bin", "--landlock", "write=/data", *options, **popen)
    return sh


@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_landlock_lets_files_be_used_where_it_was_allowed(locked, box, mode):
    ended = assert_ok(locked("echo x > /data/a && mv /data/a /data/sub/b && mkdir /data/d && cat /data/sub/b && ls /data", mode))
    assert ended.out == "x\nd\nsub\n"
    assert (box.root / "data/sub/b").read_text() == "x\n"


@pytest.mark.parametrize("mode", ["--init", "--no-init"])
@pytest.mark.parametrize("script", ["cat /secret", "ls /", "echo x > /tmp/new", "echo x > /secret", ": >> /secret", "truncate -s 0 /secret", "rm /secret",
                                    "mkdir /tmp/d", "ln -s a /tmp/link", "mkfifo /tmp/pipe", "mv /data/sub /tmp/sub", "ln /secret /data/hard",
                                    "cp /bin/busybox /data/busybox; /data/busybox true", "echo > /bin/new"])
def test_landlock_refuses_files_that_were_not_allowed(locked, box, script, mode):
    ended = locked(script, mode, "--cap-add", "ALL")
    assert ended.code != 0 and ("denied" in ended.err or "permitted" in ended.err or "cross-device" in ended.err.lower()), str(ended)
    assert (box.root / "secret").read_text() == "secret\n"


def test_landlock_holds_when_the_mounts_could_be_changed(locked):
    ended = locked("mount -t tmpfs x /data; umount /proc; mount -o bind / /data/sub; cat /data/sub/secret", "--cap-add", "ALL")
    assert "secret\n" not in ended.out
    assert "not permitted" in ended.err or "denied" in ended.err


def test_landlock_holds_for_the_descendants(locked):
    assert "denied" in locked("(sh -c '(cat /secret)')").err


def test_landlock_paths_are_the_containers_own(box, host):
    need(VERSION >= 3, f"Landlock 3 (Linux 6.2); this kernel has {VERSION}")
    (host / "file").write_text("mine\n")
    (box.root / "data/other").write_text("other\n")
    (box.root / "link").symlink_to("/data")
    options = ["--landlock", "exec=/bin", "--landlock", "read=/link", "-v", f"{host}:/data"]
    assert assert_ok(box.sh("cat /data/file", *options)).out == "mine\n"


def test_landlock_of_one_file(box):
    need(VERSION >= 3, f"Landlock 3 (Linux 6.2); this kernel has {VERSION}")
    ended = box.sh("head -1 /etc/passwd; cat /etc/group", "--landlock", "exec=/bin", "--landlock", "read=/etc/passwd")
    assert ended.out.startswith("root:") and "/etc/group" in ended.err and "denied" in ended.err


def test_landlock_that_does_not_allow_the_command_itself_is_told(box):
    need(VERSION >= 3, f"Landlock 3 (Linux 6.2); this kernel has {VERSION}")
    assert_refused(box("--landlock", "read=/", "--", "true"), "Landlock", "hint:", "exec=", code=NOT_EXECUTABLE)


def test_landlock_path_that_is_missing_is_told(box):
    need(VERSION >= 3, f"Landlock 3 (Linux 6.2); this kernel has {VERSION}")
    assert_refused(box("--landlock", "exec=/bin", "--landlock", "read=/nowhere", "--", "true"), "/nowhere", "landlock 2", "inside")


def test_landlock_does_not_keep_ctr_init_from_counting_processor_time(box):
    need(VERSION >= 3, f"Landlock 3 (Linux 6.2); this kernel has {VERSION}")
    assert box.sh("while :; do :; done", "--landlock", "exec=/bin", "--cpu-timeout", "0.3", timeout=15).code == 124


def test_landlock_of_ports(box, probe):
    need(VERSION >= 4, f"Landlock 4 (Linux 6.7); this kernel has {VERSION}")
    script = "(nc -l -p 7001 -e true & nc -l -p 7002 -e true; sleep 0.1; nc 127.0.0.1 7003 </dev/null; nc 127.0.0.1 7004 </dev/null); kill %1"
    ended = box.sh(script, "--landlock", "bind=7001", "--landlock", "connect=7003")
    assert ended.err.count("denied") == 2, str(ended)
    assert ended.err.count("Connection refused") == 1


def test_landlock_scope_keeps_signals_inside(box):
    need(VERSION >= 6, f"Landlock 6 (Linux 6.12); this kernel has {VERSION}")
    script = f"kill -0 {os.getpid()} && echo reached; sleep 5 & kill %1 && echo own"
    assert box.sh(script, "--share", "pid", "--landlock", "scope=signals").out == "own\n"


def test_landlock_scope_keeps_abstract_sockets_apart():
    need(VERSION >= 6, f"Landlock 6 (Linux 6.12); this kernel has {VERSION}")
    name = f"ctr-test-{os.getpid()}"
    script = ("import socket, sys\ns = socket.socket(socket.AF_UNIX)\ntry:\n    s.connect('\\0' + sys.argv[1])\n    print('connected')\n"
              "except OSError as error:\n    print(error.strerror)")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0" + name)
        server.listen()
        words = ["--net", "host", "--", "/usr/bin/python3", "-c", script, name]
        assert run(*words).out == "connected\n"
        assert run("--landlock", "scope=sockets", *words).out == "Operation not permitted\n"


def test_landlock_in_the_report(box):
    need(VERSION >= 6, f"Landlock 6 (Linux 6.12); this kernel has {VERSION}")
    report = box.outcome("--landlock", "exec=/bin", "--landlock", "scope=signals", "--", "true").report
    assert report["landlock"] == {"version": VERSION, "required": True, "paths": True, "ports": "none", "scope": True, "whole": True}
    assert box.outcome("--", "true").report["landlock"] is None


def test_landlock_that_the_kernel_does_not_offer_is_an_error_or_a_note(box, deny):
    """A filter that knows nothing of Landlock stands for an old kernel."""
    old = [deny, "landlock_create_ruleset=ENOSYS", "--", *command()]
    assert_refused(box("--landlock", "exec=/bin", "--", "true", program=old), "landlock", "kernel")
    ended = assert_ok(box.sh("cat /etc/passwd", "--landlock", "exec=/bin", "--landlock", "mode=preferred", program=old))
    assert "Landlock" in ended.err


@pytest.mark.parametrize("value", ["", "read", "paths=/", "bind=x", "bind=65536", "connect=-1", "connect=", "scope=all", "mode=never", "mode="])
def test_landlock_words_that_mean_nothing_are_refused(value):
    assert_refused(run("--landlock", value, "--", "true"), "landlock", code=UNPARSABLE)


@pytest.mark.parametrize("value", ["read=", "read=relative", "mode=preferred"])
def test_landlock_wishes_that_do_not_fit_are_refused(value):
    assert_refused(run("--landlock", value, "--", "true"), "landlock", code=SETUP_FAILED)
