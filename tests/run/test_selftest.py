# SPDX-License-Identifier: MIT
"""The battery of `ctr selftest`: what a hostile command would try, in containers of many options. Each assertion on what
the command saw stands beside one on the state of the host; and each wall is seen to be open where that is asked for, so
that the battery is known to notice."""
import os
import pathlib
import pty
import subprocess
import time

import pytest

from harness import UNPARSABLE, Ended, assert_ok, assert_refused, command, ctr, finish, need, start
from watch import tree

SETTINGS = ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hostname", "/proc/sys/kernel/pid_max",
            "/proc/sys/vm/overcommit_memory", "/proc/sys/fs/suid_dumpable"]

# Options with which every wall has to hold.
STRICT = [[], ["--no-init"], ["--map", "single"], ["--map", "single", "--user", "1000"], ["--cap-drop", "ALL"], ["--cap-profile", "contained"],
          ["--cap-profile", "crabcan"], ["--net", "host"], ["--share", "ipc,uts,cgroup,time"], ["--landlock", "exec=/"], ["--proc", "none"],
          ["--security-opt", "proc-opts=subset=pid"], ["--pids-limit", "50", "--map", "single"], ["-w", "/tmp"], ["--tmpfs", "/mnt"],
          ["--cap-add", "NET_ADMIN", "--cap-add", "SYS_PTRACE"], ["--cap-add", "DAC_READ_SEARCH", "--cap-add", "MKNOD"],
          ["--cap-add", "SYS_RAWIO", "--cap-add", "SYS_MODULE", "--cap-add", "SYS_BOOT", "--cap-add", "SYS_TIME", "--cap-add", "BPF"],
          ["--ulimit", "nofile=100"]]


def verdicts(ended):
    """What became of each attempt, by its name; the last line has the sums."""
    *lines, sums = ended.lines
    found = {line[11:]: line[:11].strip() for line in lines}
    assert len(found) == len(lines) and set(found.values()) <= {"held", "OPEN", "reachable", "absent"}, str(ended)
    assert sums.split(", ")[1] == f"{list(found.values()).count('OPEN')} open"
    return found


def state():
    return {path: pathlib.Path(path).read_text() for path in SETTINGS if os.path.exists(path)}


@pytest.fixture
def unharmed(host):
    """The caller's directory and the kernel's settings are what they were."""
    (host / "file").write_text("of the host")
    before, settings, clock = tree(host), state(), time.time() - time.monotonic()
    yield host
    assert tree(host) == before
    assert state() == settings
    assert abs(time.time() - time.monotonic() - clock) < 1


@pytest.mark.parametrize("options", STRICT, ids=" ".join)
def test_escape_fails_with(options, unharmed):
    ended = assert_ok(ctr("selftest", *options, cwd=unharmed))
    found = verdicts(ended)
    assert len(found) >= 60
    assert list(found.values()).count("held") >= 40, str(ended)


@pytest.mark.parametrize("options", STRICT[:8], ids=" ".join)
@pytest.mark.parametrize("root", ["writable", "read-only"])
def test_escape_fails_on_a_root_of_ones_own_that_is(root, options, box, unharmed):
    found = verdicts(assert_ok(ctr("selftest", "--rootfs", box.root, *(["--read-only"] if root == "read-only" else []), *options,
                                   "-v", f"{unharmed}:/data:ro", cwd=unharmed)))
    assert "OPEN" not in found.values()


def test_escape_by_a_terminal_of_the_caller_fails(unharmed):
    master, slave = pty.openpty()
    running = start("selftest", stdin=slave, cwd=unharmed)
    found = verdicts(assert_ok(finish(running)))
    os.close(slave)
    assert found["type into the terminal"] == found["type into the terminal by a long number"] == "held"
    os.set_blocking(master, False)
    with pytest.raises(OSError):
        os.read(master, 1)
    os.close(master)


def test_escape_by_a_descriptor_of_the_caller_fails(unharmed):
    found = verdicts(assert_ok(ctr("selftest", prelude=f"exec 7</ 8<{unharmed} 9<{unharmed}/file")))
    assert found["leave by a descriptor"] == "held"


# ---------------------------------------------------------------------------------- the battery notices what is open

@pytest.mark.parametrize("options, wall", [
    (["--cap-add", "SYS_ADMIN"], "mount a tmpfs"),
    (["--cap-add", "SYS_ADMIN"], "mount a proc"),
    (["--cap-add", "SYS_ADMIN"], "unmount what covers /proc/sys"),
    (["--cap-add", "SYS_ADMIN"], "bind the root elsewhere"),
    (["--cap-add", "SYS_ADMIN"], "open a file system"),
    (["--cap-add", "SYS_ADMIN"], "make /sys writable"),
    (["--security-opt", "unmask=ALL"], "list the kernel's keys"),
    (["--allow-new-privs"], "gain privileges by exec"),
    (["--pass-fd", "9"], "leave by a descriptor"),
])
def test_selftest_notices(options, wall):
    ended = ctr("selftest", *options, prelude="exec 9</")
    assert ended.code == 1
    assert verdicts(ended)[wall] == "OPEN", str(ended)


def test_selftest_notices_keys_of_the_caller(probe):
    words = [str(probe("keys")), "give", "ctr-test-key", *command(), "selftest", "--keyring", "inherit"]
    done = subprocess.run(words, capture_output=True, timeout=20, check=False)
    need(b"add_key" not in done.stderr, "this kernel, or a filter around us, has no keys")
    found = verdicts(Ended(done.returncode, done.stdout, done.stderr, 0))
    need(found["add a key"] == "reachable", "a filter refuses keys anyway")
    assert found["find keys of the caller"] == "OPEN"


@pytest.mark.root_too
def test_selftest_takes_no_command():
    assert_refused(ctr("selftest", "--", "true"), "selftest", code=UNPARSABLE)


@pytest.mark.root_too
def test_selftest_has_an_outcome_like_any_run(tmp_path):
    assert_ok(ctr("selftest", "--report", tmp_path / "report", "--pids-limit", "0"))
    assert '"kind":"exited"' in (tmp_path / "report").read_text()
