# SPDX-License-Identifier: MIT
"""What the payload is given: its words, environment, directory, limits; and how its end is told."""
import json
import os
import resource
import signal
import time

import pytest

from harness import (SETUP_FAILED, assert_ok, assert_refused, ctr, finish, kill, need, outcome, payload, run, token)

pytestmark = pytest.mark.root_too


# ---------------------------------------------------------------------------------------- how it ends

def test_exit_code_is_passed_on(box):
    assert box.sh("exit 42").code == 42
    ended = box.outcome("--", "sh", "-c", "exit 42")
    assert ended.code == 42
    assert (ended.kind, ended.result["code"], ended.result["signal"], ended.error) == ("exited", 42, 0, None)


def test_exit_code_of_every_value_is_passed_on(box):
    wrong = {code: seen for code in range(0, 256, 1) if (seen := box.sh(f"exit {code}").code) != code}
    assert not wrong


def test_exit_signal_from_outside_is_128_plus_its_number(box):
    mark = token()
    running = box.start("--json", "--", "sleep", mark)
    kill(payload(mark))
    ended = finish(running)
    assert ended.code == 137
    assert '"signaled"' in ended.out


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGABRT, signal.SIGKILL,
                                    signal.SIGSEGV, signal.SIGTERM, signal.SIGUSR1, signal.SIGRTMAX])
def test_exit_signal_that_the_payload_sends_itself_is_told(box, number):
    ended = box.outcome("--ulimit", "core=0", "--", "sh", "-c", f"exec kill -{int(number)} $$")
    assert ended.code == 128 + number
    assert (ended.kind, ended.result["signal"], ended.result["core_dumped"]) == ("signaled", number, False)


def test_exit_signal_says_whether_a_core_was_dumped(box):
    pattern = open("/proc/sys/kernel/core_pattern").read().strip()
    need(resource.getrlimit(resource.RLIMIT_CORE)[1] == resource.RLIM_INFINITY, "the hard limit of core files is 0")
    need(pattern and not pattern.startswith(("|", "/", "@")), f"core files do not go to the working directory: {pattern}")
    ended = box.outcome("--ulimit", "core=unlimited", "-w", "/data", "--", "sh", "-c", "kill -SEGV $$")
    assert (ended.code, ended.kind, ended.result["core_dumped"]) == (139, "signaled", True)


def test_exit_code_of_a_fast_payload_is_never_lost(box):
    assert [box("--", "false").code for _ in range(100)] == [1] * 100


def test_exit_result_tells_time_and_memory(box, probe):
    ended = box.outcome("--", box.add(probe("memory")), "touch", "64").result
    assert ended["peak_memory"] >= 64 << 20
    ended = box.outcome("--", box.add(probe("spin")), "300").result
    assert ended["user_ns"] + ended["system_ns"] >= 290_000_000
    assert 290_000_000 <= ended["wall_ns"] < 10_000_000_000


# ------------------------------------------------------------------------------------------------ words

def test_argv_reaches_the_payload_word_for_word(box, probe):
    words = ["plain", "two words", "", "line\nbreak", "tab\t", "--", "-v", "--json", "'\"$(id)`", "ü", "*", "\\"]
    ended = assert_ok(box("--", box.add(probe("words")), *words))
    assert ended.out.split("\0")[:-1] == words


def test_argv_without_a_separator_keeps_the_payloads_options(box):
    assert box("echo", "--json", "-v", "--", "x").out == "--json -v -- x\n"


def test_argv_of_bytes_that_are_no_text_is_kept(box, probe):
    word = b"\xff\xfe\x80".decode("utf-8", "surrogateescape")
    assert box("--", box.add(probe("words")), word).raw == b"\xff\xfe\x80\0"


def test_argv_of_one_mebibyte_arrives(box):
    words = [chr(ord("a") + index) * 65536 for index in range(16)]
    ended = assert_ok(box("--", "sh", "-c", "echo $#; for word; do echo ${#word}; done", "sh", *words))
    assert ended.lines == ["16"] + ["65536"] * 16


def test_argv_of_ten_thousand_words_arrives(box):
    assert box("--", "sh", "-c", "echo $#", "sh", *["w"] * 10_000).out == "10000\n"


# ----------------------------------------------------------------------------------------- process ids

def test_pid_one_is_the_payload_without_init(box):
    assert box.sh("echo $$", "--no-init").out == "1\n"


def test_pid_one_is_init_by_default(box):
    shell, one = assert_ok(box.sh("echo $$; ps -o pid,args | grep '^ *1 '")).lines
    assert shell != "1"
    assert "init" in one


def test_pid_one_does_not_show_its_secrets_to_the_payload(box):
    ended = box.sh("cat /proc/1/environ && echo environ; for fd in 0 1 2 3 4 5 6; do readlink /proc/1/fd/$fd; done; "
                   "cat /proc/1/maps && echo maps; readlink /proc/1/exe && echo exe; true")
    assert ended.out == ""


# --------------------------------------------------------------------------------------- environment

def names(ended):
    return [line.split("=", 1)[0] for line in assert_ok(ended).lines]


def test_env_clean_shows_only_the_base(box):
    ended = box("--", "env", env={"FOO": "1", "TERM": "xterm", "LD_PRELOAD": None})
    assert sorted(names(ended)) == ["HOME", "PATH", "TERM"]


def test_env_clean_base_is_of_use(box):
    variables = dict(line.split("=", 1) for line in box("--", "env").lines)
    assert variables["TERM"]
    assert variables["HOME"] == "/root"
    assert {"/bin", "/usr/bin"} <= set(variables["PATH"].split(":"))


def test_env_clean_holds_for_a_caller_with_an_empty_environment(box):
    ended = box("--", "env", prelude="for name in $(env | sed -n 's/=.*//p'); do unset $name; done 2>/dev/null")
    assert set(names(ended)) <= {"HOME", "PATH", "TERM"}


def test_env_clean_passes_a_variable_by_name(box):
    assert "FOO=1" in box("-e", "FOO", "--", "env", env={"FOO": "1"}).lines


def test_env_clean_passes_nothing_by_a_name_that_is_not_set(box):
    assert not [line for line in assert_ok(box("-e", "FOO", "--", "env", env={"FOO": None})).lines if "FOO" in line]


def test_env_clean_sets_and_the_later_wins_once(box):
    ended = assert_ok(box("-e", "FOO=2", "-e", "FOO=3", "--env=BAR=4", "--", "env", env={"FOO": "1"}))
    assert [line for line in ended.lines if line.startswith(("FOO", "BAR"))] in (["FOO=3", "BAR=4"], ["BAR=4", "FOO=3"])


def test_env_clean_base_can_be_replaced(box):
    lines = assert_ok(box("-e", "HOME=/data", "-e", "PATH=/bin", "-e", "TERM=dumb", "--", "env")).lines
    assert sorted(lines) == ["HOME=/data", "PATH=/bin", "TERM=dumb"]


@pytest.mark.parametrize("value", ["", "a=b=c", "two words", "line\nbreak", "ü", "'\"$HOME", "=", " lead"])
def test_env_clean_keeps_values_as_they_are(box, probe, value):
    ended = assert_ok(box("-e", f"FOO={value}", "--", box.add(probe("words")), "--env"))
    assert f"FOO={value}" in ended.out.split("\0")


@pytest.mark.parametrize("word", ["=x", ""])
def test_env_clean_refuses_a_variable_without_a_name(box, word):
    ended = box("-e", word, "--", "env")
    assert ended.code in (2, SETUP_FAILED)
    assert "env" in ended.err


def test_env_clean_empty_base_starts_with_nothing(box):
    assert box("--clear-env", "--", "/bin/env").out == ""
    assert box("-e", "A=1", "--clear-env", "-e", "B=", "--", "/bin/env").lines in (["A=1", "B="], ["B=", "A=1"])


def test_env_file_is_read_line_by_line(box, host):
    (host / "list").write_text("# a comment\n\nA=1\nB=two words\nC=a=b\nD=\nPASSED\nABSENT\n")
    ended = assert_ok(box("--env-file", host / "list", "-e", "A=2", "--", "env", env={"PASSED": "yes", "ABSENT": None}))
    assert {"A=2", "B=two words", "C=a=b", "D=", "PASSED=yes"} <= set(ended.lines)
    assert not [line for line in ended.lines if line.startswith(("#", "ABSENT", "A=1"))]


def test_env_file_that_is_missing_is_refused(box, host):
    ended = box("--env-file", host / "missing", "--", "env")
    assert ended.code in (2, SETUP_FAILED)
    assert "missing" in ended.err


def test_env_of_many_and_long_values_arrives(box):
    values = {f"V{index}": "x" * 60_000 for index in range(12)}
    options = [word for name, value in values.items() for word in ("-e", f"{name}={value}")]
    lines = assert_ok(box(*options, "--", "env")).lines
    assert {f"{name}={value}" for name, value in values.items()} <= set(lines)


# ------------------------------------------------------------------------------------ working directory

def test_workdir_is_where_the_payload_starts(box):
    assert box("-w", "/data", "--", "pwd").out == "/data\n"
    assert box("--workdir=/data", "--", "pwd").out == "/data\n"


def test_workdir_that_is_missing_is_told(box):
    ended = box.outcome("-w", "/nope", "--", "pwd")
    assert (ended.code, ended.error["step"], ended.error["subject"]) == (SETUP_FAILED, "chdir", "/nope")
    assert ended.error["errno_name"] == "ENOENT"


def test_workdir_that_is_a_file_is_told(box):
    assert_refused(box("-w", "/etc/passwd", "--", "pwd"), "/etc/passwd")


@pytest.mark.parametrize("path", ["data", "./data", "../data", ""])
def test_workdir_that_is_relative_is_refused(box, path):
    ended = box("-w", path, "--", "pwd")
    assert ended.code in (2, SETUP_FAILED)
    assert "workdir" in ended.err or "cwd" in ended.err


def test_workdir_through_a_symlink_ends_at_its_target(box):
    (box.root / "link").symlink_to("/data")
    assert box("-w", "/link", "--", "sh", "-c", "pwd -P").out == "/data\n"


def test_workdir_inside_a_volume_works(box, host):
    (host / "sub").mkdir()
    assert box("-v", f"{host}:/data", "-w", "/data/sub", "--", "pwd").out == "/data/sub\n"


def test_workdir_is_the_callers_where_it_is_visible_inside():
    assert run("--", "pwd", cwd="/usr/share").out == "/usr/share\n"


def test_workdir_is_the_callers_where_a_volume_shows_it(box, host):
    assert box("-v", f"{host}", "--", "pwd", cwd=host).out == f"{host}\n"


def test_workdir_is_the_root_where_the_callers_is_hidden(box, host):
    assert box("--", "pwd", cwd=host).out == "/\n"
    assert run("--", "pwd", cwd=host).out == "/\n"


def test_workdir_is_the_root_where_only_the_name_is_the_same(box):
    assert box("--", "pwd", cwd="/etc").out == "/\n"


def test_workdir_of_a_caller_whose_directory_was_removed_is_the_root(box, tmp_path):
    ended = box("--", "pwd", prelude=f"mkdir {tmp_path}/gone; cd {tmp_path}/gone; rmdir {tmp_path}/gone")
    assert assert_ok(ended).out == "/\n"


# ------------------------------------------------------------------------------------------------ umask

def test_umask_of_the_caller_does_not_enter(box):
    assert box.sh("umask", prelude="umask 077").out == "0022\n"


@pytest.mark.parametrize("given, seen", [("0", "0000"), ("077", "0077"), ("0027", "0027"), ("777", "0777"), ("22", "0022")])
def test_umask_is_set_in_octal(box, given, seen):
    assert box.sh("umask", "--umask", given).out == seen + "\n"


@pytest.mark.parametrize("given", ["1000", "8", "-1", "0x1", "", "022x", "99999999999999999999"])
def test_umask_out_of_range_is_refused(box, given):
    ended = box.sh("umask", "--umask", given)
    assert ended.code in (2, SETUP_FAILED)
    assert "umask" in ended.err


def test_umask_of_the_caller_does_not_shape_the_roots_own_directories(box):
    ended = box.sh("stat -c %a /tmp /dev /dev/shm", prelude="umask 0777")
    assert ended.lines == ["1777", "755", "1777"]


# --------------------------------------------------------------------------------------------- host name

def test_hostname_is_the_containers_own(box):
    before = os.uname().nodename
    assert box("--hostname", "h", "--", "hostname").out == "h\n"
    assert os.uname().nodename == before


def test_hostname_is_the_hosts_by_default(box):
    assert box("--", "hostname").out == os.uname().nodename + "\n"


def test_hostname_of_64_characters_works(box):
    assert box("--hostname", "h" * 64, "--", "hostname").out == "h" * 64 + "\n"


def test_hostname_of_65_characters_is_refused(box):
    ended = box.outcome("--hostname", "h" * 65, "--", "hostname")
    assert (ended.code, ended.error["code"]) == (SETUP_FAILED, 1)
    assert_refused(box("--hostname", "h" * 65, "--", "true"), "hostname")


def test_hostname_needs_an_own_namespace(box):
    assert_refused(box("--share", "uts", "--hostname", "h", "--", "true"), "hostname", "uts")


# ----------------------------------------------------------------------------------------------- limits

def test_ulimit_sets_soft_and_hard(box):
    assert box.sh("ulimit -Sn; ulimit -Hn", "--ulimit", "nofile=64:128").lines == ["64", "128"]
    assert box.sh("ulimit -Sn; ulimit -Hn", "--ulimit", "nofile=64").lines == ["64", "64"]


def test_ulimit_of_several_limits_works(box):
    ended = box.sh("ulimit -c; ulimit -f", "--ulimit", "core=0", "--ulimit", "fsize=1024000")
    assert ended.lines == ["0", str(1024000 // 512)]


@pytest.mark.parametrize("given", ["nonsense=1", "nofile", "nofile=", "nofile=2:1", "nofile=-1", "nofile=x", "=5",
                                   "nofile=1:2:3", "nofile=18446744073709551616"])
def test_ulimit_that_makes_no_sense_is_refused(box, given):
    ended = box("--ulimit", given, "--", "true")
    assert ended.code in (2, SETUP_FAILED)
    assert "ulimit" in ended.err or "rlimit" in ended.err


@pytest.mark.ordinary
def test_ulimit_above_the_hard_limit_of_the_caller_is_told(box):
    for value in ("200:200", "unlimited"):
        ended = box("--ulimit", f"nofile={value}", "--", "true", prelude="ulimit -n 100")
        assert_refused(ended, "nofile", "hint:", "ulimit -Ha")


# ---------------------------------------------------------------------------------------------- outcome

def test_outcome_is_the_same_on_every_channel(box, host):
    reading, writing = os.pipe()
    ended = box("--json", "--status-fd", str(writing), "--report", host / "report", "--", "sh", "-c", "exit 9", pass_fds=(writing,))
    os.close(writing)
    with open(reading, encoding="utf-8") as pipe:
        by_fd = json.loads(pipe.read())
    by_file, by_stdout = json.loads((host / "report").read_text()), json.loads(ended.out)
    assert by_fd == by_file == by_stdout
    assert (ended.code, by_fd["result"]["kind"], by_fd["result"]["code"]) == (9, "exited", 9)


def test_outcome_fd_does_not_enter_the_container(box, probe):
    reading, writing = os.pipe()
    program = box.add(probe("fds"))
    ended = box("--status-fd", str(writing), "--", program, pass_fds=(writing,))
    os.close(writing)
    os.close(reading)
    assert [line.split()[0] for line in ended.lines] == ["0", "1", "2"]


def test_outcome_of_a_failure_tells_the_error_and_no_result(box):
    ended = box.outcome("-v", "/nope:/data", "--", "true")
    assert (ended.code, ended.result) == (SETUP_FAILED, None)
    assert set(ended.error) >= {"code", "code_name", "step", "errno", "errno_name", "subject", "call", "index", "message",
                                "hint"}


def test_outcome_of_a_success_is_silent_on_stderr(box):
    assert box("--map", "single", "--", "true").err == ""
    assert box("-q", "--", "true").err == ""


def test_outcome_options_that_change_nothing_are_accepted(box):
    assert box("--rm", "-i", "--", "cat", input="x").out == "x"


def test_version_and_help_are_there():
    assert assert_ok(ctr("version")).out.strip()
    assert "run" in assert_ok(ctr("help")).out
    assert "--rootfs" in assert_ok(ctr("help", "run")).out
    assert outcome("--", "true").code == 0


def test_outcome_wall_time_is_the_payloads(box):
    begun = time.monotonic()
    ended = box.outcome("--", "sleep", "0.3")
    assert 290_000_000 <= ended.result["wall_ns"] <= (time.monotonic() - begun) * 1e9


def test_outcome_is_valid_json_whatever_the_bytes_of_a_name_are(box):
    for name in (b"\xff\xfe", b"\xc3(", b"\xed\xa0\x80", b'quote"back\\slash', b"\x01\x1f\x7f"):
        ended = box("--json", "--", "/bin/" + name.decode("utf-8", "surrogateescape"))
        parsed = json.loads(ended.raw.decode("utf-8"))
        assert parsed["error"]["code"] == 6
