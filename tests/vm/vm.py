# SPDX-License-Identifier: MIT
"""The command in worlds that this machine is not: other kernels, machines that somebody has closed, another kind of processor.

vm.py [--aarch64 COMMAND] [WORLD...]

As an ordinary user, with CTR_CMD: a statically linked ctr. A line per case; what it takes is in README.md.
"""

import argparse
import os
import pathlib
import shutil
import signal
import sys
import time

import debian
import machine
import worlds


class Tally:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, 0, 0

    def ok(self, name):
        self.passed += 1
        print(f"ok {name}", flush=True)

    def fail(self, name, why):
        self.failed += 1
        print(f"FAIL {name}: {why}", flush=True)

    def skip(self, name, fact):
        self.skipped += 1
        print(f"SKIP {name}: {fact}", flush=True)

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed or not self.passed + self.skipped else 0


def is_static(command):
    """An ELF file that asks for no dynamic linker; machines here have none."""
    return b"/ld-" not in pathlib.Path(command).read_bytes()[:4096]


def missing_for(world, command):
    if command is None:
        return f"no ctr for {world.processor} was built"
    if not is_static(command):
        return f"{command} is not linked statically"
    emulator = machine.EMULATORS[world.processor][0]
    return None if shutil.which(emulator) else f"{emulator} is not installed"


def boot_with_patience(world, command):
    """Once more where the machine itself broke, or never came up: emulated ones do, rarely, and it is said."""
    text, status = machine.boot(world, command)
    broke = "BEGIN of the cases" not in text or (status is not None and "END of the cases" not in text)
    if broke:
        print("\n".join("# " + line for line in text.splitlines() if "CASE" not in line)[-3000:], flush=True)
        print(f"# {world.name}: the machine broke (status {status}), and is started once more", flush=True)
        text, status = machine.boot(world, command)
    return text, status


def judge(tally, world, text, status):
    """A line for each case; one that has no result has failed."""
    seen, said = set(), []
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "CASE":
            seen.add(judge_case(tally, world, rest, said))
            said = []
        elif kind == "NOTE":
            print(f"#   {rest}", flush=True)
        elif kind == "#":
            said.append(line)
    for name in world.cases:
        if name not in seen:
            tally.fail(f"{name}_on_{world.name}", "took too long" if status is None else f"no result, the machine ended with {status}")
    if len(seen) < len(world.cases):
        print("\n".join("# " + line for line in text.splitlines()[-20:]), flush=True)


def judge_case(tally, world, text, said):
    verdict, _, rest = text.partition(" ")
    if verdict == "ok":
        tally.ok(f"{rest}_on_{world.name}")
    elif verdict == "skip":
        rest, _, fact = rest.partition(": ")
        tally.skip(f"{rest}_on_{world.name}", fact)
    else:
        rest, _, why = rest.partition(" ")[2].partition(": ")
        print("\n".join(said), flush=True)
        tally.fail(f"{rest}_on_{world.name}", why)
    return rest


def visit(tally, world, command):
    fact = missing_for(world, command)
    began = time.monotonic()
    try:
        if fact is None:
            text, status = boot_with_patience(world, command)
    except debian.Missing as error:
        fact = str(error)
    if fact is not None:
        for name in world.cases:
            tally.skip(f"{name}_on_{world.name}", fact)
        return
    judge(tally, world, text, status)
    print(f"# {world.name}: {time.monotonic() - began:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--aarch64", help="a ctr for that kind of processor")
    parser.add_argument("worlds", nargs="*", help="these only")
    chosen = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    commands = {"amd64": os.environ.get("CTR_CMD"), "arm64": chosen.aarch64}
    tally = Tally()
    for world in worlds.WORLDS:
        if not chosen.worlds or world.name in chosen.worlds:
            visit(tally, world, commands[world.processor])
    sys.exit(tally.end())


if __name__ == "__main__":
    main()
