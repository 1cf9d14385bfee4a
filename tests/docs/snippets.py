# SPDX-License-Identifier: MIT
"""snippets.py SOURCE INCLUDE LIBRARY CTR CC...: what README.md, docs/ and the bindings' pages show is what happens.

  ```c, ```rust, ```go   a whole program: it compiles without a warning, runs, and prints what stands in the ```text
                         that follows
  ```sh, ```console      where it begins with "$ ", a session of a shell: "$ " begins a command, "> " goes on with it, and
                         what it prints follows. Otherwise commands that all succeed, and print what stands in the ```text
                         that follows, if one does
  "..."                  in what is printed: any text of a line, or any lines

What a comment before a block can say is told in pages.py. The blocks of one page share a directory. A block of which
nothing is known is a failure, and so are a link to a file that is not there and, in the text, an option of ctr that
ctr does not have.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import languages
import pages
from pages import Failure

SKIPPED = 77
MARK = "\x01"


class Skip(Exception):
    """The missing fact for which a block is not run."""


def check_excerpt(sources, block):
    example = sources / block.directives["from"]
    if not example.is_file():
        raise Failure(f"{block}: there is no {block.directives['from']}")
    wanted = [line.strip() for line in block.lines if line.strip()]
    there = [line.strip() for line in example.read_text().splitlines() if line.strip()]
    places = range(len(there) - len(wanted) + 1)
    if not wanted or not any(there[i:i + len(wanted)] == wanted for i in places):
        raise Failure(f"{block}: this does not stand in {block.directives['from']}")


def pattern_of(line):
    if line == "...":
        return r"(?:.*\n)*?"
    return ".*".join(re.escape(part) for part in line.split("...")) + r"\n"


def same(printed, expected):
    """Whether the lines are as expected, where "..." is any of them."""
    return re.fullmatch("".join(map(pattern_of, expected)), printed) is not None


def commands_of(block):
    """(words, what they print) of a session, each a list of lines."""
    commands = []
    for line in block.lines:
        if line.startswith("$ "):
            commands.append(([line[2:]], []))
        elif not commands:
            raise Failure(f"{block}: it does not begin with a command")
        elif line.startswith("> ") and not commands[-1][1]:
            commands[-1][0].append(line[2:])
        else:
            commands[-1][1].append(line)
    return commands


class Reader:
    """Does what one page says, in a directory of the page's own."""

    def __init__(self, world, directory):
        self.world, self.directory = world, directory

    def prepare(self):
        """As somebody has it who has the tree in ~/libctr; names of containers are the page's own."""
        (self.directory / "libctr").symlink_to(self.world.sources)
        (self.directory / ".run").mkdir(mode=0o700)

    def end_containers(self):
        """Those that a page left behind, or a page that failed half-way."""
        rows = self.shell("-c", "ctr ps").stdout.splitlines()[1:]
        for name in [row.split()[0] for row in rows]:
            self.shell("-c", f"ctr kill --signal KILL {name}; ctr wait {name}; ctr rm {name}")

    def shell(self, *words):
        return languages.finished(["sh", *words], cwd=self.directory, env=self.world.environment(self.directory))

    def run_session(self, block):
        commands = commands_of(block)
        script = "s=0\n" + "".join("(exit $s)\n" + "\n".join(words) + f"\ns=$?; printf '{MARK}'\n" for words, _ in commands)
        answers = self.shell("-c", script).stdout.split(MARK)
        if len(answers) != len(commands) + 1:
            raise Failure(f"{block}: it ends at `{commands[min(len(answers), len(commands)) - 1][0][0]}`: {answers[-1]}")
        for (words, expected), printed in zip(commands, answers):
            if not same(printed, expected):
                raise Failure(f"{block}: `{words[0]}` prints:\n{printed}")

    def run_script(self, block, expected):
        done = self.shell("-ec", block.text())
        if done.returncode != 0 or (expected is not None and not same(done.stdout, expected.lines)):
            raise Failure(f"{block}: it ends with status {done.returncode} and prints:\n{done.stdout}")

    def run_program(self, block, expected):
        if expected is None:
            raise Failure(f"{block}: what the program prints does not follow, as a block of text")
        try:
            program = self.world.program(block, self.directory)
        except languages.Missing as missing:
            raise Skip(f"{block}: {missing}") from missing
        except languages.Refused as refused:
            raise Failure(f"{block}: it does not compile: {refused}") from refused
        done = languages.finished([program], cwd=self.directory, env=self.world.environment(self.directory))
        if done.returncode != 0 or not same(done.stdout, expected.lines):
            raise Failure(f"{block}: it ends with status {done.returncode} and prints:\n{done.stdout}")

    def write_file(self, block):
        path = self.directory / block.directives["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text())

    def check_needs(self, block):
        for program in block.directives.get("needs", "").split():
            if not shutil.which(program, path=languages.PATH):
                raise Skip(f"{block}: there is no {program} here")

    def check(self, block, expected):
        """What was done with a block; nothing where nobody knows what to do with it."""
        self.check_needs(block)
        if "from" in block.directives:
            check_excerpt(self.world.sources, block)
            return "excerpt"
        if "file" in block.directives:
            self.write_file(block)
            return "file"
        if block.language in languages.COMPILED:
            self.run_program(block, expected)
            return "program"
        if block.language in ("sh", "console") and block.lines and block.lines[0].startswith("$ "):
            self.run_session(block)
            return "session"
        if block.language == "sh":
            self.run_script(block, expected)
            return "script"
        return None


def run_elsewhere(sources, block):
    """Whether another test takes care of it."""
    test = block.directives.get("run by")
    if test and not (sources / test).exists():
        raise Failure(f"{block}: there is no {test}")
    if test == "tests/newcomer" and ("newcomer" not in block.directives or str(block.page) not in pages.NEWCOMERS):
        raise Failure(f"{block}: {test} does not run it")
    return test is not None


class Tally:
    def __init__(self):
        self.done, self.failed, self.skipped, self.unmarked, self.reasons = {}, 0, 0, 0, []

    def fail(self, text):
        self.failed += 1
        print(f"FAIL {text}")

    def count(self, block, kind):
        self.done[kind] = self.done.get(kind, 0) + 1
        print(f"ok {block}: {kind}")

    def check_block(self, reader, block, expected):
        """Whether the block that follows was the output of this one."""
        try:
            if run_elsewhere(reader.world.sources, block):
                self.count(block, "elsewhere")
                return expected is not None
            if "not run:" in block.directives:
                self.reasons.append(f"{block}: {block.directives['not run:']}")
            elif kind := reader.check(block, expected):
                self.count(block, kind)
                return kind in ("program", "script") and expected is not None
            else:
                self.unmarked += 1
                self.fail(f"{block}: it is neither run nor marked with the reason why it cannot be")
        except Skip as skip:
            self.skipped += 1
            print(f"SKIP {skip}")
            return expected is not None
        except (Failure, subprocess.TimeoutExpired) as failure:
            self.fail(failure)
            return expected is not None
        return False

    def check_page(self, world, page):
        name = page.relative_to(world.sources)
        with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
            reader = Reader(world, pathlib.Path(directory))
            reader.prepare()
            blocks = pages.blocks_of(page, name)
            taken = False
            for block, following in zip(blocks, [*blocks[1:], None]):
                plain = following is not None and following.language == "text" and not following.directives
                taken = not taken and self.check_block(reader, block, following if plain else None)
            reader.end_containers()
        for fault in [*pages.dead_links(page, name), *unknown_options(world, page, name)]:
            self.fail(fault)

    def end(self):
        for reason in self.reasons:
            print(f"not run {reason}")
        kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(self.done.items()))
        print(f"{kinds}; {len(self.reasons)} marked as not run, {self.unmarked} unmarked and not run")
        print(f"{sum(self.done.values())} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed or not self.done else 0


def options_of(word):
    """The options that a word is: short ones may stand together."""
    long_one = re.match(r"--[a-z][a-z-]*", word)
    if long_one:
        return [long_one[0]]
    return [f"-{letter}" for letter in word[1:]] if re.fullmatch(r"-[a-zA-Z]+", word) else []


def unknown_options(world, page, name):
    """What the text says of ctr that ctr does not have."""
    for number, option in pages.inline_options(page):
        if not re.search(rf"(?<![\w-]){option}(?![\w-])", world.help_of_all()):
            yield f"{name}:{number}: no command of ctr has {option}"
    for number, words in pages.inline_commands(page):
        described = world.help_of(words[0])
        if described is None:
            yield f"{name}:{number}: there is no `ctr {words[0]}`"
            continue
        for word in words[1:words.index("--") if "--" in words else None]:
            for option in options_of(word):
                if not re.search(rf"(?<![\w-]){option}(?![\w-])", described):
                    yield f"{name}:{number}: `ctr {words[0]}` has no {option}"


def main():
    if len(sys.argv) < 6:
        sys.exit(2)
    if not shutil.which("unshare") or languages.finished(["unshare", "--user", "--map-root-user", "true"]).returncode != 0:
        print("SKIP snippets: no user namespace can be made here")
        sys.exit(SKIPPED)
    tally = Tally()
    with languages.World(sys.argv[1:]) as world:
        for page in pages.pages_of(world.sources):
            try:
                tally.check_page(world, page)
            except Failure as failure:
                tally.fail(failure)
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
