# SPDX-License-Identifier: MIT
"""The command line itself: what is parsed, what is refused, what is suggested, and how it is said."""
import json
import os
import pty
import re
import signal
import subprocess

import pytest

from harness import (NOT_FOUND, SETUP_FAILED, UNPARSABLE, assert_ok, assert_refused, command, ctr, finish, parse_outcome, payload, run,
                     start, token)

pytestmark = pytest.mark.root_too


def explained(*options, **caller):
    return ctr("explain", *options, "--", "true", **caller)


# ------------------------------------------------------------------------------------------------- help, version

def test_help_is_data_on_standard_output():
    for words in (["help"], ["--help"], ["-h"]):
        ended = assert_ok(ctr(*words))
        assert ended.err == ""
        for name in ("run", "explain", "selftest", "version", "help"):
            assert re.search(rf"^ +{name}\b", ended.out, re.M), str(ended)


def test_help_of_a_command_lists_every_option_in_groups():
    ended = assert_ok(ctr("help", "run"))
    for option in ("--rootfs", "--read-only", "-v, --volume", "--mount", "--tmpfs", "--device", "--file", "--symlink", "--dir", "--proc",
                   "-w, --workdir", "-e, --env", "--env-file", "--clear-env", "--umask", "--stdin", "--stdout", "--stderr", "--pass-fd",
                   "--ulimit", "-t, --tty", "-i, --interactive", "-u, --user", "--group-add", "--map", "--uidmap", "--gidmap", "--newuidmap",
                   "--newgidmap", "--net", "-h, --hostname", "--unshare", "--share", "--join", "--time-offset", "--security-opt", "--cap-profile", "--keyring", "--landlock",
                   "--allow-new-privs", "--pids-limit", "--oom-score-adj", "--nice", "--cpuset-cpus",
                   "--core-sched", "--timeout", "--kill-after", "--init", "--no-init", "--no-die-with-host", "--rm", "--json",
                   "--status-fd", "--report", "-q, --quiet", "--debug", "--help"):
        assert re.search(rf"^ +{option}( |$)", ended.out, re.M), f"{option} is not listed\n{ended}"
    assert len(re.findall(r"^[A-Z].*:$", ended.out, re.M)) >= 5, "the options stand in no groups"


def test_help_fits_a_terminal_of_eighty_columns():
    for words in (["help"], ["help", "run"], ["help", "explain"], ["help", "version"], ["help", "help"]):
        too_long = [line for line in assert_ok(ctr(*words)).lines if len(line) > 80]
        assert not too_long


def test_help_option_is_the_help_of_its_command():
    for name in ("run", "explain", "version", "help"):
        assert assert_ok(ctr(name, "--help")).out == assert_ok(ctr("help", name)).out


def test_help_option_wins_over_what_follows_it_and_runs_nothing():
    assert ctr("run", "--help", "--nonsense", "--", "false").out == ctr("help", "run").out


def test_help_option_behind_the_command_belongs_to_the_command():
    ended = run("--rootfs", "/nonexistent/root", "--", "true", "--help")
    assert_refused(ended, "/nonexistent/root")


def test_help_of_an_unknown_command_is_told_with_a_suggestion():
    assert_refused(ctr("help", "explian"), "explian", "explain", code=UNPARSABLE)
    assert_refused(ctr("help", "run", "explain"), code=UNPARSABLE)


def test_help_that_nobody_can_write_is_a_failure():
    ended = ctr("help", prelude="exec >/dev/full")
    assert_refused(ended, "No space left")


def test_version_is_one_line_with_a_number():
    for words in (["version"], ["--version"], ["-V"]):
        ended = assert_ok(ctr(*words))
        assert re.fullmatch(r"\S+ \d+\.\d+\.\d+ \(libctr \d+\.\d+\.\d+\)\n", ended.out), str(ended)
    assert_refused(ctr("version", "now"), code=UNPARSABLE)


# ------------------------------------------------------------------------------------------------------ commands

@pytest.mark.parametrize("word", ["--", "-", "", "Run", "r", "no-such-command-at-all"])
def test_command_that_is_unknown_is_told(word):
    assert_refused(ctr(word), "unknown command", "hint:", code=UNPARSABLE)


def test_command_options_in_front_of_the_command_are_told_where_they_belong():
    assert_refused(ctr("--rootfs", "/", "run", "--", "true"), "--rootfs", "behind the command", "run --rootfs", code=UNPARSABLE)
    assert_refused(ctr("--verson"), "--verson", "--version", code=UNPARSABLE)


def test_command_to_run_is_needed_by_explain_too():
    for words in (["explain"], ["explain", "--"], ["explain", "--read-only"]):
        assert_refused(ctr(*words), "no command", code=UNPARSABLE)


# ------------------------------------------------------------------------------------------------------- options

@pytest.mark.parametrize("word, meant", [("--rootsf", "--rootfs"), ("--enviroment-file", None), ("--work", "--workdir"), ("--no-int", "--no-init"),
                                         ("--kil-after", "--kill-after"), ("-rootfs", "--rootfs"), ("-volume", "--volume"),
                                         ("-env", "--env"), ("-user=1", "--user"), ("--networks", "--network"), ("-init", "--init"),
                                         ("--stdn", "--stdin"), ("--qqq", None), ("-x", None), ("-ix", None), ("-x=1", None)])
def test_option_that_is_unknown_is_told_with_what_was_meant(word, meant):
    ended = assert_refused(run(word, "x", "--", "true"), "unknown option", word.split("=")[0], "hint:", code=UNPARSABLE)
    hint = ended.err.splitlines()[1]
    if meant:
        assert f'did you mean "{meant}"?' in hint
    else:
        assert "did you mean" not in hint


@pytest.mark.parametrize("words", [["--timeout"], ["--timeout", "--"], ["-e"], ["-ie"], ["-v", "--", "true"], ["--rootfs", "--", "true"]])
def test_option_without_its_value_is_told(words):
    spelling = words[0] if words[0].startswith("--") else "-" + words[0][-1]
    assert_refused(run(*words), f'"{spelling}" needs a value', code=UNPARSABLE)


def test_option_values_may_look_like_options():
    assert_ok(explained("--time-offset", "boottime=-5"))
    assert_ok(explained("-e", "A=--"))
    assert_ok(explained("--env=A=-x"))
    assert_refused(run("--timeout", "-5", "--", "true"), "-5", "timeout", code=UNPARSABLE)


@pytest.mark.parametrize("words", [["-eA=1"], ["-e", "A=1"], ["-e=A=1"], ["--env=A=1"], ["--env", "A=1"], ["-ieA=1"], ["-qie", "A=1"]])
def test_option_values_can_be_attached_in_every_usual_way(words):
    ended = assert_ok(run("-q", *words, "--", "/usr/bin/env"))
    assert "A=1" in ended.lines


def test_option_of_one_value_counts_where_it_stands_last():
    assert assert_ok(run("-w", "/nope", "-w", "/usr", "--", "pwd")).out == "/usr\n"
    assert_ok(explained("--timeout", "1", "--map", "none", "--map", "auto", "--net", "host", "--net", "none"))


def test_option_errors_count_uses_of_that_option_from_one():
    assert_refused(run("-v", "/etc:/x", "--volume", "/etc:/y:bogus", "--", "true"), "(volume 2)", code=UNPARSABLE)
    assert_refused(run("-e", "A=1", "-v", "/etc:/x:bogus", "--", "true"), "(volume 1)", code=UNPARSABLE)
    assert_refused(run("--tmpfs", "/a", "-v", "/usr:/b", "-v", "/etc:relative", "--", "true"), "(volume 2)")
    assert_refused(run("--umask", "8", "--", "true"), "(umask)", code=UNPARSABLE)


def test_option_that_is_wrong_is_told_by_explain_in_the_same_words():
    for options in (["--rootsf", "x"], ["--timeout", "abc"], ["--hostname", "h" * 65], ["-v", "/etc:relative"], ["-t", "--stdin", "null"]):
        refused = run(*options, "--", "true")
        ended = explained(*options)
        assert refused.code in (SETUP_FAILED, UNPARSABLE)
        assert (ended.code, ended.out) == (refused.code, "")
        assert ended.err.splitlines()[0] == refused.err.splitlines()[0]


def test_option_that_the_library_refuses_is_no_parse_error():
    assert_refused(run("--hostname", "h" * 65, "--", "true"), "hostname", code=SETUP_FAILED)
    assert "CTR_" not in assert_refused(run("--share", "user", "--", "true"), "map none", "(share", code=SETUP_FAILED).err
    assert_refused(run("--umask", "1777", "--", "true"), "umask", '"01777"', code=SETUP_FAILED)


# -------------------------------------------------------------------------------------------------------- values

@pytest.mark.parametrize("given", ["1", "1.5", "0.001", "500ms", "2s", "3m", "1h", "1.25h", "0", "100000h"])
def test_value_of_a_duration_is_understood(given):
    assert_ok(explained("--timeout", given, "--kill-after", given))


@pytest.mark.parametrize("options", [["--timeout", "abc"], ["--timeout", "1."], ["--timeout", "1,5"], ["--kill-after", "+1"],
                                     ["--timeout", "1S"], ["--timeout", "1d"], ["--timeout", " 1"], ["--timeout", "99999999999h"],
                                     ["--umask", "0o22"], ["--umask", "u=rwx"], ["--ulimit", "nofile"], ["--ulimit", "nofile="],
                                     ["--ulimit", "nofile=1:2:3"], ["--ulimit", "files=1"], ["--ulimit", "nofile=1k"],
                                     ["--ulimit", "nofile=18446744073709551615"], ["--uidmap", "0:1"], ["--uidmap", "0:1:2:3"],
                                     ["--gidmap", "0:1:4294967296"], ["--gidmap", "a:b:c"], ["--map", "0:1:2,"], ["--map", "sngle"],
                                     ["--map", ""], ["--net", "bridge"], ["--share", "mnt"], ["--share", ""], ["--share", "net,"],
                                     ["--unshare", "all"], ["--join", "net"], ["--join", "mnt=/proc/self/ns/mnt"],
                                     ["--time-offset", "realtime=1"], ["--time-offset", "boottime"], ["--time-offset", "boottime=1h"],
                                     ["--pass-fd", "1:2:3"], ["--pass-fd", "stdin"], ["--status-fd", "1x"], ["--proc", "yes"],
                                     ["--dir", "/x:9"], ["--file", "/x"], ["--symlink", "/x"], ["--device", "/dev/null:/x:rwm"],
                                     ["--mount", "type=volume,target=/x"], ["--mount", "type=tmpfs,target=/x,colour=red"],
                                     ["--mount", "type=tmpfs,target=/x,rbind"], ["--mount", "type=tmpfs"], ["--mount", "target=/x"],
                                     ["--mount", '"source=/a,target=/x'], ["--mount", "type=tmpfs,target=/x,ro=maybe"],
                                     ["--mount", "type=dir,target=/x,mode=rwx"], ["--env", ""], ["--env", "=1"],
                                     ["--security-opt", "seccomp"], ["--security-opt", "no-new-privileges=maybe"],
                                     ["--security-opt", "no-new-privileges:maybe"],
                                     ["--volume", "/usr:/x:ro,rw"], ["--volume", "/usr:/x:bind,rbind"], ["--tmpfs", "/x:exec,noexec"],
                                     ["--mount", "source=/usr,target=/x,ro,readonly=false"], ["--mount", "type=tmpfs,target=/x,dev,nodev"]])
def test_value_that_cannot_be_parsed_is_refused_by_name(options):
    ended = assert_refused(run(*options, "--", "true"), code=UNPARSABLE)
    assert f"({options[0].lstrip('-')}" in ended.err.splitlines()[0], str(ended)


@pytest.mark.parametrize("options", [["--ulimit", "nofile=100:200"], ["--ulimit", "core=unlimited"], ["--ulimit", "core=0:-1"],
                                     ["--security-opt", "no-new-privileges"], ["--security-opt", "no-new-privileges=true"],
                                     ["--security-opt", "no-new-privileges:true"], ["--security-opt", "no-new-privileges:false"],
                                     ["--volume", "/usr:/tmp/usr:ro,readonly,rbind"],
                                     ["--security-opt", "unmask=ALL"], ["--network", "none"], ["--share", "uts,ipc", "--unshare", "ipc"],
                                     ["--time-offset", "monotonic=1.5"], ["--rm", "--interactive", "-i"], ["-it"], ["--tty"], ["--stdin", "null"],
                                     ["--tmpfs", "/tmp/t:size=1m,mode=755,nr_inodes=10,ro,noexec"],
                                     ["--mount", "type=tmpfs,dst=/tmp,tmpfs-size=1m,tmpfs-mode=1777,readonly=false"],
                                     ["--mount", '"source=/usr",destination=/tmp/usr,readonly']])
def test_value_in_every_documented_form_is_understood(options):
    assert_ok(explained(*options))


@pytest.mark.parametrize("options, word", [(["--net", "private"], "not available yet"),
                                           (["--security-opt", "unmask=/proc/kcore"], "not available yet")])
def test_value_that_is_for_later_says_so(options, word):
    assert_refused(run(*options, "--", "true"), word, "hint:", code=SETUP_FAILED)


def test_value_of_a_file_that_is_too_large_is_refused(tmp_path):
    (tmp_path / "large").write_bytes(b"x" * ((16 << 20) + 1))
    for options in (["--file", f"/tmp/x={tmp_path}/large"], ["--env-file", tmp_path / "large"]):
        assert_refused(run(*options, "--", "true"), "16 MiB", f"({options[0].lstrip('-')} 1)")
    for options in (["--env-file", "/dev/zero"], ["--security-opt", "seccomp=/dev/zero"]):
        assert "--volume" not in assert_refused(run(*options, "--", "true"), "16 MiB").err


def test_value_of_an_env_file_is_refused_by_its_line(tmp_path):
    (tmp_path / "list").write_text("A=1\n\n# a comment\n=2\n")
    assert_refused(run("--env-file", tmp_path / "list", "--", "true"), "line 4", "(env-file 1)")


def test_value_of_an_env_file_may_end_its_lines_as_elsewhere(tmp_path):
    (tmp_path / "list").write_bytes(b"A=1\r\nB=2")
    assert {"A=1", "B=2"} <= set(assert_ok(run("--env-file", tmp_path / "list", "--", "/usr/bin/env")).lines)


def test_value_of_a_descriptor_must_be_open_in_the_caller():
    assert_refused(run("--pass-fd", "9", "--", "true", prelude="exec 9<&-"), "9", "not open", "(pass-fd 1)")
    assert_refused(run("--status-fd", "9", "--", "true", prelude="exec 9<&-"), "9", "not open", "(status-fd)")


def test_value_of_a_descriptor_for_the_outcome_must_be_open_for_writing():
    assert_refused(run("--status-fd", "9", "--", "true", prelude="exec 9</dev/null"), "9", "not open for writing", "(status-fd)")


@pytest.mark.parametrize("options", [["--pass-fd", "1:0", "--stdin", "null"], ["--stdout", "null", "--pass-fd", "1:1"],
                                     ["--pass-fd", "2:2", "--pass-fd", "1:2"], ["--stderr", "stdout", "--pass-fd", "1:2"]])
def test_value_of_a_standard_stream_that_is_given_twice_is_refused(options):
    assert_refused(run(*options, "--", "true"), "given twice", "(")
    assert_ok(run("--stdin", "/dev/zero", "--stdin", "null", "--pass-fd", "2:1", "--", "true"))


def test_value_of_a_descriptor_is_never_one_of_the_programs_own(tmp_path):
    """Files that the program opens for other options must not become what a wrong number means."""
    (tmp_path / "secret").write_text("secret\n")
    for number in range(3, 12):
        ended = run("--stdin", tmp_path / "secret", "--stderr", tmp_path / "err", "--pass-fd", f"{number}:20", "--", "true")
        assert_refused(ended, "not open")


# ------------------------------------------------------------------------------------------------------- outcome

def test_outcome_of_an_unparsable_line_is_an_object_too():
    for options in (["--nonsense"], ["--timeout", "abc"], []):
        ended = run("--json", *options, *(["--", "true"] if options else []))
        parsed, before = parse_outcome(ended.out)
        assert (ended.code, before) == (UNPARSABLE, "")
        assert parsed["result"] is None and parsed["report"] is None
        assert set(parsed["error"]) >= {"code", "code_name", "step", "errno", "errno_name", "subject", "call", "index", "message", "hint"}
        assert (parsed["error"]["code"], parsed["error"]["code_name"]) == (1, "invalid")


def test_outcome_of_text_that_is_no_text_is_still_json():
    ended = run("--json", b"--x\xff\x1b\"\\".decode("utf-8", "surrogateescape"), "--", "true")
    assert json.loads(ended.raw.decode())["error"]["message"].startswith("unknown option")


def test_outcome_file_that_cannot_be_written_is_told_before_anything_runs(tmp_path):
    ended = run("--report", "/nonexistent/report", "--stdout", tmp_path / "out", "--", "echo", "ran")
    assert_refused(ended, "/nonexistent/report", "(report)")
    assert not (tmp_path / "out").exists() or (tmp_path / "out").read_text() == ""


def test_outcome_into_a_fifo_waits_for_no_reader_and_reaches_one(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert_refused(run("--report", fifo, "--", "true"), "nobody reads", str(fifo), "(report)", "hint:")
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    assert_ok(run("--report", fifo, "--", "true"))
    with os.fdopen(reader, "rb") as pipe:
        assert json.loads(pipe.read())["result"]["code"] == 0


def test_outcome_that_nobody_reads_leaves_the_exit_status_alone():
    reading, writing = os.pipe()
    os.close(reading)
    ended = run("--status-fd", str(writing), "--", "sh", "-c", "exit 7", pass_fds=(writing,))
    os.close(writing)
    assert ended.code == 7
    assert "outcome" in ended.err


# ------------------------------------------------------------------------------------------------------- explain

def test_explain_touches_no_file_that_the_run_would_write(tmp_path):
    (tmp_path / "kept").write_text("kept\n")
    assert_ok(explained("--stdout", tmp_path / "kept", "--stderr", tmp_path / "made", "--report", tmp_path / "report", "--status-fd", "9",
                        prelude="exec 9>&-"))
    assert (tmp_path / "kept").read_text() == "kept\n"
    assert os.listdir(tmp_path) == ["kept"]


def test_explain_as_json_is_one_value_and_ends_with_a_newline():
    ended = assert_ok(ctr("explain", "--json", "--", "true"))
    assert json.loads(ended.out) and ended.out.endswith("\n")


def test_explain_as_json_names_no_member_twice():
    def once(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), names
        return dict(pairs)

    plan = json.loads(assert_ok(ctr("explain", "--json", "--", "true")).out, object_pairs_hook=once)
    assert plan["namespaces"]["user"] == "own" and "user" in plan["launch"]


def test_explain_before_a_run_goes_to_standard_error():
    plan = assert_ok(explained()).lines
    ended = assert_ok(run("--debug", "--", "echo", "ran"))
    assert ended.out == "ran\n"
    assert len(ended.err.splitlines()) >= len(plan) // 2


# -------------------------------------------------------------------------------------------------------- messages

def seen_on_a_terminal(*words, **environment):
    """What the program writes to standard error when that is a terminal."""
    master, terminal = pty.openpty()
    merged = {**os.environ, "TERM": "xterm", **environment}
    merged = {name: value for name, value in merged.items() if value is not None}
    subprocess.run([*command(), *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=terminal, env=merged, check=False)
    os.close(terminal)
    text = os.read(master, 65536).decode()
    os.close(master)
    return text


def test_message_is_coloured_on_a_terminal_only_and_not_against_the_callers_wish():
    assert "\x1b[" in seen_on_a_terminal("run", "--nonsense", NO_COLOR=None)
    assert "\x1b" not in seen_on_a_terminal("run", "--nonsense", NO_COLOR="1")
    assert "\x1b" not in seen_on_a_terminal("run", "--nonsense", NO_COLOR=None, TERM="dumb")
    assert "\x1b" not in run("--nonsense", env={"NO_COLOR": None}).err


@pytest.mark.parametrize("word", ["\x1b[31m", "\x07", "a\nb", "a\rb", "\x7f", "\u009b31m", "\u202e", "\u200b"])
def test_message_shows_what_commands_a_terminal_by_its_number(word):
    ended = assert_refused(run(f"--x{word}", "--", "true"), "unknown option", code=UNPARSABLE)
    assert word not in ended.err
    assert len(ended.err.splitlines()) == 2
    assert "\\" in ended.err


def test_message_keeps_letters_of_every_language():
    assert "--größe-Привет-日本" in run("--größe-Привет-日本", "--", "true").err


def test_message_of_bytes_that_are_no_text_shows_their_numbers():
    word = b"--x\xff\xc3".decode("utf-8", "surrogateescape")
    assert "--x\\xff\\xc3" in run(word, "--", "true").err


# --------------------------------------------------------------------------------------------------------- signals

def ignoring(number):
    return lambda: signal.signal(number, signal.SIG_IGN)


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2"])
def test_signal_sent_to_the_program_reaches_the_command(name):
    mark = token()
    script = f"trap 'echo got {name}; exit 9' {name}; : {mark}; echo ready; while :; do sleep 0.05; done"
    running = start("run", "--", "sh", "-c", script)
    assert running.stdout.readline() == b"ready\n"
    running.send_signal(getattr(signal, f"SIG{name}"))
    ended = finish(running)
    assert (ended.code, ended.out) == (9, f"got {name}\n")


def test_signal_of_a_hangup_is_not_passed_on_under_nohup():
    mark = token()
    running = start("run", "--", "sleep", mark, preexec_fn=ignoring(signal.SIGHUP))
    payload(mark)
    running.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(0.3)
    running.terminate()
    assert finish(running).code == 128 + signal.SIGTERM


def test_signal_that_a_scripts_background_job_ignores_is_passed_on_when_it_is_sent():
    mark = token()
    running = start("run", "--", "sleep", mark, preexec_fn=ignoring(signal.SIGINT))
    payload(mark)
    running.send_signal(signal.SIGINT)
    assert finish(running).code == 128 + signal.SIGINT


def test_signal_blocked_by_the_caller_is_passed_on_all_the_same():
    mark = token()
    running = start("run", "--", "sleep", mark, preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM}))
    payload(mark)
    running.terminate()
    assert finish(running).code == 128 + signal.SIGTERM


def test_command_that_is_missing_is_told_and_not_taken_for_an_option():
    assert_refused(run("-", "x"), code=NOT_FOUND)
