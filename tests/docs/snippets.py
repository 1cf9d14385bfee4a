# SPDX-License-Identifier: MIT
"""snippets.py SOURCE INCLUDE LIBRARY CTR CC...: what the pages of docs/ show is what happens.

  ```c below <!-- from FILE -->   stands in that example, line by line, whatever the indentation
  ```c otherwise                  is a whole program: it compiles without a warning, runs, and prints what stands in the
                                  ```text that follows
  ```sh                           is a session of a shell: "$ " begins a command, "> " goes on with it, and what it
                                  prints follows; a line of "..." stands for any lines
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
PATIENCE = 60
MARK = "\x01"
FROM = re.compile(r"<!-- from (\S+) -->")


class Failure(Exception):
    pass


class Block:
    """One fenced block of a page."""

    def __init__(self, page, line, language, source):
        self.page, self.line, self.language, self.source = page, line, language, source
        self.lines = []

    def __str__(self):
        return f"{self.page}:{self.line}"

    def text(self):
        return "".join(line + "\n" for line in self.lines)


def blocks_of(page, name):
    """The fenced blocks, in order."""
    found, block, source = [], None, None
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if block is not None:
            if line == "```":
                block = None
            else:
                block.lines.append(line)
        elif line.startswith("```"):
            block = Block(name, number, line[3:], source)
            found.append(block)
            source = None
        elif directive := FROM.fullmatch(line):
            source = directive[1]
    if block is not None:
        raise Failure(f"{block}: the block does not end")
    return found


def check_excerpt(sources, block):
    example = sources / block.source
    if not example.is_file():
        raise Failure(f"{block}: there is no {block.source}")
    wanted = [line.strip() for line in block.lines if line.strip()]
    there = [line.strip() for line in example.read_text().splitlines() if line.strip()]
    places = range(len(there) - len(wanted) + 1)
    if not wanted or not any(there[i:i + len(wanted)] == wanted for i in places):
        raise Failure(f"{block}: this does not stand in {block.source}")


def same(printed, expected):
    """Whether the lines are as expected, where "..." is any of them."""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in expected)
    return re.fullmatch(pattern, printed) is not None


def finished(words, **options):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
                          check=False, **options)


class World:
    def __init__(self, words):
        self.sources, self.include, self.library, self.ctr = (pathlib.Path(word).resolve() for word in words[:4])
        self.compiler = words[4:]

    def compile(self, block, program):
        source = program.with_suffix(".c")
        source.write_text(block.text())
        done = finished([*self.compiler, "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-I", self.include, source, "-o", program,
                         "-L", self.library, f"-Wl,-rpath,{self.library}", "-lctr"])
        if done.returncode != 0:
            raise Failure(f"{block}: it does not compile: {done.stdout}")

    def run_program(self, block, expected):
        if expected is None:
            raise Failure(f"{block}: what the program prints does not follow, as a block of text")
        with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
            program = pathlib.Path(directory) / "program"
            self.compile(block, program)
            done = finished([program], cwd=directory)
        if done.returncode != 0 or not same(done.stdout, expected.lines):
            raise Failure(f"{block}: it ends with status {done.returncode} and prints:\n{done.stdout}")

    def run_session(self, block):
        commands = []  # (words, what they print)
        for line in block.lines:
            if line.startswith("$ "):
                commands.append(([line[2:]], []))
            elif not commands:
                raise Failure(f"{block}: it does not begin with a command")
            elif line.startswith("> ") and not commands[-1][1]:
                commands[-1][0].append(line[2:])
            else:
                commands[-1][1].append(line)
        script = "s=0\n" + "".join("(exit $s)\n" + "\n".join(words) + f"\ns=$?; printf '{MARK}'\n" for words, _ in commands)
        with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
            done = finished(["sh", "-c", script], cwd=directory, env={"PATH": f"{self.ctr.parent}:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": directory})
        for (words, expected), printed in zip(commands, done.stdout.split(MARK)):
            if not same(printed, expected):
                raise Failure(f"{block}: `{words[0]}` prints:\n{printed}")

    def check(self, block, following):
        """What was done, or nothing where the block is no example."""
        if block.source:
            check_excerpt(self.sources, block)
            return "excerpt"
        if block.language == "c":
            self.run_program(block, following if following is not None and following.language == "text" else None)
            return "program"
        if block.language == "sh":
            self.run_session(block)
            return "session"
        return None


def main():
    if len(sys.argv) < 6:
        sys.exit(2)
    if not shutil.which("unshare") or finished(["unshare", "--user", "--map-root-user", "true"]).returncode != 0:
        print("SKIP snippets: no user namespace can be made here")
        sys.exit(SKIPPED)
    world = World(sys.argv[1:])
    tally, failed = {}, 0
    for page in sorted((world.sources / "docs").rglob("*.md")):
        try:
            blocks = blocks_of(page, page.relative_to(world.sources))
        except Failure as failure:
            blocks, failed = [], failed + 1
            print(f"FAIL {failure}")
        for block, following in zip(blocks, [*blocks[1:], None]):
            try:
                if kind := world.check(block, following):
                    tally[kind] = tally.get(kind, 0) + 1
                    print(f"ok {block}: {kind}")
            except (Failure, subprocess.TimeoutExpired) as failure:
                failed += 1
                print(f"FAIL {failure}")
    print(f"{sum(tally.values())} passed, {failed} failed, 0 skipped")
    return 1 if failed or not tally else 0


if __name__ == "__main__":
    sys.exit(main())
