# SPDX-License-Identifier: MIT
"""What is there: processes of ours, mounts, files; to be compared before and after."""
import contextlib
import ctypes
import dataclasses
import hashlib
import os
import pathlib
import signal
import stat
import time

import pytest

PR_SET_CHILD_SUBREAPER = 36
WALL = 0x40000000


def adopt_orphans():
    """Makes this process the parent of everything it starts that loses its own: so every process of a
    container is found by parentage, whoever started it and whoever died."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


@dataclasses.dataclass(frozen=True)
class Process:
    pid: int
    name: str
    state: str
    parent: int

    def words(self):
        try:
            return pathlib.Path(f"/proc/{self.pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return []

    def status(self, field):
        """A field of /proc/PID/status, as text."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return line.split(":", 1)[1].strip()
        raise KeyError(field)

    def is_alive(self):
        found = processes().get(self.pid)
        return found is not None and found.state not in "ZX"


def processes():
    """Every process of the machine, by pid."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError):
            text = pathlib.Path(f"/proc/{entry}/stat").read_text(errors="replace")
            name, rest = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 2:].split()
            found[int(entry)] = Process(int(entry), name, rest[0], int(rest[1]))
    return found


def descendants():
    """Every process below this one, zombies included."""
    everything = processes()
    children = {}
    for process in everything.values():
        children.setdefault(process.parent, []).append(process)
    found, queue = [], [os.getpid()]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += [process.pid for process in below]
    return found


def living():
    """Every process below this one that has not ended."""
    return [process for process in descendants() if process.state not in "ZX"]


def reap_orphans():
    """Collects ended children that nobody else waits for: only those that were adopted."""
    for process in descendants():
        if process.parent == os.getpid() and process.state == "Z":
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG | WALL)


def kill_leftovers():
    """Ends every process below this one, until none is left."""
    for _ in range(50):
        remaining = living()
        if not remaining:
            break
        for process in remaining:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, signal.SIGKILL)
        time.sleep(0.02)


def eventually(condition, seconds, what):
    """Waits until `condition` holds, at most this long; returns how long it took."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            pytest.fail(f"not within {seconds} s: {what}")
        time.sleep(0.005)
    return time.monotonic() - begun


def describe(found):
    return "\n".join(f"{process.pid} {process.name} ({process.state}) {process.words()}" for process in found)


def assert_all_gone(seconds=1.0):
    """No process below this one is alive within this time."""
    deadline = time.monotonic() + seconds
    while living():
        if time.monotonic() > deadline:
            left = describe(living())
            kill_leftovers()
            pytest.fail(f"processes are left after {seconds} s:\n{left}")
        time.sleep(0.005)


def mountinfo():
    """The mounts of this process's mount namespace."""
    return pathlib.Path("/proc/self/mountinfo").read_text()


def mounts_inside(ended):
    """mountinfo as (mount point, options, type) per line."""
    found = []
    for line in ended.out.splitlines():
        fields = line.split()
        found.append((fields[4], set(fields[5].split(",")), fields[fields.index("-") + 1]))
    return found


def options_of(ended, target):
    """The options of the topmost mount at this place."""
    return [options for place, options, _ in mounts_inside(ended) if place == target][-1]


def temporary():
    """The entries of the shared temporary directories that belong to this user, the test runner's own left out.
    With $CTR_TEST_CROWDED set none, because others work there as the same user at the same time."""
    found = set()
    if os.environ.get("CTR_TEST_CROWDED"):
        return found
    for directory in ("/tmp", "/var/tmp", "/dev/shm", "/run/user/%d" % os.getuid()):
        with contextlib.suppress(OSError):
            for entry in os.scandir(directory):
                with contextlib.suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_uid == os.getuid() and not entry.name.startswith("pytest-"):
                        found.add(entry.path)
    return found


def _content(path, info):
    if stat.S_ISLNK(info.st_mode):
        return os.readlink(path)
    if stat.S_ISREG(info.st_mode):
        try:
            return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
        except PermissionError:
            return "unreadable"
    return ""


def tree(path):
    """Everything below `path`, itself included: name to kind, mode, owner and content."""
    path, found, queue = os.fspath(path), {}, [os.fspath(path)]
    while queue:
        entry = queue.pop()
        info = os.lstat(entry)
        found[os.path.relpath(entry, path)] = (oct(info.st_mode), info.st_uid, info.st_gid, _content(entry, info))
        if stat.S_ISDIR(info.st_mode):
            with contextlib.suppress(PermissionError):
                queue += [os.path.join(entry, name) for name in os.listdir(entry)]
    return found


def changes(before, after):
    """What differs between two trees, for a failure's message."""
    return {name: (before.get(name), after.get(name)) for name in before.keys() | after.keys()
            if before.get(name) != after.get(name)}


@contextlib.contextmanager
def unchanged(*paths):
    """Nothing below these paths, no mount and no temporary file differs after the body from before."""
    before = [tree(path) for path in paths], mountinfo(), temporary()
    yield
    for path, earlier in zip(paths, before[0]):
        assert not changes(earlier, tree(path)), f"changed below {path}"
    assert mountinfo() == before[1]
    assert not temporary() - before[2], "temporary files are left"
