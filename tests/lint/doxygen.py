# SPDX-License-Identifier: MIT
"""Everything in the public headers is documented: each function, parameter, result, member and constant. Doxygen is the judge."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import common

RUN = pathlib.Path(__file__).resolve().parents[2] / "docs" / "doxygen" / "run.py"


def main():
    source, _ = common.roots(sys.argv)
    if not shutil.which("doxygen"):
        common.skip("doxygen is not installed")
    findings = common.Findings(source)
    headers = sorted((source / "include" / "ctr").glob("*.h"))
    if not headers:
        findings.add(source / "include/ctr", 1, "no headers found")
        return findings.finish("doxygen", "nothing")
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run([sys.executable, "-B", RUN, "doxygen", "lint", source / "include", directory], capture_output=True, text=True, timeout=100)
    if done.returncode != 0 or done.stdout.strip():
        # Its lines are those of the filtered header.
        findings.add(headers[0].parent, 1, re.sub(r":\d+: (?:error|warning): ", ": ", done.stdout + done.stderr).strip())
    return findings.finish("doxygen", f"{len(headers)} headers")


if __name__ == "__main__":
    sys.exit(main())
