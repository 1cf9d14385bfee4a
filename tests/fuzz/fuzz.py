#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fuzz.py [--seconds N] [TARGET...]: every parser of what others write, fed with nonsense for a while, under the address
and undefined behaviour sanitizers. Needs clang with its fuzzer; a crash is kept beside the corpus, and named.

The corpus grows in CORPUS (default: a temporary directory), from real files.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
SKIPPED = 77

BASE = ["base/error.cc", "base/ids.cc", "base/text.cc"]
# As lib/registry/info.cc writes it.
INFO = "".join(field + "\0" for field in
               "ctr-info-1 1 1 1 1 1 0 4095 1 7 1024 4096 0 0 2 4 24 /root / 0 0 default 2 sh -c".split()).encode()
# target: the sources of lib/ that it needs, and what it begins with
TARGETS = {
    "profile": (["base/json.cc", "spec/profile.cc", "spec/capabilities.cc"], sorted((SOURCE / "lib/compile/profiles").glob("*.json"))),
    "info": (["registry/info.cc"], [INFO]),
    "program": (["diagnose/elf.cc"], [pathlib.Path("/bin/true"), pathlib.Path(__file__)]),
    "accounts": (["host/accounts.cc", "host/ids.cc", "sys/file.cc"], [pathlib.Path("/etc/passwd"), pathlib.Path("/etc/group")]),
    "mountinfo": (["host/mountinfo.cc", "sys/file.cc"], [pathlib.Path("/proc/self/mountinfo")]),
}
FLAGS = ["-std=c++20", "-O1", "-g", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all", "-fno-rtti"]
MOST_BYTES = 65536


def has_fuzzer(directory):
    program = directory / "empty.cc"
    program.write_text('extern "C" int LLVMFuzzerTestOneInput(unsigned char const*, unsigned long) { return 0; }\n')
    words = ["clang++", *FLAGS, str(program), "-o", str(directory / "empty")]
    return shutil.which("clang++") is not None and subprocess.run(words, capture_output=True, check=False).returncode == 0


def build(name, directory):
    sources = [HERE / f"{name}.cc", *(SOURCE / "lib" / source for source in BASE + TARGETS[name][0])]
    program = directory / name
    words = ["clang++", *FLAGS, "-iquote", str(SOURCE / "lib"), "-I", str(SOURCE / "include"), *map(str, sources), "-o", str(program)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"FAIL {name}: it does not build\n{done.stderr[-3000:]}")
        return None
    return program


def seed(name, corpus):
    corpus.mkdir(parents=True, exist_ok=True)
    for number, source in enumerate(TARGETS[name][1]):
        content = source if isinstance(source, bytes) else source.read_bytes()[:MOST_BYTES]
        (corpus / f"seed-{number}").write_bytes(content)


def fuzz(name, program, corpus, seconds):
    seed(name, corpus)
    words = [str(program), f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", "-timeout=10", "-rss_limit_mb=2048",
             f"-artifact_prefix={corpus.parent}/{name}-", str(corpus)]
    done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        print(f"FAIL {name}\n{done.stderr[-4000:]}")
        return False
    print(f"ok {name}: {done.stderr.strip().splitlines()[-1]}")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=10, help="for each target (default 10)")
    parser.add_argument("--corpus", type=pathlib.Path, help="where the corpus is kept")
    parser.add_argument("targets", nargs="*", default=list(TARGETS), metavar="TARGET", help=", ".join(TARGETS))
    given = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as scratch:
        directory = pathlib.Path(scratch)
        if not has_fuzzer(directory):
            print("SKIP fuzz: clang++ has no fuzzer here (package libclang-rt-dev)")
            print(f"0 passed, 0 failed, {len(given.targets)} skipped")
            return
        for name in given.targets:
            program = build(name, directory)
            good = program is not None and fuzz(name, program, (given.corpus or directory) / f"corpus-{name}", given.seconds)
            passed, failed = passed + good, failed + (not good)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
