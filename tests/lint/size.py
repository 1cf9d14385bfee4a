# SPDX-License-Identifier: MIT
"""Files stay under 400 lines and functions never pass 60; prints how the lengths are distributed. A switch whose every
case is one line is a table, and splitting it would hide from the compiler that a case is missing: its cases are
counted as one line."""

import bisect
import re
import sys

import common

FILE_LINES = 400
FUNCTION_LINES = 60
PLACES = ("lib", "tools/ctr")
CODE = {".h", ".hh", ".hpp", ".inc", ".c", ".cc", ".cpp"}
SUFFIXES = CODE | {".S", ".py", ".sh"}

ROW = re.compile(r"^ *case [\w:]+: return [^;{}]*(?:\{[^{}]*\}[^;{}]*)?;$", re.MULTILINE)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
TEMPLATE_ARGUMENTS = re.compile(r"<[^<>;{}]*>")
ATTRIBUTE = re.compile(r"\[\[.*?\]\]|(?:__attribute__|alignas|__declspec)\s*\((?:[^()]|\([^()]*\))*\)", re.DOTALL)
CONTAINER = re.compile(r"^(?:(?:inline|typedef|static|constexpr|const|export)\s+)*"
                       r"(?:namespace\b|extern\s*\"[^\"]*\"\s*$|(?:class|struct|union|enum)\b[^(=]*$)")


def head_kind(head):
    """What the text before a brace opens: a container of declarations, data, or code."""
    head = ATTRIBUTE.sub(" ", head)
    previous = None
    while previous != head:
        previous, head = head, TEMPLATE_ARGUMENTS.sub(" ", head)
    head = re.sub(r"^\s*(?:template|requires\s*\([^{]*?\))\s*", "", head).strip()
    head = re.sub(r"^(?:(?:public|private|protected)\s*:\s*)+", "", head)
    head = re.sub(r"^template\s*", "", head)
    if CONTAINER.match(head):
        return "container"
    outside = re.sub(r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)", "()", head)
    assigned = re.search(r"(?<!operator)(?<![=!<>+\-*/%&|^])=(?!=)", outside)
    if assigned and not re.search(r"\[[^\]]*\]\s*(?:\(\)|$)", outside[assigned.end():]):
        return "data"
    if "(" not in outside and re.search(r"\w\s*(?:\[[^\]]*\])*$", outside) and not outside.startswith("operator"):
        return "data" if not re.search(r"\b(?:try|else|do)$", outside) else "code"
    return "code"


class Scanner:
    """Finds every function body of a file: each block that does not stand in another body, and is
    neither a container of declarations nor data. What is not recognised counts as a function."""

    def __init__(self, text):
        text = DIRECTIVE.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), common.blank_out(text, True))
        self.text = common.blank_out(text)
        self.named = text  # strings kept: extern "C"
        self.starts = [match.start() for match in re.finditer(r"^", self.text, re.MULTILINE)]
        self.functions = {}  # by where they start: (name, first line, last line)
        self.problem = None

    def line(self, offset):
        return bisect.bisect_right(self.starts, offset)

    def block_end(self, offset):
        """The offset after the brace that closes the one at offset."""
        depth = 0
        for match in re.compile(r"[{}]").finditer(self.text, offset):
            depth += 1 if match.group(0) == "{" else -1
            if depth == 0:
                return match.end()
        return None

    def scan(self):
        depth = 0
        head = 0  # where the text before the next brace begins
        offset = 0
        while True:
            match = re.compile(r"[;{}()]").search(self.text, offset)
            if not match:
                break
            found, offset = match.group(0), match.end()
            if found == "(":
                offset = self.after_parentheses(match.start())
                if offset is None:
                    return
            elif found == ";":
                head = offset
            elif found == "}":
                depth -= 1
                head = offset
                if depth < 0:
                    self.problem = (self.line(match.start()), "braces do not balance")
                    return
            elif found == "{" and head_kind(self.named[head:match.start()]) == "container":
                depth += 1
                head = offset
            elif found == "{":
                offset = self.block(head, match.start())
                if offset is None:
                    self.problem = (self.line(match.start()), "braces do not balance")
                    return
                if not re.compile(r"\s*[,{=;)]").match(self.text, offset):
                    head = offset
        if depth != 0:
            self.problem = (self.line(len(self.text) - 1), "braces do not balance")

    def after_parentheses(self, offset):
        depth = 0
        braces = 0
        for match in re.compile(r"[(){}]").finditer(self.text, offset):
            found = match.group(0)
            if found == "{" and braces == 0:
                self.add_function("(in parentheses)", match.start(), match.start())
            braces += {"{": 1, "}": -1}.get(found, 0)
            depth += {"(": 1, ")": -1}.get(found, 0)
            if depth == 0:
                return match.end()
        self.problem = (self.line(offset), "parentheses do not balance")
        return None

    def block(self, head, brace):
        start = head + len(self.text[head:brace]) - len(self.text[head:brace].lstrip())
        if head_kind(self.named[head:brace]) == "code":
            self.add_function(self.name(start, brace), start, brace)
        return self.block_end(brace)

    def add_function(self, name, start, brace):
        """A second block with the same start is a constructor's body after its initialisers."""
        end = self.block_end(brace)
        if end is not None:
            self.functions[start] = (name, self.line(start), self.line(end - 1))

    def name(self, start, brace):
        names = re.findall(r"([~\w:]+|operator\s*\S{1,3})\s*\(", ATTRIBUTE.sub(" ", self.text[start:brace]))
        return names[0] if names else "(unnamed)"


def long_directives(text):
    """(line, lines) of each preprocessor directive that is as long as a function."""
    for match in DIRECTIVE.finditer(common.blank_out(text, True)):
        lines = match.group(0).count("\n") + 1
        if lines > FUNCTION_LINES:
            yield common.line_of(text, match.start()), lines


def check_file(path, findings, lengths):
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = text.count("\n")
    if lines >= FILE_LINES:
        findings.add(path, lines, f"{lines} lines: a file stays under {FILE_LINES}")
    if path.suffix not in CODE:
        return
    scanner = Scanner(text)
    scanner.scan()
    if scanner.problem:
        findings.add(path, scanner.problem[0], f"cannot be measured: {scanner.problem[1]}")
    rows = [common.line_of(scanner.text, match.start()) for match in ROW.finditer(scanner.text)]
    for name, first, last in scanner.functions.values():
        length = last - first + 1 - max(0, sum(first < row < last for row in rows) - 1)
        lengths.append((length, path, first, name))
        if length > FUNCTION_LINES:
            findings.add(path, first, f"{name} has {length} lines: none may have over {FUNCTION_LINES}")
    for line, length in long_directives(text):
        findings.add(path, line, f"a macro of {length} lines: none may have over {FUNCTION_LINES}")


def report(lengths, source):
    """The distribution, for people."""
    ordered = sorted(length for length, *_ in lengths)
    if not ordered:
        return
    at = lambda share: ordered[min(len(ordered) - 1, int(len(ordered) * share))]
    over = lambda limit: 100 * sum(length > limit for length in ordered) / len(ordered)
    print(f"{len(ordered)} functions: median {at(0.5)} lines, 90 % up to {at(0.9)}, 99 % up to {at(0.99)}, "
          f"longest {ordered[-1]}; over 15: {over(15):.0f} %, over 30: {over(30):.0f} %")
    for length, path, line, name in sorted(lengths, key=lambda entry: -entry[0])[:5]:
        print(f"    {length:3} lines  {path.relative_to(source)}:{line}  {name}")


def main():
    source, _ = common.roots(sys.argv)
    findings = common.Findings(source)
    lengths = []
    count = 0
    for place in PLACES:
        for path in common.files_below(source / place, SUFFIXES):
            count += 1
            check_file(path, findings, lengths)
    report(lengths, source)
    if count == 0:
        findings.add(source / "lib", 1, "no source files found: is this the source root?")
    return findings.finish("size", f"{count} files")


if __name__ == "__main__":
    sys.exit(main())
