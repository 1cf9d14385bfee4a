# SPDX-License-Identifier: MIT
"""Runs Doxygen: run.py DOXYGEN VERSION INCLUDE OUTPUT. What is not documented in a public header is an error."""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def main():
    doxygen, version, include, output = sys.argv[1:]
    values = {"VERSION": version, "INCLUDE": str(pathlib.Path(include).resolve()), "OUTPUT": str(pathlib.Path(output).resolve()),
              "PYTHON": sys.executable, "FILTER": str(HERE / "filter.py")}
    settings = (HERE / "Doxyfile.in").read_text()
    for name, value in values.items():
        settings = settings.replace(f"@{name}@", value)
    pathlib.Path(output).mkdir(parents=True, exist_ok=True)
    done = subprocess.run([doxygen, "-"], input=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
    print(done.stdout, end="")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
