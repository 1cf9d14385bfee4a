# SPDX-License-Identifier: MIT
"""The bindings are thin and whole: every function of the library can be reached from Rust and from Go, or stands here
with the reason; and no function of theirs has over 15 lines between its braces, blank ones and comments left out. The
rows of a table or of a structure count as one line: splitting it would hide that one is missing."""

import re
import sys

import common

BODY_LINES = 15
GO = "bindings/go"
RUST = "bindings/rust/libctr/src"
DECLARATIONS = "bindings/rust/libctr-sys/src/functions.rs"
# function: the languages that do not call it, and why
ELSEWHERE = {
    "ctr_spawn": (("Rust", "Go"), "ctr_spawn_with() without options"),
    "ctr_container_stdio": (("Rust",), "a Child takes the ends of its pipes at once"),
}
ROW = re.compile(r"^(?:\w+: [^{]*,|[^{]* => [^{]*,)$")
SYMBOL = re.compile(r"^\s+(ctr_\w+);", re.MULTILINE)
HEAD = re.compile(r"^(?P<indent>\s*)(?:(?:pub(?:\([^)]*\))?|unsafe|async|const|extern \"C\") )*(?:func|fn)\b(?P<rest>.*)$")


def go_files(source):
    return [path for path in sorted((source / GO).glob("*.go")) if not path.name.endswith("_test.go")]


def functions(text):
    """(name, line, lines of the body) of each function of formatted code: it ends where a brace closes its indentation."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        head = HEAD.match(line)
        if not head or line.lstrip().startswith("//"):
            continue
        closing = head["indent"] + "}"
        opening = next((at for at in range(number, len(lines)) if lines[at].endswith("{") or lines[at].endswith(";")), None)
        if opening is None or lines[opening].endswith(";") or (opening > number and lines[number].rstrip().endswith("}")):
            continue
        end = next((at for at in range(opening, len(lines)) if lines[at] == closing), opening)
        body = [inner.strip() for inner in lines[opening + 1:end]]
        name = re.search(r"(\w+)\s*[(<\[]", re.sub(r"^\s*\([^)]*\)", "", head["rest"]))
        counted = [inner for inner in body if inner and not inner.startswith("//")]
        rows = sum(1 for inner in counted if ROW.match(inner))
        yield name[1] if name else "?", number + 1, len(counted) - max(0, rows - 1)


def check_length(paths, findings):
    """How many functions there are."""
    count = 0
    for path in paths:
        for name, line, length in functions(path.read_text()):
            count += 1
            if length > BODY_LINES:
                findings.add(path, line, f"{name} has {length} lines: a binding is at most {BODY_LINES} lines of glue")
    return count


def check_reach(source, findings):
    symbol_list = source / "lib/libctr.map"
    go = "".join(path.read_text() for path in go_files(source))
    rust = "".join(path.read_text() for path in sorted((source / RUST).glob("*.rs")))
    declared = (source / DECLARATIONS).read_text()
    symbols = SYMBOL.findall(symbol_list.read_text())
    for name in symbols:
        if not re.search(rf"\bfn {name}\(", declared):
            findings.add(source / DECLARATIONS, 1, f"{name} is not declared")
        languages, _ = ELSEWHERE.get(name, ((), ""))
        if "Go" not in languages and not re.search(rf"\bC\.{name}\(", go):
            findings.add(source / GO / "doc.go", 1, f"{name} cannot be reached from Go")
        if "Rust" not in languages and not re.search(rf"(?:\bsys::|\bsetter!\(|\blibctr_sys::){name}\b", rust):
            findings.add(source / RUST / "lib.rs", 1, f"{name} cannot be reached from Rust")
    for name in sorted(set(ELSEWHERE) - set(symbols)):
        findings.add(symbol_list, 1, f"{name} stands in this lint, and the library has no such function")
    return len(symbols)


def main():
    source, _ = common.roots(sys.argv)
    findings = common.Findings(source)
    symbols = check_reach(source, findings)
    count = check_length([*go_files(source), *sorted((source / RUST).glob("*.rs"))], findings)
    if symbols == 0 or count == 0:
        findings.add(source / "bindings", 1, "nothing found to check: is this the source root?")
    return findings.finish("bindings", f"{count} functions of bindings, {symbols} of the library")


if __name__ == "__main__":
    sys.exit(main())
