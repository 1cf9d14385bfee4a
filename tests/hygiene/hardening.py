# SPDX-License-Identifier: MIT
"""What the linker and the compiler made of the library and the command: read from the files themselves.

ctr-init has no libc, so there is nothing that could fortify it or report a smashed stack, and nothing to relocate; it is static at
a fixed address, in the memory of one short-lived process of the container. What is asked of it is what its segments show.
"""

import pathlib
import re
import tempfile

from common import Failure, attempt, compiler, must_fail, run

# What may be needed at run time, by a command that is not static the library too.
LIBC = re.compile(r"^(libctr\.so\.0|libc\.so\.6|ld-linux[\w-]*\.so\.\d+|libm\.so\.6)$")
EVERY_OBJECT_MARKED = "IBT, SHSTK"


def headers(path):
    return run("readelf", "--wide", "--file-header", "--program-headers", "--dynamic", path)


def check_segments(path):
    text = headers(path)
    stack = re.search(r"^\s+GNU_STACK .* ([RWE ]{3}) ", text, re.MULTILINE)
    if not stack or "E" in stack[1]:
        raise Failure(f"{path.name}: the stack is executable")
    for kind, flags in re.findall(r"^\s+([A-Z_]+)\s+(?:0x\w+\s+){5}([RWE ]{3})", text, re.MULTILINE):
        if "W" in flags and "E" in flags:
            raise Failure(f"{path.name}: its {kind} segment is writable and executable")
    if re.search(r"\((?:RPATH|RUNPATH)\)", text):
        raise Failure(f"{path.name}: it has a run path")
    if "(TEXTREL)" in text:
        raise Failure(f"{path.name}: its code is relocated")


def check_relro(path):
    text = headers(path)
    if "GNU_RELRO" not in text:
        raise Failure(f"{path.name}: no RELRO")
    if "There is no dynamic section" not in text and not re.search(r"\(FLAGS(_1)?\).*\b(BIND_)?NOW", text):
        raise Failure(f"{path.name}: not bound at the start, so its RELRO is not full")


def check_needed(path):
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", headers(path))
    if other := [name for name in needed if not LIBC.match(name)]:
        raise Failure(f"{path.name}: needs {', '.join(other)}")
    return ", ".join(needed) or "nothing"


def check_soname(path):
    if re.findall(r"\(SONAME\).*\[(.*)\]", headers(path)) != ["libctr.so.0"]:
        raise Failure(f"{path.name}: its SONAME is not libctr.so.0")


def check_position_independent(path):
    if not re.search(r"Type:\s+DYN", headers(path)):
        raise Failure(f"{path.name}: it is not position independent")


def check_fixed_only_if_static(path):
    """A static command is at a fixed address for the speed of its start, unless -Db_pie=true; a dynamic one is not."""
    text = headers(path)
    if "INTERP" in text:
        check_position_independent(path)
    return "static" + ("" if re.search(r"Type:\s+DYN", text) else ", at a fixed address") if "INTERP" not in text else "dynamic"


def check_calls(path, *names):
    """That the functions of libc which look after a program are called."""
    undefined = run("nm", "--undefined-only", path)
    if missing := [name for name in names if not re.search(name, undefined)]:
        raise Failure(f"{path.name}: nothing calls {', '.join(missing)}")


def marked(path):
    return EVERY_OBJECT_MARKED in run("readelf", "--wide", "--notes", path)


def check_control_flow(archive, library):
    """Every object of ours is marked for CET; the whole can only be where libc's start files are."""
    if "x86-64" not in run("readelf", "--wide", "--file-header", library).replace("X86-64", "x86-64"):
        return "not of this processor"
    members = run("ar", "t", archive).split()
    notes = run("readelf", "--wide", "--notes", archive)
    if notes.count(EVERY_OBJECT_MARKED) != len(members):
        raise Failure(f"{len(members) - notes.count(EVERY_OBJECT_MARKED)} of {len(members)} objects are not marked")
    system = run(*compiler(), "-print-file-name=crti.o").strip()
    if marked(system) and not marked(library):
        raise Failure(f"{library.name} is not marked, and libc's start files are")
    return "the objects; libc's start files here are not, so the whole is not" if not marked(library) else "the whole"


def library_checks(tally, library, archive):
    for check in (check_segments, check_relro, check_needed, check_soname, check_position_independent):
        tally.check(f"hardening of libctr.so: {check.__name__[6:].replace('_', ' ')}", check, library)
    tally.check("hardening of libctr.so: stack protector, fortified calls", check_calls, library, r"\b__stack_chk_fail\b", r"\b__\w+_chk\b")
    tally.check("hardening of libctr.a: stack protector, fortified calls", check_calls, archive, r"\b__stack_chk_fail\b", r"\b__\w+_chk\b")
    tally.check("hardening of libctr: marks of indirect branches", check_control_flow, archive, library)


def command_checks(tally, command, word):
    for check in (check_segments, check_relro, check_needed, check_fixed_only_if_static):
        tally.check(f"hardening of ctr, {word}: {check.__name__[6:].replace('_', ' ')}", check, command)


def init_checks(tally, init):
    tally.check("hardening of ctr-init: segments", check_segments, init)
    tally.check("hardening of ctr-init: needed", check_needed, init)


PROGRAM = '#include <math.h>\n#include <stdlib.h>\nint main(int count, char **words) { return (int)cos(atoi(words[count - 1])); }\n'
WEAK = {
    "an executable stack": (check_segments, ["-Wl,-z,execstack"]),
    "a writable and executable segment": (check_segments, ["-static", "-nostdlib", "-Wl,--omagic,-e,main,--unresolved-symbols=ignore-all"]),
    "a run path": (check_segments, ["-Wl,-rpath,/opt/lib"]),
    "no RELRO": (check_relro, ["-Wl,-z,norelro"]),
    "RELRO that is not full": (check_relro, ["-Wl,-z,relro", "-Wl,-z,lazy"]),
    "a library besides libc": (check_needed, ["-Wl,--no-as-needed", "-lutil", "-lgcc_s"]),
    "a fixed address": (check_fixed_only_if_static, ["-no-pie"]),
    "another SONAME": (check_soname, ["-shared", "-fPIC", "-Wl,-soname,libctr.so.1"]),
    "no stack protector": (lambda path: check_calls(path, r"\b__stack_chk_fail\b"), ["-fno-stack-protector"]),
}


def weak(check, options):
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
        source = pathlib.Path(directory) / "program.c"
        source.write_text(PROGRAM)
        status, output = attempt(*compiler(), source, *options, "-lm", "-o", source.with_suffix(""))
        if status != 0:
            raise OSError(f"the weak program cannot be made: {output}")
        check(source.with_suffix(""))


def weak_checks(tally):
    for name, (check, options) in WEAK.items():
        tally.check(f"hardening: {name} is noticed", must_fail, name, weak, check, options)
