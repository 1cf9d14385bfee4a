# SPDX-License-Identifier: MIT
"""ctr-init links to nothing: no undefined symbol, static, never writable and executable, and small."""

import re
import sys

import common

PROGRAM = "ctr-init"
SIZE = 64 * 1024


def check_objects(objects, findings):
    """What `nm -u` would print for the objects taken together: nothing."""
    defined = set()
    undefined = {}
    for path in objects:
        for name, _, _, here in common.symbols(path):
            if here:
                defined.add(name)
            else:
                undefined.setdefault(name, path)
        if ".gnu.lto_" in common.output("readelf", "--wide", "--sections", path):
            findings.add(path, 0, "is built with -flto: its symbols cannot be judged")
    for name, path in sorted(undefined.items()):
        if name not in defined:
            findings.add(path, 0, f"{name} is undefined: the child links to nothing")


def check_program(program, findings):
    segments = common.output("readelf", "--wide", "--program-headers", program)
    for line in segments.splitlines():
        match = re.match(r"\s+([A-Z_]+)\s+(?:0x\w+\s+){5}([RWE ]{3})", line)
        if match and "W" in match.group(2) and "E" in match.group(2):
            findings.add(program, 0, f"the {match.group(1)} segment is writable and executable")
        if match and match.group(1) in ("INTERP", "DYNAMIC"):
            findings.add(program, 0, f"has a {match.group(1)} segment: it is not static")
    if "GNU_STACK" not in segments:
        findings.add(program, 0, "has no GNU_STACK segment: its stack would be executable")
    sections = common.output("readelf", "--wide", "--sections", program)
    for name in re.findall(r"\]\s+(\.dynamic|\.init_array|\.ctors|\.tdata|\.tbss)\s", sections):
        findings.add(program, 0, f"has a section {name}")
    for name, _, _, here in common.symbols(program):
        if not here:
            findings.add(program, 0, f"{name} is undefined in the linked program")
    if program.stat().st_size >= SIZE:
        findings.add(program, 0, f"has {program.stat().st_size} bytes: it stays under {SIZE}")


def main():
    source, build = common.roots(sys.argv)
    findings = common.Findings(source)
    programs = [path for path in build.glob(f"lib/**/{PROGRAM}") if path.is_file()]
    objects = sorted(build.glob(f"lib/**/{PROGRAM}.p/*.o"))
    if not programs:
        findings.add(build / "lib" / PROGRAM, 0, "is not built")
    if not objects:
        findings.add(build / "lib" / f"{PROGRAM}.p", 0, "no objects found")
    check_objects(objects, findings)
    for program in programs:
        check_program(program, findings)
    return findings.finish("child", f"{len(objects)} objects of {PROGRAM}")


if __name__ == "__main__":
    sys.exit(main())
