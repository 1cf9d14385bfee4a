# SPDX-License-Identifier: MIT
"""Every function and every option is in the manual, every header is read for it, and roff has nothing to say about it."""

import re
import shutil
import subprocess
import sys

import common

# A page without a date is the same whenever it was made.
ACCEPTED = ("missing date",)


def check_functions(source, pages, findings):
    symbols = re.findall(r"^\s+(ctr_\w+);", (source / "lib/libctr.map").read_text(), re.MULTILINE)
    for symbol in symbols:
        page = pages / f"{symbol}.3"
        text = page.read_text() if page.exists() else ""
        whole = re.search(r"^\.so man3/(\w+\.3)$", text, re.MULTILINE)
        if whole:
            text = (pages / whole.group(1)).read_text()
        if f"\n.SS {symbol}\n" not in text:
            findings.add(source / "lib/libctr.map", 1, f"{symbol} is not in the manual: has it a comment in a public header?")
    return len(symbols)


def check_options(source, build, pages, findings):
    """The command is the one that was built; what it lists is what its manual must have."""
    command = build / "tools/ctr/ctr"
    count = 0
    if not command.exists():
        findings.add(command, 1, "is not built")
        return count
    listed = common.output(command, "help").split("Commands:")[1].split("\n\n")[0]
    for name in re.findall(r"^  ([a-z]+) ", listed, re.MULTILINE):
        page = pages / f"ctr-{name}.1"
        text = page.read_text() if page.exists() else ""
        for option in re.findall(r"^  (?:-., |    )(--[a-z-]+)", common.output(command, "help", name), re.MULTILINE):
            count += 1
            if not re.search(rf"^\.B .*{re.escape(option.replace('-', chr(92) + '-'))}( |$)", text, re.MULTILINE):
                findings.add(source / "docs/man", 1, f"{option} is not in the manual of ctr {name}")
    return count


def check_roff(pages, findings):
    programs = [words for words in (["mandoc", "-Tlint", "-W", "warning"], ["groff", "-ww", "-z", "-man", "-Tutf8"]) if shutil.which(words[0])]
    for page in sorted(pages.glob("*.[137]")):
        if "\n.so " in page.read_text():
            continue
        for words in programs:
            said = subprocess.run([*words, str(page)], capture_output=True, text=True, timeout=60)
            for line in (said.stdout + said.stderr).splitlines():
                if not any(accepted in line for accepted in ACCEPTED):
                    findings.add(page, 1, line)
    return [words[0] for words in programs]


def main():
    source, build = common.roots(sys.argv)
    pages = build / "docs/man"
    findings = common.Findings(source)
    if not list(pages.glob("*.3")):
        findings.add(pages, 1, "there are no pages")
    functions = check_functions(source, pages, findings)
    options = check_options(source, build, pages, findings)
    programs = check_roff(pages, findings)
    if not programs and not findings.lines:
        common.skip("neither mandoc nor groff is installed, so nobody has read the pages")
    return findings.finish("manual", f"{functions} functions and {options} options, read by {' and '.join(programs)}")


if __name__ == "__main__":
    sys.exit(main())
