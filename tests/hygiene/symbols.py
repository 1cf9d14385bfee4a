# SPDX-License-Identifier: MIT
"""abi/libctr0.symbols is what a Debian package needs to know: each exported symbol, and the release that brought it."""

import pathlib
import re
import tempfile

import abi
from common import SOURCE, Failure, attempt, must_fail

LIST = pathlib.Path(__file__).resolve().parent / "abi" / "libctr0.symbols"
HEAD = "# SPDX-License-Identifier: MIT\nlibctr.so.0 libctr0 #MINVER#\n"
LINE = re.compile(r"^ (\w[\w.]*@[\w.]+) (\d+(?:\.\d+)*)$")
CONTROL = "Source: libctr\n\nPackage: libctr0\nArchitecture: any\n"


def project_version():
    return re.search(r"version: '([\d.]+)'", (SOURCE / "meson.build").read_text())[1]


def numbers(version):
    return [int(part) for part in version.split(".")]


def listed(path):
    if not path.is_file():
        raise Failure(f"{path} is missing")
    found = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith(("#", "libctr.so.0 ")):
            continue
        match = LINE.match(line)
        if not match:
            raise Failure(f"{path.name}:{number}: not a symbol, @, its version, a blank and a release")
        if numbers(match[2]) > numbers(project_version()):
            raise Failure(f"{path.name}:{number}: release {match[2]} is yet to come")
        found[match[1]] = match[2]
    return found


def compare(path, library):
    wanted, there = listed(path), abi.exported(library)
    there |= {f"{version}@{version}" for version in {name.split("@")[1] for name in there}}
    if gone := sorted(set(wanted) - there):
        raise Failure(f"not exported any more: {', '.join(gone)}")
    if new := sorted(there - set(wanted)):
        raise Failure(f"{path.name} lacks: {', '.join(f'{name} {project_version()}' for name in new)}")
    return f"{len(wanted)} symbols"


def as_packaged(path, library):
    """As a Debian package would be judged; of the same version it may lack what it has not been released with."""
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
        base = pathlib.Path(directory)
        (base / "debian").mkdir()
        (base / "debian" / "control").write_text(CONTROL)
        (base / "libctr.so.0").symlink_to(library.resolve())
        status, output = attempt("dpkg-gensymbols", "-plibctr0", f"-v{project_version()}+later", f"-I{path}", "-elibctr.so.0", "-Oout", "-c4", cwd=base)
    if status != 0 or "warning" in output:
        raise Failure(f"dpkg-gensymbols ends with {status}:\n{output}")


def altered(check, library, change):
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
        path = pathlib.Path(directory) / LIST.name
        path.write_text(re.sub(*change, LIST.read_text(), count=1, flags=re.MULTILINE))
        check(path, library)


CHANGES = {
    "a symbol that is gone": (r"^ ctr_add", r" ctr_gone@CTR_0.1 0.1.0\n ctr_add"),
    "a symbol more": (r"^ ctr_add.*\n", ""),
}


def checks(tally, library):
    tally.check("symbols file", compare, LIST, library)
    tally.check("symbols file, by dpkg-gensymbols", as_packaged, LIST, library)
    for name, change in CHANGES.items():
        tally.check(f"symbols file: {name} is noticed", must_fail, name, altered, compare, library, change)
        tally.check(f"symbols file: {name} is noticed by dpkg-gensymbols", must_fail, name, altered, as_packaged, library, change)


def renew(library):
    """Adds what is new; which release brought the rest stays as it is."""
    there = abi.exported(library)
    there |= {f"{version}@{version}" for version in {name.split("@")[1] for name in there}}
    known = listed(LIST) if LIST.exists() else {}
    LIST.write_text(HEAD + "".join(f" {name} {known.get(name, project_version())}\n" for name in sorted(there)))
