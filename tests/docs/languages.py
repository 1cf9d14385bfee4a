# SPDX-License-Identifier: MIT
"""How the programs of the pages are compiled, against the library of a build directory.

The toolchain of Rust may be where only the user can go who builds, and not the one who tests:

  languages.py SOURCE INCLUDE LIBRARY OUT   compiles every Rust program of the pages into OUT, which snippets.py finds
                                            by the environment variable CTR_DOCS_PROGRAMS
"""

import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import pages

PATIENCE = 120
SLOWLY = 300  # a compiler that has the standard library before it
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
PATH = f"{os.environ.get('PATH', SYSTEM_PATH)}:/usr/local/go/bin"
COMPILED = ("c", "rust", "go")

# As an installation has it, but for the place.
PKG_CONFIG = """Name: libctr
Description: the library of a build directory
Version: 0.1.0
Libs: -L{library} -lctr
Cflags: -I{include}
"""
CARGO = """[package]
name = "page"
version = "0.1.0"
edition = "2021"

[dependencies]
libctr = {{ path = "{crate}" }}
"""
GO = """module page

go 1.19

require libctr/ctr v0.0.0

replace libctr/ctr => {module}
"""


class Missing(Exception):
    """There is no such compiler here."""


class Refused(Exception):
    """What the compiler said."""


def finished(words, patience=PATIENCE, **options):
    """A command that has ended, with everything that it started where it took too long."""
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               start_new_session=True, **options)
    try:
        said, _ = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return subprocess.CompletedProcess(words, process.returncode, said)


def needed(program):
    path = shutil.which(program, path=PATH)
    if not path:
        raise Missing(f"there is no {program} here")
    return path


def key_of(block):
    return hashlib.sha256(block.text().encode()).hexdigest()[:20]


class World:
    """The programs and the library that the pages speak of."""

    def __init__(self, words):
        self.sources, self.include, self.library, self.ctr = (pathlib.Path(word).resolve() for word in words[:4])
        self.compiler = words[4:]
        self.prepared = os.environ.get("CTR_DOCS_PROGRAMS")
        self.helps = {}
        self.caches = {name: path for name, path in self.toolchain_caches() if path}

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="ctr-test.")
        self.place = pathlib.Path(self.temporary.name)
        (self.place / "libctr.pc").write_text(PKG_CONFIG.format(library=self.library, include=self.include))
        return self

    def __exit__(self, *_):
        subprocess.run(["chmod", "-R", "u+w", self.place], check=False)  # the module cache of Go is read-only
        self.temporary.cleanup()

    @staticmethod
    def toolchain_caches():
        """Where toolchains keep what they have compiled and fetched, for somebody whose home is another."""
        home = os.environ.get("HOME", "/nonexistent")
        yield "GOCACHE", os.environ.get("GOCACHE", f"{home}/.cache/go-build")
        yield "GOTOOLCHAIN", "local"
        yield "CARGO_HOME", os.environ.get("CARGO_HOME", f"{home}/.cargo")
        yield "RUSTUP_HOME", os.environ.get("RUSTUP_HOME", f"{home}/.rustup")

    def environment(self, home):
        """Of somebody who has installed the library."""
        return {"PATH": f"{self.ctr.parent}:{PATH}", "HOME": str(home), "XDG_RUNTIME_DIR": f"{home}/.run",
                "PKG_CONFIG_PATH": str(self.place), "LD_LIBRARY_PATH": str(self.library), "LANG": "C.UTF-8", "TERM": "dumb",
                **self.caches}

    def building(self, **more):
        """Of whoever compiles: the toolchains keep their caches where they always are."""
        return {**os.environ, "PATH": PATH, "PKG_CONFIG_PATH": str(self.place), **more}

    def program(self, block, directory):
        return {"c": self.c_program, "rust": self.rust_program, "go": self.go_program}[block.language](block, directory / "program")

    def c_program(self, block, program):
        source = program.with_suffix(".c")
        source.write_text(block.text())
        self.compile([*self.compiler, "-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-I", self.include, source, "-o", program,
                      "-L", self.library, f"-Wl,-rpath,{self.library}", "-lctr"])
        return program

    def rust_program(self, block, _):
        if self.prepared:
            program = pathlib.Path(self.prepared) / key_of(block)
            if program.is_file():
                return program
        needed("cargo")
        project = self.place / "rust"
        (project / "src").mkdir(parents=True, exist_ok=True)
        crate = self.sources / "bindings" / "rust" / "libctr"
        (project / "Cargo.toml").write_text(CARGO.format(crate=crate))
        (project / "src" / "main.rs").write_text(block.text())
        self.compile(["cargo", "--config", self.sources / "bindings/rust/offline/config.toml", "build", "--quiet"], cwd=project,
                     env=self.building(RUSTFLAGS="-D warnings", CARGO_TARGET_DIR=str(project / "target")))
        return project / "target" / "debug" / "page"

    def go_program(self, block, program):
        needed("go")
        project = self.place / "go"
        project.mkdir(exist_ok=True)
        (project / "go.mod").write_text(GO.format(module=self.sources / "bindings" / "go"))
        (project / "main.go").write_text(block.text())
        offline = {"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false"}
        self.compile(["go", "vet", "."], cwd=project, env=self.building(**offline))
        self.compile(["go", "build", "-o", program, "."], cwd=project, env=self.building(**offline))
        return program

    def compile(self, words, **options):
        done = finished(words, patience=SLOWLY, **options)
        if done.returncode != 0:
            raise Refused(done.stdout)

    def help_of_all(self):
        commands = re.findall(r"^  ([a-z]+)\s", self.help_of(""), re.MULTILINE)
        return "".join(self.help_of(command) or "" for command in commands)

    def help_of(self, command):
        """The help of a command of ctr, or nothing where there is none."""
        if command not in self.helps:
            done = finished([self.ctr, "help", *command.split()])
            self.helps[command] = done.stdout if done.returncode == 0 else None
        return self.helps[command]


def main():
    out = pathlib.Path(sys.argv[4])
    out.mkdir(parents=True, exist_ok=True)
    with World([*sys.argv[1:4], "ctr"]) as world:
        for page in pages.pages_of(world.sources):
            for block in pages.blocks_of(page, page.relative_to(world.sources)):
                if block.language == "rust" and not block.directives:
                    shutil.copy(world.rust_program(block, None), out / key_of(block))


if __name__ == "__main__":
    main()
