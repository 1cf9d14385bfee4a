# SPDX-License-Identifier: MIT
"""Another meson project uses libctr as its subproject, by a wrap, with the shared and with the static library."""

import os
import pathlib
import shutil

import install
from common import Failure, Skip, attempt, copy_sources, jobs, run

PARENT = pathlib.Path(__file__).resolve().parent / "subproject"
PRINTS = "hello from a subproject\n"


class Parent:
    def __init__(self, base):
        self.source = base / "parent"
        self.build = base / "build"
        shutil.copytree(PARENT, self.source)
        copy_sources(self.source / "subprojects" / "libctr")

    def make(self):
        """Not optimised: it is built sooner, and other flags than usual are one more thing that is tried."""
        said = run("meson", "setup", "--wrap-mode=forcefallback", "-Dbuildtype=debug", "-Dwarning_level=3", self.build, self.source)
        if "subproject libctr" not in said.replace("Executing subproject", "subproject").lower():
            raise Failure(f"libctr was not taken as a subproject:\n{said}")
        said = run("ninja", "-C", self.build, "-j", jobs(), "hello", "hello-static")
        if "warning:" in said:
            raise Failure(f"it is not built without warnings:\n{said[-4000:]}")

    def hello(self, name):
        needs_library = "libctr.so" in run("readelf", "--wide", "--dynamic", self.build / name)
        if needs_library != (name == "hello"):
            raise Failure(f"{name} {'needs' if needs_library else 'does not need'} libctr.so")
        if not install.containers_can_be_made():
            raise Skip("it was built; no user namespace can be made here, so it is not run")
        if (said := run(self.build / name, env={"PATH": os.environ["PATH"]})) != PRINTS:
            raise Failure(f"it prints {said!r}")

    def has_no_tests(self):
        """What a parent's `meson test` and `ninja` would have of libctr's own."""
        said = attempt("meson", "test", "-C", self.build, "--list", "--no-rebuild")[1]
        if "No tests defined" not in said:
            raise Failure(f"libctr's tests are the parent's too:\n{said[-2000:]}")


def checks(tally, base):
    parent = Parent(base)
    tally.check("subproject: it is built", parent.make)
    for name in ("hello", "hello-static"):
        tally.check(f"subproject: {name}", parent.hello, name)
    tally.check("subproject: its tests stay at home", parent.has_no_tests)
