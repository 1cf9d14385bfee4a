# SPDX-License-Identifier: MIT
"""The binary interface is that of the last release, abi/libctr.so.0.abi: nothing gone, nothing changed; more is no fault.

What is compared is a library of the boundary alone, lib/abi, with debugging information, exported by the same version
script; that the real library exports the same names is looked at first. Types that are not in the public headers are private.
"""

import pathlib
import re
import tempfile

from common import SOURCE, Failure, attempt, compiler, must_fail, run

BASELINE = pathlib.Path(__file__).resolve().parent / "abi" / "libctr.so.0.abi"
LICENCE = "<!-- SPDX-License-Identifier: MIT -->\n"
TOOL_FAILED = 3  # bits of abidiff's status
LINK = ["-shared", "-Wl,-soname,libctr.so.0", "-Wl,--unresolved-symbols=ignore-all"]


def exported(library):
    """NAME@VERSION of what a library defines for others, without the versions themselves."""
    names = set()
    for line in run("readelf", "--wide", "--dyn-syms", library).splitlines():
        fields = line.split()
        if len(fields) >= 8 and fields[0].rstrip(":").isdigit() and fields[6] not in ("UND", "ABS"):
            names.add(fields[7].replace("@@", "@"))
    return names


def boundary(directory):
    """The library of the boundary alone."""
    library = directory / "libctr.so.0"
    objects = []
    for source in sorted((SOURCE / "lib" / "abi").glob("*.cc")):
        objects.append(directory / f"{source.stem}.o")
        run(*compiler("c++"), "-std=c++20", "-g", "-O0", "-fPIC", "-fno-rtti", f"-ffile-prefix-map={SOURCE}/=", "-I", SOURCE / "include",
            "-iquote", SOURCE / "lib", "-c", source, "-o", objects[-1])
    run(*compiler("c++"), *LINK, f"-Wl,--version-script={SOURCE}/lib/libctr.map", *objects, "-o", library)
    return library


def described(library, include):
    """The interface of a library as XML."""
    text = run("abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--no-elf-needed", "--exported-interfaces-only",
                         "--drop-private-types", "--headers-dir", include, library)
    first, rest = text.split("\n", 1)
    return f"{first}\n{LICENCE}{rest}"


def compare(baseline, library, include):
    if not baseline.is_file():
        raise Failure(f"{baseline} is missing: ./tools/dev abi-baseline makes it, at a release")
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
        present = pathlib.Path(directory) / "present.abi"
        present.write_text(described(library, include))
        status, output = attempt("abidiff", "--no-added-syms", baseline, present)
    if status & TOOL_FAILED:
        raise OSError(f"abidiff does not work: {output}")
    if status != 0:
        raise Failure(f"abidiff ends with {status}:\n{output}")
    return f"{len(exported(library))} functions"


def compare_real(library):
    """The boundary alone, and that it stands for the real library."""
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
        alone = boundary(pathlib.Path(directory))
        if other := exported(alone) ^ exported(library):
            raise Failure(f"exported by lib/abi or by {library.name}, and not by both: {', '.join(sorted(other))}")
        return compare(BASELINE, alone, SOURCE / "include")


TOY_HEADER = """typedef struct toy { unsigned size; int code; } toy;
typedef struct hidden hidden;
int toy_read(toy *ret);
int toy_write(hidden *where, const toy *what);
"""
TOY_SOURCE = """#include "toy.h"
struct hidden { int secret; };
int toy_read(toy *ret) { return ret->code; }
int toy_write(hidden *where, const toy *what) { where->secret = what->code; return 0; }
"""


def toy(directory, *changes):
    """(library, headers) of a small library that somebody changed."""
    texts = {"toy.h": TOY_HEADER, "toy.c": TOY_SOURCE}
    for old, new in changes:
        texts = {name: text.replace(old, new) for name, text in texts.items()}
    base = pathlib.Path(tempfile.mkdtemp(dir=directory))
    for name, text in texts.items():
        (base / name).write_text(text)
    run(*compiler(), "-g", "-fPIC", *LINK, base / "toy.c", "-o", base / "libtoy.so")
    return base / "libtoy.so", base


def compare_toy(*changes):
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
        baseline = pathlib.Path(directory) / "toy.abi"
        baseline.write_text(described(*toy(directory)))
        compare(baseline, *toy(directory, *changes))


BREAKS = {
    "a function that is gone": [(re.search(r"int toy_read.*\n", TOY_SOURCE)[0], ""), ("int toy_read(toy *ret);\n", "")],
    "a parameter of another type": [("const toy *what", "unsigned long what"), ("what->code", "(int)what")],
    "another result": [("int toy_read", "long toy_read")],
    "a structure that is larger": [("int code; } toy;", "int code; int more; } toy;")],
    "members in another order": [("unsigned size; int code;", "int code; unsigned size;")],
}
GROWTHS = {
    "a function more": [("typedef struct hidden", "int toy_more(void);\ntypedef struct hidden"),
                        ("struct hidden {", "int toy_more(void) { return 1; }\nstruct hidden {")],
    "another private type": [("int secret;", "long padding; int secret;")],
}


def checks(tally, library):
    tally.check("binary interface of the last release", compare_real, library)
    tally.check("binary interface notices that the baseline is missing", must_fail, "it", compare, BASELINE.with_suffix(".none"), library, SOURCE)
    for name, changes in BREAKS.items():
        tally.check(f"binary interface notices {name}", must_fail, name, compare_toy, *changes)
    for name, changes in GROWTHS.items():
        tally.check(f"binary interface may have {name}", compare_toy, *changes)


def renew():
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
        BASELINE.write_text(described(boundary(pathlib.Path(directory)), SOURCE / "include"))
