# SPDX-License-Identifier: MIT
"""Plain text rules: the licence line first, no tabs or trailing blanks, and no names of other people's machines."""

import re
import sys

import common

SOURCES = {".h", ".hh", ".hpp", ".inc", ".c", ".cc", ".cpp", ".S", ".py", ".sh", ".map", ".md", ".ini", ".toml", ".rs",
           ".go", ".yml", ".yaml"}
SOURCE_NAMES = {"meson.build", "meson_options.txt", ".clang-format", ".clang-tidy", ".editorconfig"}
TABS_ALLOWED = {".go", ".plan"}
BLANKS_ALLOWED = {".plan"}
NOT_TEXT = {".svg", ".png", ".gz", ".xz", ".tar", ".deb"}

LICENCE = "SPDX-License-Identifier: MIT"
COMMENT = re.compile(r"^\s*(//|/\*|#|<!--|;)\s*")

# Written in pieces, so that this file passes its own test.
HOSTS = ["pypi" + ".org", "files.python" + "hosted", "npmjs" + ".org", "crates" + ".io", "golang" + ".org/",
         "deb.debian" + ".org", "security.debian" + ".org", "snapshot.debian" + ".org", "archive.ubuntu" + ".com",
         "ports.ubuntu" + ".com", "docker" + ".io", "ghcr" + ".io", "quay" + ".io", "rubygems" + ".org"]
WORDS = [r"/wor" + r"k/", r"/tmp/b" + r"rief", r"/tmp/bu" + r"gs-", r"\bthe le" + r"ad\b", r"design not" + r"es"]
FORBIDDEN = re.compile("|".join([re.escape(host) for host in HOSTS] + WORDS), re.IGNORECASE)
ALLOWED_HOSTS = {"spdx.org", "kernel.org", "man7.org", "w3.org", "example.org", "example.com"}
URL = re.compile(r"\bhttps?://([A-Za-z0-9.-]+)")
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b(?!\(#\d+\))|^\s*#\s*if 0\b")
CONFLICT = re.compile(r"^(<{7}|>{7}|\|{7}) ")


def is_source(path, text):
    return path.suffix in SOURCES or path.name in SOURCE_NAMES or text.startswith("#!")


def check_licence(path, lines, findings):
    first = 1 if lines and lines[0].startswith("#!") else 0
    line = lines[first] if len(lines) > first else ""
    if not COMMENT.match(line) or LICENCE not in line:
        findings.add(path, first + 1, f"the first line must be a comment with '{LICENCE}'")


def check_line(path, number, line, findings):
    if "\t" in line and path.suffix not in TABS_ALLOWED:
        findings.add(path, number, "a tab")
    if line != line.rstrip() and path.suffix not in BLANKS_ALLOWED:
        findings.add(path, number, "blanks at the end of the line")
    if CONFLICT.match(line):
        findings.add(path, number, "a conflict marker")
    forbidden = FORBIDDEN.search(line)
    if forbidden:
        findings.add(path, number, f"'{forbidden.group(0)}' must not be named in the project")
    for host in URL.findall(line):
        if not any(host == allowed or host.endswith("." + allowed) for allowed in ALLOWED_HOSTS):
            findings.add(path, number, f"the host {host} is not one that the project names")


def check_file(path, findings):
    if path.suffix in NOT_TEXT:
        return
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        findings.add(path, 1, "is neither UTF-8 nor of a kind that is known to be no text")
        return
    lines = text.split("\n")
    if text and lines[-1] != "":
        findings.add(path, len(lines), "no newline at the end of the file")
    if is_source(path, text):
        check_licence(path, lines, findings)
        for number, line in enumerate(lines, 1):
            if path.suffix != ".md" and UNFINISHED.search(line):
                findings.add(path, number, "unfinished work has the number of an issue, and code is not switched off")
    for number, line in enumerate(lines, 1):
        check_line(path, number, line, findings)


def main():
    source, _ = common.roots(sys.argv)
    findings = common.Findings(source)
    count = 0
    for path in common.files_below(source):
        count += 1
        check_file(path, findings)
    return findings.finish("text", f"{count} files")


if __name__ == "__main__":
    sys.exit(main())
