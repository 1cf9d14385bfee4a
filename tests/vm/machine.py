# SPDX-License-Identifier: MIT
"""A machine that lives for one list of cases: an emulated processor (no acceleration, so it runs anywhere), a kernel, and a root file
system in memory. It prints on its serial line and powers off; nothing of it stays."""

import pathlib
import subprocess
import tempfile

import archive
import debian
import profiles

HERE = pathlib.Path(__file__).resolve().parent
USER = 1000
MEMORY = 512  # MiB

EMULATORS = {
    "amd64": ["qemu-system-x86_64", "-M", "q35,accel=tcg", "-cpu", "max,la57=off"],
    "arm64": ["qemu-system-aarch64", "-M", "virt,accel=tcg", "-cpu", "cortex-a57"],
}
CONSOLES = {"amd64": "ttyS0", "arm64": "ttyAMA0"}

# Unpacked from the suite that this machine has. The last are what newuidmap is linked with.
PROGRAMS = ["busybox-static", "uidmap", "libc6", "libaudit1", "libcap-ng0", "libselinux1", "libpcre2-8-0"]
WANTED = ("usr/bin/newuidmap", "usr/bin/newgidmap")
LIBRARIES = ("ld-linux*", "libc.so*", "libaudit.so*", "libcap-ng.so*", "libselinux.so*", "libpcre2-8.so*")


class World:
    """A kernel and its arguments, and what happens then: cases, and what root changes before them (now_...)."""

    def __init__(self, name, suite, steps, processor="amd64", arguments="", timeout=300, profiles=False):
        self.name, self.suite, self.steps, self.processor = name, suite, steps, processor
        self.arguments, self.timeout, self.profiles = arguments, timeout, profiles

    @property
    def cases(self):
        """Without what root does between them."""
        return [step for step in self.steps if not step.startswith("now_")]


def programs(processor):
    return debian.packages(debian.own_suite(), processor, PROGRAMS)


def busybox(processor):
    return next(path for path in (programs(processor) / "bin/busybox", programs(processor) / "usr/bin/busybox") if path.is_file())


def system(world, command):
    """The machine's root file system."""
    tree = archive.Archive()
    for name in ("bin", "etc", "usr", "usr/bin", "usr/lib", "lib", "proc", "sys", "dev", "run", "root", "mnt", "home", "profiles", "guest"):
        tree.directory(name)
    tree.directory("tmp", 0o1777)
    tree.directory("home/tester", 0o755, USER)
    tree.file("bin/busybox", busybox(world.processor), 0o755)
    tree.file("bin/ctr", command, 0o755)
    tree.text("etc/passwd", f"root:x:0:0::/root:/bin/sh\ntester:x:{USER}:{USER}::/home/tester:/bin/sh\n")
    tree.text("etc/group", f"root:x:0:\ntester:x:{USER}:\n")
    for name in ("subuid", "subgid"):
        tree.text(f"etc/{name}", "tester:100000:65536\n")
    installed = pathlib.Path(command).resolve().parent.parent.parent / "lib" / "ctr-init"
    if installed.exists():
        tree.file("guest/ctr-init", installed, 0o755)
    tree.tree("guest", HERE / "guest")
    add_mapping_programs(tree, programs(world.processor))
    for file in debian.kernel(world.suite, world.processor).glob("*.ko"):
        tree.file(f"lib/{file.name}", file)
    return tree


def add_mapping_programs(tree, packages):
    """newuidmap and newgidmap with the setuid bit, and the libraries that they load."""
    for name in WANTED:
        tree.file(name, packages / name, 0o4755)
    for pattern in LIBRARIES:
        for path in sorted(packages.glob(f"**/{pattern}")):
            directory = path.relative_to(packages).parent.as_posix()
            for part in [pathlib.PurePath(directory), *pathlib.PurePath(directory).parents][::-1]:
                if part.as_posix() != ".":
                    tree.directory(part.as_posix())
            tree.entry(path.relative_to(packages).as_posix(), path)


def first_files(world, command):
    """What the kernel starts with: an init that makes the root from the archive in it."""
    tree = system(world, command)
    for name, data in profiles.compiled(world.suite).items() if world.profiles else ():
        tree.add(f"profiles/{name}", 0o100644, data)
    tree.text("guest/job", f"steps='{' '.join(world.steps)}'\n")
    first = archive.Archive()
    for name in ("bin", "proc", "new", "dev"):
        first.directory(name)
    first.file("bin/busybox", busybox(world.processor), 0o755)
    first.file("init", HERE / "guest" / "init.sh", 0o755)
    first.add("tree.cpio", 0o100644, tree.data())
    return first.data()


def boot(world, command):
    """What the machine printed, and how the emulator ended: None where it took too long."""
    with tempfile.TemporaryDirectory(prefix="ctr-vm.") as work:
        files, console = pathlib.Path(work, "initrd"), pathlib.Path(work, "console")
        files.write_bytes(first_files(world, command))
        words = f"console={CONSOLES[world.processor]} quiet loglevel=1 panic=-1 mitigations=off {world.arguments}"
        line = [*EMULATORS[world.processor], "-m", str(MEMORY), "-smp", "1", "-nodefaults", "-no-reboot", "-display", "none",
                "-monitor", "none", "-serial", f"file:{console}", "-kernel", str(debian.kernel(world.suite, world.processor) / "vmlinuz"),
                "-initrd", str(files), "-append", words]
        status = ended(line, world.timeout)
        text = console.read_text(errors="replace") if console.exists() else ""
    return text.replace("\r", ""), status


def ended(line, timeout):
    with subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as emulator:
        try:
            return emulator.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if emulator.poll() is None:
                emulator.kill()
