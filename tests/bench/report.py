# SPDX-License-Identifier: MIT
"""What the spawn benchmark says: a table, the targets, and the same as JSON."""

import dataclasses
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess

import contenders

VERSIONS = {"bubblewrap": ["bwrap", "--version"], "unshare": ["unshare", "--version"], "crun": ["crun", "--version"],
            "runc": ["runc", "--version"]}


def percentile(samples, share):
    """The nearest-rank percentile: a value that was measured, never one in between."""
    ordered = sorted(samples)
    rank = max(1, -(-len(ordered) * share // 100))
    return ordered[rank - 1]


@dataclasses.dataclass
class Row:
    name: str
    note: str
    samples: list  # alone
    in_a_row: list

    @property
    def p50(self):
        return percentile(self.samples, 50)

    @property
    def p99(self):
        return percentile(self.samples, 99)

    @property
    def row_p50(self):
        return percentile(self.in_a_row, 50)


@dataclasses.dataclass
class Target:
    text: str
    limit: float
    ratio: float | None  # None where one of the two could not be measured
    in_a_row: float | None

    @property
    def known(self):
        return self.ratio is not None

    @property
    def passed(self):
        return self.known and self.ratio <= self.limit


def ratio(rows, name, to, of="p50"):
    medians = {row.name: getattr(row, of) for row in rows}
    return medians[name] / medians[to] if name in medians and to in medians else None


def judge(rows):
    wanted = [(contenders.API, contenders.FLOOR, 1.25), (contenders.BARE_API, contenders.FLOOR, 1.25),
              (contenders.CTR_RUN, contenders.BUBBLEWRAP, 0.6), (contenders.BARE_CTR_RUN, contenders.BUBBLEWRAP, 0.6),
              (contenders.BIG_HOST, contenders.SMALL_HOST, 1.15)]
    return [Target(f"{name} at most {limit} x {to}", limit, ratio(rows, name, to), ratio(rows, name, to, "row_p50"))
            for name, to, limit in wanted]


def machine():
    return f"{platform.machine()}, Linux {platform.release()}, {os.cpu_count()} processors"


def processor():
    models = re.findall(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return models[0].strip() if models else "unknown"


def versions():
    """What the others call themselves, in the first line that they print."""
    found = {}
    for name, (program, option) in VERSIONS.items():
        path = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        said = subprocess.run([path, option], stdout=subprocess.PIPE, text=True, check=False).stdout if path else ""
        number = re.search(r"\d+(?:\.\d+)+", said)
        found[name] = number[0] if number else None
    return found


def busy(loads):
    """True where other programs wanted the processors too: waking up then waits for them, here and there."""
    # The benchmark itself is about one running process, and what the kernel takes down behind it counts as another; the load
    # of a minute ago is in the first number.
    return loads[0] > 0.5 * (os.cpu_count() or 1) or loads[1] > 1 + (os.cpu_count() or 1)


def text(rows, skipped, targets, rounds, loads):
    lines = [f"spawn and wait of a static `true`, {rounds} rounds, user {os.getuid()}, {machine()}",
             f"load average before {loads[0]:.2f}, after {loads[1]:.2f}"
             + (": the machine was busy, repeat this when it is not" if busy(loads) else ""), "",
             f"{'':28} {'alone':^35}  {'in a row':^17}",
             f"{'':28} {'p50 ms':>8} {'p99 ms':>8} {'x floor':>8} {'x bwrap':>8}  {'p50 ms':>8} {'x floor':>8}"]
    for row in rows:
        ratios = "".join(f" {cell(ratio(rows, row.name, to)):>8}" for to in (contenders.FLOOR, contenders.BUBBLEWRAP))
        in_a_row = f"{row.row_p50 / 1e6:8.3f} {cell(ratio(rows, row.name, contenders.FLOOR, 'row_p50')):>8}"
        lines.append(f"{row.name:28} {row.p50 / 1e6:8.3f} {row.p99 / 1e6:8.3f}{ratios}  {in_a_row}  {row.note}".rstrip())
    lines += [f"{one.name:28} skipped: {one.missing}" for one in skipped]
    lines += ["", "targets (p50, alone)"]
    lines += [f"  {verdict(target):8} {target.text}: {cell(target.ratio)} (in a row {cell(target.in_a_row)})"
              for target in targets]
    return "\n".join(lines)


def cell(value):
    return "-" if value is None else f"{value:.2f}"


def verdict(target):
    if not target.known:
        return "unknown"
    return "pass" if target.passed else "FAIL"


def write_json(path, rows, skipped, targets, arguments, loads):
    document = {
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "processor": processor(),
        "versions": versions(),
        "user": os.getuid(),
        "load_before": loads[0],
        "load_after": loads[1],
        "busy": busy(loads),
        "rounds": arguments.rounds,
        "seed": arguments.seed,
        "rows": [{"name": row.name, "note": row.note, "p50_ns": row.p50, "p99_ns": row.p99,
                  "ratio_to_floor": ratio(rows, row.name, contenders.FLOOR),
                  "ratio_to_bubblewrap": ratio(rows, row.name, contenders.BUBBLEWRAP),
                  "samples_ns": row.samples, "in_a_row_ns": row.in_a_row} for row in rows],
        "skipped": [{"name": one.name, "reason": one.missing} for one in skipped],
        "targets": [{"text": target.text, "limit": target.limit, "ratio": target.ratio, "ratio_in_a_row": target.in_a_row,
                     "verdict": verdict(target).lower()} for target in targets],
    }
    path.write_text(json.dumps(document, indent=1) + "\n")
