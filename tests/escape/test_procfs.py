# SPDX-License-Identifier: MIT
"""What is written through /proc, and what covers it: where others wrote to files of the image, masked with the image's own
null device, or skipped a mask without a word."""
import os
import pathlib
import shutil
import subprocess
import time

import pytest

from harness import SETUP_FAILED, assert_ok, command, need, payload, run, token
from hostile import SECRET, inside_or_refused
from nested import ordinary_in
from test_paths import facts, make_fake
from watch import changes, eventually, tree

pytestmark = pytest.mark.ordinary  # what root might write to the host here would be written

MASKED_FILES = ["/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/timer_list", "/proc/timer_stats"]
MASKED_DIRECTORIES = ["/proc/acpi", "/proc/asound", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"]
SETTINGS = ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/sysrq", "/proc/sys/kernel/modprobe", "/proc/sys/vm/overcommit_memory"]


def contents(paths):
    return {path: pathlib.Path(path).read_text() for path in paths if os.access(path, os.R_OK)}


@pytest.fixture(autouse=True)
def settings_stay():
    before = contents(SETTINGS)
    yield
    assert contents(SETTINGS) == before, "a setting of the host was changed"


def test_writes_of_the_set_up_never_go_to_files_of_an_image(box, tmp_path):
    """runc CVE-2019-16884, CVE-2025-52881; youki CVE-2025-62596: what was to be written to procfs went to a file of the
    image, or was turned into another file of procfs by a link of the image."""
    fake = make_fake(tmp_path / "fake")
    for name in ("self", "thread-self"):
        (fake / name / "oom_score_adj").unlink(missing_ok=True)
        (fake / name / "oom_score_adj").symlink_to("/proc/sys/kernel/core_pattern")
    before = tree(fake)
    mark = token()
    running = box.start("-v", f"{fake}:/proc", "--oom-score-adj", "500", "--time-offset", "boottime=100000", "--hostname", "other", "--",
                        "sh", "-c", f"hostname > /data/name; sleep {mark}")
    process = payload(mark)
    outside = pathlib.Path(f"/proc/{process.pid}")
    assert (outside / "oom_score_adj").read_text() == "500\n"
    assert "NoNewPrivs:\t1" in (outside / "status").read_text() and "Seccomp:\t2" in (outside / "status").read_text()
    assert "100000" in (outside / "timens_offsets").read_text()
    assert (box.root / "data/name").read_text() == "other\n"
    running.kill()
    running.communicate()
    assert not changes(before, tree(fake))


@pytest.mark.parametrize("kind", ["link to a setting", "link to a file", "file"])
def test_masks_are_not_made_of_the_roots_own_null(box, tmp_path, victim, kind):
    """runc CVE-2025-31133, youki CVE-2025-62161: what was bound over a masked path was the image's /dev/null."""
    own = tmp_path / "dev"
    own.mkdir()
    for place in (own, box.root / "dev"):
        if kind == "file":
            (place / "null").write_text("of the image\n")
        else:
            (place / "null").symlink_to("/proc/sys/kernel/core_pattern" if "setting" in kind else victim / "secret")
    before = tree(own)
    there = [path for path in MASKED_FILES if os.path.exists(path)]
    need(there, "a kernel with one of the files that are masked")
    for dev in ([], ["-v", f"{own}:/dev"]):
        for path in there:
            shown = box.sh(f"cat {path}; echo '|/data/evil' > {path}; echo x > /proc/sys/kernel/core_pattern", *dev)
            assert shown.out == "" and shown.code != 0, str(shown)
    assert not changes(before, tree(own))


@pytest.mark.parametrize("trick", ["mount --bind /data/trap /dev/pts/ptmx", "mount --bind /data/trap /dev/ptmx", "rm -f /dev/ptmx; ln -s /data/trap /dev/ptmx",
                                   "mount -t tmpfs none /dev/pts; cp /data/trap /dev/pts/ptmx; cp /data/trap /dev/pts/0",
                                   "rm -f /dev/console /dev/tty; ln -s /data/trap /dev/console; ln -s /data/trap /dev/tty"])
def test_terminal_of_a_further_command_is_no_file_that_the_payload_put_there(names, source, trick):
    """runc CVE-2025-52565: the console's node was bound by a name that the container's side could swap."""
    (source / "trap").write_text(SECRET)
    before = tree(source)
    names.detached("one", "sh", "-c", f"{trick}; touch /tmp/ready; sleep 100", options=[
        "-v", f"{source}:/data", "--cap-add", "ALL", "--security-opt", "seccomp=unconfined", "--security-opt", "unmask=ALL"])
    eventually(lambda: names.exec("one", "test", "-e", "/tmp/ready").code == 0, 5, "the trick")
    ended = names.exec("one", "sh", "-c", "test -t 0 && echo terminal; echo typed", options=["-t"], timeout=10)
    assert ended.code == 0 and "terminal" in ended.out or ended.code == SETUP_FAILED, str(ended)
    assert not changes(before, tree(source))


@pytest.mark.parametrize("options", [[], ["--no-init"], ["--proc", "host"], ["--share", "pid"], ["--net", "host"], ["--user", "1000", "--map", "single"],
                                     ["--security-opt", "proc-opts=hidepid=2"]], ids=" ".join)
@pytest.mark.parametrize("root", ["own", "host"])
def test_every_mask_is_in_force_wherever_it_is_promised(box, root, options):
    """systemd-nspawn, change 40833: masks were skipped for years, because what was to be bound there did not exist."""
    files = [path for path in MASKED_FILES if os.path.exists(path)]
    directories = [path for path in MASKED_DIRECTORIES if os.path.isdir(path)]
    script = "".join(f"cat {path} 2>/dev/null; " for path in files) + "".join(f"ls -A {path} 2>/dev/null; " for path in directories)
    start = box if root == "own" else run
    assert assert_ok(start(*options, "--", "sh", "-c", script + "true")).out == ""


DEVICES = """
for name in zero full random urandom tty; do : > $WORLD/$name; mount --bind /dev/$name $WORLD/$name; done
NULL=$WORLD/null
%s
mount --rbind $WORLD /dev
"""


@pytest.mark.parametrize("null", ["", ": > $NULL", "ln -s zero $NULL", "mkdir $NULL", ": > $NULL; mount --bind /dev/zero $NULL"],
                         ids=["none", "file", "link", "directory", "another"])
def test_host_without_a_null_device_makes_no_container_without_masks(box, tmp_path, null):
    """systemd-nspawn, change 40833: the same, provoked: there is nothing to mask with, so nothing starts."""
    need(os.path.exists("/proc/interrupts"), "no /proc/interrupts to be masked")
    words = ["run", "--map", "single", "--rootfs", box.root, "-v", f"{box.root}:/dev:ro", "--", "cat", "/proc/interrupts"]
    for name, made, code, said in (("without", null, SETUP_FAILED, "cannot mask"), ("twin", ": > $NULL; mount --bind /dev/null $NULL", 1, "denied")):
        world = tmp_path / name
        world.mkdir()
        ended = ordinary_in(DEVICES % made, *words, env={"WORLD": str(world)})
        assert "CPU" not in ended.out and ended.code == code and said in ended.err, str(ended)


def test_sysrq_is_not_to_be_written(box):
    """systemd-nspawn, issue 9891: sysrq-trigger was writable."""
    there = [path for path in ("/proc/sysrq-trigger", "/proc/sys/kernel/sysrq") if os.path.exists(path)]
    need(there, "a kernel with sysrq")
    for options in ([], ["--cap-add", "ALL"], ["--proc", "host"], ["--share", "pid"]):
        for path in there:
            # The help text would go to the kernel's log, and nothing else would happen.
            assert box.sh(f"echo h > {path}", *options).code != 0, path


def test_policy_is_never_read_from_files_beside_or_in_the_root(box, tool, tmp_path):
    """systemd-nspawn CVE-2026-40226: settings that lay beside the image gave it privileges."""
    need(shutil.which("strace"), "no strace")
    program = box.add(tool("facts"))
    wanted = assert_ok(box("--", program)).out
    decoys = ["root.nspawn", "root.json", "config.json", "ctr.json", "ctr.conf", ".ctr", "manifest.json", "seccomp.json"]
    for directory in (tmp_path, box.root, box.root / "etc"):
        for name in decoys:
            (directory / name).write_text('{"capabilities":"ALL","seccomp":"unconfined"}\n[Exec]\nPrivateUsers=no\nCapability=all\n')
    assert assert_ok(box("--", program, cwd=tmp_path)).out == wanted
    log = tmp_path / "trace"
    subprocess.run(["strace", "-e", "trace=file", "-o", log, *command(), "run", "--rootfs", box.root, "--", "true"], cwd=tmp_path, timeout=20,
                   stdin=subprocess.DEVNULL, check=True)
    assert not [name for name in decoys if f"/{name}\"" in log.read_text() or f"\"{name}\"" in log.read_text()]


def test_side_channels_of_the_processor_are_covered(box):
    """moby GHSA-6fw5-f8r9-fgfm, GHSA-jq35-85cj-fj4p: interrupts and the power that is used tell what others do."""
    need(os.path.exists("/proc/interrupts"), "no /proc/interrupts")
    for start in (box, run):
        ended = start("--", "sh", "-c", "cat /proc/interrupts; ls -A /sys/devices/virtual/powercap; true")
        assert assert_ok(ended).out == ""


def test_reader_of_a_masked_file_is_told_and_not_fed(box):
    """A mask that reads as empty is taken for a file that is empty: opening it fails instead, also for user 0."""
    need(os.path.exists("/proc/interrupts"), "no /proc/interrupts")
    begun = time.monotonic()
    ended = box.sh("cat /proc/interrupts")
    assert ended.code != 0 and "denied" in ended.err
    assert time.monotonic() - begun < 5


def test_twin_ordinary_files_of_proc_and_sys_are_there(box, tool):
    seen = facts(assert_ok(box("--", box.add(tool("facts")))))
    assert seen["/proc"] == "9fa0" and seen["/sys"] == "62656572"
    inside_or_refused(box("--", "cat", "/proc/meminfo", "/proc/cpuinfo", "/proc/self/status", "/proc/mounts", "/sys/class/net/lo/mtu"))
