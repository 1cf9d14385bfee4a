# SPDX-License-Identifier: MIT
"""docs/packaging.md holds: its commands run, its options exist, and its table of files is what is installed."""

import fnmatch
import json
import re

from common import SOURCE, Failure, Skip, must_fail, run

import install

PAGE = SOURCE / "docs" / "packaging.md"


def blocks(text):
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(rebuild):
    """In the copy of the sources that was built already: `build` leads there, so nothing is compiled again."""
    link = rebuild.source / "build"
    if not link.exists():
        link.symlink_to(rebuild.build)
    if not install.containers_can_be_made():
        raise Skip("no user namespace can be made here")
    found = blocks(PAGE.read_text())
    run("sh", "-eux", "-c", "".join(found), cwd=rebuild.source)
    return f"{len(found)} blocks"


def options(text, build):
    """Every option that is named exists, and every option of the project is named."""
    known = {option["name"]: option for option in json.loads((build / "meson-info" / "intro-buildoptions.json").read_text())}
    named = dict(re.findall(r"-D([\w.]+)(?:=(\w+))?", re.sub(r"-D_FORTIFY_SOURCE", "", text)))
    rows = dict(re.findall(r"^\| `(\w+)` \| `(\w+)` \|", text, re.MULTILINE))
    own = {name for name, option in known.items() if option["section"] == "user"}
    for name, value in [*named.items(), *rows.items()]:
        if name not in known:
            raise Failure(f"there is no option {name}")
        choices = known[name].get("choices") or (["true", "false"] if known[name]["type"] == "boolean" else [])
        if value and choices and value not in choices:
            raise Failure(f"{name} cannot be {value}")
    if set(rows) != own:
        raise Failure(f"the table has {sorted(rows)}, the project {sorted(own)}")
    declared = (SOURCE / "meson_options.txt").read_text()
    for name, value in rows.items():
        if not re.search(rf"option\('{name}',.*value: '?{value}'?,", declared):
            raise Failure(f"the default of {name} is not {value}")


def patterns(text):
    table = text.split("## What is installed")[1].split("\n## ")[0]
    return [name for row in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE) for name in re.findall(r"`([^`]*)`", row)]


def installed(text, tree):
    prefix = next(tree.rglob("include/ctr")).parents[1]
    library = install.library_directory(tree).relative_to(prefix)
    wanted = [name.replace("LIB/", f"{library}/") for name in patterns(text)]
    there = [str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_symlink() or not path.is_dir()]
    if other := [path.relative_to(tree) for path in tree.rglob("*") if not path.is_dir() and prefix not in path.parents]:
        raise Failure(f"outside of the prefix: {other}")
    if extra := [name for name in there if not any(fnmatch.fnmatch(name, pattern) for pattern in wanted)]:
        raise Failure(f"installed, and not in the table: {', '.join(extra)}")
    if missing := [pattern for pattern in wanted if not fnmatch.filter(there, pattern)]:
        raise Failure(f"in the table, and not installed: {', '.join(missing)}")
    return f"{len(there)} files"


def checks(tally, rebuild):
    text = PAGE.read_text()
    tally.check("packaging.md: options", options, text, rebuild.build)
    tally.check("packaging.md: a wrong option is noticed", must_fail, "it", options, text.replace("`cli_static`", "`cli_statics`"), rebuild.build)
    tally.check("packaging.md: a wrong default is noticed", must_fail, "it", options, text.replace("| `true` |", "| `false` |"), rebuild.build)
    tally.check("packaging.md: files", installed, text, rebuild.tree)
    tally.check("packaging.md: a file too many is noticed", must_fail, "it", installed, text.replace("`bin/ctr`", "`bin/box`"), rebuild.tree)
    tally.check("packaging.md: commands", commands, rebuild)
