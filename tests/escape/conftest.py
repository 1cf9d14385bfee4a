# SPDX-License-Identifier: MIT
"""The fixtures of the behaviour suite, and the host's side of an attack."""
import importlib.util
import os
import pathlib
import shutil
import subprocess

import pytest

import harness
from harness import need
from hostile import SECRET, Names
from watch import assert_all_gone, changes, tree

HERE = pathlib.Path(__file__).resolve().parent


def _behaviour_suite():
    """Its conftest.py, which cannot be imported by its name: this file has the same."""
    spec = importlib.util.spec_from_file_location("behaviour_fixtures", HERE.parent / "run/conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: value for name, value in vars(module).items() if not name.startswith("__")}


_shared = _behaviour_suite()
globals().update({name: value for name, value in _shared.items() if name not in globals()})


@pytest.fixture(scope="session")
def tool(tmp_path_factory):
    """Compiles a static helper of this suite's probe/*.c once and returns its path."""
    need(shutil.which("cc"), "no C compiler")
    directory, built = tmp_path_factory.mktemp("tool"), {}

    def get(name):
        if name not in built:
            built[name] = _shared["_compile"](HERE / "probe" / f"{name}.c", directory / name, "-static")
        return built[name]
    return get


@pytest.fixture(scope="session")
def with_library(tmp_path_factory):
    """Compiles a program of probe/*.c that uses the library of the build directory, and returns its path."""
    need(shutil.which("cc"), "no C compiler")
    build = os.environ.get("CTR_BUILD")
    need(build, "CTR_BUILD does not name a build directory, so there is no library to link with")
    libraries = sorted(pathlib.Path(build).resolve().rglob("libctr.so"))
    need(libraries, "the build directory holds no libctr.so")
    directory, where = tmp_path_factory.mktemp("library"), libraries[0].parent

    def get(name):
        return _shared["_compile"](HERE / "probe" / f"{name}.c", directory / name, f"-I{harness.PROJECT}/include", f"-L{where}",
                                   f"-Wl,-rpath,{where}", "-lctr")
    return get


@pytest.fixture
def victim(tmp_path):
    """A directory of the caller's on the host that no attack may change, wherever it is named."""
    directory = tmp_path / "victim"
    for below in ("deep", "made", "pts"):
        (directory / below).mkdir(parents=True)
    for file in ("secret", "deep/secret", "ptmx", "null", "console", "hostname"):
        (directory / file).write_text(SECRET)
    before = tree(directory)
    yield directory
    assert not changes(before, tree(directory)), "a directory of the host was changed"


@pytest.fixture
def source(tmp_path):
    """What an ordinary volume shows: a directory and a file in it."""
    directory = tmp_path / "source"
    (directory / "deep").mkdir(parents=True)
    (directory / "mark").write_text("of the volume\n")
    (directory / "deep/mark").write_text("of the volume\n")
    return directory


@pytest.fixture
def names(box, tmp_path):
    """Named containers, in a state directory of the test's own."""
    directory = tmp_path / "runtime"
    directory.mkdir(mode=0o700)
    made = Names(box, directory)
    yield made
    for name in made("ps", "-a", "-q").lines:
        made("rm", "-f", name)
    assert_all_gone(5)


@pytest.fixture
def swapping(tool):
    """Exchanges two names of the host as fast as it can, for as long as the block lasts."""
    class Swapping:
        def __init__(self, one, other):
            self.words = [tool("swap"), one, other]

        def __enter__(self):
            self.process = subprocess.Popen(self.words, stdin=subprocess.DEVNULL)

        def __exit__(self, *unused):
            assert self.process.poll() is None, "nothing was exchanged"
            self.process.kill()
            self.process.wait()
    return Swapping
