# SPDX-License-Identifier: MIT
"""Namespaces: which are the container's own, which it shares or joins; its network, its clocks."""
import json
import os
import pathlib
import re
import socket
import subprocess
import threading
import time

import pytest

from harness import SETUP_FAILED, UNPARSABLE, USER, assert_ok, assert_refused, need, run
from watch import eventually, processes

pytestmark = pytest.mark.root_too
FILES = {"mount": "mnt", "pid": "pid", "net": "net", "uts": "uts", "ipc": "ipc", "cgroup": "cgroup", "time": "time", "user": "user"}


def of_host():
    return {name: os.readlink(f"/proc/self/ns/{file}") for name, file in FILES.items() if os.path.exists(f"/proc/self/ns/{file}")}


def inside(box, *options):
    """The namespaces of a payload, by name."""
    words = [f"/proc/self/ns/{file}" for name, file in FILES.items() if name in of_host()]
    lines = assert_ok(box(*options, "--", "sh", "-c", 'for file; do readlink "$file"; done', "sh", *words)).lines
    return dict(zip(of_host(), lines))


def shared(box, *options):
    """The names of the namespaces that a payload shares with the host."""
    return {name for name, value in inside(box, *options).items() if value == of_host()[name]}


# ------------------------------------------------------------------------------------------------- namespaces

@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_namespaces_are_all_own_by_default(box, mode):
    need(len(of_host()) == 8, "this kernel lacks a kind of namespace")
    assert shared(box, mode) - ({"user"} if USER == 0 else set()) == set()


@pytest.mark.parametrize("name", ["net", "uts", "ipc", "cgroup", "time"])
@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_namespaces_can_be_shared_one_by_one(box, name, mode):
    assert shared(box, mode, "--share", name) - {"user"} == {name}


@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_namespaces_of_pids_can_be_shared(box, mode):
    assert shared(box, mode, "--share", "pid", "--proc", "host") - {"user"} == {"pid"}


def test_namespaces_of_pids_shared_show_the_host(box):
    assert int(box.sh("echo $PPID; ls /proc", "--share", "pid", "--proc", "host").lines[0]) > 2
    assert str(os.getpid()) in box("--share", "pid", "--proc", "host", "--", "ls", "/proc").out.split()


def test_namespaces_of_pids_shared_with_a_fresh_proc_work_or_say_why_not(box):
    ended = box("--share", "pid", "--", "ls", "/proc")
    if ended.code != 0:
        assert_refused(ended, "proc", "pid")


def test_namespaces_can_be_shared_together(box):
    assert shared(box, "--share", "net,uts,ipc") - {"user"} == {"net", "uts", "ipc"}
    assert shared(box, "--share", "net", "--share", "uts") - {"user"} == {"net", "uts"}
    assert shared(box, "--share", "net,uts", "--unshare", "uts") - {"user"} == {"net"}


def test_namespaces_of_mounts_can_be_shared_without_root_options():
    ended = run("--share", "mount", "--", "readlink", "/proc/self/ns/mnt")
    assert assert_ok(ended).out.strip() == of_host()["mount"]


def test_namespaces_of_mounts_shared_refuse_root_options(box, host):
    assert_refused(box("--share", "mount", "--", "true"), "mount", "root")
    assert_refused(run("--share", "mount", "-v", f"{host}:/data", "--", "true"), "mount")


@pytest.mark.parametrize("option", ["--share", "--unshare"])
@pytest.mark.parametrize("name", ["nets", "user", "", "net,", "net,,uts", "Net"])
def test_namespaces_of_unknown_names_are_refused(box, option, name):
    ended = box(option, name, "--", "true")
    assert ended.code in (SETUP_FAILED, UNPARSABLE), str(ended)
    assert "share" in ended.err


def test_namespaces_leave_the_callers_alone(box):
    before = of_host()
    assert_ok(box("--", "true"))
    assert of_host() == before


def test_namespaces_do_not_share_shared_memory_and_semaphores(box):
    assert box("--", "ipcs", "-m").out.count("0x") == 0


@pytest.fixture
def holder():
    """A process of an own user and network namespace, to be joined."""
    process = subprocess.Popen(["unshare", "--user", "--map-root-user", "--net", "sleep", "300"])
    eventually(lambda: processes()[process.pid].name == "sleep", 5, "unshare starts sleep")
    yield f"/proc/{process.pid}/ns"
    process.kill()
    process.wait()


def test_namespaces_can_be_joined_together_with_their_user_namespace(box, holder):
    ended = box("--join", f"user={holder}/user", "--join", f"net={holder}/net", "--", "sh", "-c",
                "readlink /proc/self/ns/user; readlink /proc/self/ns/net")
    assert assert_ok(ended).lines == [os.readlink(f"{holder}/user"), os.readlink(f"{holder}/net")]


@pytest.mark.ordinary
def test_namespaces_joined_without_their_user_namespace_are_refused(box, holder):
    assert_refused(box("--join", f"net={holder}/net", "--", "true"), "net", "user")


@pytest.mark.parametrize("given", ["net=/nope", "net=/etc/passwd", "net", "nets=/proc/self/ns/net", "net=/proc/self/ns/uts", "="])
def test_namespaces_that_cannot_be_joined_are_refused(box, given):
    ended = box("--join", given, "--", "true")
    assert ended.code in (SETUP_FAILED, UNPARSABLE), str(ended)
    assert "join" in ended.err or "namespace" in ended.err


# ------------------------------------------------------------------------------------------------- cgroup view

def test_cgroup_view_is_the_containers_own(box):
    need(os.path.exists("/proc/self/cgroup"), "this kernel has no control groups")
    lines = assert_ok(box("--", "cat", "/proc/self/cgroup")).lines
    assert lines
    assert {line.split(":", 2)[2] for line in lines} == {"/"}


def test_cgroup_view_is_the_hosts_when_shared(box):
    seen = box("--share", "cgroup", "--", "cat", "/proc/self/cgroup").out
    assert seen == pathlib.Path("/proc/self/cgroup").read_text()


# ---------------------------------------------------------------------------------------------------- loopback

def test_loopback_is_up_without_any_program_in_the_root(box):
    assert assert_ok(box("--", "cat", "/sys/class/net/lo/flags")).out.strip() == "0x9"


def test_loopback_answers_a_ping(box):
    assert_ok(box("--", "ping", "-c1", "-W2", "127.0.0.1"))


@pytest.mark.parametrize("family", ["serve4", "serve6"])
@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_loopback_carries_a_server_and_a_client(box, probe, family, mode):
    need(family == "serve4" or os.path.exists("/proc/net/if_inet6"), "this kernel has no IPv6")
    assert box(mode, "--", box.add(probe("network")), family).out == "over loopback\n"


def test_loopback_is_up_for_a_payload_that_is_not_root(box, probe):
    ended = box("--map", "single", "--user", "1000", "--", box.add(probe("network")), "serve4")
    assert ended.out == "over loopback\n"


@pytest.mark.parametrize("address", ["192.0.2.1", "8.8.8.8", "10.0.0.1"])
def test_loopback_is_all_there_is(box, probe, address):
    assert "Network is unreachable" in box("--", box.add(probe("network")), "connect", address, "80").out


@pytest.fixture
def server():
    """A TCP server on the host's loopback; its port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                listening.accept()[0].close()
            except OSError:
                return
    threading.Thread(target=serve, daemon=True).start()
    yield str(listening.getsockname()[1])
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


def test_loopback_of_the_host_is_out_of_reach_by_default(box, probe, server):
    assert "refused" in box("--", box.add(probe("network")), "connect", "127.0.0.1", server).out


def test_loopback_of_the_host_is_reached_on_request(box, probe, server):
    program = box.add(probe("network"))
    assert box("--net", "host", "--", program, "connect", "127.0.0.1", server).out == "connected\n"
    assert box("--share", "net", "--", program, "connect", "127.0.0.1", server).out == "connected\n"


def test_loopback_network_of_the_host_is_a_shared_namespace(box):
    assert shared(box, "--net", "host") - {"user"} == {"net"}
    assert shared(box, "--net", "none") - {"user"} == set()


def test_loopback_network_of_the_host_keeps_name_resolution():
    resolver = pathlib.Path("/etc/resolv.conf")
    need(resolver.exists(), "the host has no /etc/resolv.conf")
    assert run("--net", "host", "--", "cat", "/etc/resolv.conf").out == resolver.read_text()


def test_loopback_private_network_is_not_available_yet_and_says_so(box):
    assert_refused(box("--net", "private", "--", "true"), "not available yet")


def test_loopback_network_of_an_unknown_kind_is_refused(box):
    ended = box("--net", "bridge", "--", "true")
    assert ended.code in (SETUP_FAILED, UNPARSABLE)
    assert "bridge" in ended.err


def test_loopback_abstract_sockets_of_the_host_are_out_of_reach(box):
    name = f"ctr-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0" + name)
        server.listen(1)
        assert name not in box("--", "cat", "/proc/net/unix").out


# -------------------------------------------------------------------------------------------------------- time

def clocks(box, probe, *options):
    return [int(word) for word in assert_ok(box(*options, "--", box.add(probe("clocks")))).out.split()]


def test_time_offset_moves_the_uptime(box):
    need("time" in of_host(), "this kernel has no time namespaces")
    uptime = float(box("--time-offset", "boottime=86400", "--", "cat", "/proc/uptime").out.split()[0])
    assert 86400 <= uptime - time.clock_gettime(time.CLOCK_BOOTTIME) + 1 <= 86405


@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_time_offset_moves_each_clock_by_itself(box, probe, mode):
    need("time" in of_host(), "this kernel has no time namespaces")
    plain = clocks(box, probe, mode)
    moved = clocks(box, probe, mode, "--time-offset", "boottime=1000", "--time-offset", "monotonic=-5")
    assert 1000 <= moved[0] - plain[0] <= 1005
    assert -5 <= moved[1] - plain[1] <= 0


def test_time_offset_of_nothing_moves_nothing(box, probe):
    plain = clocks(box, probe)
    assert 0 <= plain[0] - int(time.clock_gettime(time.CLOCK_BOOTTIME)) + 3 <= 4


@pytest.mark.parametrize("given", ["boottime", "boottime=", "boottime=x", "realtime=5", "=5", "monotonic=99999999999999999999"])
def test_time_offset_that_makes_no_sense_is_refused(box, given):
    ended = box("--time-offset", given, "--", "true")
    assert ended.code in (SETUP_FAILED, UNPARSABLE), str(ended)
    assert "time-offset" in ended.err


def test_time_offset_that_the_kernel_refuses_is_told(box):
    assert_refused(box("--time-offset", "monotonic=-999999999", "--", "true"), "time-offset 1")


def test_time_offset_that_the_kernel_refuses_is_a_fault_of_its_own_option(box):
    ended = box("--json", "--time-offset", "boottime=5", "--time-offset", "monotonic=-999999999", "--", "true")
    error = json.loads(ended.out)["error"]
    assert (error["code_name"], error["call"], error["index"]) == ("invalid", "ctr_config_add_time_offset", 1), str(ended)


def test_time_offset_of_a_clock_that_comes_last_wins(box, probe):
    need("time" in of_host(), "this kernel has no time namespaces")
    moved = clocks(box, probe, "--time-offset", "boottime=-999999999", "--time-offset", "boottime=1000")
    assert 1000 <= moved[0] - clocks(box, probe)[0] <= 1005


def test_time_offset_needs_an_own_namespace(box):
    assert_refused(box("--share", "time", "--time-offset", "boottime=5", "--", "true"), "time")


def test_time_offset_leaves_the_hosts_clock(box):
    before = time.clock_gettime(time.CLOCK_MONOTONIC)
    assert_ok(box("--time-offset", "monotonic=5000", "--", "true"))
    assert time.clock_gettime(time.CLOCK_MONOTONIC) - before < 60


def test_namespaces_in_force_are_in_the_report(box):
    report = str(box.outcome("--share", "uts", "--", "true").report)
    assert re.search("uts", report)
