# SPDX-License-Identifier: MIT
"""Programs are built against what was installed, dynamic and static, wherever the tree of files is moved to."""

import os
import pathlib
import shutil
import tempfile

from common import SOURCE, Failure, Skip, attempt, compiler, must_fail, run

HELLO = SOURCE / "examples" / "c" / "hello.c"
PRINTS = (SOURCE / "examples" / "c" / "hello.expected").read_text()
STRICT = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror"]


def containers_can_be_made():
    return attempt("unshare", "--user", "--map-root-user", "true")[0] == 0


def pkg_config(tree, *options):
    """The words that pkg-config has for a tree, which is told by nothing but the place of the .pc file."""
    found = list(tree.rglob("libctr.pc"))
    if len(found) != 1:
        raise Failure(f"{tree} has {len(found)} files libctr.pc")
    environment = {"PATH": os.environ["PATH"], "PKG_CONFIG_LIBDIR": str(found[0].parent)}
    words = run("pkg-config", *options, "libctr", env=environment).split()
    for word in words:
        if word.startswith(("-I", "-L")) and not pathlib.Path(word[2:]).resolve().is_relative_to(tree.resolve()):
            raise Failure(f"pkg-config says {word}, which is not in {tree}")
    return words


def library_directory(tree):
    return next(tree.rglob("libctr.so.0")).parent


def hello(tree, *options):
    """Builds and runs hello, statically with --static."""
    words = pkg_config(tree, *options, "--cflags", "--libs")
    static = ["-static"] if "--static" in options else []
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
        program = pathlib.Path(directory) / "hello"
        run(*compiler(), *STRICT, *static, HELLO, *words, "-o", program)
        is_static = "INTERP" not in run("readelf", "--wide", "--program-headers", program)
        if is_static != bool(static):
            raise Failure(f"it is {'' if is_static else 'not '}static")
        return run_hello(program, {} if static else {"LD_LIBRARY_PATH": str(library_directory(tree))})


def run_hello(program, environment):
    if not containers_can_be_made():
        raise Skip("it was built; no user namespace can be made here, so it is not run")
    said = run(program, env={"PATH": os.environ["PATH"], "HOME": "/", **environment})
    if said != PRINTS:
        raise Failure(f"it prints {said!r}, not {PRINTS!r}")
    return None


def command(tree):
    if not containers_can_be_made():
        raise Skip("no user namespace can be made here")
    if run(next(tree.rglob("bin/ctr")), "run", "--", "echo", "installed") != "installed\n":
        raise Failure("ctr does not run what it is told")


def fixed(tree):
    """The same with a .pc file that names its prefix."""
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
        copy = pathlib.Path(directory) / "tree"
        shutil.copytree(tree, copy, symlinks=True, ignore=shutil.ignore_patterns("ctr-init", "man"))
        file = next(copy.rglob("libctr.pc"))
        file.write_text("".join("prefix=/usr/local\n" if line.startswith("prefix=") else line for line in file.open()))
        pkg_config(copy, "--cflags", "--libs")


def checks(tally, tree):
    tally.check("installed: hello, dynamic", hello, tree)
    tally.check("installed: hello, static", hello, tree, "--static")
    tally.check("installed: ctr", command, tree)
    moved = tree.with_name(f"{tree.name}-elsewhere")
    shutil.copytree(tree, moved, symlinks=True)
    tree.rename(tree.with_name("gone"))
    try:
        tally.check("installed and moved: hello, dynamic", hello, moved)
        tally.check("installed and moved: hello, static", hello, moved, "--static")
        tally.check("installed and moved: a fixed prefix is noticed", must_fail, "it", fixed, moved)
    finally:
        tree.with_name("gone").rename(tree)
        shutil.rmtree(moved)
