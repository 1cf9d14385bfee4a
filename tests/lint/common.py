# SPDX-License-Identifier: MIT
"""What every lint shares: finding files, telling findings, reading C++ as text."""

import pathlib
import re
import subprocess
import sys

SKIPPED = 77  # meson's exit status for a skipped test
SKIPPED_DIRECTORIES = re.compile(r"^(\.git|\.cache|\.pytest_cache|__pycache__|build.*)$")


class Findings:
    """Collects findings and turns them into lines and an exit status."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.lines = []

    def add(self, path, line, message):
        path = pathlib.Path(path)
        shown = path.relative_to(self.root) if path.is_relative_to(self.root) else path
        self.lines.append(f"{shown}:{line}: {message}")

    def finish(self, name, checked):
        """Prints the findings, or what was checked; the lint's exit status."""
        for line in self.lines:
            print(line)
        if self.lines:
            print(f"{name}: {len(self.lines)} finding(s)")
            return 1
        print(f"{name}: nothing found in {checked}")
        return 0


def skip(reason):
    print(f"SKIP: {reason}")
    sys.exit(SKIPPED)


def roots(arguments):
    """The source root and the build root, from the command line."""
    if len(arguments) != 3:
        sys.exit(f"usage: {arguments[0]} SOURCE_ROOT BUILD_ROOT")
    return pathlib.Path(arguments[1]).resolve(), pathlib.Path(arguments[2]).resolve()


def files_below(root, suffixes=None):
    """Every regular file below root, in a stable order, build directories and caches left out."""
    if not root.is_dir():
        return
    for entry in sorted(root.iterdir()):
        if entry.is_symlink():
            continue
        if entry.is_dir():
            if not SKIPPED_DIRECTORIES.match(entry.name):
                yield from files_below(entry, suffixes)
        elif suffixes is None or entry.suffix in suffixes:
            yield entry


TOKEN = re.compile(
    r"""
      (?P<comment> //(?:\\\n|[^\n])* | /\*.*?\*/ )
    | (?P<raw>     (?:u8|[uUL])?R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)" )
    | (?P<string>  "(?:\\.|[^"\\\n])*" )
    | (?P<char>    (?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+' )
    """,
    re.DOTALL | re.VERBOSE,
)


def blank_out(text, keep_strings=False):
    """The text with comments, and strings unless they are kept, blanked; line numbers stay true."""

    def replace(match):
        found = match.group(0)
        if match.lastgroup != "comment" and keep_strings and match.group("comment") is None:
            return found
        if match.group("comment") is not None:
            return re.sub(r"[^\n]", " ", found)
        return found[0] + re.sub(r"[^\n]", " ", found[1:-1]) + found[-1]

    return TOKEN.sub(replace, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def output(*command):
    """What a program prints; a program that fails ends the lint."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def symbols(path, dynamic=False):
    """(name, type, binding, defined) of each named symbol of an ELF file of any architecture."""
    table = output("readelf", "--wide", "--dyn-syms" if dynamic else "--syms", path)
    for line in table.splitlines():
        fields = line.split()
        if len(fields) >= 8 and fields[0].rstrip(":").isdigit() and fields[3] not in ("FILE", "SECTION"):
            yield fields[7].split("@")[0], fields[3], fields[4], fields[6] != "UND"
