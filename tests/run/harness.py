# SPDX-License-Identifier: MIT
"""Running the program under test, and reading what it says.

The program is named by $CTR_CMD (one or more shell words), or found in the build directory $CTR_BUILD.
Nothing here knows how it works inside: another program with the same command line passes the same suite.
"""
import dataclasses
import itertools
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import time

import pytest

from watch import eventually, kill_leftovers, living, processes

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
BUSYBOX = "/bin/busybox"
USER = os.getuid()
GROUP = os.getgid()
SETUP_FAILED, NOT_EXECUTABLE, NOT_FOUND, TIMED_OUT, UNPARSABLE = 125, 126, 127, 124, 2

_tokens = itertools.count(1)


def command():
    """The words that start the program under test."""
    given = os.environ.get("CTR_CMD")
    if given:
        words = shlex.split(given)
        words[0] = os.path.abspath(shutil.which(words[0]) or words[0])
        return words
    build = os.environ.get("CTR_BUILD")
    if build:
        return [os.path.abspath(os.path.join(build, "tools/ctr/ctr"))]
    raise pytest.UsageError("set CTR_CMD to the program under test, or CTR_BUILD to a build directory")


def need(condition, fact):
    """Skips the test, visibly, when this machine lacks a fact that it rests on."""
    if not condition:
        pytest.skip(f"not checkable on this machine: {fact}")


def token():
    """A number of seconds for `sleep` that no other sleep of this suite has: it identifies a payload."""
    return str(40_000 + os.getpid() % 10_000 + next(_tokens) * 10_000)


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a run of the program ended, and what it said."""
    code: int
    raw: bytes
    raw_err: bytes
    seconds: float

    @property
    def out(self):
        return self.raw.decode("utf-8", "surrogateescape")

    @property
    def err(self):
        return self.raw_err.decode("utf-8", "surrogateescape")

    @property
    def lines(self):
        return self.out.splitlines()

    def __str__(self):
        return f"exit status {self.code} after {self.seconds:.2f} s\nout: {self.out[-3000:]}\nerr: {self.err[-3000:]}"


def _words(args, prelude, program):
    words = [*(program or command()), *(os.fspath(word) if isinstance(word, os.PathLike) else str(word) for word in args)]
    if prelude:
        return ["/bin/sh", "-c", prelude + '\nexec "$@"', "sh", *words]
    return words


def _environment(extra):
    merged = {**os.environ, **(extra or {})}
    return {name: value for name, value in merged.items() if value is not None}


def start(*args, env=None, prelude=None, program=None, **popen):
    """Starts the program and returns at once. `env` changes the caller's environment (None removes a
    variable); `prelude` is shell that runs in the calling process before it executes the program."""
    popen.setdefault("stdin", subprocess.DEVNULL)
    popen.setdefault("stdout", subprocess.PIPE)
    popen.setdefault("stderr", subprocess.PIPE)
    return subprocess.Popen(_words(args, prelude, program), env=_environment(env), **popen)


def finish(process, timeout=20, input=None, since=None):
    """Waits for a started program and returns how it ended. A program that hangs fails the test."""
    since = since or time.monotonic()
    try:
        out, err = process.communicate(input, timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        kill_leftovers()
        out, err = process.communicate()
        pytest.fail(f"still running after {timeout} s: {shlex.join(process.args)[:2000]}\n{err!r}")
    return Ended(process.returncode, out or b"", err or b"", time.monotonic() - since)


def ctr(*args, input=None, timeout=20, **options):
    """Runs the program with these words and waits for its end."""
    if input is not None:
        options["stdin"] = subprocess.PIPE
        input = input.encode() if isinstance(input, str) else input
    since = time.monotonic()
    return finish(start(*args, **options), timeout, input, since)


def run(*args, **options):
    """`ctr run` with these words."""
    return ctr("run", *args, **options)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The machine-readable outcome of `ctr run --json`, with the exit status and the payload's output."""
    ended: Ended
    error: dict
    result: dict
    report: dict
    out: str

    @property
    def code(self):
        return self.ended.code

    @property
    def kind(self):
        """The result's kind in words: exited, signaled, timed out, killed, lost."""
        return re.sub("[-_]", " ", self.result["kind"]) if self.result else None


def parse_outcome(text):
    """Finds the outcome object at the end of what was printed; returns it and what stood before it."""
    for start_of_object in re.finditer(r'\{\s*"error"\s*:', text):
        at = start_of_object.start()
        try:
            return json.loads(text[at:]), text[:at]
        except json.JSONDecodeError:
            continue
    return None, text


def outcome(*args, **options):
    """Runs `ctr run --json` and returns the parsed outcome."""
    ended = run("--json", *args, **options)
    parsed, before = parse_outcome(ended.out)
    assert parsed is not None, f"no outcome object was printed\n{ended}"
    assert set(parsed) >= {"error", "result", "report"}, parsed
    return Outcome(ended, parsed["error"], parsed["result"], parsed["report"], before)


def assert_ok(ended):
    assert ended.code == 0, str(ended)
    return ended


def assert_refused(ended, *words, code=SETUP_FAILED):
    """The program refused with this status, and says each of these words (any case); an argument that is
    a tuple needs one of its words."""
    assert ended.code == code, str(ended)
    said = ended.err.lower()
    assert said.strip(), f"refused without a word\n{ended}"
    for word in words:
        choices = word if isinstance(word, tuple) else (word,)
        assert any(str(choice).lower() in said for choice in choices), f"does not say {choices}\n{ended}"
    return ended


def rootfs(parent, busybox=BUSYBOX):
    """Makes the busybox root of the acceptance rows under `parent` and returns its path."""
    root = pathlib.Path(parent) / "root"
    for name in ("bin", "etc", "proc", "sys", "dev", "tmp", "root", "data", "home/alice"):
        (root / name).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    _link_or_copy(busybox, root / "bin/busybox")
    for applet in _applets(busybox):
        if not (root / "bin" / applet).exists():
            (root / "bin" / applet).symlink_to("busybox")
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000:Alice:/home/alice:/bin/sh\n"
                                     "bob:x:1001:100::/nonexistent:/bin/false\n")
    (root / "etc/group").write_text("root:x:0:\naudio:x:29:alice\nusers:x:100:\nalice:x:1000:\nclub:x:5000:bob,alice\n")
    return root


def _link_or_copy(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        target.chmod(0o755)


_applet_names = {}


def _applets(busybox):
    if busybox not in _applet_names:
        listed = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True)
        _applet_names[busybox] = listed.stdout.split()
    return _applet_names[busybox]


class Box:
    """A root file system of the test's own, and containers on it."""

    def __init__(self, root):
        self.root = pathlib.Path(root)

    def __call__(self, *args, **options):
        return run("--rootfs", self.root, *args, **options)

    def sh(self, script, *options, **popen):
        """Runs a shell script in the container, with these options of `ctr run`."""
        return self(*options, "--", "sh", "-c", script, **popen)

    def outcome(self, *args, **options):
        return outcome("--rootfs", self.root, *args, **options)

    def start(self, *args, **options):
        return start("run", "--rootfs", self.root, *args, **options)

    def add(self, program, name=None, mode=0o755):
        """Puts a program of the host into /bin of the root; returns its path inside."""
        target = self.root / "bin" / (name or pathlib.Path(program).name)
        shutil.copyfile(program, target)
        target.chmod(mode)
        return f"/bin/{target.name}"

    def write(self, path, content, mode=0o644):
        """Writes a file into the root; returns its path inside."""
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        target.chmod(mode)
        return "/" + path.lstrip("/")


def payload(marker, seconds=5):
    """Waits for the payload whose first argument is this word, and returns its process."""
    def found():
        return [process for process in living() if process.words()[1:2] == [marker]]
    eventually(found, seconds, f"a process with {marker} as its first argument")
    return found()[0]


def init_of(process):
    """The supervisor of a payload: its parent, inside the pid namespace or outside."""
    parent = processes()[process.parent]
    assert parent.pid != os.getpid(), f"the payload {process.pid} has no supervisor"
    return parent


def kill(process, number=signal.SIGKILL):
    os.kill(process.pid, number)


def quick(limit, action, attempts=3):
    """Runs `action`, which returns something with .seconds, and asserts that it took at most `limit`; a
    machine that is busy with other things gets a second and a third chance."""
    for _ in range(attempts):
        ended = action()
        if ended.seconds <= limit:
            return ended
    pytest.fail(f"took {ended.seconds:.2f} s, more than {limit} s\n{ended}")
    return None
