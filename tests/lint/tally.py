# SPDX-License-Identifier: MIT
"""What `./tools/dev test` adds up is what the suites said; a suite that dies without a count has failed."""

import sys
import tempfile

import common

CASES = [
    # (log, status, passed, failed, skipped)
    ("3 passed, 0 failed, 2 skipped\n", 0, 3, 0, 2),
    ("noise\n7 passed, 1 failed, 0 skipped\n", 1, 7, 1, 0),
    ("============ 12 passed, 3 skipped, 1 warning in 4.31s ============\n", 0, 12, 0, 3),
    ("12 passed, 3 skipped, 4 deselected in 61.20s (0:01:01)\n", 0, 12, 0, 3),
    ("1 failed, 5 passed, 2 errors, 1 xfailed, 1 xpassed in 2.00s\n", 1, 6, 3, 1),
    ("5 passed in 0.10s\n", 0, 5, 0, 0),
    ("5 passed in 0.10s\n", 3, 5, 1, 0),  # pytest says so and ends badly
    ("3 passed, 0 failed, 0 skipped\n", 124, 3, 1, 0),  # and then took too long
    ("4 deselected in 0.02s\n", 5, 0, 1, 0),  # ran nothing
    ("0 passed, 0 failed, 0 skipped\n", 0, 0, 1, 0),
    ("Segmentation fault\n", 139, 0, 1, 0),
    ("", 0, 0, 1, 0),
    ("3 passed, 0 failed, 0 skipped\n" + "and then it died\n" * 6, 1, 0, 1, 0),
    ("the payload said: 3 passed, 0 failed\n", 0, 0, 1, 0),
]

SCRIPT = """
. "$1/tools/dev.d/common.sh"
. "$1/tools/dev.d/tally.sh"
count_suite "$2" "$3"
echo "$passed $failed $skipped"
"""


def counted(source, log, status):
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(log)
        file.flush()
        return common.output("bash", "-euo", "pipefail", "-c", SCRIPT, "bash", source, file.name, status).split()


def skips(source, log):
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(log)
        file.flush()
        script = '. "$1/tools/dev.d/tally.sh"; skip_reasons "$2"'
        return common.output("bash", "-c", script, "bash", source, file.name).splitlines()


def main():
    source, _ = common.roots(sys.argv)
    findings = common.Findings(source)
    for log, status, *expected in CASES:
        got = counted(source, log, status)
        if got != [str(number) for number in expected]:
            findings.add(source / "tools/dev.d/tally.sh", 1, f"{log[-60:]!r}, status {status}: {got}, not {expected}")
    got = skips(source, "SKIPPED [1] a.py:3: no net\nok 2 - b # SKIP no ids\nSKIP c: too old\nok 1 - d\n")
    if got != ["[1] a.py:3: no net", "b: no ids", "c: too old"]:
        findings.add(source / "tools/dev.d/tally.sh", 1, f"the reasons of skips are {got}")
    return findings.finish("tally", f"{len(CASES)} closing lines")


if __name__ == "__main__":
    sys.exit(main())
