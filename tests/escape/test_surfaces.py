# SPDX-License-Identifier: MIT
"""Terminals, sockets, keys, control groups and the kernel's calls: what reaches the host without a file."""
import array
import os
import pathlib
import platform
import select
import socket
import subprocess
import threading

import pytest

from harness import assert_ok, command, need, run, token
from nested import ordinary_in
from test_terminal import Outer
from watch import eventually, processes, tree

pytestmark = pytest.mark.ordinary  # what root might write to the host here would be written
X86_64 = platform.machine() == "x86_64"
TIOCSTI, TIOCLINUX, TIOCGWINSZ, FIONREAD = 0x5412, 0x541c, 0x5413, 0x541b
PROFILES = ["default", "build", "strict", "contained", "crabcan"]
OPEN = ["--security-opt", "seccomp=unconfined"]


def seccomp(name):
    return ["--security-opt", f"seccomp={name}"]


# -------------------------------------------------------------------------------------------------------- terminals

@pytest.mark.parametrize("profile", [*PROFILES, "unconfined"])
@pytest.mark.parametrize("act", ["inject", "paste"])
def test_nothing_is_typed_into_the_callers_terminal(box, probe, profile, act):
    """bubblewrap and flatpak CVE-2017-5226, lxc CVE-2016-10124, util-linux CVE-2016-2779; flatpak CVE-2023-28100: TIOCSTI and
    TIOCLINUX typed into the terminal of whoever started the sandbox. Also without any filter."""
    for options in ([], ["--no-init"], ["--cap-add", "ALL"], ["--user", "1000", "--map", "single"]):
        with Outer("run", "--rootfs", box.root, *seccomp(profile), *options, "--", box.add(probe("terminal")), act) as outer:
            outer.expect(r"TIOC\w+: ")
            outer.end()
            assert "injected" not in outer.seen
            assert not select.select([outer.slave], [], [], 0.05)[0], "something was typed"


@pytest.mark.parametrize("profile", PROFILES)
def test_ioctl_is_compared_by_the_bits_that_the_kernel_takes(box, probe, profile):
    """snapd CVE-2019-7303, flatpak CVE-2019-10063: the command of ioctl has 32 bits, and the filter compared 64."""
    program = box.add(probe("calls"))
    bad = [f"ioctl:0:{code | high << 32}" for code in (TIOCSTI,) for high in (0, 1, 0xffffffff, 0x80000000, 0xabcd)]
    paste = [f"ioctl:0:{TIOCLINUX | high << 32}" for high in (0, 1, 0xffffffff)] if profile in PROFILES[:3] else []
    with Outer("run", "-t", "--rootfs", box.root, *seccomp(profile), "--", program, *bad, *paste) as outer:
        outer.end()
        assert outer.seen.split() == ["EPERM"] * len(bad + paste), outer.seen
    with Outer("run", "-t", "--rootfs", box.root, *OPEN, "--", program, bad[0]) as outer:
        outer.end()
        assert outer.seen.split() == ["EFAULT"], "the twin: without a filter the call reaches the container's own terminal"


@pytest.mark.parametrize("profile", PROFILES)
def test_twin_other_ioctls_of_terminals_work(box, probe, profile):
    """A comparison by mask would deny these with TIOCSTI."""
    with Outer("run", "-t", "--rootfs", box.root, *seccomp(profile), "--", box.add(probe("calls")), f"ioctl:0:{TIOCGWINSZ}",
               f"ioctl:0:{FIONREAD}") as outer:
        outer.end()
        assert outer.seen.split() == ["EFAULT", "EFAULT"], outer.seen


def test_names_and_words_write_no_escape_sequences(names, tmp_path):
    """flatpak CVE-2023-28101: names with escape sequences hid permissions in what the command line printed."""
    evil = "\x1b]0;owned\x07\x1b[31m\x9b2J\r"
    names.detached("one", "sh", "-c", "sleep 100", evil)
    (names.state / "\x1b[31mred").mkdir(mode=0o700)
    (names.box.root / "etc/passwd").write_text(f"{evil}:x:0:0::/:/bin/sh\n")
    for words in (["ps", "-a"], ["inspect", "one"], ["ps", "--json", "-a"], ["inspect", evil], ["rm", evil], ["logs", evil],
                  ["explain", "--", "true", evil],
                  ["run", "--rootfs", names.box.root, "-v", f"{source_of(tmp_path, evil)}:/{evil}x", "-v", "/nope:/x", "--", "true"],
                  ["run", "--rootfs", names.box.root, "--user", evil, "--", "true"], ["run", "--rootfs", names.box.root, "--", evil],
                  ["run", "--rootfs", names.box.root, "--report", tmp_path / "report", "--dir", f"/{evil}", "--", "true"]):
        ended = names(*words)
        said = ended.raw + ended.raw_err
        assert b"\x1b" not in said and b"\x07" not in said and b"\r" not in said and "\x9b".encode() not in said, f"{words}\n{said!r}"
    (names.state / "\x1b[31mred").rmdir()


def source_of(directory, name):
    made = directory / f"source{name}"
    made.mkdir()
    return made


# ----------------------------------------------------------------------------------------------------------- sockets

@pytest.fixture
def abstract():
    """A server of the host on an abstract socket, which counts who connects."""
    name = f"ctr-escape-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0" + name)
        server.listen(8)
        server.setblocking(False)
        yield name, server


def connections(server):
    count = 0
    while True:
        try:
            server.accept()[0].close()
            count += 1
        except BlockingIOError:
            return count


def reach_abstract(box, tool, name, *options):
    return box(*options, "--", box.add(tool("reach")), "abstract", name).out.strip()


def test_abstract_sockets_of_the_host_are_in_reach_only_with_its_network(box, tool, abstract):
    """containerd CVE-2020-15257: an abstract socket of the host's daemon was in reach with the host's network."""
    name, server = abstract
    for options in ([], ["--cap-add", "ALL"], OPEN, ["--no-init"], ["--share", "ipc,uts,cgroup,time"]):
        assert reach_abstract(box, tool, name, *options) == "ECONNREFUSED", options
    assert connections(server) == 0
    assert reach_abstract(box, tool, name, "--net", "host") == "connected"  # the twin
    assert connections(server) == 1


def test_abstract_sockets_are_out_of_reach_by_landlock_where_the_network_is_the_hosts(box, tool, abstract):
    """containerd CVE-2020-15257, closed without a network namespace."""
    name, server = abstract
    ended = box("--net", "host", "--landlock", "scope=sockets", "--", box.add(tool("reach")), "abstract", name)
    need("andlock" not in ended.err, "Landlock 6 (Linux 6.12)")
    assert ended.out.strip() == "EPERM" and connections(server) == 0


def test_descriptor_that_is_handed_in_by_a_socket_leads_only_where_the_giver_can(box, tool, victim, tmp_path):
    """What a volume's socket hands in is the giver's decision; where nobody listens outside, nothing comes in: SCM_RIGHTS
    goes through a socket that is bound, and through no other."""
    program = box.add(tool("reach"))
    volume = tmp_path / "volume"
    volume.mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(volume / "socket"))
        server.listen(2)
        server.settimeout(10)

        def give():
            with server.accept()[0] as connection:
                directory = os.open(victim, os.O_RDONLY)
                connection.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [directory]))])
                os.close(directory)
        giver = threading.Thread(target=give)
        giver.start()
        ended = assert_ok(box("-v", f"{volume}:/volume", "--", program, "unix", "/volume/socket"))
        giver.join()
        assert "received" in ended.out and "found secret" in ended.out  # the giver's own wish
        assert box("--", program, "unix", str(volume / "socket")).out.strip() == "ENOENT"


# -------------------------------------------------------------------------------------------------------------- keys

def test_keys_of_the_caller_are_neither_found_nor_changed(box, probe):
    """Keyrings: the session keyring was the caller's, so its keys were read and new ones were left in it."""
    keys = probe("keys")
    inside = box.add(keys)
    script = ('"$@"; ' + f"{keys} look ctr-escape-key KEY").replace("KEY", '"$0"')
    for options in (OPEN, [*OPEN, "--cap-add", "ALL"], []):
        words = [*command(), "run", "--rootfs", str(box.root), *options, "--", inside, "look", "ctr-escape-key", "KEY"]
        done = subprocess.run([keys, "give", "ctr-escape-key", "sh", "-c", script, "KEY", *words], capture_output=True, text=True, timeout=20, check=False)
        need("add_key" not in done.stderr, "this kernel, or a filter around us, has no keys")
        within, _, after = done.stdout.partition("done\n")
        assert within == "", f"{options}: {done}"
        assert {"search", "read"} <= set(after.split()), f"the caller's own key is gone: {done}"


def test_list_of_keys_shows_nothing(box):
    """Keyrings: /proc/keys names every key that may be seen."""
    need(os.path.exists("/proc/keys"), "no /proc/keys")
    for options in ([], OPEN, ["--cap-add", "ALL"], ["--proc", "host"]):
        assert box(*options, "--", "cat", "/proc/keys").out == ""


# -------------------------------------------------------------------------------------------------------- the kernel

@pytest.mark.parametrize("profile", PROFILES)
def test_calls_that_no_list_has_heard_of_are_missing(box, tool, profile):
    """flatpak CVE-2021-41133: a list of what is forbidden did not have the newer calls that make mounts."""
    ended = assert_ok(box(*seccomp(profile), "--", box.add(tool("reach")), "mount"))
    # clone3 is one of those that `build` allows.
    assert [line for line in ended.lines if line != "clone3 EINVAL" or profile != "build"] == ["done"], str(ended)


@pytest.mark.parametrize("options", [[], ["--cap-add", "MKNOD"], ["--cap-add", "ALL"], OPEN, [*OPEN, "--cap-add", "ALL"]], ids=" ".join)
def test_devices_are_neither_made_nor_opened(box, tool, options):
    """Device nodes: made by the payload they open nothing, whatever it may do in its own namespace."""
    ended = assert_ok(box(*options, "--", box.add(tool("reach")), "block"))
    assert "opened" not in ended.out and ended.lines == ["done"], str(ended)


@pytest.mark.parametrize("profile", ["default", "build", "strict"])
def test_ciphers_of_the_kernel_and_the_hypervisor_have_no_door(box, probe, profile):
    """CVE-2026-31431: a page of a file that is only readable was written by way of AF_ALG; and by socketcall of 32-bit programs,
    whose arguments no filter sees."""
    program = box.add(probe("calls"))
    texts = ["socket:38:5", f"socket:{38 | 1 << 32}:5", "socket:38:2:0", "socket:40:1", "socketpair:38:5", "x32:41:38:5", "i386:359:38:5", "i386:359:40:1",
             "i386:102:1:0", "i386:102:8:0"]
    need(X86_64, "the ways of 32-bit programs are those of x86-64")
    ended = assert_ok(box(*seccomp(profile), "--", program, *texts))
    assert set(ended.lines) <= {"EPERM", "signal 31"}, str(ended)
    assert assert_ok(box(*seccomp(profile), "--", program, "socket:1:1", "socket:2:1")).lines == ["ok", "ok"]  # the twin


def test_long_lists_arrive_whole_and_what_follows_them_is_in_force(box, tool, probe, source, subids):
    """runc CVE-2021-43784: a length of 16 bits in the message to the set-up process wrapped around, and what the payload had
    put into the long part was taken for what follows: namespaces, ids."""
    program = box.add(probe("words"))
    for length in (65535, 65536, 65537, 65536 + 40, 131000):
        ended = assert_ok(box("-e", f"LONG={'x' * length}", "--", program, "--env"))
        assert f"LONG={'x' * length}".encode() in ended.raw.split(b"\0")
        assert assert_ok(box("--", program, "y" * length)).raw == b"y" * length + b"\0"
    (source / "many").mkdir()
    targets = [f"/data/{'d' * 200}-{number}" for number in range(400)]
    options = [word for target in targets for word in ("-v", f"{source}/mark:{target}:ro")]
    script = f"echo x > {targets[-1]}; echo x > {targets[0]}; cat {targets[-1]}; id -u; cat /proc/self/uid_map | wc -l"
    ended = box(*options, "--map", "subid", "--user", "7", "--", "sh", "-c", script, timeout=60)
    assert ended.lines[:2] == ["of the volume", "7"] and "Read-only" in ended.err, str(ended)
    assert (source / "mark").read_text() == "of the volume\n"


def groups_of_the_host(name):
    return [os.path.join(directory, name) for directory, below, _ in os.walk("/sys/fs/cgroup") if name in below]


@pytest.mark.parametrize("options", [[], ["--share", "cgroup"], ["--net", "host"], ["--cap-add", "ALL"], [*OPEN, "--cap-add", "ALL"],
                                     ["--security-opt", "unmask=ALL"], ["--share", "cgroup", "--security-opt", "unmask=ALL", "--net", "host"]], ids=" ".join)
def test_control_groups_of_the_host_are_not_written(box, options):
    """runc CVE-2023-25809: /sys/fs/cgroup was writable for a rootless container without a cgroup namespace."""
    name = f"ctr-escape-{os.getpid()}"
    script = (f"for d in /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir $d/{name}; echo 1 > $d/cgroup.procs; echo /data/x > $d/release_agent; "
              "echo 1 > $d/notify_on_release; done 2>/dev/null; true")
    for start in (box, run):
        assert_ok(start(*options, "--", "sh", "-c", script))
    assert groups_of_the_host(name) == []
    mounted = next((path for path in pathlib.Path("/sys/fs/cgroup").glob("*/release_agent") if path.is_file()), None)
    assert mounted is None or "/data/x" not in mounted.read_text()


def test_core_dumps_start_no_program_of_the_payloads(box):
    """core_pattern: a pipe there is started by the kernel outside of every container."""
    pattern = pathlib.Path("/proc/sys/kernel/core_pattern")
    before = pattern.read_text()
    for options in ([], ["--cap-add", "ALL"], [*OPEN, "--cap-add", "ALL", "--security-opt", "unmask=ALL"], ["--proc", "host"]):
        box.sh("umount /proc/sys; mount -o remount,rw /proc/sys; mount -t proc p /tmp; for f in /proc/sys/kernel/core_pattern /tmp/sys/kernel/core_pattern; "
               "do echo '|/data/evil' > $f; done; ulimit -c unlimited; kill -SEGV $$", *options)
        assert pattern.read_text() == before
    assert not (box.root / "data/left").exists()


def test_mounts_made_inside_are_not_seen_outside(box, source, tmp_path):
    """Propagation: what a container mounts, with every capability and no filter, stays in its own mount namespace."""
    own = tmp_path / "own"
    own.mkdir()
    script = ("mount -t tmpfs none /data && touch /data/inside && mount --bind /etc /tmp && mount --make-rshared / && "
              "mkdir -p /mnt && mount -t tmpfs none /mnt && ls /data; sleep 0.1")
    before = tree(source)
    running = box.start("--cap-add", "ALL", *OPEN, "-v", f"{source}:/data", "--", "sh", "-c", script)
    out, err = running.communicate(timeout=20)
    assert b"inside" in out, err
    assert tree(source) == before  # and the fixture of every test compares the mounts of the host


def test_mounts_made_inside_do_not_go_back_to_a_host_that_shares_its_own(box, tmp_path):
    """Propagation, where the host's mounts are shared, as they are by default where systemd runs."""
    inner = "mkdir -p /mnt; mount -t tmpfs none /mnt; mount -t tmpfs none /data; touch /data/inside; ls /data"
    script = "mount --make-rshared /; (sleep 0.5; cat /proc/self/mountinfo > $WORLD; touch $WORLD.done) &"
    ended = ordinary_in(script, "run", "--map", "single", "--rootfs", box.root, "-v", f"{tmp_path}:/data", "--cap-add", "ALL", *OPEN, "--", "sh", "-c",
                        f"{inner}; sleep 1", env={"WORLD": str(tmp_path / "mounts")})
    assert ended.lines[-1:] == ["inside"], str(ended)
    eventually((tmp_path / "mounts.done").exists, 5, "the mounts of the outer world")
    outside = (tmp_path / "mounts").read_text().splitlines()
    assert outside and not [line for line in outside if line.split()[4] in ("/mnt", str(tmp_path), str(box.root), f"{box.root}/mnt")]


def test_program_in_the_background_holds_nothing_of_the_host(box, source):
    """Whatever is left behind by the payload ends with it: no process of the container outlives it on the host."""
    mark = token()
    assert_ok(box("-v", f"{source}:/data", "--", "sh", "-c", f"setsid sh -c 'trap \"\" TERM HUP; sleep {mark}' >/dev/null 2>&1 & sleep 0.05"))
    eventually(lambda: not [one for one in processes().values() if mark in one.words()], 2, "no process that is left")
