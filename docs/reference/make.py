# SPDX-License-Identifier: MIT
"""Makes the pages of the reference that have a source: api.md and errors.md from the public headers and the manual,
options.md from the help of the command.

make.py CTR            writes them beside this file
make.py --check CTR    fails where they are not what it would write
"""

import importlib.util
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
INCLUDE = SOURCE / "include"
HEADER = "<!-- SPDX-License-Identifier: MIT -->\n<!-- Written by docs/reference/make.py from {}. -->\n# {}\n"
FENCE = "```"


def manual():
    """The maker of the manual, which reads the same sources."""
    specification = importlib.util.spec_from_file_location("manual", HERE.parent / "man" / "make.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


MANUAL = manual()


def plain(comment):
    return " ".join(re.sub(r"^ ?\* ?", "", line).strip() for line in comment.strip("\n").split("\n")).strip()


def first_sentence(comment):
    """Up to a full stop that ends a sentence; what a comment lists after a colon is left to the manual."""
    text = plain(re.split(r"\n \*\s*\n", comment)[0])
    sentence = re.match(r"(.*?(?<!\be\.g)[.:;])(?: (?=[A-Z])|$| )", text)
    text = (sentence[1] if sentence and sentence[1].endswith(".") else text.split(": ")[0].split("; ")[0]).rstrip(".:;")
    return re.sub(r" \([^)]*$", "", text)  # a parenthesis that was cut through


def cell(text):
    return re.sub(r"@(\w+)", r"*\1*", text).replace("|", "\\|")


def api():
    out = [HEADER.format("include/ctr", "Functions of libctr"),
           "One line for each; what it takes, how it fails, who owns what and which threads may call it stands in the header, and in the\n"
           "page of the manual of the same name: `man ctr_spawn`. What holds for all of them is said in `man ctr_config`.\n"]
    for header, title, page, summary in MANUAL.PAGES:
        text = MANUAL.sections(INCLUDE / "ctr" / header)[title]
        rows = [f"| `{name}()` | {cell(first_sentence(comment))} |" for name, _, comment in MANUAL.functions(text)]
        if rows:
            out += [f"## {summary[0].upper()}{summary[1:]}\n", f"[{header}](../../include/ctr/{header}), `man {page}`\n",
                    "| | |", "|---|---|", *rows, ""]
    missing = [name for header in sorted((INCLUDE / "ctr").glob("*.h")) for text in MANUAL.sections(header).values()
               for name, _, _ in MANUAL.functions(text) if f"`{name}()`" not in "\n".join(out)]
    if missing:
        sys.exit(f"docs/man/make.py has no page for {', '.join(missing)}")
    return "\n".join(out)


def options(ctr):
    commands = [left for left, _ in MANUAL.rows_of(MANUAL.help_of(ctr).split("Commands:\n")[1].split("\n\n")[0])]
    out = [HEADER.format("the help of ctr", "Commands and options of ctr"),
           "The same is in `man ctr`, `man ctr-run` and so on. Completion for bash, zsh and fish: `ctr completion bash`.\n"]
    for words in [[], *([name] for name in commands if name not in ("version", "help"))]:
        command = " ".join(["ctr", "help", *words])
        out += [f"## {command.replace('help ', '') if words else 'ctr'}\n", f"{FENCE}console", f"$ {command}",
                MANUAL.help_of(ctr, *words).rstrip("\n"), FENCE, ""]
    return "\n".join(out)


def roff_entries(text):
    """(term, description) of the list under a heading of a page of the manual."""
    for entry in text.split(".TP\n")[1:]:
        term, _, description = entry.partition("\n")
        described = description.split("\n.")[0].replace("\n", " ").strip()
        yield re.sub(r"^\.B[RI]? ", "", term).replace("\\-", "-").replace('"', ""), described.replace("\\-", "-")


def exit_statuses():
    text = (HERE.parent / "man" / "ctr-run.in").read_text().split(".SH EXIT STATUS\n")[1].split(".SH ")[0]
    return [f"| {term} | {description} |" for term, description in roff_entries(text)]


def codes():
    header = (INCLUDE / "ctr" / "error.h").read_text()
    found = re.findall(r"(CTR_ERR_\w+) = (\d+),? +/\* (\S+) +(.*?) \*/", header)
    return [f"| `{name}` | {number} | `{name[len('CTR_ERR_'):].lower()}` | `{value}` | {meaning} |" for name, number, value, meaning in found]


def steps():
    found = re.findall(r'case Step::\w+: return "(\w+)";', (SOURCE / "lib" / "diagnose" / "step.cc").read_text())
    return ", ".join(f"`{step}`" for step in dict.fromkeys(found))


def errors():
    return "\n".join([HEADER.format("include/ctr/error.h, docs/man and lib/diagnose", "Exit statuses and errors"),
                      "## Exit status of `ctr run` and `ctr exec`\n", "| | |", "|---|---|", *exit_statuses(), "",
                      "A command can exit with 124 to 127 as well. `--json`, `--report` and `--status-fd` tell these apart: [report](report.md).\n",
                      "## Codes\n", "What a program can do about an error. The return value follows from the code, and never from the errno of a system call,\n"
                      "which is in `ctr_error_errno()`.\n", "| constant | number | in JSON | returned | |", "|---|---|---|---|---|", *codes(), "",
                      "## Steps\n", f"Where it failed, `ctr_error_step()`: {steps()}.\n",
                      "`man ctr-errors` says more about each, and what an error looks like to a person.\n"])


def main():
    check = sys.argv[1] == "--check"
    ctr = sys.argv[2 if check else 1]
    wanted = {"api.md": api(), "options.md": options(ctr), "errors.md": errors()}
    stale = [name for name, text in wanted.items() if not (HERE / name).exists() or (HERE / name).read_text() != text]
    for name in stale:
        if check:
            print(f"docs/reference/{name} is not what its sources say; write it by: docs/reference/make.py CTR")
        else:
            (HERE / name).write_text(wanted[name])
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
