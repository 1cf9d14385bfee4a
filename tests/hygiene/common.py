# SPDX-License-Identifier: MIT
"""What the tests of the library's hygiene share: running programs, and one line for each thing that was looked at."""

import os
import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 1500


class Failure(Exception):
    pass


class Skip(Exception):
    pass


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, name, function, *arguments):
        """Calls the function, which raises Failure or Skip where something is amiss; what it returns is shown. Whether it passed."""
        passed = self.passed
        try:
            said = function(*arguments)
        except Skip as reason:
            self.skipped += 1
            print(f"SKIP {name}: {reason}", flush=True)
        except (Failure, subprocess.TimeoutExpired, OSError, StopIteration) as failure:
            self.failed += 1
            print(f"FAIL {name}: {failure or repr(failure)}", flush=True)
        else:
            self.passed += 1
            print(f"ok   {name}" + (f": {said}" if said else ""), flush=True)
        return self.passed > passed

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed or not self.passed else 0


def attempt(*words, **options):
    """Runs a program: (status, output of both kinds)."""
    try:
        done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=PATIENCE, check=False, **options)
    except FileNotFoundError as error:
        raise Failure(f"cannot run {words[0]}: {error}") from error
    return done.returncode, done.stdout


def run(*words, **options):
    """The output of a program that has to succeed."""
    status, output = attempt(*words, **options)
    if status != 0:
        raise Failure(f"status {status} of: {' '.join(map(str, words))}\n{output[-4000:]}")
    return output


def must_fail(name, function, *arguments):
    """A test that cannot fail is worth nothing: the function has to raise Failure."""
    try:
        function(*arguments)
    except Failure as failure:
        return str(failure).split("\n", 1)[0][:100]
    raise Failure(f"{name} is not noticed")


def compiler(language="c"):
    words = os.environ.get("CC" if language == "c" else "CXX", "").split()
    return words or ["cc" if language == "c" else "c++"]


def jobs():
    return os.environ.get("CTR_JOBS") or str(os.cpu_count())


def copy_sources(target):
    """A copy of the sources, without what was built."""
    target.mkdir(parents=True)
    packed = subprocess.run(["tar", "-C", SOURCE, "--exclude=./.git", "--exclude=./build*", "--exclude=__pycache__", "--exclude=./bindings/rust/target", "-cf", "-", "."],
                            stdout=subprocess.PIPE, check=True, timeout=PATIENCE).stdout
    subprocess.run(["tar", "-C", target, "-xf", "-"], input=packed, check=True, timeout=PATIENCE)
