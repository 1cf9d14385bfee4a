# SPDX-License-Identifier: MIT
"""What README.md says to somebody new works as it stands there, in a Debian container with nothing but essential packages.

newcomer.py SOURCE

As an ordinary user, with CTR_CMD. The commands are README.md's: its blocks that say `newcomer STEP` are run in the order of
the page, and what they print is compared with the text that follows; its blocks that say `file NAME` are written to the
home directory before. Nothing is written here that stands there.

  start     the first command of README.md, in a container of its own
  install   what the languages build on
  C, Rust, Go
  examples  what bindings/rust/README.md says to begin with

How long each step takes is printed, downloads included. A language fails where it takes more than five minutes from
nothing to its hello: the installation counts for each. Where other programs had much of the processors meanwhile, too long
is no failure but a skip that says so.
"""

import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time

LIMIT = 300
DISTURBED = 0.25  # of the processors, by others
PATIENCE = 1500
HERE = pathlib.Path(__file__).resolve().parent
REAL = HERE.parent / "real"
sys.path.insert(0, str(HERE.parent / "docs"))

import pages  # noqa: E402  beside the tests of the documentation
import snippets  # noqa: E402

# The newcomer starts containers inside this one: it needs new user namespaces, and a /proc that is not masked.
# The machine's network is for the packages.
NESTING = ["--net", "host", "--security-opt", "seccomp=build", "--security-opt", "unmask=ALL"]
NEEDS_RANGES = "the newcomer's container needs ranges of ids"


def ctr(*words, **options):
    return subprocess.run([*shlex.split(os.environ["CTR_CMD"]), "run", "-q", "--map", "subid", *map(str, words)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          check=False, **options)


class Span:
    """A time, and how much of the processors others had in it."""

    def __init__(self, seconds=0.0, own=0.0, busy=0.0):
        self.seconds, self.own, self.busy = seconds, own, busy

    def __add__(self, other):
        return Span(self.seconds + other.seconds, self.own + other.own, self.busy + other.busy)

    @property
    def by_others(self):
        return max(0.0, self.busy - self.own) / (max(self.seconds, 0.01) * (os.cpu_count() or 1))


def busy_seconds():
    """Of all processors, since the machine was started; what a hypervisor took is in it, waiting for disks is not."""
    user, nice, system, _, _, *others = map(int, pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9])
    return (user + nice + system + sum(others)) / os.sysconf("SC_CLK_TCK")


class Skip(Exception):
    """The fact that this machine lacks."""


def bare_root():
    made = subprocess.run([REAL / "make-rootfs.sh", "--bare"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    if made.returncode != 0:
        raise Skip((made.stderr.strip().splitlines() or [NEEDS_RANGES])[-1])
    return pathlib.Path(made.stdout.strip())


class Machine:
    """A copy of the bare root with the tree in /root/libctr: a machine that nobody has used."""

    def __init__(self, bare, source, work, name):
        self.root = work / name
        self.report = work / f"{name}.json"
        self.used = 0.0  # seconds of the processors
        self.root.mkdir()
        self.in_ids("cp", "-a", "/bare/.", "/mnt", volumes=[f"{bare}:/bare:ro"])
        words = "mkdir -p /mnt/root/libctr; tar -C /source --exclude=./.git --exclude='./build*' -cf - . | tar -C /mnt/root/libctr -xf -"
        self.in_ids("sh", "-ec", words + "; chown -R 0:0 /mnt/root/libctr", volumes=[f"{source}:/source:ro"])

    def in_ids(self, *words, volumes=()):
        options = [option for volume in [f"{self.root}:/mnt", *volumes] for option in ("-v", volume)]
        done = ctr(*options, "--cap-add", "MKNOD", "--", *words)
        if done.returncode != 0:
            sys.exit(f"newcomer: {words[0]}: {done.stdout}")

    def run(self, script, timeout=PATIENCE):
        """As root of the machine, at home; the limit of processes and the like are the caller's."""
        done = ctr("--rootfs", self.root, *NESTING, "-w", "/root", "-e", "HOME=/root", "-e", "DEBIAN_FRONTEND=noninteractive", "--timeout",
                   timeout, "--report", self.report, "--", "bash", "-ec", script)
        result = json.loads(self.report.read_text())["result"] or {"user_ns": 0, "system_ns": 0}
        self.used += (result["user_ns"] + result["system_ns"]) / 1e9
        return done

    def remove(self):
        subprocess.run([*shlex.split(os.environ["CTR_CMD"]), "run", "-q", "--map", "subid", "-v", f"{self.root.parent}:/mnt", "--",
                        "rm", "-rf", f"/mnt/{self.root.name}"], check=False)


def write_file(machine, block):
    """By a shell inside, because the home belongs to the machine's root."""
    name = shlex.quote(block.directives["file"])
    written = machine.run(f"mkdir -p \"$(dirname {name})\"; cat > {name} <<'END-OF-FILE'\n{block.text()}END-OF-FILE\n")
    if written.returncode != 0:
        sys.exit(f"newcomer: {block}: {written.stdout}")


class Readme:
    """README.md, and what it sends a newcomer to."""

    def __init__(self, source):
        self.blocks = [block for name in pages.NEWCOMERS for block in pages.blocks_of(source / name, name)]

    def steps(self):
        """In the order of the pages, but for what the others build on."""
        found = dict.fromkeys(block.directives["newcomer"] for block in self.blocks if "newcomer" in block.directives)
        return sorted(found, key=lambda step: ["start", "install"].index(step) if step in ("start", "install") else 2)

    def files(self):
        return [block for block in self.blocks if "file" in block.directives]

    def of(self, step):
        """The blocks of a step, each with what it is to print or nothing."""
        for block, following in zip(self.blocks, [*self.blocks[1:], None]):
            if block.directives.get("newcomer") == step:
                yield block, following if following is not None and following.language == "text" else None


def take(machine, readme, step):
    """The time, or nothing where it fails."""
    began, busy, used = time.monotonic(), busy_seconds(), machine.used
    for block, expected in readme.of(step):
        done = machine.run(("cd ~/libctr\n" if step == "start" else "") + block.text())
        if done.returncode != 0 or (expected is not None and not snippets.same(done.stdout, expected.lines)):
            print(f"FAIL {step}: {block} ends with status {done.returncode} and prints:\n{done.stdout[-6000:]}")
            return None
    return Span(time.monotonic() - began, machine.used - used, busy_seconds() - busy)


class Tally:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, 0, 0

    def judge(self, step, span, installing):
        if span is None:
            self.failed += 1
            return
        total = span + installing
        text = f"{step}: {span.seconds:.0f} s ({span.own:.0f} s of processors)" + (f", {total.seconds:.0f} s from nothing" if installing.seconds else "")
        if total.seconds > LIMIT and step != "install" and total.by_others > DISTURBED:
            self.skipped += 1
            print(f"SKIP {text}: more than {LIMIT} s, and others had {total.by_others:.0%} of the processors", flush=True)
        elif total.seconds > LIMIT and step != "install":
            self.failed += 1
            print(f"FAIL {text}: more than {LIMIT} s", flush=True)
        else:
            self.passed += 1
            print(f"ok {text}", flush=True)

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed else 0


def visit(readme, make, wanted):
    """Every step: the first command on a machine of its own, the others on another."""
    tally = Tally()
    for steps in (["start"], [step for step in readme.steps() if step != "start"]):
        steps = [step for step in steps if not wanted or step in wanted or step == "install"]
        if not steps or steps == ["install"] and wanted and "install" not in wanted:
            continue
        machine = make("machine-" + steps[0])
        try:
            installing = Span()
            for block in readme.files() if "install" in steps else []:
                write_file(machine, block)
            for step in steps:
                span = take(machine, readme, step)
                tally.judge(step, span, installing)
                if step == "install":
                    if span is None:
                        break
                    installing = span
        finally:
            machine.remove()
    return tally.end()


def main():
    source = pathlib.Path(sys.argv[1]).resolve()
    readme = Readme(source)
    missing = {"start", "install", "C", "Rust", "Go"} - set(readme.steps())
    if missing:
        print(f"FAIL README.md does not say how to do {', '.join(sorted(missing))}\n0 passed, 1 failed, 0 skipped")
        return 1
    try:
        bare = bare_root()
    except Skip as skip:
        print(f"SKIP newcomer: {skip}\n0 passed, 0 failed, {len(readme.steps())} skipped")
        return 0
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as work:
        os.chmod(work, 0o755)
        return visit(readme, lambda name: Machine(bare, source, pathlib.Path(work), name), sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
