# SPDX-License-Identifier: MIT
"""selftest.py INCLUDE LIBRARY CTR CC...: a page that shows what does not happen is found.

Each fault is put on a page of its own, in a tree that has nothing else; snippets.py must fail and say where.
"""

import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FENCE = "```"


def block(language, text, comment=""):
    return f"{comment}\n{FENCE}{language}\n{text}\n{FENCE}\n"


PROGRAM = '#include <stdio.h>\nint main(void)\n{\n    puts("%s");\n    return %d;\n}'
GOOD = block("console", "$ echo right\nright") + block("c", PROGRAM % ("right", 0)) + block("text", "right")
FAULTS = {
    "prints something else": block("console", "$ echo wrong\nright"),
    "prints more": block("console", "$ echo right; echo more\nright"),
    "prints nothing": block("console", "$ true\nright"),
    "ends the shell": block("console", "$ exit 0\n$ echo right\nright"),
    "a script that fails": block("sh", "true\nfalse"),
    "a script with other output": block("sh", "echo wrong") + block("text", "right"),
    "a program that prints something else": block("c", PROGRAM % ("wrong", 0)) + block("text", "right"),
    "a program that fails": block("c", PROGRAM % ("right", 1)) + block("text", "right"),
    "a program that does not compile": block("c", "int main(void) { return nothing; }") + block("text", "right"),
    "a program with a warning": block("c", "int main(void) { int unused; return 0; }") + block("text", ""),
    "a program without its output": block("c", PROGRAM % ("right", 0)),
    "a block of an unknown language": block("fortran", "END"),
    "a block without a language": block("", "what is this"),
    "a text that nothing prints": block("text", "right"),
    "an excerpt of nothing": block("c", "int x;", "<!-- from nowhere.c -->"),
    "an excerpt that has changed": block("c", "int y;", "<!-- from there.c -->"),
    "a test that is not there": block("sh", "true", "<!-- run by tests/nowhere -->"),
    "a comment without a block": "<!-- needs sh -->\n\nText.\n",
    "a block that does not end": f"{FENCE}sh\ntrue\n",
    "a link to nowhere": "[this](nowhere.md)\n",
    "an option that ctr has not": "`ctr run --nonesuch -- true`\n",
    "an option alone that ctr has not": "`--nonesuch`\n",
    "a command that ctr has not": "`ctr nonesuch this`\n",
}


def status(page, words):
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
        source = pathlib.Path(directory)
        (source / "README.md").write_text(f"{GOOD}\n{page}")
        (source / "there.c").write_text("int x;\n")
        done = subprocess.run([sys.executable, "-B", HERE / "snippets.py", source, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode, done.stdout


def main():
    words = sys.argv[1:]
    code, said = status(block("sh", "false", "<!-- not run: a reason -->"), words)
    if code == 77:
        print(said)
        return 77
    failed = 0
    if code != 0:
        failed += 1
        print(f"FAIL a page that is right:\n{said}")
    for name, page in FAULTS.items():
        code, said = status(page, words)
        if code != 1 or "FAIL README.md" not in said:
            failed += 1
            print(f"FAIL {name}: status {code}\n{said}")
    print(f"{1 + len(FAULTS) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
