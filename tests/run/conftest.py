# SPDX-License-Identifier: MIT
"""Fixtures of the behaviour suite. What a machine lacks is a visible skip with the missing fact as its reason."""
import os
import pathlib
import shutil
import subprocess

import pytest

import harness
import watch
from harness import Box, HERE, PROJECT, need


def pytest_configure(config):
    if not config.option.collectonly:
        program = harness.command()[0]
        if not shutil.which(program):
            raise pytest.UsageError(f"the program under test does not exist: {program}")
    watch.adopt_orphans()


def pytest_collection_modifyitems(items):
    _skip_what_the_program_lacks(items)
    _skip_what_is_not_for_root(items)


def _skip_what_the_program_lacks(items):
    """$CTR_LACKS names a file: per line how names of tests begin that the program under test cannot pass, and why."""
    listed = os.environ.get("CTR_LACKS")
    lines = pathlib.Path(listed).read_text().splitlines() if listed else []
    for start, _, reason in (line.partition("  ") for line in lines if not line.startswith("#")):
        for item in (item for item in items if item.nodeid.startswith(start)):
            item.add_marker(pytest.mark.skip(reason=reason.strip()))


def _skip_what_is_not_for_root(items):
    """Root runs what is marked for root; the rest speaks about ordinary callers."""
    if os.getuid() != 0:
        return
    for item in items:
        if not item.get_closest_marker("root_too") or item.get_closest_marker("ordinary"):
            item.add_marker(pytest.mark.skip(reason="speaks about an ordinary caller, and this one is root"))


def pytest_make_parametrize_id(val):
    """Keeps the names of tests short where a parameter is a long text or a list."""
    if isinstance(val, (str, bytes)) and len(val) > 40:
        return f"{val[:12]!r}...{len(val)}"
    if isinstance(val, list):
        return " ".join(str(word)[:20] for word in val[:4]) or "none"
    return None


def _user_namespaces_work():
    return subprocess.run(["unshare", "--user", "--map-root-user", "true"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="session", autouse=True)
def nothing_left_at_the_end():
    """After all tests: no process of ours, no mount, no temporary file."""
    need(_user_namespaces_work(), "a user namespace cannot be created")
    mounts, files = watch.mountinfo(), watch.temporary()
    yield
    watch.assert_all_gone()
    assert watch.mountinfo() == mounts
    assert not watch.temporary() - files, "temporary files are left"


@pytest.fixture(autouse=True)
def nothing_left(nothing_left_at_the_end):
    """After each test: no process that it started, no mount."""
    mounts = watch.mountinfo()
    yield
    watch.assert_all_gone()
    watch.reap_orphans()
    assert watch.mountinfo() == mounts


@pytest.fixture(scope="session")
def busybox(tmp_path_factory):
    """An own copy of the static busybox, so that every root can link to it."""
    found = shutil.which("busybox", path="/bin:/usr/bin:/sbin:/usr/sbin")
    need(found, "no busybox (package busybox-static)")
    dynamic = subprocess.run(["readelf", "-l", found], capture_output=True, text=True, check=False).stdout
    need("INTERP" not in dynamic, "busybox is not static (package busybox-static)")
    copy = tmp_path_factory.mktemp("busybox") / "busybox"
    shutil.copyfile(found, copy)
    copy.chmod(0o755)
    return str(copy)


@pytest.fixture
def box(tmp_path, busybox):
    """A fresh writable busybox root; calling it runs a container there."""
    return Box(harness.rootfs(tmp_path, busybox))


@pytest.fixture
def host(tmp_path):
    """A directory of the host, to be bound into containers."""
    directory = tmp_path / "host"
    directory.mkdir()
    return directory


def _compile(source, target, *options):
    words = ["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-o", str(target), str(source), *options]
    built = subprocess.run(words, capture_output=True, text=True, check=False)
    assert built.returncode == 0, f"{source} does not compile\n{built.stderr[:2000]}"
    return target


@pytest.fixture(scope="session")
def probe(tmp_path_factory):
    """Compiles a static helper of probe/*.c once and returns its path."""
    need(shutil.which("cc"), "no C compiler")
    directory, built = tmp_path_factory.mktemp("probe"), {}

    def get(name):
        if name not in built:
            built[name] = _compile(HERE / "probe" / f"{name}.c", directory / name, "-static")
        return built[name]
    return get


@pytest.fixture(scope="session")
def deny(tmp_path_factory):
    """The helper that runs a program under a seccomp filter which answers system calls with errors."""
    need(shutil.which("cc"), "no C compiler")
    return str(_compile(HERE / "deny.c", tmp_path_factory.mktemp("deny") / "deny"))


@pytest.fixture(scope="session")
def api_host(tmp_path_factory):
    """The C program host/host.c, linked with the library of the build directory."""
    build = os.environ.get("CTR_BUILD")
    need(build, "CTR_BUILD does not name a build directory, so there is no library to link with")
    libraries = sorted(pathlib.Path(build).resolve().rglob("libctr.so"))
    need(libraries, "the build directory holds no libctr.so")
    where = libraries[0].parent
    return str(_compile(HERE / "host/host.c", tmp_path_factory.mktemp("api") / "host", "-pthread", f"-I{PROJECT}/include",
                        f"-L{where}", f"-Wl,-rpath,{where}", "-lctr"))


@pytest.fixture(scope="session")
def subids():
    """The caller's first ranges of subordinate ids: (user range, group range), each (start, count)."""
    need(shutil.which("newuidmap") and shutil.which("newgidmap"), "no newuidmap and newgidmap (package uidmap)")
    users, groups = _ranges("/etc/subuid"), _ranges("/etc/subgid")
    need(users and groups, "the caller has no ranges in /etc/subuid and /etc/subgid")
    return users[0], groups[0]


def _ranges(path):
    """The caller's ranges in a subid file, by name and by number, in order."""
    import pwd
    names = {pwd.getpwuid(os.getuid()).pw_name, str(os.getuid())}
    found = []
    for line in pathlib.Path(path).read_text().splitlines() if os.path.exists(path) else []:
        fields = line.split(":")
        if len(fields) == 3 and fields[0] in names:
            found.append((int(fields[1]), int(fields[2])))
    return found
