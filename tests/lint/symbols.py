# SPDX-License-Identifier: MIT
"""What libctr.so exports is what libctr.map lists is what the public headers declare, and nothing else."""

import json
import re
import sys

import common

FORBIDDEN = {"ctr_start", "ctr_done", "ctr_test", "ctr_encrypt", "ctr_decrypt", "ctr_getiv", "ctr_setiv"}  # libtomcrypt's
NEEDED = re.compile(r"^(libc\.so\.6|ld-linux.*\.so\.\d+)$")
SONAME = "libctr.so.0"
MAP = "lib/libctr.map"


def declared(source):
    """Functions declared in include/ctr, each with its place."""
    found = {}
    for header in common.files_below(source / "include", {".h"}):
        text = common.blank_out(header.read_text(encoding="utf-8"), keep_strings=True)
        text = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda match: re.sub(r"[^\n]", " ", match.group(0)), text,
                      flags=re.MULTILINE)
        for match in re.finditer(r"\b(\w+)[ \t]*\((?![ \t]*\*)", text):
            found.setdefault(match.group(1), (header, common.line_of(text, match.start())))
    return {name: place for name, place in found.items() if not name.startswith("__") and name != "sizeof"}


def listed(source, findings):
    """Symbols that the version script makes global, each with its line."""
    path = source / MAP
    if not path.is_file():
        findings.add(path, 1, "the version script is missing")
        return {}
    text = re.sub(r"/\*.*?\*/|#[^\n]*", lambda match: re.sub(r"[^\n]", " ", match.group(0)),
                  path.read_text(encoding="utf-8"), flags=re.DOTALL)
    names = {}
    for match in re.finditer(r"\bglobal\s*:(.*?)(?=\blocal\s*:|\})", text, re.DOTALL):
        for entry in re.finditer(r"([^\s;{}]+)\s*;", match.group(1)):
            line = common.line_of(text, match.start(1) + entry.start(1))
            if not re.fullmatch(r"\w+", entry.group(1)):
                findings.add(path, line, f"'{entry.group(1)}': every symbol is listed by its name")
            names[entry.group(1)] = line
    if not re.search(r"\blocal\s*:\s*\*\s*;", text):
        findings.add(path, 1, "the first version node must end with `local: *;`")
    return names


def exported(library):
    """Symbols that the library defines for others; the absolute ones are the version nodes."""
    table = common.output("readelf", "--wide", "--dyn-syms", library)
    names = set()
    for line in table.splitlines():
        fields = line.split()
        if len(fields) >= 8 and fields[0].rstrip(":").isdigit() and fields[6] not in ("UND", "ABS"):
            names.add(fields[7].split("@")[0])
    return names


def find_library(build):
    candidates = [path for path in build.glob("lib/libctr.so*") if path.is_file() and not path.is_symlink()
                  and path.suffix != ".symbols"]
    return candidates[0] if candidates else None


def check_same(source, library, findings):
    headers, listing, exports = declared(source), listed(source, findings), exported(library)
    for name, (header, line) in headers.items():
        if name not in listing:
            findings.add(header, line, f"{name} is declared and not listed in {MAP}")
    for name, line in listing.items():
        if name not in headers:
            findings.add(source / MAP, line, f"{name} is listed and declared in no public header")
        if name not in exports:
            findings.add(source / MAP, line, f"{name} is listed and not defined in {library.name}")
    for name in sorted(exports - set(listing)):
        findings.add(library, 0, f"{name} is exported and not listed in {MAP}")
    for name in sorted(exports | set(listing) | set(headers)):
        if not name.startswith("ctr_"):
            findings.add(source / MAP, listing.get(name, 0), f"{name} does not begin with ctr_")
        if name in FORBIDDEN:
            findings.add(source / MAP, listing.get(name, 0), f"{name} is a name of another library")
    return len(exports)


def sanitized(build):
    path = build / "meson-info" / "intro-buildoptions.json"
    options = json.loads(path.read_text()) if path.is_file() else []
    return any(option["name"] == "b_sanitize" and option["value"] not in ("none", "") for option in options)


def check_dynamic_section(library, build, findings):
    section = common.output("readelf", "--wide", "--dynamic", library)
    soname = re.findall(r"\(SONAME\).*\[(.*)\]", section)
    if soname != [SONAME]:
        findings.add(library, 0, f"SONAME is {soname}, not {SONAME}")
    if sanitized(build):
        print("a sanitizer's build: what the library needs is not checked")
        return
    for name in re.findall(r"\(NEEDED\).*\[(.*)\]", section):
        if not NEEDED.match(name):
            findings.add(library, 0, f"needs {name}: libc is all that may be needed")
    if re.search(r"\(R(UN)?PATH\)", section):
        findings.add(library, 0, "has a run path")


def main():
    source, build = common.roots(sys.argv)
    findings = common.Findings(source)
    library = find_library(build)
    if library is None:
        findings.add(build / "lib" / SONAME, 0, "is not built")
        return findings.finish("symbols", "nothing")
    count = check_same(source, library, findings)
    check_dynamic_section(library, build, findings)
    return findings.finish("symbols", f"{count} exported symbols of {library.name}")


if __name__ == "__main__":
    sys.exit(main())
