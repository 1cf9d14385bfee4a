# SPDX-License-Identifier: MIT
"""Puts what the spawn benchmark has measured into the documentation.

publish.py SOURCE SPAWN_JSON   docs/speed.json from it, without the samples; then as below
publish.py SOURCE              docs/speed.md and the last row of README.md's comparison from docs/speed.json
publish.py --check SOURCE      fails where these two are not what docs/speed.json says
"""

import json
import pathlib
import re
import sys

OURS = "ctr run"
BARE = "ctr run, bare"  # as much as the others do
README_ROW = "| a static `true`, from start to end |"
README_COLUMNS = ["bubblewrap", "crun", "runc", "unshare"]
UNMEASURED = " not measured | not measured |"  # the columns that Debian has no package for
KEPT = ("name", "note", "p50_ns", "p99_ns")

PAGE = """<!-- SPDX-License-Identifier: MIT -->
<!-- Written by tests/bench/publish.py from speed.json: `./tools/dev bench` refreshes both. -->
# How long a container takes

From the start of a static `true` in a container until its end is known, measured by [the spawn benchmark](../tests/bench/README.md) on
{date}: {machine} ({processor}), {rounds} rounds, as {user}{busy}. The command was

<!-- not run: it takes minutes, and a machine that does nothing else -->
```sh
./tools/dev bench
```

| | median, ms | 99th percentile, ms | beside `ctr run` | beside the floor | |
|---|---|---|---|---|---|
{rows}

The floor is the same namespaces and mounts in bare C, without an init. Everybody makes the mounts that libctr's default has, as far as the
options of that program allow; what was left out stands in the last column. The host of the rows that name a size had that much
memory in use: a fork takes longer there.
{skipped}"""


def ratio(rows, name, to):
    return f"{rows[name]['p50_ns'] / rows[to]['p50_ns']:.2f}" if name in rows and to in rows else "-"


def page(speed):
    rows = {row["name"]: row for row in speed["rows"]}
    floor = next((name for name in rows if "floor" in name), None)
    lines = []
    for name, row in rows.items():
        version = speed["versions"].get(name)
        lines.append(f"| {name}{' ' + version if version else ''} | {row['p50_ns'] / 1e6:.2f} | {row['p99_ns'] / 1e6:.2f} "
                     f"| {ratio(rows, name, OURS)} | {ratio(rows, name, floor)} | {row['note']} |")
    skipped = "".join(f"\nNot measured: {one['name']}, because {one['reason']}.\n" for one in speed["skipped"])
    return PAGE.format(date=speed["date"], machine=speed["machine"], processor=speed["processor"], rounds=speed["rounds"],
                       user="root" if speed["user"] == 0 else "an ordinary user", rows="\n".join(lines), skipped=skipped,
                       busy=", **while other programs wanted the processors too**" if speed["busy"] else "")


def readme(text, speed):
    """The text with its row of numbers renewed."""
    rows = {row["name"]: row for row in speed["rows"]}
    bare = ratio(rows, BARE, OURS)
    ours = "1" if bare == "-" else f"1; {bare} without its filter and keyring"
    row = f"{README_ROW} {ours} | {' | '.join(ratio(rows, name, OURS) for name in README_COLUMNS)} |{UNMEASURED}"
    renewed, count = re.subn(rf"^{re.escape(README_ROW)}.*$", row, text, flags=re.MULTILINE)
    if count != 1:
        sys.exit(f"publish.py: README.md has {count} lines that begin with {README_ROW}")
    return renewed


def shortened(measured):
    return {**{key: measured[key] for key in ("date", "machine", "processor", "versions", "user", "busy", "rounds", "skipped")},
            "rows": [{key: row[key] for key in KEPT} for row in measured["rows"]]}


def main():
    check = sys.argv[1] == "--check"
    source = pathlib.Path(sys.argv[2 if check else 1])
    kept = source / "docs" / "speed.json"
    if not check and len(sys.argv) > 2:
        kept.write_text(json.dumps(shortened(json.loads(pathlib.Path(sys.argv[2]).read_text())), indent=1) + "\n")
    speed = json.loads(kept.read_text())
    wanted = {source / "docs" / "speed.md": page(speed)}
    wanted[source / "README.md"] = readme((source / "README.md").read_text(), speed)
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        if check:
            print(f"{path}: not what docs/speed.json says; run tests/bench/publish.py")
        else:
            path.write_text(wanted[path])
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
