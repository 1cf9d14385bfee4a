# SPDX-License-Identifier: MIT
"""Runs the tests of a meson build, also from a copy of it: `meson test` can run them only where they were built.

Prints one line per test, the output of those that fail, and at the end `N passed, N failed, N skipped`. A test
that counts for itself (by googletest, or by such a line) counts as many; any other counts as one.
"""

import argparse
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

SKIPPED, HARD_ERROR = 77, 99
OWN_COUNT = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.MULTILINE)
GTEST_RAN = re.compile(r"^\[=+\] (\d+) tests? from \d+ test (?:suites?|cases?) ran", re.MULTILINE)
GTEST_PROGRESS = re.compile(r"^\[( +RUN +| +OK +|-+)\][^\n]*\n+", re.MULTILINE)
ELF_MACHINES = {"x86_64": 62, "aarch64": 183}


def read_tests(build):
    return json.loads((build / "meson-info" / "intro-tests.json").read_text())


def suites(test):
    return [suite.rpartition(":")[2] for suite in test["suite"] if ":" in suite] or ["others"]


def gtest_number(output, word):
    match = re.search(rf"^\[ +{word} +\] (\d+) tests?\b", output, re.MULTILINE)
    return int(match.group(1)) if match else 0


def gtest_skips(output):
    """The reason of each skipped test of googletest, which prints it before the test's name."""
    return [f"{name}: {reason.strip() or 'no reason given'}" for reason, name in
            re.findall(r"^[^\n]*: Skipped\n(.*?)^\[  SKIPPED \] (\S+) \(", output, re.MULTILINE | re.DOTALL)]


def count(output, status):
    """(passed, failed, skipped) as the test itself says, or as its exit status does."""
    own = OWN_COUNT.findall(output)
    if GTEST_RAN.search(output):
        numbers = [gtest_number(output, word) for word in ("PASSED", "FAILED", "SKIPPED")]
    elif own:
        numbers = [int(number) for number in own[-1]]
    elif status == SKIPPED:
        return [0, 0, 1]
    else:
        return [1, 0, 0] if status == 0 else [0, 1, 0]
    if status not in (0, SKIPPED) and numbers[1] == 0:
        numbers[1] = 1  # it says that nothing failed, and failed
    if sum(numbers) == 0:
        numbers[1] = 1  # it ran nothing
    return numbers


def skip_reasons(name, output, status):
    lines = [re.sub(r"^SKIP(PED)?:? ", "", line) for line in output.splitlines() if re.match(r"SKIP(PED)?:? ", line)]
    lines += [f"{case}: {reason}" for case, reason in re.findall(r"^ok \d+ - (.*?) # SKIP (.*)$", output, re.MULTILINE)]
    lines += gtest_skips(output)
    if status == SKIPPED and not lines:
        lines = (output.strip().splitlines() or ["no reason given"])[-1:]
    return [f"{name}: {' '.join(line.split())}" for line in lines]


def foreign(program):
    """Whether a file is an ELF program for another processor than this machine's."""
    try:
        with open(program, "rb") as file:
            head = file.read(20)
    except OSError:
        return False
    return head[:4] == b"\x7fELF" and int.from_bytes(head[18:20], "little") != ELF_MACHINES.get(os.uname().machine)


class Runner:
    def __init__(self, build, moves, emulator):
        self.build = build
        self.moves = moves
        self.emulator = emulator
        self.totals = [0, 0, 0]

    def moved(self, text):
        for old, new in self.moves:
            text = text.replace(old, new)
        return text

    def run(self, test):
        command = [self.moved(word) for word in test["cmd"]]
        if self.emulator and foreign(command[0]):
            command = self.emulator.split() + command
        environment = {**os.environ, **{name: self.moved(value) for name, value in test["env"].items()}}
        directory = self.moved(test["workdir"]) if test.get("workdir") else str(self.build)
        began = time.monotonic()
        status, output = execute(command, environment, directory, test["timeout"] or None)
        self.tell(test["name"], status, output, time.monotonic() - began)

    def tell(self, name, status, output, seconds):
        numbers = count(output, status)
        self.totals = [total + number for total, number in zip(self.totals, numbers)]
        word = "FAIL" if numbers[1] else "skip" if numbers[2] and not numbers[0] else "ok"
        print(f"{word:4} {name}: {numbers[0]} passed, {numbers[1]} failed, {numbers[2]} skipped in {seconds:.1f} s")
        if numbers[2]:
            print("\n".join(f"SKIP {line}" for line in skip_reasons(name, output, status)))
        if numbers[1]:
            print(f"--- {name}, status {status}\n{GTEST_PROGRESS.sub('', output).rstrip()[-20000:]}\n---")
        sys.stdout.flush()


def execute(command, environment, directory, timeout):
    """The status and the output of a command, whose whole process group ends with it."""
    try:
        process = subprocess.Popen(command, env=environment, cwd=directory, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    except OSError as error:
        return HARD_ERROR, f"cannot start {command[0]}: {error}\n"
    try:
        output = process.communicate(timeout=timeout)[0].decode(errors="replace")
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output = process.communicate()[0].decode(errors="replace")
        return HARD_ERROR, output + f"\nstill running after {timeout} s\n"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="print the suites and run nothing")
    parser.add_argument("--move", action="append", default=[], metavar="OLD=NEW", help="where a path is now")
    parser.add_argument("--emulator", help="runs programs for other processors")
    parser.add_argument("--test", action="append", default=[], help="only tests of this name; more than once for more")
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("suites", nargs="*", help="default: all")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    tests = read_tests(arguments.build)
    if arguments.list:
        print("\n".join(dict.fromkeys(suites(test)[0] for test in tests)))
        return 0
    runner = Runner(arguments.build.resolve(), [move.split("=", 1) for move in arguments.move], arguments.emulator)
    for test in tests:
        named = not arguments.test or test["name"] in arguments.test
        if named and (not arguments.suites or suites(test)[0] in arguments.suites):
            runner.run(test)
    print("{} passed, {} failed, {} skipped".format(*runner.totals))
    return 1 if runner.totals[1] or not sum(runner.totals) else 0


if __name__ == "__main__":
    sys.exit(main())
