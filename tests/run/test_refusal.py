# SPDX-License-Identifier: MIT
"""Hosts that forbid things, and input that makes no sense: a clear refusal, nothing started, nothing left."""
import json
import os
import signal
import subprocess

import pytest

from harness import (SETUP_FAILED, UNPARSABLE, assert_ok, assert_refused, command, ctr, need, parse_outcome, run)
from nested import capless_in, maskable_proc_file, ordinary_in, root_in
from watch import assert_all_gone, unchanged

NO_USER_NAMESPACES = "echo 0 > /proc/sys/user/max_user_namespaces"


# ------------------------------------------------------------------------------------------------- userns-off

def says_user_namespaces_are_off(ended):
    assert_refused(ended, "user.max_user_namespaces")
    assert "No space left" not in ended.err + ended.out


@pytest.mark.parametrize("options", [[], ["--map", "single"], ["--no-init"]])
def test_userns_off_is_told_by_its_cause(box, host, options):
    words = ("run", "--rootfs", box.root, *options, "-v", f"{host}:/data", "--", "touch", "/data/ran")
    says_user_namespaces_are_off(capless_in(NO_USER_NAMESPACES, *words))
    assert not (host / "ran").exists()


def test_userns_off_is_told_on_the_hosts_own_root():
    says_user_namespaces_are_off(capless_in(NO_USER_NAMESPACES, "run", "--", "true"))


def test_userns_off_is_a_limit_and_never_enospc_in_the_outcome(box):
    ended = capless_in(NO_USER_NAMESPACES, "run", "--json", "--rootfs", box.root, "--", "true")
    error = parse_outcome(ended.out)[0]["error"]
    assert error["code"] in (3, 4, 5)
    assert "max_user_namespaces" in error["message"] + error["hint"]


def test_userns_off_never_runs_root_unisolated(box):
    ended = root_in(NO_USER_NAMESPACES, "run", "--rootfs", box.root, "--", "sh", "-c", "ls /proc; ls /")
    if ended.code == 0:
        assert "usr" not in ended.out.split() and "data" in ended.out.split()
        assert len([name for name in ended.out.split() if name.isdigit()]) <= 3
    else:
        says_user_namespaces_are_off(ended)


def test_userns_off_for_root_with_an_own_map_is_told(box):
    ended = root_in(NO_USER_NAMESPACES, "run", "--rootfs", box.root, "--map", "0:0:1", "--", "true")
    says_user_namespaces_are_off(ended)


@pytest.mark.parametrize("name", ["mnt", "pid", "net", "uts", "ipc", "cgroup", "time"])
def test_userns_off_neighbours_each_limit_is_told(box, name):
    path = f"/proc/sys/user/max_{name}_namespaces"
    need(os.path.exists(path), f"this kernel has no limit of {name} namespaces")
    ended = ordinary_in(f"echo 0 > {path}", "run", "--map", "single", "--rootfs", box.root, "--", "true")
    assert_refused(ended, "namespace", (f"max_{name}_namespaces", "max_*_namespaces"))
    assert "No space left" not in ended.err


# ------------------------------------------------------------------------------------------------ masked-proc

def mask():
    path = maskable_proc_file()
    need(path, "nothing below /proc that an outer container would mask")
    return f"mount --bind /dev/null {path}"


def test_masked_proc_is_told_with_the_three_ways_out(box, host):
    ended = ordinary_in(mask(), "run", "--map", "single", "--rootfs", box.root, "-v", f"{host}:/data", "--", "touch", "/data/ran")
    assert_refused(ended, "mask", "--proc host", "--proc none", "unmask")
    assert not (host / "ran").exists()


def test_masked_proc_is_told_by_its_step(box):
    ended = ordinary_in(mask(), "run", "--json", "--map", "single", "--rootfs", box.root, "--", "true")
    error = parse_outcome(ended.out)[0]["error"]
    assert (error["step"], error["code"]) == ("mount", 3)
    assert "/proc" in error["subject"]


def test_masked_proc_can_be_shown_as_it_is_and_the_report_says_so(box):
    ended = ordinary_in(mask(), "run", "--json", "--map", "single", "--proc", "host", "--rootfs", box.root, "--", "head", "-c3",
                        "/proc/uptime")
    parsed, _ = parse_outcome(ended.out)
    assert (ended.code, parsed["error"]) == (0, None), str(ended)
    assert "host" in str(parsed["report"])


def test_masked_proc_can_be_left_out(box):
    ended = ordinary_in(mask(), "run", "--map", "single", "--proc", "none", "--rootfs", box.root, "--", "ls", "-A", "/proc")
    assert assert_ok(ended).out == ""


def test_masked_proc_shown_as_it_is_stays_masked(box):
    path = maskable_proc_file()
    ended = ordinary_in(mask(), "run", "--map", "single", "--proc", "host", "--rootfs", box.root, "--", "head", "-c10", path)
    assert ended.out == ""


# --------------------------------------------------------------------------------------------- a container inside

def program_inside():
    """Options that show the program under test inside a container, and its words there."""
    words = command()
    need(len(words) == 1, "the program under test is several words")
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(words[0]))))
    return ["-v", f"{top}:{top}:ro", "--security-opt", "seccomp=build"], words


def test_nested_container_in_one_with_the_default_filter_is_told_the_way_out():
    options, words = program_inside()
    ended = run(*options, "--security-opt", "seccomp=default", "--security-opt", "unmask=ALL", "--", *words, "run", "--", "true")
    assert_refused(ended, "namespaces", "seccomp=build")


def test_nested_container_runs_inside_an_open_one():
    options, words = program_inside()
    ended = run(*options, "--security-opt", "unmask=ALL", "--", *words, "run", "--", "sh", "-c", "id -u; ls /sys/class/net; exit 9")
    assert (ended.code, ended.out) == (9, "0\nlo\n"), str(ended)


def test_nested_container_on_a_root_runs_inside_an_open_one(box):
    options, words = program_inside()
    ended = run(*options, "--security-opt", "unmask=ALL", "-v", f"{box.root}:/run/root", "--", *words, "run", "--rootfs", "/run/root",
                "--hostname", "inner", "--", "hostname")
    assert (ended.code, ended.out) == (0, "inner\n"), str(ended)


def test_nested_container_three_levels_deep_runs():
    options, words = program_inside()
    level = [*words, "run", *options, "--security-opt", "unmask=ALL", "--"]
    assert run(*options, "--security-opt", "unmask=ALL", "--", *level, *level, "echo", "deep").out == "deep\n"


def test_nested_container_in_a_masked_one_is_told_the_ways_out():
    options, words = program_inside()
    ended = run(*options, "--", *words, "run", "--", "true")
    assert_refused(ended, "proc", "--proc host", "--proc none", "unmask")


def test_nested_container_in_a_masked_one_works_with_what_the_outer_one_shows():
    options, words = program_inside()
    assert_ok(run(*options, "--", *words, "run", "--proc", "host", "--net", "host", "--", "true"))


def test_nested_container_in_a_masked_one_with_an_own_network_is_told_about_sys():
    options, words = program_inside()
    ended = run(*options, "--", *words, "run", "--proc", "host", "--", "true")
    if ended.code != 0:
        assert_refused(ended, "/sys", ("--net host", "share the network"))


def test_nested_container_of_a_payload_that_is_not_root_runs():
    options, words = program_inside()
    ended = run(*options, "--map", "single", "--user", "1000", "--security-opt", "unmask=ALL", "--", *words, "run", "--map", "single", "--",
                "id", "-u")
    assert ended.out == "0\n", str(ended)


# ---------------------------------------------------------------------------------------------- hostile hosts

def denied(box, deny, *rules):
    """Runs a container where these system calls are refused; it works, or says why not, and leaves nothing."""
    with unchanged(box.root):
        ended = ctr("run", "--map", "single", "--rootfs", box.root, "--", "echo", "works", program=[deny, *rules, "--", *command()])
        assert_all_gone(0.5)
    if ended.code == 0:
        assert ended.out == "works\n"
    else:
        assert_refused(ended)
        assert len(ended.err.strip().splitlines()) <= 3, str(ended)
    return ended


@pytest.mark.parametrize("error", ["ENOSYS", "EPERM", "EACCES"])
def test_hostile_host_without_clone3_works(box, deny, error):
    assert_ok(denied(box, deny, f"clone3={error}"))


def test_hostile_host_before_linux_6_3_starts_the_command_with_memory_of_its_own(box, deny):
    assert_ok(denied(box, deny, "clone3=ENOSYS", "vfork=EINVAL"))


@pytest.mark.parametrize("call", ["pidfd_open", "close_range", "pidfd_send_signal", "statx"])
def test_hostile_host_without_a_newer_call_works_or_says_so(box, deny, call):
    for error in ("ENOSYS", "EPERM"):
        denied(box, deny, f"{call}={error}")


@pytest.mark.parametrize("calls", [["fsopen", "fsconfig", "fsmount", "move_mount", "open_tree", "mount_setattr"], ["open_tree"],
                                   ["move_mount"], ["mount_setattr"], ["fsopen"], ["fsconfig"], ["fsmount"]])
def test_hostile_host_without_the_mount_calls_says_so(box, deny, calls):
    ended = denied(box, deny, *[f"{call}=ENOSYS" for call in calls])
    if ended.code != 0:
        assert_refused(ended, ("kernel", "mount"))


@pytest.mark.parametrize("rule", ["memfd_create=ENOSYS", "memfd_create=EPERM", "execveat=ENOSYS", "execveat=EPERM", "openat2=ENOSYS",
                                  "openat2=EPERM", "socketpair=EPERM", "pivot_root=EPERM", "umount2=EPERM", "mount=EPERM",
                                  "unshare=EPERM", "capset=EPERM", "setresuid=EPERM", "setresgid=EPERM", "setgroups=EPERM",
                                  "sethostname=EPERM", "ioctl=EPERM", "prlimit64=EPERM", "setsid=EPERM", "chdir=EACCES",
                                  "fchdir=EACCES", "mkdirat=EACCES", "dup3=EPERM", "sendmsg=EPERM", "waitid=EPERM", "ppoll=EPERM",
                                  "socket=EPERM", "readlinkat=EACCES", "fstatfs=EPERM", "pipe2=EPERM", "capget=EPERM"])
def test_hostile_host_that_forbids_a_call_is_survived_or_told(box, deny, rule):
    denied(box, deny, rule)


def test_hostile_host_that_forbids_every_clone_is_told(box, deny):
    ended = denied(box, deny, "clone=EPERM", "clone3=EPERM")
    assert ended.code == SETUP_FAILED


def test_hostile_host_that_is_out_of_processes_is_told(box, deny):
    ended = denied(box, deny, "clone=EAGAIN", "clone3=EAGAIN")
    assert_refused(ended, ("limit", "temporarily", "processes"))


@pytest.mark.parametrize("count", [8, 10, 12, 14, 16, 20, 32])
def test_hostile_host_with_few_descriptors_works_or_says_so(box, count):
    with unchanged(box.root):
        ended = box("--map", "single", "--", "echo", "works", prelude=f"ulimit -n {count}")
        assert_all_gone(0.5)
    if ended.code != 0:
        assert_refused(ended, ("too many open files", "descriptor"))


def test_hostile_host_with_many_mounts_and_few_descriptors_works_or_says_so(box, host):
    options = [word for index in range(50) for word in ("-v", f"{host}:/data/{index}")]
    ended = box("--map", "single", *options, "--", "true", prelude="ulimit -n 64")
    if ended.code != 0:
        assert_refused(ended, ("too many open files", "descriptor"))


def test_hostile_host_that_limits_file_sizes_does_not_kill_the_program(box):
    ended = box("--map", "single", "--", "true", prelude="ulimit -f 0")
    assert ended.code in (0, SETUP_FAILED), str(ended)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_hostile_host_whose_limit_on_file_sizes_ctr_init_does_not_fit_in_is_told(box, options):
    ended = box(*options, "--map", "single", "--", "true", prelude="ulimit -f 8")
    if ended.code != 0:  # a ctr-init that is installed needs no memory file
        assert "ulimit -f" in ended.err + ended.out and "security module" not in ended.err + ended.out, str(ended)


@pytest.mark.parametrize("call", ["execveat", "close_range", "openat2"])
def test_hostile_host_whose_filter_ends_ctr_init_is_told_that_it_was_a_filter(box, deny, call):
    ended = denied(box, deny, f"{call}=KILL")
    assert ended.code == SETUP_FAILED and "seccomp filter" in ended.err and "SIGSYS" in ended.err, str(ended)


@pytest.mark.parametrize("kilobytes", [20_000, 50_000])
def test_hostile_host_with_little_memory_works_or_says_so(box, kilobytes):
    ended = box("--map", "single", "--", "true", prelude=f"ulimit -v {kilobytes}")
    assert ended.code in (0, SETUP_FAILED, 127), str(ended)


def test_hostile_host_with_an_exhausted_mount_limit_leaves_nothing(box):
    options = [word for index in range(2000) for word in ("--tmpfs", f"/data/{index}")]
    with unchanged(box.root / "etc"):
        assert box(*options, "--", "true", timeout=30).code in (0, SETUP_FAILED)


@pytest.mark.parametrize("script", ["mount -t tmpfs none /proc", "mount -o remount,ro,bind /proc"])
@pytest.mark.parametrize("options", [[], ["--map", "single"]])
def test_hostile_host_whose_proc_cannot_be_written_to_is_told(script, options):
    assert_refused(root_in(script, "run", *options, "--", "true"), "map:", "hint:", "/proc")


def test_hostile_host_that_takes_the_capability_to_map_user_zero_is_told():
    assert_refused(capless_in("", "run", "--map", "single", "--", "true"), "uid_map", "hint:", "CAP_SETFCAP")


# --------------------------------------------------------------------------------------------------- bad input

@pytest.mark.root_too
@pytest.mark.parametrize("words", [["run"], ["run", "--"], ["run", "--rootfs", "/"], ["run", "--rootfs"], ["run", "-v"]])
def test_bad_input_without_a_command_or_a_value_cannot_be_parsed(words):
    assert_refused(ctr(*words), code=UNPARSABLE)


@pytest.mark.root_too
def test_bad_input_without_any_word_shows_how_to_use_it():
    ended = ctr()
    assert ended.code in (0, UNPARSABLE)
    assert "run" in ended.out + ended.err


@pytest.mark.root_too
@pytest.mark.parametrize("typo, meant", [("--rootf", "--rootfs"), ("--volum", "--volume"), ("--hostnam", "--hostname"),
                                         ("--timeot", "--timeout"), ("--workdri", "--workdir"), ("--read-olny", "--read-only")])
def test_bad_input_unknown_option_is_told_with_a_suggestion(typo, meant):
    assert_refused(run(typo, "x", "--", "true"), typo, meant, code=UNPARSABLE)


@pytest.mark.root_too
@pytest.mark.parametrize("word", ["--nonsense-of-its-own", "-Z", "-rootfs", "-timeout=1", "---", "--=x"])
def test_bad_input_unknown_option_is_told(word):
    assert_refused(run(word, "--", "true"), code=UNPARSABLE)


@pytest.mark.root_too
@pytest.mark.parametrize("typo, meant", [("rnu", "run"), ("explian", "explain"), ("versio", "version"), ("hlep", "help")])
def test_bad_input_unknown_command_is_told_with_a_suggestion(typo, meant):
    assert_refused(ctr(typo, "--", "true"), typo, meant, code=UNPARSABLE)


@pytest.mark.root_too
@pytest.mark.parametrize("option", ["--read-only=yes", "--init=1", "--json=x", "--no-init=no"])
def test_bad_input_value_for_an_option_that_takes_none_is_told(option):
    assert_refused(run(option, "--", "true"), option.split("=")[0], code=UNPARSABLE)


@pytest.mark.root_too
@pytest.mark.parametrize("options", [["-v", "/etc:relative"], ["--tmpfs", "relative"], ["--dir", "relative"], ["--symlink", "relative=x"],
                                     ["--file", "relative=/etc/passwd"], ["--mount", "type=tmpfs,target=relative"],
                                     ["--device", "/dev/null:relative"], ["--tmpfs", ""], ["--dir", ""], ["--file", "/x"],
                                     ["--symlink", "/x"], ["--symlink", "/x="]])
def test_bad_input_target_that_is_not_absolute_is_refused_by_name(box, options):
    ended = box(*options, "--", "true")
    assert ended.code in (SETUP_FAILED, UNPARSABLE), str(ended)
    assert options[0].lstrip("-") in ended.err or "volume" in ended.err


@pytest.mark.root_too
@pytest.mark.parametrize("options", [["-v", "/etc:/" + "x/" * 2500], ["--tmpfs", "/" + "x/" * 2500], ["-w", "/" + "x/" * 2500],
                                     ["--dir", "/" + "x/" * 2500], ["--rootfs", "/" + "x/" * 2500], ["-v", "/etc:/" + "x" * 300],
                                     ["--hostname", "h" * 5000], ["--user", "u" * 100_000]])
def test_bad_input_of_great_length_is_refused_by_name(box, options):
    with unchanged(box.root):
        ended = box(*options, "--", "true")
    assert ended.code in (SETUP_FAILED, UNPARSABLE), str(ended)[:2000]
    names = {"-v": "volume", "-w": "workdir"}
    assert names.get(options[0], options[0].lstrip("-")) in ended.err.replace("cwd", "workdir")
    assert len(ended.err) < 300_000


@pytest.mark.root_too
def test_bad_input_of_twenty_thousand_mounts_is_refused(box):
    options = [word for index in range(20_000) for word in ("--tmpfs", f"/t/{index}")]
    with unchanged(box.root):
        assert_refused(box(*options, "--", "true", timeout=60), ("mount", "tmpfs", "many"))


@pytest.mark.root_too
@pytest.mark.parametrize("options", [["--status-fd", "77"], ["--status-fd", "-1"], ["--status-fd", "x"], ["--status-fd", ""],
                                     ["--report", "/nope/x"], ["--report", "/"], ["--security-opt", "nonsense"],
                                     ["--security-opt", "unmask=x"], ["--security-opt", "no-new-privileges=maybe"]])
def test_bad_input_of_other_options_is_refused_by_name(box, host, options):
    ended = box(*options, "-v", f"{host}:/data", "--", "touch", "/data/ran")
    assert ended.code in (SETUP_FAILED, UNPARSABLE), str(ended)
    assert options[0].lstrip("-") in ended.err
    assert not (host / "ran").exists()


@pytest.mark.root_too
@pytest.mark.parametrize("options", [["--ephemeral"], ["--image", "/x"], ["--memory", "1g"], ["--cpus", "1"], ["-p", "80:80"]])
def test_bad_input_feature_that_is_not_there_yet_is_never_ignored(box, options):
    ended = box(*options, "--", "true")
    assert ended.code in (SETUP_FAILED, UNPARSABLE), str(ended)
    assert options[0] in ended.err


@pytest.mark.root_too
def test_bad_input_is_told_in_one_or_two_lines_in_the_documented_shape(box):
    ended = box("-v", "/nope:/x", "--", "true")
    first, second = ended.err.strip().splitlines()
    name = os.path.basename(command()[-1])
    assert first.startswith((f"{name}: mount: ", "ctr: mount: "))
    assert "(volume 1)" in first and first.endswith(": No such file or directory")
    assert second.startswith("hint: ")


@pytest.mark.root_too
def test_bad_input_text_from_the_command_line_cannot_write_escape_sequences(box):
    ended = box("-v", "/nope\x1b[31mred\x07:/x", "--", "true")
    assert "\x1b" not in ended.err and "\x07" not in ended.err
    ended = box("--", "/bin/\x1b]0;title\x07")
    assert "\x1b" not in ended.err and "\x07" not in ended.err


@pytest.mark.root_too
def test_bad_input_has_no_colour_when_nobody_looks(box):
    assert "\x1b" not in box("-v", "/nope:/x", "--", "true").err


@pytest.mark.root_too
@pytest.mark.parametrize("descriptor", ["1", "2"])
def test_bad_input_full_disk_for_messages_is_survived(box, descriptor):
    need(os.path.exists("/dev/full"), "no /dev/full")
    assert box("--json", "--", "sh", "-c", "exit 3", prelude=f"exec {descriptor}>/dev/full").code in (3, SETUP_FAILED)


@pytest.mark.root_too
def test_bad_input_nothing_runs_when_a_later_option_is_wrong(box, host):
    ended = box("-v", f"{host}:/data", "--hostname", "h" * 65, "--", "touch", "/data/ran")
    assert ended.code == SETUP_FAILED
    assert not (host / "ran").exists()


@pytest.mark.parametrize("kibibytes", range(96, 256, 16))
def test_bad_input_too_little_memory_is_an_error_and_no_crash(box, kibibytes):
    need(os.path.basename(os.environ["CTR_CMD"]) == "ctr", "how much a program of another language needs is its own")
    ended = box("--map", "single", "--", "true", prelude=f'exec prlimit --data={kibibytes * 1024} -- "$@"')
    need(ended.code != -signal.SIGSEGV, "the kernel cannot even execute it with so little")
    assert (ended.code == SETUP_FAILED and "memory" in ended.err) or ended.code == 0


@pytest.mark.root_too
def test_explain_prints_and_runs_nothing(box, host):
    ended = assert_ok(ctr("explain", "--rootfs", box.root, "-v", f"{host}:/data", "--", "touch", "/data/ran"))
    assert "exec" in ended.out and str(host) in ended.out
    assert json.loads(assert_ok(ctr("explain", "--json", "--rootfs", box.root, "--", "true")).out)
    assert not (host / "ran").exists()
    assert_refused(ctr("explain", "--rootfs", box.root, "--hostname", "h" * 65, "--", "true"), "hostname")


def test_userns_off_world_of_this_suite_is_what_it_claims_to_be():
    words = ["unshare", "--user", "--map-root-user", "sh", "-ec", NO_USER_NAMESPACES + "; exec unshare --user true"]
    assert "No space left" in subprocess.run(words, capture_output=True, text=True, check=False).stderr


def test_masked_proc_world_of_this_suite_is_what_it_claims_to_be():
    words = ["run", "--proc", "none", "--share", "mount", "--", "true"]
    ended = ordinary_in(mask() + '\nexec unshare --user --map-root-user --mount --pid --fork mount -t proc proc /proc', *words)
    assert "permission denied" in ended.err
