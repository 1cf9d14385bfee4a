# SPDX-License-Identifier: MIT
"""What attacks have in common: the kinds of mount, the ways to name a place of the host, and containers with a name."""
import os

from harness import SETUP_FAILED, assert_ok, ctr

SECRET = "secret of the host"
ROUNDS = int(os.environ.get("CTR_ESCAPE_ROUNDS", "120"))  # of each race

# By kind: the options that make something at a target, from a directory with a file "mark".
KINDS = {
    "directory": lambda source, target: ["-v", f"{source}:{target}"],
    "read-only": lambda source, target: ["-v", f"{source}:{target}:ro"],
    "file": lambda source, target: ["-v", f"{source}/mark:{target}"],
    "tmpfs": lambda source, target: ["--tmpfs", target],
    "content": lambda source, target: ["--file", f"{target}={source}/mark"],
    "link": lambda source, target: ["--symlink", f"{target}=/etc"],
    "dir": lambda source, target: ["--dir", target],
    "device": lambda source, target: ["--device", f"/dev/null:{target}"],
}


def climbing(path):
    """The same place of the host for whoever is below its root, in a relative way."""
    return "../" * 40 + str(path).lstrip("/")


def inside_or_refused(ended):
    """A container that was set up, or not; and nothing of the victim was shown in it."""
    assert ended.code != SETUP_FAILED or ended.err.strip(), "refused without a word"
    assert ended.code in (0, SETUP_FAILED), str(ended)
    assert SECRET not in ended.out + ended.err, str(ended)
    return ended


class Names:
    """The named containers of one state directory."""

    def __init__(self, box, directory):
        self.box, self.state = box, directory / "ctr"
        self.environment = {"XDG_RUNTIME_DIR": str(directory)}

    def __call__(self, command, *args, env=None, **options):
        return ctr(command, *args, env={**self.environment, **(env or {})}, **options)

    def detached(self, name, *args, options=(), **popen):
        """Starts this command under a name, and returns when it runs."""
        return assert_ok(self("run", "-d", "--name", name, "--rootfs", self.box.root, *options, "--", *args, **popen))

    def exec(self, name, *args, options=(), **popen):
        return self("exec", *options, name, "--", *args, **popen)
