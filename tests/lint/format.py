# SPDX-License-Identifier: MIT
"""The tree looks as .clang-format says. Only the version that the look was written with is asked."""

import re
import shutil
import subprocess
import sys

import common

VERSION = 14
PLACES = ("include", "lib", "tools", "tests", "examples")
SUFFIXES = {".h", ".hh", ".hpp", ".c", ".cc", ".cpp"}


def find_formatter():
    for name in (f"clang-format-{VERSION}", "clang-format"):
        if shutil.which(name):
            version = re.search(r"version (\d+)", common.output(name, "--version"))
            if version and int(version.group(1)) == VERSION:
                return name
    return None


def main():
    source, _ = common.roots(sys.argv)
    findings = common.Findings(source)
    formatter = find_formatter()
    if formatter is None:
        common.skip(f"clang-format {VERSION} is not installed; others break lines elsewhere")
    files = [path for place in PLACES for path in common.files_below(source / place, SUFFIXES)]
    if not files:
        findings.add(source / "lib", 1, "no source files found: is this the source root?")
    for path in files:
        done = subprocess.run([formatter, "--dry-run", "-Werror", "--ferror-limit=1", str(path)], cwd=source,
                              capture_output=True, text=True, timeout=60)
        place = re.search(r":(\d+):\d+: error", done.stderr)
        if done.returncode != 0:
            findings.add(path, place.group(1) if place else 1, "not formatted: run `./tools/dev format`")
    return findings.finish("format", f"{len(files)} files")


if __name__ == "__main__":
    sys.exit(main())
