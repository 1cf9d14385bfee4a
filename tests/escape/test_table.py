# SPDX-License-Identifier: MIT
"""docs/security.md is held against the tests: what it names exists, and what exists is named."""
import ast
import re

import pytest

from harness import PROJECT

pytestmark = pytest.mark.root_too
PAGE = PROJECT / "docs/security.md"
NUMBER = re.compile(r"(?:CVE-\d{4}-\d+|GHSA(?:-\w{4}){3})")
NAME = re.compile(r"`(test_\w+)`")


def described(directory):
    """The tests of a suite: name to docstring."""
    found = {}
    for path in sorted((PROJECT / directory).glob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                assert node.name not in found, f"two tests are called {node.name}"
                found[node.name] = ast.get_docstring(node) or ""
    return found


def history():
    """The rows of the tables with a verdict: their cells."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    return [row for row in rows if len(row) == 4 and row[3] != "Verdict"]


def test_page_names_tests_that_exist():
    known = described("tests/escape").keys() | described("tests/run").keys()
    named = set(NAME.findall(PAGE.read_text()))
    assert len(named) > 80 and not named - known
    for path in re.findall(r"`(tests/[\w./]+)`", PAGE.read_text()):
        assert (PROJECT / path).exists(), path


def test_page_names_every_test_of_this_suite():
    here = {name for name in described("tests/escape") if not name.startswith("test_page_")}
    assert not here - set(NAME.findall(PAGE.read_text()))


def test_page_has_a_test_or_a_reason_in_every_row():
    rows = history()
    assert len(rows) >= 47
    for what, _, tests, verdict in rows:
        assert NAME.search(tests) or verdict.startswith("not ours: "), what
        assert verdict.startswith(("holds", "partly: ", "not ours: ")), what


def test_page_says_of_which_history_a_test_is_and_the_test_says_it_too():
    own = described("tests/escape")
    for what, _, tests, _ in history():
        said = set(NUMBER.findall(" ".join(own.get(name, "") for name in NAME.findall(tests))))
        if NAME.search(tests):
            assert not set(NUMBER.findall(what)) - said, f"no test of this row has these in its docstring: {what}"
    numbers = set(NUMBER.findall(PAGE.read_text()))
    for name, text in own.items():
        assert not set(NUMBER.findall(text)) - numbers, f"{name} has a number that the page does not know"
