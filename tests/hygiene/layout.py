# SPDX-License-Identifier: MIT
"""The layout of every public structure and the value of every public constant are those of abi/layout.txt.

A table is all that a compiler for another processor needs: it is compiled as assertions, and nothing is run.
"""

import pathlib
import re
import shutil
import tempfile

from common import SOURCE, Failure, attempt, compiler, must_fail, run

TABLE = pathlib.Path(__file__).resolve().parent / "abi" / "layout.txt"
HEAD = """# SPDX-License-Identifier: MIT
# What programs that were compiled against the library rely on: sizes and offsets in bytes where pointers have 64 bits, and
# values. Renewed by `./tools/dev abi-baseline`; a changed line breaks programs, an added one does not.
"""
PROCESSORS = ["gcc", "clang", "aarch64-linux-gnu-gcc"]
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
STRUCTURE = re.compile(r"typedef struct (\w+) \{(.*?)\} \1;", re.DOTALL)
ENUMERATION = re.compile(r"enum(?: \w+)? \{(.*?)\}", re.DOTALL)
MACRO = re.compile(r"^#define (CTR_\w+) (\(?[^\n\"]*)$", re.MULTILINE)


def header_text(include):
    return "".join(COMMENT.sub("", header.read_text()) for header in sorted((include / "ctr").glob("*.h")))


def structures(text):
    """{structure: [member...]} as the headers declare them."""
    return {match[1]: [re.search(r"(\w+)(?:\[\w*\])*$", part.strip())[1] for part in match[2].split(";") if part.strip()]
            for match in STRUCTURE.finditer(text)}


def constants(text):
    """The enumerators and the macros that are numbers: not guards, texts, initialisers."""
    names = [re.match(r"\s*(\w+)", part)[1] for match in ENUMERATION.finditer(text) for part in match[1].split(",") if part.strip()]
    return names + [match[1] for match in MACRO.finditer(text) if not match[1].endswith(("_H", "_INIT")) and match[2].strip()]


def expressions(include):
    """Each line's words, and what C calls it: what the headers have."""
    text, found = header_text(include), {}
    for name, members in structures(text).items():
        found[f"{name} size"] = f"sizeof({name})"
        for member in members:
            found[f"{name}.{member} offset"] = f"offsetof({name}, {member})"
            found[f"{name}.{member} size"] = f"sizeof((({name} *)0)->{member})"
    found.update({f"{name} value": name for name in constants(text)})
    if len(found) < 3:
        raise Failure(f"nothing is found in {include}/ctr")
    return found


PREAMBLE = "#include <stddef.h>\n#include <stdio.h>\n#include <ctr/ctr.h>\n"


def measured(include):
    """The table as this machine's compiler has it."""
    rows = expressions(include)
    lines = "".join(f'    printf("{words} %llu\\n", (unsigned long long)({text}));\n' for words, text in rows.items())
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
        source = pathlib.Path(directory) / "measure.c"
        source.write_text(f"{PREAMBLE}int main(void)\n{{\n{lines}    return 0;\n}}\n")
        run(*compiler(), "-I", include, source, "-o", source.with_suffix(""))
        return HEAD + run(source.with_suffix(""))


def listed(table):
    if not table.is_file():
        raise Failure(f"{table} is missing")
    return dict(line.rsplit(" ", 1) for line in table.read_text().splitlines() if line and not line.startswith("#"))


def compare(include, table, processor):
    rows, wanted = expressions(include), listed(table)
    gone, new = sorted(set(wanted) - set(rows)), sorted(set(rows) - set(wanted))
    if gone:
        raise Failure(f"gone from the headers: {', '.join(gone)}")
    text = PREAMBLE + "".join(f'_Static_assert(({rows[words]}) == {value}, "{words} is not {value}");\n' for words, value in wanted.items())
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
        source = pathlib.Path(directory) / "layout.c"
        source.write_text(text)
        status, output = attempt(processor, "-std=c11", "-I", include, "-c", source, "-o", source.with_suffix(".o"))
    if status != 0:
        raise Failure("; ".join(re.findall(r'failed[^\n]*"([^"\n]+)"', output)) or output)
    return f"{len(wanted)} numbers" + (f", {len(new)} since the last release" if new else "")


def altered(change, processor="gcc"):
    """The comparison with headers that somebody changed."""
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
        include = pathlib.Path(directory)
        shutil.copytree(SOURCE / "include" / "ctr", include / "ctr")
        header = include / "ctr" / "container.h"
        text = header.read_text()
        if change[0] not in text:
            raise OSError(f"container.h has no '{change[0]}': this test wants another change")
        header.write_text(text.replace(*change, 1))
        compare(include, TABLE, processor)


CHANGES = {
    "a wider member": ("uint32_t flags; ", "uint64_t flags; "),
    "members in another order": ("uint64_t user_ns; ", "uint64_t user2_ns; "),
    "a member more": ("    uint32_t reserved;\n} ctr_result;", "    uint32_t reserved;\n    uint64_t more;\n} ctr_result;"),
    "another value": ("CTR_RESULT_KILLED = 4", "CTR_RESULT_KILLED = 6"),
    "a constant gone": ("    CTR_EVENT_CONTINUED = 3,", ""),
}


def checks(tally):
    for processor in PROCESSORS:
        tally.check(f"layout of structures, {processor}", compare, SOURCE / "include", TABLE, processor)
    for name, change in CHANGES.items():
        tally.check(f"layout notices {name}", must_fail, name, altered, change)


def renew():
    TABLE.write_text(measured(SOURCE / "include"))
