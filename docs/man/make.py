# SPDX-License-Identifier: MIT
"""Makes the manual: section 3 from the comments of the public headers, section 1 from the help of the command.

make.py VERSION INCLUDE OUT [CTR]   writes the pages into the directory OUT; section 1 only with the command CTR
"""
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent

# (header, title of the section in it or None, page, what it is about)
PAGES = [
    ("config.h", None, "ctr_config", "describe a container"),
    ("config.h", "process", "ctr_config_process", "the process of a container: command, environment, streams, limits"),
    ("config.h", "limits", "ctr_config_limits", "how much of the host a container may use"),
    ("config.h", "lifetime", "ctr_config_lifetime", "deadlines, and what happens at the end"),
    ("config.h", "identity", "ctr_config_identity", "users, groups, id maps and capabilities of a container"),
    ("config.h", "landlock", "ctr_config_landlock", "files and ports that a container is restricted to"),
    ("config.h", "namespaces", "ctr_config_namespaces", "namespaces of a container"),
    ("config.h", "root and mounts", "ctr_config_mounts", "root file system and mounts of a container"),
    ("container.h", None, "ctr_container", "start a container, wait for it, end it"),
    ("error.h", None, "ctr_error", "what failed, on what, why, and what to do"),
    ("name.h", None, "ctr_name", "containers with a name"),
    ("version.h", None, "ctr_version", "the version of the library"),
]

# Of a header that was added without a row above.
OTHER_TITLE = "functions of libctr"

# Where the header says it once for all functions.
COMMON = "What these functions return, who owns what, and which threads may call them is said in\n.BR ctr_config (3)."

COMMENT = re.compile(r"/\*\*(?P<comment>.*?)\*/\n(?P<declaration>(?:[^\n]+\n)*)", re.DOTALL)
FUNCTION = re.compile(r"^[a-z_][\w \*]*?\b(ctr_\w+)\([^;{]*\);$", re.MULTILINE)
RULER = re.compile(r"^/\* -+ (.*?) \*/$", re.MULTILINE)
ENTRY = re.compile(r"^(@\w+(?:, @\w+)*|Fails|Returns(?=  )|Owner|Threads(?= )|Since(?= ))\s+(.*)")
NAME = r"-?[A-Z][A-Z_]+(?: \([A-Z_]+\))?"
CODE = re.compile(rf"^({NAME}(?:, {NAME})*|-E\w+ \(\w+\)) {{2,}}(\S.*)")


def escaped(text):
    """Text as roff takes it."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")
    text = re.sub(r"@(\w+)", r"\\fI\1\\fR", text)
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def block(lines):
    return [".RS 4", ".nf", *(escaped(line) or ".sp" for line in lines), ".fi", ".RE"]


def entry(name, lines):
    """One of @argument, Fails, Threads and the like; a list of codes becomes a list."""
    out = [".TP", f".B {escaped(name.replace('@', ''))}"]
    filled = False
    for line in lines:
        code = CODE.match(line.strip())
        if code:
            out += [".br" if filled else "", f".B {escaped(code.group(1).strip())}", escaped(code.group(2))]
        else:
            out.append(escaped(line.strip()))
        filled = True
    return [line for line in out if line]


def paragraph(lines):
    """A paragraph of a comment: entries, an indented block, or text to be filled."""
    if not ENTRY.match(lines[0]):
        if all(line.startswith("  ") for line in lines):
            return block([line[2:] for line in lines])
        return [".PP", *(escaped(line.strip()) for line in lines)]
    entries = []
    for line in lines:
        start = ENTRY.match(line)
        if start:
            entries.append((start.group(1), [start.group(2)]))
        else:
            entries[-1][1].append(line)
    return [text for name, text_lines in entries for text in entry(name, text_lines)]


def prose(comment):
    """A comment, without its stars, as roff."""
    lines = [re.sub(r"^ ?\* ?", "", line).rstrip() for line in comment.strip("\n").split("\n")]
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines).strip("\n"))
    out = [line for text in paragraphs if text.strip() for line in paragraph(text.split("\n"))]
    return out[1:] if out[:1] == [".PP"] else out  # a heading or a declaration stands before


def plain(text):
    """Text of a header without what only compilers read."""
    text = re.sub(r"#ifdef __cplusplus.*?#endif\n", "", text, flags=re.DOTALL)
    text = re.sub(r"#(ifndef|define) CTR_\w+_H\n|^#include.*\n|^#endif\n", "", text, flags=re.MULTILINE)
    return re.sub(r"[ \t]+\\\n", " \\\n", text)


def undescribed(text):
    """Constants that stand between the functions without a comment of their own."""
    text = re.sub(r"^/\*(?!\*).*?\*/\n", "", RULER.sub("", text), flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"\n{2,}", "\n\n", FUNCTION.sub("", text)).strip("\n")
    return block(text.split("\n")) if text.strip() else []


def constants(text):
    """Constants and structures, with what is said of them, in their order."""
    out, end = [], 0
    for match in COMMENT.finditer(text):
        out += undescribed(text[end:match.start()])
        if FUNCTION.search(match["declaration"]):
            out += undescribed(match["declaration"])
        elif match["declaration"].strip():
            out += [".PP", *prose(match["comment"]), *block(match["declaration"].rstrip("\n").split("\n"))]
        end = match.end()
    out += undescribed(text[end:])
    return out[1:] if out[:1] == [".PP"] else out


def about(text):
    """The comments that describe no declaration, but the whole."""
    return [match["comment"] for match in COMMENT.finditer(text) if not match["declaration"].strip()]


def functions(text):
    """(name, declaration, comment) of each function."""
    for match in COMMENT.finditer(text):
        for found in FUNCTION.finditer(match["declaration"]):
            yield found.group(1), found.group(0), match["comment"]


def sections(header):
    """The parts of a header by their titles; None is what stands before the first ruler."""
    text = plain(header.read_text())
    text = text.split("\n", 1)[1]  # the licence
    parts = RULER.split(text)
    return {None: parts[0], **dict(zip(parts[1::2], parts[2::2]))}


def library_page(page, title, text, version):
    """A page of section 3, and the names of its functions."""
    found = list(functions(text))
    names = [name for name, _, _ in found]
    out = ['.\\" SPDX-License-Identifier: MIT', f'.TH {page.upper()} 3 "" "libctr {version}" "libctr"', ".SH NAME",
           f"{escaped(', '.join(names))} \\- {escaped(title)}", ".SH SYNOPSIS", ".nf", "#include <ctr/ctr.h>", ".sp"]
    out += [escaped(line) for _, declaration, _ in found for line in declaration.split("\n")]
    described = [line for comment in about(text) for line in prose(comment)]
    out += [".fi", ".SH DESCRIPTION", *(described or [COMMON])]
    for name, declaration, comment in found:
        out += [f".SS {name}", *block(declaration.split("\n")), *prose(comment)]
    out += [".SH CONSTANTS AND STRUCTURES", *rest] if (rest := constants(text)) else []
    out += [".SH SEE ALSO", ".BR libctr (3),", ".BR ctr\\-errors (7),", ".BR ctr\\-rootless (7)"]
    return "\n".join(out) + "\n", names


def overview(include, pages, version):
    """libctr.3, from the umbrella header."""
    text = plain((include / "ctr/ctr.h").read_text()).split("\n", 1)[1]
    out = ['.\\" SPDX-License-Identifier: MIT', f'.TH LIBCTR 3 "" "libctr {version}" "libctr"', ".SH NAME",
           "libctr \\- start any program in a safe, isolated, rootless container", ".SH SYNOPSIS", ".nf", "#include <ctr/ctr.h>", ".sp",
           "cc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs libctr)", ".fi", ".SH DESCRIPTION", *prose(COMMENT.search(text)["comment"]),
           ".SH PAGES"]
    for page, title, names in pages:
        out += [".TP", f".BR {page} (3)", escaped(f"{title}: {', '.join(names)}")]
    out += [".SH SEE ALSO", ".BR ctr (1),", ".BR ctr\\-errors (7),", ".BR ctr\\-rootless (7)"]
    return "\n".join(out) + "\n"


def write_library(include, out, version):
    parts = {header.name: sections(header) for header in sorted((include / "ctr").glob("*.h"))}
    rows = [row for row in PAGES if row[1] in parts.get(row[0], {})]
    known = {(header, title) for header, title, _, _ in rows}
    for header, titles in parts.items():
        for title, text in titles.items():
            if (header, title) not in known and any(functions(text)):
                page = "ctr_" + re.sub(r"\W+", "_", f"{header[:-2]} {title or ''}".strip())
                rows.append((header, title, page, title or OTHER_TITLE))
    written = []
    for header, title, page, summary in rows:
        text, names = library_page(page, summary, parts[header][title], version)
        (out / f"{page}.3").write_text(text)
        for name in names:
            if name != page:
                (out / f"{name}.3").write_text(f'.\\" SPDX-License-Identifier: MIT\n.so man3/{page}.3\n')
        written.append((page, summary, names))
    (out / "libctr.3").write_text(overview(include, written, version))


def help_of(ctr, *words):
    return subprocess.run([ctr, "help", *words], check=True, capture_output=True, text=True, timeout=20).stdout


def rows_of(text):
    """The rows of two columns that help prints: (left, right)."""
    rows = []
    for line in text.split("\n"):
        left = re.match(r"^  (\S.*?|    --.*?)(?:  +(\S.*))?$", line)
        if left:
            rows.append([left.group(1).strip(), left.group(2) or ""])
        elif rows and line.startswith("      "):
            rows[-1][1] = f"{rows[-1][1]} {line.strip()}".strip()
    return rows


def tail_of(name):
    """What help does not say, written by hand."""
    file = HERE / f"{name}.in"
    return file.read_text().split("\n", 1)[1] if file.exists() else ""


def command_page(ctr, name, version):
    usage, summary, *groups = re.split(r"\n\n", help_of(ctr, name))
    out = ['.\\" SPDX-License-Identifier: MIT', f'.TH CTR\\-{name.upper()} 1 "" "libctr {version}" "libctr"', ".SH NAME",
           f"ctr\\-{name} \\- {escaped(' '.join(summary.split()))}", ".SH SYNOPSIS", f".B {escaped(usage.replace('usage: ', ''))}"]
    for group in groups:
        title, _, rows = group.partition("\n")
        out += [f".SH {title.rstrip(':').upper()}"]
        for left, right in rows_of(rows):
            out += [".TP", f".B {escaped(left)}", escaped(right)]
    text = "\n".join(out) + "\n" + tail_of(f"ctr-{name}")
    return text + ".SH SEE ALSO\n.BR ctr (1),\n.BR ctr\\-errors (7),\n.BR ctr\\-rootless (7)\n"


def write_commands(ctr, out, version):
    listed = help_of(ctr).split("Commands:\n")[1].split("\n\n")[0]
    rows = rows_of(listed)
    lines = ['.\\" SPDX-License-Identifier: MIT', f'.TH CTR 1 "" "libctr {version}" "libctr"', ".SH NAME",
             "ctr \\- run any program in a safe, isolated, rootless container", ".SH SYNOPSIS",
             ".B ctr COMMAND [options] [arguments]", ".SH COMMANDS"]
    for name, summary in rows:
        (out / f"ctr-{name}.1").write_text(command_page(ctr, name, version))
        lines += [".TP", f".BR ctr\\-{name} (1)", escaped(summary)]
    text = "\n".join(lines) + "\n" + tail_of("ctr")
    (out / "ctr.1").write_text(text + ".SH SEE ALSO\n.BR ctr\\-run (1),\n.BR libctr (3),\n.BR ctr\\-errors (7),\n.BR ctr\\-rootless (7)\n")


def main():
    version, include, out, *ctr = sys.argv[1:]
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    write_library(pathlib.Path(include), out, version)
    if ctr:
        write_commands(ctr[0], out, version)
    for page in HERE.glob("*.7"):
        (out / page.name).write_text(page.read_text().replace("@VERSION@", version))
    (out / "stamp").write_text(version + "\n")


if __name__ == "__main__":
    main()
