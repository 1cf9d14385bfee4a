# SPDX-License-Identifier: MIT
"""The host's side under valgrind: no wrong access, no leak of memory, no descriptor left open.

  memcheck.py BUILD   runs examples and tests/host programs of the build

What is started in containers is not watched. Valgrind cannot execute memory files, so ctr-init is a file here; see
valgrind_shim.c. The system calls that it does not know (pidfd_open, pidfd_send_signal, clone3) fail with ENOSYS, as they do on old
kernels, so what is tried is also what the library does without them.
"""

import os
import pathlib
import re
import shutil
import sys
import tempfile

from common import SOURCE, Failure, Skip, Tally, attempt, compiler, must_fail, run

import install

EXAMPLES = ["hello", "capture", "deadline", "mounts", "errors", "many", "events", "exec", "terminal", "cancel", "names"]
HOST = ["api", "arguments", "bad_input", "environment", "stdio", "capture", "overrides", "state"]
FAULTY = 99
VALGRIND = ["valgrind", "--quiet", "--tool=memcheck", f"--error-exitcode={FAULTY}", "--leak-check=full", "--track-fds=yes",
            "--child-silent-after-fork=yes", "--num-callers=30"]
OPEN = re.compile(r"Open (.+)\n==\d+==    (.*)")
# The dying words of --track-fds; the three standard ones are not among them.
LISTED = re.compile(r"FILE DESCRIPTORS: \d+ open")


class Memcheck:
    def __init__(self, base, build):
        self.base = base
        self.build = build
        self.shim = base / "shim.so"
        self.init = base / "ctr-init"
        shutil.copyfile(build / "lib" / "ctr-init", self.init)
        self.init.chmod(0o755)
        run(*compiler(), "-shared", "-fPIC", SOURCE / "tests" / "hygiene" / "valgrind_shim.c", "-o", self.shim)

    def watched(self, program, *words):
        """Runs a program under valgrind; fails where it fails, and where valgrind has something to say."""
        log = self.base / "log"
        environment = {**os.environ, "LD_PRELOAD": str(self.shim), "CTR_TEST_INIT": str(self.init)}
        status, output = attempt(*VALGRIND, f"--log-file={log}", program, *words, env=environment, cwd=self.base)
        report = log.read_text(errors="replace")
        if not LISTED.search(report):
            raise OSError(f"valgrind did not come to its end:\n{report[-2000:]}")
        if status == FAULTY:
            raise Failure(report[-6000:])
        if left := [what for what, where in OPEN.findall(report) if where != "<inherited from parent>"]:
            raise Failure(f"left open: {', '.join(left)}\n{report[-4000:]}")
        if status != 0:
            raise Failure(f"it ends with {status}:\n{output[-2000:]}")

    def made(self, text):
        source = self.base / "faulty.c"
        source.write_text(text)
        run(*compiler(), "-O0", "-w", source, "-o", source.with_suffix(""))
        return source.with_suffix("")


FAULTS = {
    "memory that leaks": "#include <stdlib.h>\nint main(void) { char *volatile lost = malloc(100); lost = 0; return lost != 0; }\n",
    "memory that was freed": "#include <stdlib.h>\nint main(void) { char *volatile p = malloc(9); free(p); return p[1] == 'x'; }\n",
    "a descriptor left open": "#include <unistd.h>\nint main(void) { return dup(0) < 0; }\n",
    "a wrong status": "int main(void) { return 3; }\n",
}


def checks(tally, memcheck):
    for name, text in FAULTS.items():
        tally.check(f"valgrind notices {name}", lambda name=name, text=text: must_fail(name, memcheck.watched, memcheck.made(text)))
    for name in EXAMPLES:
        tally.check(f"valgrind: example {name}", memcheck.watched, memcheck.build / "examples" / name)
    for name in HOST:
        tally.check(f"valgrind: host test {name}", memcheck.watched, memcheck.build / "tests" / "host" / name, memcheck.build / "tests" / "host" / "payload")


def prerequisites():
    if not install.containers_can_be_made():
        raise Skip("no user namespace can be made here")
    return run("valgrind", "--version").strip()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    tally = Tally()
    tally.check("valgrind is there, and containers can be made", prerequisites)
    if tally.passed:
        with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
            checks(tally, Memcheck(pathlib.Path(directory), pathlib.Path(sys.argv[1]).resolve()))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
