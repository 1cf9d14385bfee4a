# SPDX-License-Identifier: MIT
"""Kernels and programs of Debian's suites, from the package sources that this machine has: fetched once, unpacked, never installed.

Lists and packages are in directories of their own; the system's are not touched, and nobody has to be root.
"""

import contextlib
import fcntl
import os
import pathlib
import platform
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "real"))

import apt_sources  # noqa: E402  beside the tests on real input

PATIENCE = 600
MODULES = ("overlay",)  # layers of a container want it; all else that a container needs is in the kernel
UNPACK = {".ko": ["cat"], ".xz": ["xz", "-dc"], ".zst": ["zstd", "-dcq"]}


class Missing(Exception):
    """The fact that this machine lacks."""


def cache():
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("CTR_TEST_CACHE") or pathlib.Path(home) / "ctr-tests") / "vm"


def own_suite():
    return platform.freedesktop_os_release().get("VERSION_CODENAME", "")


def source_of(suite):
    """The machine's own source, turned to another suite of the same archive."""
    for stanza in apt_sources.all_stanzas():
        found = apt_sources.reduced(stanza, own_suite(), "deb")
        if found and own_suite() in found["Suites"].split():
            return "\n".join(f"{field}: {value}" for field, value in {**found, "Suites": suite, "Components": "main"}.items()) + "\n"
    raise Missing(f"no package source for \"{own_suite()}\" is configured here")


class Apt:
    """apt with one suite for one kind of processor."""

    def __init__(self, suite, processor, work):
        self.suite, self.processor, self.work = suite, processor, work
        for name in ("lists/partial", "cache/archives/partial"):
            (work / name).mkdir(parents=True)
        (work / "suite.sources").write_text(source_of(suite))

    def run(self, program, *words):
        settings = {"Dir::Etc::SourceList": self.work / "suite.sources", "Dir::Etc::SourceParts": "/dev/null",
                    "Dir::State::Lists": self.work / "lists", "Dir::Cache": self.work / "cache", "Dir::State::status": "/dev/null",
                    "APT::Architecture": self.processor, "APT::Architectures": self.processor, "APT::Sandbox::User": "",
                    "Acquire::Languages": "none", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false", "Acquire::Retries": "3"}
        options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
        done = subprocess.run([program, "-q", *options, *words], cwd=self.work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False)
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise Missing(f"{program} {words[0]} for {self.suite} on {self.processor}: {last}")
        return done.stdout

    def unpack(self, package, target):
        self.run("apt-get", "download", package)
        for file in self.work.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", file, target], check=True, timeout=PATIENCE)
            file.unlink()

    def depends(self, package, prefix):
        """What this package depends on, of these names."""
        lines = [line.strip().partition(": ") for line in self.run("apt-cache", "depends", package).splitlines()]
        return [name for kind, _, name in lines if kind == "Depends" and name.startswith(prefix)]

    def kernel_packages(self):
        """What the suite's "newest cloud kernel" stands for; newer ones come in parts."""
        images = self.depends(f"linux-image-cloud-{self.processor}", "linux-image-")
        if not images:
            raise Missing(f"{self.suite} has no cloud kernel for {self.processor}")
        return [images[0], *(self.depends(images[0], ("linux-binary-", "linux-modules-")))]


@contextlib.contextmanager
def locked():
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def made_once(name, make):
    """The directory of this name in the cache; make(directory, work) fills it the first time."""
    target = cache() / name
    with locked():
        if not target.is_dir():
            part, work = target.with_name(target.name + ".part"), target.with_name(target.name + ".work")
            try:
                for directory in (part, work):
                    shutil.rmtree(directory, ignore_errors=True)
                    directory.mkdir(parents=True)
                make(part, work)
                part.rename(target)
            finally:
                for directory in (part, work):
                    shutil.rmtree(directory, ignore_errors=True)
    return target


def packages(suite, processor, names):
    """A directory with these packages in it, unpacked one over the other; what they depend on has to be named."""
    def make(part, work):
        apt = Apt(suite, processor, work)
        apt.run("apt-get", "update")
        for name in names:
            apt.unpack(name, part)
    return made_once(f"{suite}-{processor}-{'-'.join(names)}"[:200], make)


def kernel(suite, processor):
    """A directory with vmlinuz and the modules of interest."""
    def make(part, work):
        apt = Apt(suite, processor, work)
        apt.run("apt-get", "update")
        for name in apt.kernel_packages():
            apt.unpack(name, work / "tree")
        images = [image for place in ("boot/vmlinuz-*", "usr/lib/modules/*/vmlinuz") for image in (work / "tree").glob(place)]
        if not images:
            raise Missing(f"there is no kernel in {suite}'s packages")
        shutil.copyfile(images[0], part / "vmlinuz")
        for name in MODULES:
            for file in (work / "tree").glob(f"**/{name}.ko*"):
                (part / f"{name}.ko").write_bytes(subprocess.run([*UNPACK[file.suffix], file], stdout=subprocess.PIPE, check=True).stdout)
    return made_once(f"{suite}-{processor}-kernel", make)
