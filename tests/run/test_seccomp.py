# SPDX-License-Identifier: MIT
"""Which system calls a command may make: the built-in profiles from inside, profiles in JSON, programs of BPF."""
import json
import platform
import shutil
import signal
import struct
import subprocess

import pytest

from harness import SETUP_FAILED, UNPARSABLE, assert_ok, assert_refused, ctr, need, run

X86_64 = platform.machine() == "x86_64"
NEWUSER, NEWNS, NEWTIME = 0x10000000, 0x00020000, 0x80
TIOCSTI, TIOCLINUX, TIOCGWINSZ = 0x5412, 0x541c, 0x5413
HIGH = 1 << 32
AT_CWD = -100 % (1 << 64)
BAD_SYSTEM_CALL = f"signal {int(signal.SIGSYS)}"


@pytest.fixture
def calls(box, probe):
    """Makes system calls in a container and returns what became of each, by its text."""
    program = box.add(probe("calls"))

    def make(*texts, options=()):
        ended = assert_ok(box(*options, "-w", "/tmp", "--", program, *texts))
        assert len(ended.lines) == len(texts), str(ended)
        return dict(zip(texts, ended.lines))
    return make


def profile(name):
    return ("--security-opt", f"seccomp={name}")


def filters(box, *options):
    """What the kernel says of the command: its mode of seccomp."""
    ended = assert_ok(box(*options, "--", "grep", "^Seccomp:", "/proc/self/status"))
    return int(ended.lines[0].split()[1])


# -------------------------------------------------------------------------------------------- built-in profiles

def expect(made, **wanted):
    for text, answer in made.items():
        name = text.split(":")[0]
        assert answer == wanted.get(name, wanted["other"]), f"{text} became {answer}\n{made}"


FORBIDDEN = ["keyctl:0", "add_key", "request_key", "mount", "umount2", "fsopen", "move_mount", "setns", f"unshare:{NEWUSER}",
             f"unshare:{NEWNS}", f"unshare:{NEWTIME}", f"unshare:{NEWUSER | HIGH}", f"clone:{NEWUSER | 17}", f"clone:{NEWUSER | HIGH | 17}",
             "bpf", "userfaultfd", "perf_event_open", "io_uring_setup", "init_module", "kexec_load", "reboot", "settimeofday",
             "open_by_handle_at", "personality:0x40000", "socket:38:2", f"socket:{38 | HIGH}:2", "socket:40:1", "socketpair:40:1",
             f"ioctl:0:{TIOCSTI}", f"ioctl:0:{TIOCSTI | HIGH}", f"ioctl:0:{TIOCSTI | 0xabcd << 32}", f"ioctl:0:{TIOCLINUX | HIGH}"]


@pytest.mark.root_too
def test_default_profile_refuses_what_it_should(calls):
    expect(calls(*FORBIDDEN), other="EPERM")


@pytest.mark.root_too
def test_default_profile_is_in_force_for_whoever_runs_it(box):
    assert filters(box) == 2
    assert filters(box, "--map", "single", "--user", "7") == 2
    assert filters(box, "--no-init") == 2
    assert filters(box, "--allow-new-privs") == 2
    assert filters(box, *profile("unconfined")) == 0


@pytest.mark.root_too
def test_default_profile_says_that_calls_are_missing_where_programs_have_another_way(calls):
    expect(calls("clone3", "clone3:0:88", "470", "600", "100000", str(2**31)), other="ENOSYS")


@pytest.mark.root_too
def test_default_profile_allows_what_programs_need(calls):
    made = calls("socket:1:1", "socket:2:1", "socket:10:1", "socket:16:3", "personality:0xffffffff", "unshare:0x400", "ptrace:0",
                 f"mkdirat:{AT_CWD}:@:0755", f"fchmodat:{AT_CWD}:@:04755", f"mknodat:{AT_CWD}:@:010644:0")
    assert {made[text] for text in made} <= {"ok", "EEXIST"}, made
    assert calls(f"ioctl:0:{TIOCGWINSZ}")[f"ioctl:0:{TIOCGWINSZ}"] == "ENOTTY"


@pytest.mark.root_too
def test_default_profile_follows_the_capabilities_that_are_kept(calls):
    texts = ("mount", "umount2", f"unshare:{NEWNS}", "fsopen")
    expect(calls(*texts), other="EPERM")
    made = calls(*texts, options=("--cap-add", "SYS_ADMIN"))
    assert made == {"mount": "EFAULT", "umount2": "EFAULT", f"unshare:{NEWNS}": "ok", "fsopen": "EFAULT"}
    assert calls("chroot")["chroot"] == "EFAULT"
    assert calls("chroot", options=("--cap-drop", "SYS_CHROOT"))["chroot"] == "EPERM"
    assert calls("mount", options=("--cap-add", "ALL", *profile("strict")))["mount"] == "EPERM"


@pytest.mark.root_too
def test_calls_by_other_ways_into_the_kernel_end_the_process(calls):
    need(X86_64, "this processor has one way only")
    made = calls("i386:20", "i386:102:1:0", "i386:359:38:2", "x32:39", "x32:250", f"x32:16:0:{TIOCSTI}")
    expect(made, other=BAD_SYSTEM_CALL)


@pytest.mark.root_too
def test_build_profile_runs_32_bit_programs_without_sockets_that_cannot_be_looked_at(calls):
    need(X86_64, "this processor has no 32-bit programs of its own")
    need(calls("i386:20", options=profile("unconfined"))["i386:20"] == "ok", "this kernel runs no 32-bit programs")
    made = calls("i386:20", "i386:359:1:1", "i386:102:1:0", "i386:102:8:0", "i386:359:38:2", "i386:359:40:1", "i386:288:0",
                 f"i386:54:0:{TIOCSTI}", "x32:39", options=profile("build"))
    assert list(made.values()) == ["ok", "ok", *["EPERM"] * 6, BAD_SYSTEM_CALL], made


@pytest.mark.root_too
def test_build_profile_lets_user_namespaces_be_made_and_used(box, calls):
    made = calls(f"unshare:{NEWUSER}", f"unshare:{NEWUSER | NEWNS}", "personality:0x40000", "mount", "keyctl:0", f"ioctl:0:{TIOCSTI | HIGH}",
                 options=profile("build"))
    assert list(made.values()) == ["ok", "ok", "ok", "EFAULT", "EPERM", "EPERM"], made
    script = "unshare -U -r -m sh -c 'mount -t tmpfs none /mnt && touch /mnt/there && chroot / ls /mnt'"
    assert_ok(box.sh("mkdir -p /mnt"))
    assert assert_ok(box.sh(script, *profile("build"))).out == "there\n"
    assert box.sh(script).code != 0


@pytest.mark.root_too
def test_strict_profile_refuses_more(calls):
    expect(calls("ptrace:0", f"unshare:{NEWUSER}", "unshare:0x400", "keyctl:0", "socket:16:3", "socket:17:3", "personality:0", "chroot",
                 "process_vm_writev", f"fchmodat:{AT_CWD}:@:04755", f"fchmodat:{AT_CWD}:@:02755", f"452:{AT_CWD}:@:04755:0",
                 f"openat:{AT_CWD}:@:0101:04755", f"openat:{AT_CWD}:@:020000001:04755", f"mknodat:{AT_CWD}:@:0104755:0",
                 "openat2", "clone3", options=profile("strict")), openat2="ENOSYS", clone3="ENOSYS", other="EPERM")
    expect(calls("socket:1:1", "socket:2:1", "socket:10:1", f"openat:{AT_CWD}:@:0101:0755", options=profile("strict")), other="ok")


@pytest.mark.root_too
@pytest.mark.parametrize("name, traces", [("contained", False), ("crabcan", True)])
def test_reference_profile_refuses_its_list_and_its_holes_are_closed(calls, name, traces):
    expect(calls(f"unshare:{NEWUSER}", f"clone:{NEWUSER | 17}", f"ioctl:0:{TIOCSTI}", f"ioctl:0:{TIOCSTI | HIGH}", "keyctl:0", "add_key",
                 "request_key", "userfaultfd", "perf_event_open", f"fchmodat:{AT_CWD}:@:04755", f"452:{AT_CWD}:@:02755:0",
                 f"openat:{AT_CWD}:@:0101:04755", f"mknodat:{AT_CWD}:@:0104755:0", "clone3", "openat2", "io_uring_setup",
                 options=profile(name)), clone3="ENOSYS", openat2="ENOSYS", io_uring_setup="ENOSYS", other="EPERM")
    made = calls("ptrace:0", f"ioctl:0:{TIOCGWINSZ}", f"fchmodat:{AT_CWD}:@:0755", options=profile(name))
    assert list(made.values()) == ["ok" if traces else "EPERM", "ENOTTY", "ENOENT"], made


@pytest.mark.root_too
def test_profile_is_in_the_report_and_in_the_plan(box):
    assert box.outcome("--", "true").report["seccomp"] == "default"
    assert box.outcome(*profile("strict"), "--", "true").report["seccomp"] == "strict"
    plan = assert_ok(ctr("explain", *profile("build"), "--", "true")).lines
    assert plan[-2].split() == ["filter", "seccomp", "SET_MODE_FILTER", "build"]
    assert not [line for line in assert_ok(ctr("explain", *profile("unconfined"), "--", "true")).lines if "SET_MODE_FILTER" in line]


@pytest.mark.parametrize("words", [["gcc", "--version"], ["python3", "-c", "import multiprocessing as m; m.Pool(2).map(str, [1])"],
                                   ["apt-get", "--version"], ["tar", "-cf", "/tmp/x.tar", "/etc/passwd"], ["bash", "-c", "sleep 0 & wait"],
                                   ["node", "-e", "setTimeout(() => 0, 1)"]])
@pytest.mark.parametrize("name", ["default", "build", "strict"])
def test_everyday_programs_run_under_the_profiles(words, name):
    need(shutil.which(words[0]), f"no {words[0]}")
    assert_ok(run(*profile(name), "--tmpfs", "/dev/shm", "--", *words, timeout=60))


# --------------------------------------------------------------------------------------------------- JSON and BPF

def written(tmp_path, content):
    path = tmp_path / "profile"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return ("--security-opt", f"seccomp={path}")


def refusing(*rules, default="SCMP_ACT_ALLOW", **more):
    return {"defaultAction": default, "syscalls": list(rules), **more}


@pytest.mark.root_too
def test_json_profile_is_in_force(calls, tmp_path):
    rules = [{"names": ["keyctl"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28},
             {"names": ["reboot"], "action": "SCMP_ACT_KILL_PROCESS"}, {"names": ["settimeofday"], "action": "SCMP_ACT_TRAP"},
             {"names": ["getpid"], "action": "SCMP_ACT_LOG"},
             {"names": ["personality"], "action": "SCMP_ACT_ERRNO", "errno": "ENOTTY",
              "args": [{"index": 0, "value": HIGH, "op": "SCMP_CMP_GE"}]}]
    made = calls("keyctl:0", "reboot", "settimeofday", "getpid", f"personality:{HIGH | 0xffffffff}", "personality:0xffffffff",
                 options=written(tmp_path, refusing(*rules)))
    assert list(made.values()) == ["ENOSPC", BAD_SYSTEM_CALL, BAD_SYSTEM_CALL, "ok", "ENOTTY", "ok"], made


@pytest.mark.root_too
def test_json_profile_follows_the_capabilities_that_are_kept(calls, tmp_path):
    rule = {"names": ["mount"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5, "excludes": {"caps": ["CAP_SYS_ADMIN"]}}
    options = written(tmp_path, refusing(rule))
    assert calls("mount", options=options)["mount"] == "EIO"
    assert calls("mount", options=(*options, "--cap-add", "SYS_ADMIN"))["mount"] == "EFAULT"


@pytest.mark.root_too
@pytest.mark.parametrize("content, words", [
    (b'{"defaultAction": "SCMP_ACT_ALLOW",\n "syscalls": [}', ("line 2, column 15",)),
    (refusing({"names": ["mkdir"], "action": "SCMP_ACT_NO"}), ("SCMP_ACT_NO", "syscalls[0]")),
    (refusing({"names": ["no_such_call"], "action": "SCMP_ACT_ERRNO"}), ("no_such_call", "syscalls[0]")),
    (refusing({"names": ["mkdir"], "action": "SCMP_ACT_ALLOW"}, default="SCMP_ACT_ERRNO"), ("executed", "execve")),
    (refusing(defaultAction="SCMP_ACT_ALLOW", listenerPath="/run/x"), ("listenerPath",)),
    (b"\0" * 7, ("BPF",)), (b"\0" * 8 * 4097, ("BPF",)), (b"\xff" * 16, ("filter", "libseccomp"))])
def test_wrong_profile_is_refused_with_its_place(box, tmp_path, content, words):
    ended = assert_refused(box(*written(tmp_path, content), "--", "touch", "/data/started"), "security-opt", *words, code=SETUP_FAILED)
    assert not (box.root / "data/started").exists(), str(ended)


@pytest.mark.root_too
def test_bpf_program_is_in_force(calls, tmp_path):
    """Loads the number, answers mkdirat with ENOSPC, and allows everything else."""
    mkdirat = 258 if X86_64 else 34
    program = [(0x20, 0, 0, 0), (0x15, 0, 1, mkdirat), (0x06, 0, 0, 0x50000 | 28), (0x06, 0, 0, 0x7fff0000)]
    options = written(tmp_path, b"".join(struct.pack("=HBBI", *one) for one in program))
    made = calls(f"mkdirat:{AT_CWD}:@:0755", "keyctl:0", options=options)
    assert list(made.values())[0] == "ENOSPC", made


@pytest.mark.root_too
def test_profile_by_descriptor(box, tmp_path):
    (tmp_path / "p").write_text(json.dumps(refusing({"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28})))
    ended = run("--rootfs", box.root, "--security-opt", "seccomp=/dev/fd/7", "--", "mkdir", "/tmp/x", prelude=f"exec 7<{tmp_path}/p")
    assert "No space left" in ended.err, str(ended)


@pytest.mark.root_too
def test_profile_that_does_not_exist_is_refused_by_name(tmp_path):
    assert_refused(run("--security-opt", "seccomp=nope", "--", "true"), "nope", "default", code=UNPARSABLE)
    assert_refused(run("--security-opt", f"seccomp={tmp_path}/nope", "--", "true"), "nope", "No such file", "security-opt")


@pytest.mark.root_too
@pytest.mark.parametrize("name, answers", [("strict", ["EPERM", "EPERM"]), ("unconfined", ["ok", "ok"]), ("json", ["EIO", "ok"])])
def test_further_command_has_the_profile_of_its_container(box, tmp_path, probe, name, answers):
    (tmp_path / "runtime").mkdir(mode=0o700)
    environment, program = {"XDG_RUNTIME_DIR": str(tmp_path / "runtime")}, box.add(probe("calls"))
    content = refusing({"names": ["ptrace"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5})
    options = written(tmp_path, content) if name == "json" else profile(name)
    assert_ok(box("--detach", "--name", "filtered", *options, "--", "sleep", "100", env=environment))
    try:
        assert assert_ok(ctr("exec", "filtered", program, "ptrace:0", "socket:16:3", env=environment)).lines == answers
    finally:
        ctr("rm", "-f", "filtered", env=environment)
