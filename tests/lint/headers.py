# SPDX-License-Identifier: MIT
"""Every public header compiles by itself, as C89 to C23 and as C++98 to C++23, without a warning."""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import common

COMPILERS = {"gcc": "g++", "clang": "clang++"}
C_STANDARDS = ("c89", "c99", "c11", "c17", "c2x")
CXX_STANDARDS = ("c++98", "c++11", "c++14", "c++17", "c++20", "c++2b")
WARNINGS = ("-pedantic", "-Wall", "-Wextra", "-Wshadow", "-Werror")
CXX_WARNINGS = ("-Wold-style-cast",)
C_WARNINGS = ("-Wstrict-prototypes", "-Wmissing-prototypes", "-Wold-style-definition")

# The initialisers are macros: only their use shows whether they compile.
USE = """
int use_of_the_initialisers(void);
int use_of_the_initialisers(void)
{
    ctr_result result = CTR_RESULT_INIT;
    ctr_spawn_options options = CTR_SPAWN_OPTIONS_INIT;
    ctr_event event = CTR_EVENT_INIT;
    ctr_output output = CTR_OUTPUT_INIT;
    ctr_info info = CTR_INFO_INIT;
    uint64_t flags = CTR_MOUNT_OPTIONAL | CTR_MOUNT_CREATE | CTR_MOUNT_NOFOLLOW | CTR_STDIO_APPEND | CTR_NAME_REMOVE |
                     CTR_OPEN_LOOK | CTR_LANDLOCK_READ | CTR_LANDLOCK_BIND | CTR_LANDLOCK_SCOPE_SOCKETS;
    uint32_t ends = CTR_RESULT_CORE_DUMPED | CTR_RESULT_TREE_LEFT;
    ends += result.size + options.size + event.size + output.size + info.size;
    return flags > ends;
}
"""


def programs(source, directory):
    """One program per header, which includes it twice, and one that uses the umbrella header."""
    headers = sorted((source / "include").glob("ctr/*.h"))
    for header in headers:
        text = f"#include <ctr/{header.name}>\n" * 2
        if header.name == "ctr.h" and any(path.name == "container.h" for path in headers):
            text += USE
        path = pathlib.Path(directory) / f"{header.stem}.c"
        path.write_text(text + "typedef int not_empty;\n")
        yield header, path


def commands():
    """(compiler, language, standard, warnings) for every compiler that is installed."""
    for c_compiler, cxx_compiler in COMPILERS.items():
        if shutil.which(c_compiler):
            for standard in C_STANDARDS:
                yield c_compiler, "c", standard, WARNINGS + C_WARNINGS
        if shutil.which(cxx_compiler):
            for standard in CXX_STANDARDS:
                yield cxx_compiler, "c++", standard, WARNINGS + CXX_WARNINGS


def known(compiler, language, standard):
    """Whether a compiler knows a standard: an older one may not know the newest."""
    command = [compiler, f"-std={standard}", "-x", language, "-fsyntax-only", "/dev/null"]
    return subprocess.run(command, capture_output=True, timeout=60).returncode == 0


def compile_one(source, path, compiler, language, standard, warnings):
    command = [compiler, f"-std={standard}", "-x", language, *warnings, "-fsyntax-only",
               "-I", str(source / "include"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


def main():
    source, _ = common.roots(sys.argv)
    findings = common.Findings(source)
    wanted = list(commands())
    usable = [entry for entry in wanted if known(*entry[:3])]
    for compiler, _, standard, _ in (entry for entry in wanted if entry not in usable):
        print(f"{compiler} does not know {standard}: left out")
    for compiler in (name for pair in COMPILERS.items() for name in pair if not shutil.which(name)):
        print(f"{compiler} is not installed: left out")
    if not usable:
        common.skip("no compiler found")
    with tempfile.TemporaryDirectory() as directory, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [(header, entry, pool.submit(compile_one, source, path, *entry))
                for header, path in programs(source, directory) for entry in usable]
        for header, (compiler, _, standard, _), job in jobs:
            status, messages = job.result()
            if status != 0:
                first = messages.strip().splitlines()[:3]
                findings.add(header, 1, f"{compiler} -std={standard}: " + "\n    ".join(first))
    if not jobs:
        findings.add(source / "include/ctr", 1, "no headers found")
    return findings.finish("headers", f"{len(jobs)} compilations")


if __name__ == "__main__":
    sys.exit(main())
