# SPDX-License-Identifier: MIT
"""Includes follow the floor plan: one arrow between the rooms of lib/, and no new edge unnoticed."""

import re
import sys

import common

# Who may include from whom. A new edge is a change of the architecture: argue it in lib/README.md first.
EDGES = {
    "arch": set(),
    "base": set(),
    "sys": {"arch"},
    "host": {"sys"},
    "config": set(),
    "spec": {"config"},
    "survey": {"spec", "host", "sys"},
    "plan": set(),
    "compile": {"spec", "host", "plan"},
    "child": {"arch"},
    "registry": {"plan", "sys"},
    "spawn": {"plan", "sys"},
    "container": {"config", "spec", "survey", "host", "compile", "plan", "registry", "spawn", "diagnose", "sys"},
    "diagnose": {"plan", "host", "sys"},
    "abi": {"container", "config", "diagnose"},
}
WITHOUT_BASE = {"arch", "child", "base"}
PUBLIC_HEADER_USERS = {"config", "spec", "abi", "container"}

# Single headers that a room may use although it may not use their room.
HEADERS = {"child": {"plan/op.h", "plan/image.h"}}

# Files that the build makes: spawn carries the child, as bytes.
GENERATED = {"spawn": {"init_image.inc"}}

# Rooms that link to nothing, and the headers they share with others: kernel and freestanding headers only.
FREESTANDING = re.compile(r"^(linux|asm|asm-generic)/|^(stddef|stdint|stdarg|limits)\.h$|^(cstddef|cstdint)$")
FREESTANDING_ROOMS = {"arch", "child"}

SUFFIXES = {".h", ".hh", ".hpp", ".inc", ".c", ".cc", ".cpp", ".S"}
INCLUDE = re.compile(r"^[ \t]*#[ \t]*(?:include|include_next|import)\b[ \t]*([^\n]*)", re.MULTILINE)


def includes(path):
    """(line, quote, name) of each include; the name is None where it is not spelled out."""
    text = common.blank_out(path.read_text(encoding="utf-8", errors="replace"), keep_strings=True)
    for match in INCLUDE.finditer(text):
        spelled = re.match(r'(["<])([^">]+)[">]', match.group(1))
        line = common.line_of(text, match.start())
        yield (line, spelled.group(1), spelled.group(2)) if spelled else (line, None, None)


class Tree:
    """Resolves the includes of one source tree."""

    def __init__(self, source):
        self.source = source
        self.lib = source / "lib"
        self.public = source / "include"

    def resolve(self, path, quote, name):
        """The file of this project that an include means, or None for a system header."""
        places = [self.lib, self.public]
        if quote == '"':
            places.insert(0, path.parent)
        for place in places:
            candidate = (place / name).resolve()
            if candidate.is_file() and candidate.is_relative_to(self.source):
                return candidate
        return None

    def room(self, path):
        if path.is_relative_to(self.lib) and path.parent != self.lib:
            return path.relative_to(self.lib).parts[0]
        return None


def edge_allowed(tree, room, target):
    """Whether a file of this room may include this file of the project."""
    if target.is_relative_to(tree.public):
        return room in PUBLIC_HEADER_USERS
    other = tree.room(target)
    if other is None:
        return False
    if other == room or other in EDGES[room] or (other == "base" and room not in WITHOUT_BASE):
        return True
    return str(target.relative_to(tree.lib)) in HEADERS.get(room, set())


def check_library_file(tree, path, freestanding, findings):
    room = tree.room(path)
    for line, quote, name in includes(path):
        if name is None:
            findings.add(path, line, "an include must spell its header out")
            continue
        target = tree.resolve(path, quote, name)
        if target is None:
            check_system_header(tree, path, line, quote, name, freestanding, findings)
        elif quote == "<" and target.is_relative_to(tree.lib) and target.parent != tree.lib / "sys":
            findings.add(path, line, f'<{name}> is a header of lib/: include it as "{name}"')
        elif quote == "<" and target.is_relative_to(tree.lib):
            check_system_header(tree, path, line, quote, name, freestanding, findings)
        elif not edge_allowed(tree, room, target):
            shown = tree.room(target) or target.relative_to(tree.source)
            findings.add(path, line, f'"{name}": {room} must not include from {shown}')


def check_system_header(tree, path, line, quote, name, freestanding, findings):
    if quote == '"' and name in GENERATED.get(tree.room(path), set()):
        return
    if quote == '"':
        findings.add(path, line, f'"{name}" is not a file of this project')
    elif freestanding and not FREESTANDING.match(name):
        findings.add(path, line, f"<{name}>: {tree.room(path)} may include kernel headers only")


def check_library(tree, findings):
    shared = {tree.lib / header for headers in HEADERS.values() for header in headers}
    count = 0
    for path in common.files_below(tree.lib, SUFFIXES):
        room = tree.room(path)
        count += 1
        if room is None:
            findings.add(path, 1, "a source file stands in a room, not in lib/ itself")
        elif room not in EDGES:
            findings.add(path, 1, f"lib/{room} is not a room of the floor plan")
        else:
            check_library_file(tree, path, room in FREESTANDING_ROOMS or path in shared, findings)
    return count


def program_may_include(tree, base, path, quote, name):
    if quote == "<":
        return name.startswith(("ctr/", "sys/")) or not (tree.lib / name).is_file()
    candidates = [(place / name).resolve() for place in (path.parent, base)]
    return any(candidate.is_file() and candidate.is_relative_to(base) for candidate in candidates)


def check_programs(tree, findings):
    """tools/ctr and the examples are programs like any user's: they see the public headers only."""
    count = 0
    for base in (tree.source / "tools" / "ctr", tree.source / "examples"):
        for path in common.files_below(base, SUFFIXES):
            count += 1
            for line, quote, name in includes(path):
                if name is None:
                    findings.add(path, line, "an include must spell its header out")
                elif not program_may_include(tree, base, path, quote, name):
                    findings.add(path, line, f"{name}: only <ctr/...>, system and own headers may be used here")
    return count


def check_floor_plan(tree, findings):
    """lib/README.md names every room and no other."""
    readme = tree.lib / "README.md"
    if not readme.is_file():
        findings.add(readme, 1, "the floor plan is missing")
        return
    named = {}
    for number, line in enumerate(readme.read_text(encoding="utf-8").splitlines(), 1):
        match = re.match(r"^(?:\||[-*])?\s*`?(?:lib/)?([a-z_]+)/`?(?:\s|$)", line)
        if match and match.group(1) != "lib":
            named.setdefault(match.group(1), number)
    for room, number in named.items():
        if room not in EDGES:
            findings.add(readme, number, f"{room}/ is not a room that layering.py knows")
    present = {entry.name for entry in tree.lib.iterdir() if entry.is_dir()}
    for room in sorted(set(EDGES) - set(named)):
        findings.add(readme, 1, f"the floor plan does not name {room}/")
    for room in sorted(set(EDGES) - present):
        findings.add(readme, named.get(room, 1), f"lib/{room} does not exist")
    for room in sorted(present - set(EDGES)):
        findings.add(readme, 1, f"lib/{room} is not a room of the floor plan")


def main():
    source, _ = common.roots(sys.argv)
    findings = common.Findings(source)
    tree = Tree(source)
    count = check_library(tree, findings) + check_programs(tree, findings)
    check_floor_plan(tree, findings)
    if count == 0:
        findings.add(tree.lib, 1, "no source files found: is this the source root?")
    return findings.finish("layering", f"{count} files")


if __name__ == "__main__":
    sys.exit(main())
