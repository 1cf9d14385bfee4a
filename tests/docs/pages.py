# SPDX-License-Identifier: MIT
"""The pages of the documentation: which they are, and what stands in their fences.

A comment on a line of its own before a block says what the block is, where that is not plain from its language:

  <!-- from FILE -->          stands in that file, line by line, whatever the indentation
  <!-- file NAME -->          is written to that file of the page's directory, for the blocks that follow
  <!-- needs PROGRAM... -->   is skipped where one of these programs is missing
  <!-- run by TEST -->        is extracted and run by that test
  <!-- newcomer STEP -->      is extracted and run by tests/newcomer, as a part of that step
  <!-- not run: REASON -->    cannot be run, for this reason

And anywhere on the page:

  <!-- options of others: --OPTION... -->   the text names them, and they are none of ctr's
"""

import re

# Where a newcomer's commands are, in this order.
NEWCOMERS = ("README.md", "bindings/rust/README.md")

FENCE = "```"
DIRECTIVE = re.compile(r"<!-- (from|file|needs|run by|newcomer|not run:) +(.*\S) +-->")
OTHERS = re.compile(r"<!-- options of others: (.*) -->")
LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")
INLINE = re.compile(r"`([^`]+)`")


class Failure(Exception):
    """What is wrong with a page or with a block of it."""


class Block:
    """One fenced block of a page."""

    def __init__(self, page, line, language, directives):
        self.page, self.line, self.language, self.directives = page, line, language, directives
        self.lines = []

    def __str__(self):
        return f"{self.page}:{self.line}"

    def text(self):
        return "".join(line + "\n" for line in self.lines)


def pages_of(sources):
    """What somebody who uses the project reads, in the order of a reader."""
    found = [sources / "README.md", *sorted((sources / "docs").rglob("*.md")), *sorted((sources / "bindings").rglob("README.md"))]
    return [page for page in found if page.is_file()]


def blocks_of(page, name):
    """The fenced blocks, in order."""
    found, block, directives = [], None, {}
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if block is not None:
            if line == FENCE:
                block = None
            else:
                block.lines.append(line)
        elif line.startswith(FENCE):
            block = Block(name, number, line[len(FENCE):], directives)
            found.append(block)
            directives = {}
        elif directive := DIRECTIVE.fullmatch(line):
            directives[directive[1]] = directive[2]
        elif line and directives:
            raise Failure(f"{name}:{number}: what a comment says of a block stands right before it")
    if block is not None:
        raise Failure(f"{block}: the block does not end")
    if directives:
        raise Failure(f"{name}: the last comment is about a block that is not there")
    return found


def prose_of(page):
    """(number, line) of what stands outside the blocks."""
    inside = False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if line.startswith(FENCE):
            inside = not inside
        elif not inside:
            yield number, line


def dead_links(page, name):
    """Links to files of the project that are not there."""
    for number, line in prose_of(page):
        for target in LINK.findall(line):
            path = target.split("#")[0]
            if path and "://" not in path and not (page.parent / path).exists():
                yield f"{name}:{number}: there is no {path}"


def inline_options(page):
    """(number, option) of the options that the text names by themselves, but for those that it says are of others."""
    others = {word for text in OTHERS.findall(page.read_text()) for word in text.split()}
    for number, line in prose_of(page):
        for text in INLINE.findall(line):
            option = re.match(r"--[a-z][a-z-]*", text)
            if option and option[0] not in others:
                yield number, option[0]


def inline_commands(page):
    """(number, words) of the commands of ctr that stand in the text."""
    for number, line in prose_of(page):
        for text in INLINE.findall(line):
            words = text.split()
            if len(words) > 1 and words[0] == "ctr":
                yield number, words[1:]
