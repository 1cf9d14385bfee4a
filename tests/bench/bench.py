#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times spawn and wait of a static `true`: libctr against a bare floor, its peers, and big host processes.

Every contender is one process that waits to be asked (see rounds.h). Each round asks every one of them twice, in an
order that is shuffled anew, so that the machine's drift favours nobody:

  alone     after a pause in which the kernel takes down what the spawn before left: a network namespace is dismantled
            by a worker long after its last process, on a processor that a spawn could use
  in a row  right after an own spawn that is not counted, against that work
"""

import argparse
import dataclasses
import os
import pathlib
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import contenders
import plot
import report

QUICK_ROUNDS = 40
ROUNDS = 200
PAUSE = 0.02  # seconds; the worker has done its part on the processor after a few milliseconds


class Failed(Exception):
    """A contender did not answer; the text is what it said on standard error."""


class Runner:
    """A contender's process: answers rounds with nanoseconds."""

    def __init__(self, contender):
        self.contender = contender
        self.alone = []
        self.in_a_row = []
        self.failures = []
        self._open()

    def round(self):
        """The first spawn pays for what others left in the caches, and is not counted."""
        self.ask(1)
        time.sleep(PAUSE)
        alone, in_a_row = self.ask(1), self.ask(1)
        self.alone.append(alone)
        self.in_a_row.append(in_a_row)
        time.sleep(PAUSE)

    def round_of_a_peer(self):
        """Others may fail once in a while: the round is lost, and the table says so."""
        try:
            self.round()
        except Failed as failure:
            self.failures.append(str(failure))
            self.close()
            self._open()

    def row(self):
        note = self.contender.note
        if self.failures:
            note += f"{'; ' if note else ''}failed in {len(self.failures)} rounds"
        return report.Row(self.contender.name, note, self.alone, self.in_a_row)

    def ask(self, count):
        """Nanoseconds of the last of so many spawns."""
        try:
            self._process.stdin.write(f"{count}\n")
            self._process.stdin.flush()
            answers = [self._process.stdout.readline() for _ in range(count)]
        except BrokenPipeError:
            answers = [""]
        if not answers[-1]:
            raise Failed(self._last_words())
        return int(answers[-1])

    def _open(self):
        self._stderr = tempfile.TemporaryFile()
        self._process = subprocess.Popen(list(map(str, self.contender.command)), stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=self._stderr, text=True)

    def close(self):
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        self._process.stdout.close()
        self._process.wait()
        self._stderr.close()

    def _last_words(self):
        self._process.wait()
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors="replace").strip().splitlines()
        # The timer's own line about the status comes last; what the program said comes before.
        said = [line for line in lines if not line.startswith("timer: ")] or lines
        return said[-1] if said else f"ended with status {self._process.returncode}"


def make_root(place):
    """A root directory with one static program and the mount points, as a caller would have it."""
    for directory in ("bin", "dev", "proc", "sys", "tmp"):
        (place.root / directory).mkdir(parents=True)
    shutil.copy(place.program("true"), place.root / "bin" / "true")


def start(contender):
    """Starts a contender and tries it once. Returns its runner, or a Contender that says what is missing."""
    if contender.missing:
        return contender
    runner = None
    try:
        runner = Runner(contender)
        runner.ask(1)
        return runner
    except (Failed, OSError) as failure:
        if runner:
            runner.close()
        if contender.otherwise:
            return start(contender.otherwise)
        return dataclasses.replace(contender, missing=str(failure))


def run_rounds(runners, rounds, seed):
    order = list(runners)
    shuffler = random.Random(seed)
    for number in range(rounds):
        shuffler.shuffle(order)
        for runner in order:
            if runner.contender.required:
                runner.round()
            else:
                runner.round_of_a_peer()
        if sys.stderr.isatty():
            print(f"\rround {number + 1} of {rounds}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)


def measure(place, rounds, seed):
    make_root(place)
    started = [start(contender) for contender in contenders.all_contenders(place)]
    runners = [one for one in started if isinstance(one, Runner)]
    skipped = [one for one in started if isinstance(one, contenders.Contender)]
    try:
        run_rounds(runners, rounds, seed)
    finally:
        for runner in runners:
            runner.close()
    skipped += [dataclasses.replace(one.contender, missing=one.failures[-1]) for one in runners if not one.alone]
    return [one.row() for one in runners if one.alone], skipped


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default="build", help="meson's build directory")
    parser.add_argument("--output", type=pathlib.Path, help="directory for spawn.json and spawn.svg (default: BUILD/bench)")
    parser.add_argument("--rounds", type=int, help=f"default {ROUNDS}")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds")
    parser.add_argument("--seed", type=int, default=1, help="of the order of turns")
    parser.add_argument("--require-targets", action="store_true", help="fail when a target is missed")
    arguments = parser.parse_args()
    arguments.rounds = arguments.rounds or (QUICK_ROUNDS if arguments.quick else ROUNDS)
    arguments.output = arguments.output or arguments.build / "bench"
    return arguments


def main():
    arguments = parse_arguments()
    build = arguments.build.resolve()
    ctr = shlex.split(os.environ.get("CTR_CMD", "")) or [build / "tools" / "ctr" / "ctr"]
    arguments.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ctr-bench-") as work:
        place = contenders.Place(build / "tests" / "bench", ctr, pathlib.Path(work))
        loads = [os.getloadavg()[0]]
        rows, skipped = measure(place, arguments.rounds, arguments.seed)
        loads.append(os.getloadavg()[0])
    targets = report.judge(rows)
    print(report.text(rows, skipped, targets, arguments.rounds, loads))
    report.write_json(arguments.output / "spawn.json", rows, skipped, targets, arguments, loads)
    plot.write(arguments.output / "spawn.svg", rows, report.machine())
    print(f"written: {arguments.output / 'spawn.json'}, {arguments.output / 'spawn.svg'}")
    broken = [one for one in skipped if one.required]
    missed = arguments.require_targets and not all(target.passed for target in targets if target.known)
    return 1 if broken or missed else 0


if __name__ == "__main__":
    sys.exit(main())
