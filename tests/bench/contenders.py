# SPDX-License-Identifier: MIT
"""Who takes part in the spawn benchmark, and with which command."""

import dataclasses
import json
import os
import pathlib
import shutil

# What libctr masks and makes read-only by default, as far as this machine has it. floor.c has the same lists.
MASKED = ["/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
          "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/sys/devices/virtual/powercap", "/sys/firmware"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
# bubblewrap's --proc covers these itself.
COVERED_BY_BUBBLEWRAP = {"/proc/bus", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}

FLOOR = "floor"
API = "libctr API"
CTR_RUN = "ctr run"
BUBBLEWRAP = "bubblewrap"
BARE_API = "libctr API, bare"
BARE_CTR_RUN = "ctr run, bare"
SMALL_HOST = "libctr API, 10 MiB host"
BIG_HOST = "libctr API, 4 GiB host"

GIBIBYTE = 1 << 30
# No cgroup limits are asked for, and this crun refuses to start where both versions of cgroups are mounted.
# An outer namespace, entered once before the first round, hides them from it.
HIDE_CGROUPS = 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"'


# What libctr does by default and neither the floor nor bubblewrap does.
BARE_OPTIONS = ["--security-opt", "seccomp=unconfined", "--keyring", "inherit"]


@dataclasses.dataclass
class Contender:
    """A command that answers rounds (see rounds.h). With `missing` set it cannot take part here."""
    name: str
    command: list = dataclasses.field(default_factory=list)
    note: str = ""
    missing: str = ""
    required: bool = False
    otherwise: "Contender | None" = None  # tried where this one fails


@dataclasses.dataclass
class Place:
    """Where the programs and the scratch files are."""
    programs: pathlib.Path  # the build directory of tests/bench
    ctr: list  # a program, and what goes between it and `run`
    work: pathlib.Path

    @property
    def root(self):
        return self.work / "root"

    def program(self, name):
        return str(self.programs / name)

    def timed(self, command):
        return [self.program("timer"), *map(str, command)]


def all_contenders(place):
    return [
        Contender(FLOOR, [place.program("floor"), str(place.root), "/bin/true"], "bare C, no init", required=True),
        api(place, API, 0, ""),
        api(place, BARE_API, 0, "no filter, no keyring: as the floor", "--bare"),
        api(place, "libctr API, new configs", 0, "a config for every spawn, its first", "--fresh"),
        ctr_run(place, CTR_RUN, "--map single"),
        ctr_run(place, BARE_CTR_RUN, "no filter, no keyring: as bubblewrap", *BARE_OPTIONS),
        ctr_run_with_ranges(place),
        bubblewrap(place),
        unshare(place),
        crun(place),
        runc(place),
        api(place, SMALL_HOST, 10, ""),
        api(place, "libctr API, 1 GiB host", 1024, ""),
        api(place, BIG_HOST, 4096, ""),
        Contender("posix_spawn", place.timed([place.root / "bin/true"]), "no container", required=True),
    ]


def api(place, name, mebibytes, note, *options):
    # Half as much again must be free: the other hosts run at the same time, and so do other people's programs.
    needed = mebibytes * (1 << 20) * 3 // 2
    if mebibytes >= 1024 and available_memory() < needed:
        return Contender(name, missing=f"needs {needed / GIBIBYTE:.1f} GiB of available memory, "
                                       f"has {available_memory() / GIBIBYTE:.1f}")
    command = [place.program("spawn_bench"), *options, str(mebibytes), str(place.root), "/bin/true"]
    return Contender(name, command, note, required=mebibytes < 1024)


def ctr_run(place, name, note, *options):
    command = [*place.ctr, "run", "--map", "single", *options, "--rootfs", place.root, "--", "/bin/true"]
    return Contender(name, place.timed(command), note, required=True)


def ctr_run_with_ranges(place):
    name = CTR_RUN + ", subid ranges"
    if os.getuid() == 0:
        return Contender(name, missing="a privileged caller needs no ranges")
    command = [*place.ctr, "run", "--map", "subid", "--rootfs", place.root, "--", "/bin/true"]
    return Contender(name, place.timed(command), "newuidmap, newgidmap")


# It cannot mount a sysfs. A bind of /sys brings all that is mounted below along, each with a remount of its own,
# so it gets a tmpfs instead, which costs about what a sysfs does.
def bubblewrap(place):
    if not shutil.which("bwrap"):
        return Contender(BUBBLEWRAP, missing="bwrap is not installed")
    command = ["bwrap", "--unshare-all", "--uid", "0", "--gid", "0", "--clearenv", "--new-session", "--die-with-parent",
               "--bind", place.root, "/", "--proc", "/proc", "--dev", "/dev", "--mqueue", "/dev/mqueue",
               "--tmpfs", "/sys", "--tmpfs", "/tmp"]
    for path in filter(os.path.exists, MASKED):
        command += ["--tmpfs", path, "--remount-ro", path] if os.path.isdir(path) else ["--ro-bind", "/dev/null", path]
    for path in filter(os.path.exists, READ_ONLY):
        if path not in COVERED_BY_BUBBLEWRAP:
            command += ["--ro-bind", path, path]
    return Contender(BUBBLEWRAP, place.timed(command + ["--", "/bin/true"]), "no time namespace; a tmpfs for the sysfs")


def unshare(place):
    if not shutil.which("unshare"):
        return Contender("unshare", missing="unshare is not installed")
    command = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--net", "--uts", "--ipc",
               "--cgroup", "--time", "--root", place.root, "--mount-proc", "/bin/true"]
    return Contender("unshare", place.timed(command), "mounts /proc and nothing else")


def crun(place):
    if not shutil.which("crun"):
        return Contender("crun", missing="crun is not installed")
    command = ["crun", "--root", place.work / "crun-state", "--cgroup-manager=disabled", "run", "--bundle",
               write_bundle(place, "crun", os.getuid(), os.getgid()), "ctr-bench-crun"]
    inner = ["crun", "--root", place.work / "crun-state", "--cgroup-manager=disabled", "run", "--bundle",
             write_bundle(place, "crun-nested", 0, 0), "ctr-bench-crun"]
    wrapper = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", HIDE_CGROUPS, "sh"]
    nested = Contender("crun", wrapper + place.timed(inner), "no time namespace; nested, to hide cgroups")
    return Contender("crun", place.timed(command), "no time namespace; cgroups off", otherwise=nested)


def runc(place):
    path = shutil.which("runc", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not path:
        return Contender("runc", missing="runc is not installed")
    command = [path, "--root", place.work / "runc-state", "run", "--bundle",
               write_bundle(place, "runc", os.getuid(), os.getgid()), "ctr-bench-runc"]
    return Contender("runc", place.timed(command), "no time namespace")


def write_bundle(place, name, uid, gid):
    bundle = place.work / name
    bundle.mkdir()
    (bundle / "config.json").write_text(json.dumps(bundle_config(place, uid, gid), indent=1))
    return bundle


def bundle_config(place, uid, gid):
    """An OCI configuration with the namespaces and mounts of libctr's default, as `spec --rootless` would write it."""
    namespaces = ["user", "mount", "pid", "network", "uts", "ipc", "cgroup"]
    return {
        "ociVersion": "1.0.2",
        "process": {"terminal": False, "user": {"uid": 0, "gid": 0}, "args": ["/bin/true"], "cwd": "/",
                    "env": ["PATH=/usr/bin:/bin"], "noNewPrivileges": True},
        "root": {"path": str(place.root), "readonly": False},
        "mounts": bundle_mounts(),
        "linux": {
            "namespaces": [{"type": kind} for kind in namespaces],
            "uidMappings": [{"containerID": 0, "hostID": uid, "size": 1}],
            "gidMappings": [{"containerID": 0, "hostID": gid, "size": 1}],
            "maskedPaths": MASKED,
            "readonlyPaths": READ_ONLY,
        },
    }


def bundle_mounts():
    safe = ["nosuid", "nodev", "noexec"]
    rows = [("/proc", "proc", safe),
            ("/dev", "tmpfs", ["nosuid", "mode=755"]),
            ("/dev/pts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]),
            ("/dev/shm", "tmpfs", safe + ["mode=1777"]),
            ("/dev/mqueue", "mqueue", safe),
            ("/sys", "sysfs", safe + ["ro"]),
            ("/tmp", "tmpfs", ["nosuid", "nodev", "mode=1777"])]
    return [{"destination": place, "type": kind, "source": kind, "options": options} for place, kind, options in rows]


def available_memory():
    """Bytes that may be used: what the machine has free, and no more than a memory cgroup allows."""
    amounts = []
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            amounts.append(int(line.split()[1]) * 1024)
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            amounts.append(int(pathlib.Path(limit).read_text()))
        except (OSError, ValueError):
            continue  # no such cgroup, or "max"
    return min(amounts, default=0)
