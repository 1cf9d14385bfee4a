# SPDX-License-Identifier: MIT
"""Two builds give the same bytes, whatever the directory, the time, the umask, the locale and the user."""

import hashlib
import json
import os
import pathlib

from common import Failure, copy_sources, jobs, must_fail, run

# Of a build that was there: what changes what is built.
OPTIONS = ["prefix", "libdir", "libexecdir", "buildtype", "optimization", "debug", "b_ndebug", "b_lto", "b_pie", "b_sanitize", "cli_libc", "cli_name", "cli_static",
           "static_runtime", "pkgconfig.relocatable", "default_library", "werror"]


def options_of(build):
    found = {option["name"]: option["value"] for option in json.loads((build / "meson-info" / "intro-buildoptions.json").read_text())}
    return [f"-D{name}={str(found[name]).lower() if isinstance(found[name], bool) else found[name]}" for name in OPTIONS if name in found]


def otherwise(home):
    """Another environment: nothing that a build may look at is as it was."""
    kept = {name: os.environ[name] for name in ("PATH", "CC", "CXX") if name in os.environ}
    return {**kept, "HOME": str(home), "TZ": "Pacific/Kiritimati", "LC_ALL": "POSIX", "LANG": "C", "USER": "somebody", "HOSTNAME": "elsewhere",
            "SOURCE_DATE_EPOCH": "86400", "CCACHE_DISABLE": "1"}


class Rebuild:
    """A build of a copy of the sources, with the options of a build that is there."""

    def __init__(self, base, build):
        self.source = base / "another" / "place" / "libctr"
        self.build = self.source / "out" / "of" / "the" / "way"
        self.tree = base / "installed"
        self.options = options_of(build)
        self.environment = otherwise(base)

    def run(self, *words):
        return run("sh", "-c", 'umask 077 && exec "$@"', "sh", *words, env=self.environment, cwd=self.source)

    def make(self):
        copy_sources(self.source)
        self.run("meson", "setup", *self.options, "-Dtests=false", self.build)
        self.run("ninja", "-C", self.build, "-j", jobs())
        self.install()

    def install(self):
        self.run("meson", "install", "-C", self.build, "--no-rebuild", "--quiet", "--destdir", self.tree)

    def make_dynamic(self):
        self.run("meson", "configure", self.build, "-Dcli_static=disabled")
        self.run("ninja", "-C", self.build, "-j", jobs(), "tools/ctr/ctr")
        self.tree = self.tree.with_name("dynamic")
        self.install()

    def at(self, epoch):
        """What somebody has who wants to know when it was built: the files of such a build at some time."""
        file = self.source / "lib" / "abi" / "container.cc"
        text = file.read_text()
        file.write_text(text.replace("return CTR_VERSION;", 'return __DATE__ " " __TIME__;'))
        if "__DATE__" not in file.read_text():
            raise OSError(f"{file} has no ctr_version(): this test wants another place")
        self.environment["SOURCE_DATE_EPOCH"] = str(epoch)
        self.tree = self.tree.with_name(f"at-{epoch}")
        self.run("ninja", "-C", self.build, "-j", jobs())
        self.install()
        return self.tree


def digests(tree):
    """{name: what is there}: the bytes, where a link leads, and the mode."""
    found = {}
    for path in sorted(tree.rglob("*")):
        name = str(path.relative_to(tree))
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_file():
            found[name] = f"{path.stat().st_mode & 0o7777:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    if not any(name.endswith("libctr.a") for name in found):
        raise Failure(f"{tree} has no libctr.a")
    return found


def compare(first, second):
    one, other = digests(first), digests(second)
    differing = [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
    if differing:
        raise Failure(f"not the same: {', '.join(differing)}")
    return f"{len(one)} files"


def times_are_noticed(rebuild):
    return must_fail("it", compare, rebuild.at(86400), rebuild.at(986400))


def checks(tally, installed, rebuild):
    tally.check("reproducible: two builds are the same", compare, installed, rebuild.tree)
    tally.check("reproducible: a time of the build is noticed", times_are_noticed, rebuild)
