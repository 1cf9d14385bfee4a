# SPDX-License-Identifier: MIT
"""What a distribution would look at before it ships the library.

  hygiene.py BUILD INSTALLED  every check, of a build directory (its files in lib/ and tools/ctr/) and of what was installed of it
  hygiene.py --renew BUILD    takes the present library as the last release; see docs/packaging.md
"""

import pathlib
import sys
import tempfile

import abi
import hardening
import install
import layout
import packaging
import reproducible
import subproject
import symbols
from common import Tally


def library_of(build):
    return next(path for path in sorted((build / "lib").glob("libctr.so*.*.*")) if path.is_file() and path.suffix != ".symbols")


def cheap_checks(tally, build):
    library, archive = library_of(build), build / "lib" / "libctr.a"
    layout.checks(tally)
    abi.checks(tally, library)
    symbols.checks(tally, library)
    hardening.library_checks(tally, library, archive)
    hardening.command_checks(tally, build / "tools" / "ctr" / "ctr", "as built by default")
    hardening.init_checks(tally, build / "lib" / "ctr-init")
    hardening.weak_checks(tally)


def builds(tally, build, installed, base):
    rebuild = reproducible.Rebuild(base, build)
    if tally.check("built and installed once more, elsewhere", rebuild.make):
        install.checks(tally, rebuild.tree)
        packaging.checks(tally, rebuild)
        reproducible.checks(tally, installed, rebuild)
    if tally.check("ctr is built dynamic", rebuild.make_dynamic):
        hardening.command_checks(tally, next(rebuild.tree.rglob("bin/ctr")), "dynamic")
    subproject.checks(tally, base)


def renew(build):
    layout.renew()
    abi.renew()
    symbols.renew(library_of(build))
    return 0


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    if sys.argv[1] == "--renew":
        return renew(pathlib.Path(sys.argv[2]))
    build, installed = (pathlib.Path(word).resolve() for word in sys.argv[1:])
    tally = Tally()
    cheap_checks(tally, build)
    with tempfile.TemporaryDirectory(prefix="ctr-test.", dir="/var/tmp") as directory:
        builds(tally, build, installed, pathlib.Path(directory))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
