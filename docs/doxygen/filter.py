# SPDX-License-Identifier: MIT
"""What Doxygen reads instead of a public header: the same lines, in its own words.

filter.py HEADER

The headers are written to be read as they are. Here their entries become commands. What the manners in ctr.h say once for all
functions, and what a sentence says of the only thing that a function sets, becomes an entry too; what nobody has said stays
undocumented, and Doxygen complains.
"""

import pathlib
import re
import sys

ENTRY = re.compile(r"^(@\w+(?:, @\w+)*|Fails|Returns(?=  )|Owner|Threads(?= )|Since(?= ))\s+(.*)")
PIECE = re.compile(r"/\*\*(?P<comment>.*?)\*/\n(?P<rest>[^\n]*(?:\n[^\n]+)*)", re.DOTALL)
FUNCTION = re.compile(r"^([a-z_][\w \*]*?)\b(ctr_\w+)\(([^;{]*)\);$", re.MULTILINE)
COMMANDS = {"Fails": "@par Fails", "Owner": "@par Owner", "Threads": "@par Threads", "Since": "@since", "Returns": "@return"}
# Manners of ctr.h and config.h.
MANNERS = {"config": "borrowed", "container": "borrowed", "error": "borrowed, or NULL", "reterr": "optional; receives the reason on failure"}
STATUS = "0, or a negative errno value"


def lines_of(comment):
    return [re.sub(r"^ ?\* ?", "", line).rstrip() for line in comment.strip("\n").split("\n")]


def worded(text):
    """Text as Doxygen takes it: a name of a parameter as one, and nothing taken for a command or a link that is none."""
    text = re.sub(r'(?<!\w)"([^"]*)"', lambda match: '"' + match[1].replace("#", "\\#").replace("%", "\\%") + '"', text)
    text = text.replace("<", "\\<").replace(">", "\\>").replace("\\>size", "->size").replace("-\\>", "->")
    return re.sub(r"@(\w+)", r"\\p \1", text)


def entry(words, text):
    if words.startswith("@"):
        return f"@param {words.replace('@', '').replace(', ', ',')} {worded(text)}"
    return f"{COMMANDS[words]}\n{worded(text)}" if COMMANDS[words].startswith("@par ") else f"{COMMANDS[words]} {worded(text)}"


def prose(comment):
    """A comment in Doxygen's words."""
    out, block, entries = [], False, False
    for line in lines_of(comment):
        start = ENTRY.match(line)
        indented = line.startswith("  ") and not entries
        if indented != block:
            out.append("@verbatim" if indented else "@endverbatim")
            block = indented
        entries = bool(start) or (entries and line != "")
        if start:
            out += ["", entry(start[1], start[2])]
        elif entries and re.match(r"\s*-?[A-Z_]{4,}\b", line):
            out.append(f"<br>{worded(line.strip())}")
        else:
            out.append(line if block else worded(line))
    return out + (["@endverbatim"] if block else [])


def parameters(text):
    return [re.search(r"(\w+)$", part.strip())[1] for part in text.replace("\n", " ").split(",") if part.strip() != "void"]


def first_sentence(comment):
    return re.split(r"(?<=[.;:])\s", " ".join(lines_of(comment)).strip())[0]


def implied(comment, returned, names):
    """The entries that need not be written: of manners, of what the sentences name, and of the one thing that is set."""
    listed = set(re.findall(r"@(\w+)", " ".join(found[1] for line in lines_of(comment) if (found := ENTRY.match(line)))))
    named = set(re.findall(r"@(\w+)", comment))
    own = [name for name in names if name not in MANNERS]
    like = re.match(r"\s*\*?\s*As (ctr_\w+)\(\)", comment.strip("\n"))
    out = []
    for name in names:
        if name in listed:
            continue
        if name in MANNERS:
            out.append(f"@param {name} {MANNERS[name]}")
        elif name in named or own == [name]:
            out.append(f"@param {name} see above")
        elif like:
            out.append(f"@param {name} as {like[1]}() has it")
    if returned != "void" and not re.search(r"^ \* Returns  ", comment, re.MULTILINE):
        text = first_sentence(comment)
        if text.startswith("Returns"):
            out.append(f"@return {worded(text[8:])}")
        elif returned == "int":
            out.append(f"@return {STATUS}")
    return out


def described(match):
    """A comment and the declarations below it."""
    comment, rest = match["comment"], match["rest"]
    functions = list(FUNCTION.finditer(rest))
    lines = prose(comment)
    if len(functions) == 1:
        found = functions[0]
        lines += implied(comment, found[1].strip(), parameters(found[3]))
    elif not rest.strip() or rest.startswith("#ifndef"):
        lines = ["@file", *lines]
    body = "".join(f" * {line}".rstrip() + "\n" for line in "\n".join(lines).split("\n"))
    return f"/**\n{body} */\n{rest}"


def trailing(match):
    return f"{match[1]} /**< {worded(match[2])} */"


def told(constant, mentioned):
    """Doxygen does not mind that a constant is not described, so it gets a command that it does not know."""
    group = next((name for name in mentioned if name.endswith("*") and constant.startswith(name[:-1])), constant)
    return f"see {mentioned[group]}()" if group in mentioned else f"\\undocumented_{constant}"


def members(text, mentioned):
    """What stands behind a member or a constant describes it; a constant that a function's comment names is described there."""
    text = re.sub(r"^(#define CTR_\w+ .*?|    \w[^\n/]*?[;,]|    CTR_\w+ = [^,\n/]*?)\s*/\*(?!\*) (.*?) \*/$", trailing, text, flags=re.MULTILINE)
    text = re.sub(r"^    uint(32|64)_t reserved;$", r"    uint\1_t reserved; /**< 0 */", text, flags=re.MULTILINE)
    text = re.sub(r"^enum \{ (CTR_.*) \};$", lambda match: "enum {\n    " + match[1].replace(", ", ",\n    ") + "\n};", text, flags=re.MULTILINE)
    text = re.sub(r"^    (CTR_\w+) = [^,\n/]*,?$", lambda match: f"{match[0]} /**< {told(match[1], mentioned)} */", text, flags=re.MULTILINE)
    return re.sub(r"^(#define CTR_\w+_INIT)\s*\\\n(?:.*\\\n)*.*$", r"\1 {0} /**< what a structure is set to before a call fills it */", text,
                  flags=re.MULTILINE)


def mentions(text):
    """{constant, or a group such as CTR_NAMESPACE_*: the function whose comment names it}"""
    found = {}
    for match in PIECE.finditer(text):
        for function in FUNCTION.finditer(match["rest"]):
            for constant in re.findall(r"\bCTR_[A-Z_0-9]+\*?", match["comment"]):
                found.setdefault(constant, function[2])
    return found


def main():
    text = pathlib.Path(sys.argv[1]).read_text().split("\n", 1)[1]  # the licence
    text = re.sub(r"#ifdef __cplusplus.*?#endif\n", "", text, flags=re.DOTALL)
    text = re.sub(r"^#include <ctr/.*\n", "", text, flags=re.MULTILINE)
    mentioned = mentions(text)
    print(members(PIECE.sub(described, text), mentioned))


if __name__ == "__main__":
    main()
