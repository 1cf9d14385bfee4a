#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fuzz.py [--seconds N] [TARGET...]: every parser of what others write, fed with nonsense for a while, under the address
and undefined behaviour sanitizers. Needs clang with its fuzzer; a crash is kept beside the corpus, and named.

What a target tries is compiled here, with the sanitizers; some need the rest of the library besides, as --library has it.
The corpus grows in CORPUS (default: a temporary directory), from seeds that stand here and from real files.
"""
import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import seeds

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent

BASE = ["base/error.cc", "base/ids.cc", "base/text.cc"]
REGISTRY = ["registry/info.cc", "registry/directory.cc", "registry/find.cc", "registry/entry.cc"]


@dataclasses.dataclass(frozen=True)
class Target:
    sources: list        # of lib/ or of the source tree, besides BASE
    seeds: list          # files, or bytes
    library: bool = False
    words: str = ""      # a source file whose quoted words are tried
    names: tuple = ()    # for whom the names of errno and signals are made: namespace, header


def of(place, *names):
    """All sources of a directory, or those of these names."""
    return [str(path.relative_to(SOURCE)) for path in sorted((SOURCE / place).glob("*.cc")) if not names or path.name in names]


TARGETS = {
    "options": Target([*of("tools/ctr"), *of("lib/config"), *of("lib/spec"), "abi/config.cc", "base/json.cc"], seeds.OPTIONS, True,
                      "tools/ctr/options.cc", ("cli", "names.h")),
    "values": Target(of("tools/ctr", "values.cc", "mount_words.cc"), seeds.VALUES),
    "packets": Target([*of("lib/container", "container.cc", "events.cc", "output.cc"), *of("lib/spawn", "gate.cc", "spawn.cc"),
                       "sys/channel.cc"], seeds.PACKETS, True),
    "peer": Target([], seeds.PEER, True),
    "state": Target([*REGISTRY, "sys/file.cc", "sys/socket.cc"], [record + b"\n" + seeds.INFO for record in seeds.RECORDS], True),
    "info": Target(["registry/info.cc"], [seeds.INFO]),
    "ids": Target([], seeds.IDS),
    "profile": Target(["base/json.cc", "base/errno_name.cc", "spec/profile.cc", "spec/capabilities.cc"],
                      sorted((SOURCE / "lib/compile/profiles").glob("*.json")), names=("ctr", "base/errno_name.h")),
    "program": Target(["diagnose/elf.cc"], [pathlib.Path("/bin/true"), pathlib.Path(__file__)]),
    "accounts": Target(["host/accounts.cc", "host/ids.cc", "sys/file.cc"], [pathlib.Path("/etc/passwd"), pathlib.Path("/etc/group")]),
    "mountinfo": Target(["host/mountinfo.cc", "sys/file.cc"], [pathlib.Path("/proc/self/mountinfo")]),
}
COMPILE = ["-std=c++20", "-O1", "-gline-tables-only", "-fsanitize=fuzzer-no-link,address,undefined", "-fno-sanitize-recover=all", "-fno-rtti",
           "-DCTR_CLI_NAME=\"ctr\"", "-DCTR_INIT_PATH=\"/ctr-init\"", "-Dmain=main_of_ctr",
           "-iquote", str(SOURCE / "lib"), "-iquote", str(SOURCE / "tools/ctr"), "-I", str(SOURCE / "include")]
LINK = ["-fsanitize=fuzzer,address,undefined"]
MOST_BYTES = 65536
SKIPPED = 77
PATIENCE = 600  # seconds, for a compiler


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False)


def has_fuzzer(directory):
    program = directory / "empty.cc"
    program.write_text('extern "C" int LLVMFuzzerTestOneInput(unsigned char const*, unsigned long) { return 0; }\n')
    return shutil.which("clang++") is not None and run("clang++", *LINK, program, "-o", directory / "empty").returncode == 0


def place_of(name):
    return SOURCE / name if (SOURCE / name).exists() else SOURCE / "lib" / name


class Objects:
    """Compiles each source once, whichever targets want it."""

    def __init__(self, directory, jobs):
        self.directory = directory
        self.pool = concurrent.futures.ThreadPoolExecutor(jobs)
        self.made = {}

    def compile(self, source):
        made_here = source.is_relative_to(self.directory)
        name = str(source.relative_to(self.directory if made_here else SOURCE)).replace("/", "_")
        target = self.directory / (name + ".o")
        done = run("clang++", *COMPILE, "-c", source, "-o", target)
        return target, done.stderr if done.returncode != 0 else ""

    def names(self, namespace, header):
        """The source that the build makes by a script."""
        source = self.directory / f"names_of_{namespace}.cc"
        if not source.exists():
            run(sys.executable, "-B", SOURCE / "lib/base/names.py", source, namespace, header, "clang++")
        return source

    def want(self, source):
        if source not in self.made:
            self.made[source] = self.pool.submit(self.compile, source)
        return self.made[source]


def sources_of(name, objects):
    target = TARGETS[name]
    made = [objects.names(*target.names)] if target.names else []
    return list(dict.fromkeys([HERE / f"{name}.cc", *made, *map(place_of, BASE), *map(place_of, target.sources)]))


def build(name, objects, library):
    """The program, or nothing after saying why."""
    made = [objects.want(source).result() for source in sources_of(name, objects)]
    faults = [fault for _, fault in made if fault]
    program = objects.directory / name
    if not faults:
        done = run("clang++", *LINK, *(target for target, _ in made), *([library] if TARGETS[name].library else []), "-o", program)
        faults = [done.stderr] if done.returncode != 0 else []
    if faults:
        print(f"FAIL {name}: it does not build\n{faults[0][-3000:]}")
        return None
    return program


def seed(name, corpus):
    corpus.mkdir(parents=True, exist_ok=True)
    for number, source in enumerate(TARGETS[name].seeds):
        content = source if isinstance(source, bytes) else source.read_bytes()[:MOST_BYTES]
        (corpus / f"seed-{number}").write_bytes(content)


def dictionary(name, directory):
    """Options for the fuzzer, with the words that the parser looks for."""
    if not TARGETS[name].words:
        return []
    words = sorted(set(re.findall(r'"([a-z-]+)"', (SOURCE / TARGETS[name].words).read_text())))
    path = directory / f"{name}.dict"
    path.write_text("".join(f'"{prefix}{word}"\n' for word in words for prefix in ("", "\\x0a--")))
    return [f"-dict={path}"]


def fuzz(name, program, corpus, seconds):
    seed(name, corpus)
    words = [str(program), f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", "-timeout=10", "-rss_limit_mb=2048", "-error_exitcode=1",
             f"-artifact_prefix={corpus.parent}/{name}-", *dictionary(name, program.parent), str(corpus)]
    done = subprocess.run(words, capture_output=True, text=True, errors="replace", cwd=program.parent, check=False,
                          env={**os.environ, "TMPDIR": str(program.parent)})
    last = (done.stderr.strip().splitlines() or [""])[-1]
    if done.returncode not in (0, SKIPPED):
        print(f"FAIL {name}\n{done.stderr[:2000]}\n...\n{done.stderr[-4000:]}")
        return "failed"
    print(f"SKIP fuzz: {name}: {last}" if done.returncode == SKIPPED else f"ok {name}: {last}")
    return "skipped" if done.returncode == SKIPPED else "passed"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=max(1, 60 // len(TARGETS)), help="for each target (default: a minute in all)")
    parser.add_argument("--corpus", type=pathlib.Path, help="where the corpus is kept")
    parser.add_argument("--library", type=pathlib.Path, default=SOURCE / "build/lib/libctr.a", help="the rest of the library")
    parser.add_argument("--jobs", type=int, default=int(os.environ.get("CTR_JOBS") or os.cpu_count()), help="compilers at once")
    parser.add_argument("targets", nargs="*", default=list(TARGETS), metavar="TARGET", help=", ".join(TARGETS))
    return parser.parse_args()


def main():
    given = arguments()
    count = {"passed": 0, "failed": 0, "skipped": 0}
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as scratch:
        directory = pathlib.Path(scratch)
        if not has_fuzzer(directory):
            print("SKIP fuzz: clang++ has no fuzzer here (package libclang-rt-dev)")
            print(f"0 passed, 0 failed, {len(given.targets)} skipped")
            return
        objects = Objects(directory, given.jobs)
        lacking = [name for name in given.targets if TARGETS[name].library and not given.library.is_file()]
        for name in lacking:
            print(f"SKIP fuzz: {name} needs {given.library} (--library)")
        for source in (source for name in given.targets if name not in lacking for source in sources_of(name, objects)):
            objects.want(source)
        for name in (name for name in given.targets if name not in lacking):
            program = build(name, objects, given.library)
            corpus = (given.corpus or directory).resolve() / f"corpus-{name}"
            count["failed" if program is None else fuzz(name, program, corpus, given.seconds)] += 1
        count["skipped"] += len(lacking)
    print(", ".join(f"{number} {how}" for how, number in count.items()))
    sys.exit(1 if count["failed"] else 0)


if __name__ == "__main__":
    main()
