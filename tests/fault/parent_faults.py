# SPDX-License-Identifier: MIT
"""parent_faults.py SPAWN_ONCE PAYLOAD [RUNS]: every system call that the host makes from the start of ctr_spawn, or of
ctr_exec, to the end of ctr_wait fails in turn, or the host is killed at it. It ends in time with success or a clear
error, and nothing is left: no process, mount, file or descriptor.

strace makes the faults. It does not follow forks, so it is the host alone that is hit.
"""

import collections
import ctypes
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SKIPPED, BROKEN = 77, 99
SECONDS_PER_RUN = 10
SECONDS_IN_ALL = 110
PR_SET_CHILD_SUBREAPER = 36
WALL = 0x40000000
# What spawn_once is told: how ids are mapped, and what is started.
MODES = {"auto": ["0"], "single": ["1"], "named": ["1", "named"], "a further command": ["1", "join"]}

# What the kernel may answer. A fault that strace makes does not make the call, so what always works is left out: a
# close that "fails" is a descriptor that strace leaves, a wait that "fails" a zombie, a heap that "cannot" grow.
FAULTS = {
    "bind": ["EACCES"],
    "clone3": ["EAGAIN", "ENOSPC", "ENOSYS", "EPERM", "ENOMEM"],
    "clone": ["EAGAIN", "EPERM"],
    "fcntl": ["EMFILE"],
    "flock": ["EINTR", "EAGAIN", "ENOLCK"],
    "listen": ["EOPNOTSUPP"],
    "mkdir": ["EACCES"],
    "mkdirat": ["ENOSPC", "EACCES"],
    "renameat": ["ENOSPC"],
    "socket": ["EMFILE", "ENOMEM"],
    "pwrite64": ["ENOSPC"],
    "fchmod": ["EPERM"],
    "fstat": ["EIO"],
    "ftruncate": ["ENOSPC"],
    "getcwd": ["ENOENT"],
    "getdents64": ["EIO"],
    "memfd_create": ["EMFILE", "ENOSYS", "EINVAL", "ENOMEM"],
    "mmap": ["ENOMEM"],
    "newfstatat": ["EACCES", "ENOENT"],
    "openat": ["EMFILE", "EACCES", "ENOENT", "EINTR"],
    "openat2": ["ENOSYS", "EAGAIN", "EACCES"],
    "pidfd_open": ["ENOSYS", "EMFILE"],
    "pidfd_send_signal": ["ENOSYS"],
    "pipe2": ["EMFILE"],
    "poll": ["EINTR"],
    "ppoll": ["EINTR", "ENOMEM"],
    "pread64": ["EIO"],
    "read": ["EIO", "EINTR"],
    "readlink": ["EACCES"],
    "readlinkat": ["EACCES"],
    "recvmsg": ["EINTR", "ENOMEM"],
    "sendmsg": ["EINTR", "ENOBUFS", "ETOOMANYREFS"],
    "socketpair": ["EMFILE"],
    "statx": ["EACCES"],
    "waitid": ["EINTR"],
    "write": ["EIO", "EINTR", "EPERM"],
}
NEVER_FAIL = {"access", "brk", "capget", "chdir", "clock_gettime", "clock_nanosleep", "close", "exit_group",
              "faccessat", "faccessat2", "fstatfs", "futex", "getegid", "geteuid", "getgid", "getpid", "getrandom",
              "gettid", "getuid", "lseek", "madvise", "mprotect", "munmap", "prctl", "prlimit64", "rt_sigaction",
              "rt_sigpending", "rt_sigprocmask", "statfs", "unlinkat"}


class Failure(Exception):
    pass


def skip(reason):
    print(f"SKIP parent_faults: {reason}")
    sys.exit(SKIPPED)


def adopt_orphans():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        skip("this process cannot become a subreaper")


def children():
    return [int(pid) for task in os.listdir("/proc/self/task")
            for pid in pathlib.Path(f"/proc/self/task/{task}/children").read_text().split()]


def collect():
    """Whether no child is left; ended ones are collected."""
    try:
        while os.waitpid(-1, os.WNOHANG | WALL)[0] > 0:
            pass
    except ChildProcessError:
        return True
    return False


def end_children():
    names = []
    for _ in range(100):
        for pid in children():
            try:
                names.append(pathlib.Path(f"/proc/{pid}/stat").read_text()[:60])
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        if collect():
            break
        time.sleep(0.01)
    return names


def all_gone(seconds):
    deadline = time.monotonic() + seconds
    while not collect():
        if time.monotonic() > deadline:
            raise Failure(f"processes are left after {seconds} s: {end_children()}")
        time.sleep(0.001)


class World:
    """One directory that holds everything the host uses, so that what is left can be seen."""

    def __init__(self, directory, spawn_once, payload):
        self.spawn_once = spawn_once
        self.directory = directory
        os.chmod(directory, 0o755)
        self.root = os.path.join(self.directory, "root")
        os.mkdir(self.root, 0o755)
        shutil.copy(payload, os.path.join(self.root, "payload"))
        self.states = os.path.join(self.directory, "state")
        status, output = self.run([], "auto", "ask")  # makes the mount points that stay
        if status == SKIPPED:
            print(output)
            sys.exit(SKIPPED)
        if status != 0:
            print(f"FAIL without any fault: status {status}: {output}")
            sys.exit(1)
        if self.run([], "named")[0] != 0:
            print("FAIL without any fault: a container with a name does not run")
            sys.exit(1)
        self.before = self.state()

    def state(self):
        files = {}
        for place, directories, names in os.walk(self.directory):
            for name in directories + names:
                info = os.lstat(os.path.join(place, name))
                files[os.path.join(place, name)] = (info.st_mode, info.st_uid, info.st_size if name in names else 0)
        return files, pathlib.Path("/proc/self/mountinfo").read_text()

    def sweep(self):
        """What is left of names is taken away by whoever looks next, and nobody has one any more."""
        status, output = self.run([], "auto", "sweep")
        if status != 0 or output != "0 names":
            raise Failure(f"names are left: {output} {os.listdir(self.states)}")

    def check(self):
        after = self.state()
        if after[0] != self.before[0]:
            raise Failure(f"files are left or changed: {sorted(set(self.before[0].items()) ^ set(after[0].items()))}")
        if after[1] != self.before[1]:
            raise Failure("the mounts of the host have changed")

    def run(self, prefix, mode, *words):
        """The status and the output of the program below strace, or alone."""
        command = [*prefix, self.spawn_once, self.root, *MODES[mode], *words]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   cwd=self.directory, env={"PATH": "/usr/bin:/bin"}, start_new_session=True)
        try:
            output = process.communicate(timeout=SECONDS_PER_RUN)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output = process.communicate()[0].decode(errors="replace")
            end_children()
            raise Failure(f"it has not ended within {SECONDS_PER_RUN} s: {output}") from None
        return process.returncode, output.strip()


def calls_of(world, mode):
    """name → (calls before the first mark, calls between the marks)."""
    log = os.path.join(world.directory, "strace.log")
    status, output = world.run(["strace", "-o", log], mode)
    lines = pathlib.Path(log).read_text().splitlines()
    os.unlink(log)
    if status != 0:
        skip(f"the program does not run below strace: {output}")
    before, between = collections.Counter(), collections.Counter()
    marks = 0
    for line in lines:
        name = line.split("(")[0]
        marks += line.startswith('chdir("/ctr-test/')
        if not name.isidentifier() or name == "chdir":
            continue
        if marks < 2:
            (before if marks == 0 else between)[name] += 1
    if marks != 2:
        skip(f"strace saw {marks} marks")
    return {name: (before[name], count) for name, count in between.items()}


def all_faults(world):
    """(mode, call, which one, fault) for every fault there is."""
    found = []
    unknown = set()
    for mode in MODES:
        calls = calls_of(world, mode)
        print(f"{mode}: {sum(count for _, count in calls.values())} calls of "
              f"{', '.join(f'{name} {count}' for name, (_, count) in sorted(calls.items()))}")
        unknown |= calls.keys() - FAULTS.keys() - NEVER_FAIL
        for name, (before, count) in calls.items():
            for which in range(before + 1, before + count + 1):
                found += [(mode, name, which, f"error={fault}") for fault in FAULTS.get(name, [])]
                found.append((mode, name, which, "signal=KILL"))
    if unknown:
        print(f"not known, so only killed at: {', '.join(sorted(unknown))}")
    return found


def sample(faults, most):
    """At most so many, and of every call and fault at least one."""
    if len(faults) <= most:
        return faults
    chooser = random.Random(most)
    kinds = {}
    for fault in faults:
        kinds.setdefault((fault[0], fault[1], fault[3]), []).append(fault)
    chosen = [chooser.choice(kind) for kind in kinds.values()]
    rest = [fault for fault in faults if fault not in chosen]
    return chosen + chooser.sample(rest, max(0, most - len(chosen)))


def try_fault(world, mode, name, which, fault):
    status, output = world.run(["strace", "-o", "/dev/null", "-e", f"trace={name}", "-e",
                                f"inject={name}:{fault}:when={which}"], mode)
    all_gone(1)
    if mode == "named":
        world.sweep()
    world.check()
    if fault == "signal=KILL" and status == -signal.SIGKILL:
        return "killed"
    if status != 0:
        raise Failure(f"status {status}: {output}")
    return "succeeded" if output.startswith("kind") else "failed clearly"


def try_all(world, faults):
    outcomes = collections.Counter()
    failures = collections.Counter()
    begun = time.monotonic()
    for number, (mode, name, which, fault) in enumerate(faults):
        if time.monotonic() - begun > SECONDS_IN_ALL:
            print(f"SKIP parent_faults: the time is up after {number} of {len(faults)} faults")
            break
        try:
            outcomes[try_fault(world, mode, name, which, fault)] += 1
        except Failure as failure:
            failures[name] += 1
            if failures[name] <= 3:
                print(f"FAIL {mode}: {name} {fault} at call {which}: {failure}")
            end_children()
    print(", ".join(f"{count} {what}" for what, count in outcomes.items()))
    return sum(outcomes.values()), sum(failures.values())


def main():
    if len(sys.argv) < 3:
        sys.exit(2)
    if not shutil.which("strace"):
        skip("strace is not installed")
    sys.stdout.reconfigure(line_buffering=True)
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="ctr-test.") as directory:
        world = World(directory, os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
        faults = all_faults(world)
        chosen = sample(faults, int(sys.argv[3]) if len(sys.argv) > 3 else 380)
        print(f"{len(chosen)} of {len(faults)} faults")
        passed, failed = try_all(world, chosen)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
