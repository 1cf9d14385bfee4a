# SPDX-License-Identifier: MIT
"""Containers with a name: detached, listed, looked at, signalled, paused, joined, waited for and removed by others."""
import json
import os
import random
import signal
import time

import pytest

from harness import (SETUP_FAILED, UNPARSABLE, assert_ok, assert_refused, ctr, finish, payload, start, token)
from watch import assert_all_gone, eventually, living

pytestmark = pytest.mark.root_too


class Names:
    """The names of one state directory."""

    def __init__(self, box, directory):
        self.box, self.directory = box, directory
        self.environment = {"XDG_RUNTIME_DIR": str(directory)}

    def __call__(self, command, *args, **options):
        return ctr(command, *args, env=self.environment, **options)

    def run(self, *args, **options):
        return self("run", "--rootfs", self.box.root, *args, **options)

    def detached(self, name, script, *args, **options):
        """Starts a shell script; the name is what is printed."""
        ended = assert_ok(self.run("-d", "--name", name, *args, "--", "sh", "-c", script, **options))
        assert ended.lines == [name]

    def listed(self, *args):
        return [json.loads(line.strip("[],")) for line in self("ps", "--json", *args).lines if line.strip("[],")]

    def inspected(self, name):
        return json.loads(assert_ok(self("inspect", name)).out)[0]


@pytest.fixture
def names(box, tmp_path):
    directory = tmp_path / "runtime"
    directory.mkdir(mode=0o700)
    made = Names(box, directory)
    yield made
    for container in made.listed("-a"):
        made("rm", "-f", container["name"])
    assert_all_gone(5)
    state = directory / "ctr"
    assert not state.exists() or os.listdir(state) == []


# --------------------------------------------------------------------------------------------------- detach

def test_detach_returns_while_the_command_runs_and_prints_the_name(names):
    begun = time.monotonic()
    names.detached("one", "sleep 100")
    assert time.monotonic() - begun < 5
    assert [(one["name"], one["state"]) for one in names.listed()] == [("one", "running")]


def test_detach_makes_up_a_name(names):
    name = assert_ok(names.run("-d", "sleep", "100")).lines[0]
    assert [one["name"] for one in names.listed()] == [name]
    assert name != assert_ok(names.run("-d", "sleep", "100")).lines[0]


def test_detach_leaves_no_process_but_the_container(names):
    names.detached("one", "exec sleep 100")
    # ctr-init and the command
    assert len(living()) == 2, [process.words() for process in living()]


def test_detached_standard_input_is_empty_and_nothing_of_the_caller_is_kept_open(names):
    ended = names.run("-d", "--name", "one", "sh", "-c", "cat; ls -l /proc/self/fd; sleep 100", input="lost")
    assert_ok(ended)  # and its pipes are at their end, or this would hang
    eventually(lambda: "pipe" in names("logs", "one").out, 5, "the listing")
    shown = names("logs", "one").out
    assert "lost" not in shown
    assert "0 -> /null" in shown or "0 -> /dev/null" in shown, shown


def test_detached_container_with_passed_descriptors_keeps_its_output_and_its_end(names, host):
    (host / "f").write_text("passed")
    options = ("run", "-d", "--rootfs", names.box.root)
    for name, passed in (("three", ("--preserve-fds", "1")), ("seven", ("--pass-fd", "3:7"))):
        words = ("--name", name, *passed, "--", "sh", "-c", "echo out; echo err >&2; exit 5")
        assert_ok(names(*options, *words, prelude=f"exec 3<{host}/f"))
        assert names("wait", name).out.strip() == "5"
        assert sorted(assert_ok(names("logs", name)).out.split()) + names("logs", name).err.split() == ["out", "err"]


def test_detach_of_what_cannot_start_is_told_and_takes_no_name(names):
    assert_refused(names.run("-d", "--name", "one", "/no/such/program"), "/no/such/program", code=127)
    assert_refused(names.run("-d", "--name", "one", "--workdir", "/nowhere", "true"), "/nowhere")
    assert names.listed("-a") == []
    names.detached("one", "sleep 100")


def test_detach_with_a_terminal_is_refused(names):
    assert_refused(names.run("-d", "-t", "true"), "terminal", code=UNPARSABLE)


def test_a_detached_container_keeps_its_deadline(names):
    names.detached("one", "sleep 100", "--timeout", "300ms")
    assert assert_ok(names("wait", "one")).out == "124\n"
    assert names.inspected("one")["result"]["kind"] == "timed_out"


# ----------------------------------------------------------------------------------------------------- names

def test_name_of_a_running_container_is_refused_to_others(names):
    names.detached("one", "sleep 100")
    assert_refused(names.run("--name", "one", "true"), "one", "running")
    assert_refused(names.run("-d", "--name", "one", "true"), "one", "running")


def test_name_stays_taken_after_the_end_until_it_is_removed(names):
    assert names.run("--name", "one", "sh", "-c", "exit 3").code == 3
    assert_refused(names.run("--name", "one", "true"), "one", "ended")
    assert names("wait", "one").out == "3\n"
    assert_ok(names("rm", "one"))
    assert_ok(names.run("--name", "one", "true"))


def test_name_goes_with_its_container_on_request(names):
    for _ in range(2):
        assert_ok(names.run("--rm", "--name", "one", "true"))
    assert names.listed("-a") == []
    names.detached("two", "true", "--rm")
    eventually(lambda: names.listed("-a") == [], 5, "the end of the name")


@pytest.mark.parametrize("name", ["", "a/b", "..", ".x", "-x", "a b", "x" * 300, "a\nb", "ä"])
def test_name_that_cannot_be_one_is_refused_everywhere(names, name):
    assert names.run(f"--name={name}", "true").code in (SETUP_FAILED, UNPARSABLE)
    for command in ("inspect", "kill", "stop", "pause", "resume", "wait", "rm", "logs"):
        assert_refused(names(command, "--", name), "name")
    assert_refused(names("exec", "--", name, "true"), "name")


def test_name_that_nobody_has_is_told(names):
    for command in ("inspect", "kill", "stop", "pause", "resume", "wait", "rm", "logs"):
        assert_refused(names(command, "nobody"), "nobody")
    assert_refused(names("exec", "nobody", "true"), "nobody")
    assert_ok(names("rm", "-f", "nobody"))


def test_commands_without_a_name_say_so(names):
    for command in ("inspect", "kill", "stop", "pause", "resume", "wait", "rm", "logs", "exec"):
        assert_refused(names(command), "name", code=UNPARSABLE)
    assert_refused(names("exec", "one"), "command", code=UNPARSABLE)
    assert_refused(names("ps", "one"), "no names", code=UNPARSABLE)


def test_of_several_names_each_is_tried(names):
    names.detached("one", "sleep 100")
    names.detached("two", "sleep 100")
    ended = names("rm", "-f", "one", "two")
    assert_ok(ended)
    names.detached("three", "sleep 100")
    assert_refused(names("kill", "nobody", "three"), "nobody")
    assert names("wait", "three").out == "137\n"


# ------------------------------------------------------------------------------------------------------- ps

def test_ps_shows_what_runs_and_with_all_what_has_ended(names):
    names.detached("live", "sleep 100")
    assert names.run("--name", "gone", "sh", "-c", "exit 4").code == 4
    assert "live" in names("ps").out and "gone" not in names("ps").out
    assert [line.split()[:2] for line in names("ps", "-a").lines[1:]] == [["gone", "ended"], ["live", "running"]]
    assert names("ps", "-aq").lines == ["gone", "live"]


def test_ps_shows_nothing_where_nothing_is(names):
    assert names("ps", "-q").out == ""
    assert not (names.directory / "ctr").exists()


def test_ps_writes_words_so_that_a_terminal_stays_sane(names):
    assert_ok(names.run("-d", "--name", "one", "sh", "-c", "sleep 100 # \x1b[2J\n\x07"))
    shown = names("ps").out
    assert "\x1b" not in shown and "\x07" not in shown and len(shown.splitlines()) == 2


def test_inspect_tells_how_it_ended(names):
    assert names.run("--name", "one", "sh", "-c", "exit 4").code == 4
    told = names.inspected("one")
    assert (told["state"], told["result"]["kind"], told["result"]["code"]) == ("ended", "exited", 4)
    assert told["command"] == ["sh", "-c", "exit 4"]
    assert told["created"] <= told["ended"]


def test_inspect_tells_the_pid_of_its_init(names):
    marker = token()
    names.detached("one", f"exec sleep {marker}")
    assert names.inspected("one")["pid"] == payload(marker).parent


# ------------------------------------------------------------------------------------------------------ logs

def test_logs_are_there_while_it_runs_and_after_the_end_each_stream_to_its_own(names):
    names.detached("one", "echo out; echo err >&2; sleep 100")
    eventually(lambda: names("logs", "one").err == "err\n", 5, "the error output")
    assert names("logs", "one").out == "out\n"
    assert_ok(names("kill", "one"))
    assert_ok(names("wait", "one"))
    ended = names("logs", "one")
    assert (ended.out, ended.err) == ("out\n", "err\n")


def test_logs_follow_until_the_end(names):
    names.detached("one", "for i in 1 2 3 4 5; do echo $i; sleep 0.2; done")
    assert names("logs", "-f", "one").lines == ["1", "2", "3", "4", "5"]


def test_logs_are_bounded_and_the_end_is_kept(names):
    names.detached("one", "seq 1 100000", "--log-size", "1k")
    assert names("wait", "one").out == "0\n"
    shown = names("logs", "one").out
    assert len(shown) == 1024 and shown.endswith("\n99999\n100000\n")
    place = names.directory / "ctr/one/stdout"
    assert place.stat().st_size < 128 * 1024


def test_logs_of_what_was_not_detached_are_refused(names):
    assert_ok(names.run("--name", "one", "true"))
    assert_refused(names("logs", "one"), "not kept")


def test_output_is_redirected_where_detach_is_told_so(names, host):
    names.detached("one", "echo kept; echo err >&2", "--stdout", host / "out")
    assert names("wait", "one").out == "0\n"
    assert (host / "out").read_text() == "kept\n"
    assert names("logs", "one").err == "err\n"


# ------------------------------------------------------------------------------------------------------ kill

def test_kill_sends_the_signal_to_the_command(names):
    names.detached("one", "trap 'exit 7' USR1; while :; do sleep 0.05; done")
    time.sleep(0.3)
    assert_ok(names("kill", "-s", "USR1", "one"))
    assert names("wait", "one").out == "7\n"


@pytest.mark.parametrize("spelling", ["TERM", "SIGTERM", "15"])
def test_kill_takes_signals_by_name_and_number(names, spelling):
    names.detached("one", "exec sleep 100")
    assert_ok(names("kill", "--signal", spelling, "one"))
    assert names("wait", "one").out == "143\n"


def test_kill_of_an_ended_container_and_of_no_signal_are_refused(names):
    assert_ok(names.run("--name", "one", "true"))
    assert_refused(names("kill", "one"), "ended")
    for bad in ("NONE", "0", "65", "-1", ""):
        assert_refused(names("kill", f"--signal={bad}", "one"), "signal", code=UNPARSABLE)


def test_stop_ends_a_willing_command_by_sigterm(names):
    names.detached("one", "trap 'exit 5' TERM; while :; do sleep 0.05; done")
    time.sleep(0.3)
    assert_ok(names("stop", "one"))
    assert names("wait", "one").out == "5\n"
    assert_ok(names("stop", "one"))


def test_stop_ends_what_ignores_it_after_the_grace_with_all_its_descendants(names):
    names.detached("one", "trap '' TERM; (setsid sleep 999 &); while :; do sleep 0.05; done")
    time.sleep(0.3)
    begun = time.monotonic()
    assert_ok(names("stop", "-t", "300ms", "one"))
    assert 0.25 < time.monotonic() - begun < 5
    assert_all_gone(1)


def test_stop_ends_a_paused_container(names):
    names.detached("one", "exec sleep 100")
    assert_ok(names("pause", "one"))
    assert_ok(names("stop", "-t", "1", "one"))
    assert names("wait", "one").out == "143\n"


# ----------------------------------------------------------------------------------------------------- pause

def test_pause_stops_every_process_and_says_by_what(names):
    marker = token()
    names.detached("one", f"(setsid sleep {marker} &); sleep {marker}")
    ended = assert_ok(names("pause", "one"))
    assert "SIGSTOP" in ended.err
    found = [process for process in living() if process.words()[:2] == ["sleep", marker]]
    eventually(lambda: all(process.status("State").startswith("T") for process in found), 5, "a stop")
    assert names.inspected("one")["state"] == "paused"
    assert names("ps").lines[1].split()[1] == "paused"
    assert_ok(names("resume", "one"))
    eventually(lambda: all(process.status("State").startswith("S") for process in found), 5, "a continuation")
    assert names.inspected("one")["state"] == "running"


def test_pause_of_an_ended_container_is_refused(names):
    assert_ok(names.run("--name", "one", "true"))
    assert_refused(names("pause", "one"), "ended")
    assert_refused(names("resume", "one"), "ended")


# ------------------------------------------------------------------------------------------------------ exec

def test_exec_runs_in_the_namespaces_of_the_container_and_passes_its_status_on(names):
    names.detached("one", "exec sleep 100", "--hostname", "inside")
    ended = names("exec", "one", "sh", "-c", "hostname; cat; exit 9", input="typed")
    assert (ended.code, ended.out) == (9, "inside\ntyped")
    assert "sleep 100" in names("exec", "one", "ps", "-o", "args").out


def test_exec_has_options_of_its_own(names):
    names.detached("one", "exec sleep 100")
    ended = names("exec", "-e", "WORD=said", "-w", "/tmp", "one", "--", "sh", "-c", "echo $WORD; pwd")
    assert ended.lines == ["said", "/tmp"]
    ended = names("exec", "--timeout", "200ms", "one", "sleep", "100")
    assert ended.code == 124 and "the command was ended" in ended.err
    assert_refused(names("exec", "--hostname", "x", "one", "true"), "hostname", code=UNPARSABLE)


def test_exec_of_what_is_not_there_is_told(names):
    names.detached("one", "exec sleep 100")
    assert_refused(names("exec", "one", "/no/such/program"), "/no/such/program", code=127)
    assert_refused(names("exec", "-w", "/nowhere", "one", "true"), "/nowhere")


def test_exec_in_an_ended_container_is_refused(names):
    assert_ok(names.run("--name", "one", "true"))
    assert_refused(names("exec", "one", "true"), "ended")


def test_exec_ends_with_ctr_and_the_container_stays(names):
    names.detached("one", "exec sleep 100")
    marker = token()
    process = start("exec", "one", "sleep", marker, env=names.environment)
    joined = payload(marker)
    process.kill()
    finish(process)
    eventually(lambda: not joined.is_alive(), 5, "the end of the further command")
    assert names.inspected("one")["state"] == "running"


def test_exec_forwards_signals(names):
    names.detached("one", "exec sleep 100")
    marker = token()
    process = start("exec", "one", "sleep", marker, env=names.environment)
    payload(marker)
    process.terminate()
    assert finish(process).code == 128 + signal.SIGTERM


def test_exec_ends_with_the_container(names):
    names.detached("one", "exec sleep 100")
    marker = token()
    process = start("exec", "one", "sleep", marker, env=names.environment)
    payload(marker)
    assert_ok(names("rm", "-f", "one"))
    assert finish(process).code in (128 + signal.SIGKILL, SETUP_FAILED)


# ------------------------------------------------------------------------------------------- kill -9 anything

def test_a_killed_init_leaves_a_lost_container_that_can_be_removed(names):
    names.detached("one", "exec sleep 100")
    os.kill(names.inspected("one")["pid"], signal.SIGKILL)
    eventually(lambda: names.inspected("one")["state"] == "lost", 5, "the loss")
    assert "one" not in names("ps").out and "lost" in names("ps", "-a").out
    assert_refused(names("exec", "one", "true"), "ended")
    assert_ok(names("rm", "one"))


def test_a_stopped_init_is_told_and_can_still_be_removed_by_force(names):
    names.detached("one", "exec sleep 100")
    pid = names.inspected("one")["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        assert_refused(names("exec", "one", "true"), "does not answer")
        assert "running" in names("ps").out
        assert names.inspected("one")["state"] == "running"
    finally:
        os.kill(pid, signal.SIGKILL)


def test_a_killed_starter_leaves_a_container_that_is_listed_or_nothing(names):
    chance = random.Random(7)
    for number in range(25):
        name = f"n{number}"
        process = start("run", "--rootfs", names.box.root, "-d", "--name", name, "sleep", "100", env=names.environment)
        time.sleep(chance.uniform(0, 0.02))
        process.kill()
        process.communicate()
        # Whatever runs is listed, and removing what is listed ends it.
        assert_ok(names("rm", "-f", name))
    assert names.listed("-a") == []
    assert_all_gone(5)


def test_removers_killed_at_any_moment_leave_a_name_or_none(names):
    chance = random.Random(11)
    for _ in range(25):
        names.detached("one", "exec sleep 100")
        process = start("rm", "-f", "one", env=names.environment)
        time.sleep(chance.uniform(0, 0.01))
        process.kill()
        process.communicate()
        assert_ok(names("rm", "-f", "one"))
    assert names.listed("-a") == []
    assert_all_gone(5)


# ---------------------------------------------------------------------------------------------- state directory

def test_state_directory_can_be_chosen(names, tmp_path):
    place = tmp_path / "elsewhere"
    assert_ok(names.run("-d", "--name", "one", "--state-dir", place, "sleep", "100"))
    assert names.listed() == []
    assert names("ps", "-q", "--state-dir", place).lines == ["one"]
    assert (place.stat().st_mode & 0o777, (place / "one").stat().st_mode & 0o777) == (0o700, 0o700)
    assert_ok(names("rm", "-f", "--state-dir", place, "one"))


@pytest.mark.parametrize("mask", ["0177", "0277", "0777"])
def test_state_is_usable_by_its_owner_whatever_the_umask_it_is_made_with(names, mask):
    names.detached("one", "exec sleep 100", prelude=f"umask {mask}")
    state = names.directory / "ctr"
    modes = {path.name: path.stat().st_mode & 0o777 for path in [state, *state.rglob("*")]}
    assert modes.pop("ctr") == modes.pop("one") == 0o700
    assert len(modes) >= 3 and set(modes.values()) == {0o600}, modes
    assert_ok(names("exec", "one", "true"))
    names.detached("two", "exec sleep 100")


@pytest.mark.ordinary
def test_name_whose_holder_cannot_be_looked_at_is_not_called_taken(names):
    names.detached("one", "true")
    assert_ok(names("wait", "one"))
    place = names.directory / "ctr/one"
    place.chmod(0)
    assert_refused(names.run("--name", "one", "true"), '"one"', "permission denied")
    place.chmod(0o700)


def test_state_directory_that_others_may_write_to_is_refused(names):
    place = names.directory / "ctr"
    place.mkdir()
    place.chmod(0o777)
    assert_refused(names.run("--name", "one", "true"), "others may write")
    assert_refused(names("ps"), "others may write")
    place.chmod(0o700)


@pytest.mark.ordinary
def test_state_directory_of_somebody_else_is_refused(names):
    assert_refused(names.run("--name", "one", "--state-dir", "/", "true"), "somebody else")
    assert_refused(names("ps", "--state-dir", "/tmp"), ("somebody else", "others may write"))


def test_state_directory_without_a_runtime_directory_is_said_by_help(names):
    assert "/tmp/ctr-UID" in names("help", "run").out


@pytest.mark.parametrize("content", [b"", b"garbage", b"ctr-info-1\0" + b"9" * 4096, os.urandom(4096)],
                         ids=["empty", "text", "digits", "noise"])
def test_what_cannot_be_read_is_told_by_name_and_the_others_are_listed(names, content):
    names.detached("good", "sleep 100")
    broken = names.directory / "ctr/broken"
    broken.mkdir(mode=0o700)
    (broken / "info").write_bytes(content)
    (broken / "record").write_bytes(content)
    ended = names("ps")
    assert_refused(ended, "broken")
    assert "good" in ended.out
    assert_refused(names("inspect", "broken"), "broken")
    assert_ok(names("rm", "broken"))
    assert_ok(names("ps"))


@pytest.mark.parametrize("stranger", ["stdout", "other"])
def test_what_no_container_leaves_is_named_and_stays(names, stranger):
    names.detached("one", "true")
    assert_ok(names("wait", "one"))
    place = names.directory / "ctr/one"
    (place / stranger).unlink(missing_ok=True)
    (place / stranger / "kept").mkdir(parents=True)
    assert_refused(names("rm", "one"), f'"{stranger}" in it', '"one"')
    assert (place / stranger / "kept").is_dir() and names("ps", "-a", "-q").lines == ["one"]
    (place / stranger / "kept").rmdir()
    (place / stranger).rmdir()
    assert_ok(names("rm", "one"))


@pytest.mark.ordinary
def test_a_name_that_cannot_be_kept_is_said_with_the_reason(names, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    assert_refused(names.run("--name", "one", "--state-dir", closed / "place", "true"), 'the name "one"', str(closed / "place"), "permission denied")
    (closed / "file").parent.chmod(0o700)
    (closed / "file").touch()
    assert_refused(names.run("--name", "one", "--state-dir", closed / "file", "true"), 'the name "one"', str(closed / "file"))


def test_names_are_seen_by_many_at_once(names):
    for number in range(4):
        names.detached(f"n{number}", "sleep 100")
    looking = [start("ps", "-q", env=names.environment) for _ in range(8)]
    for process in looking:
        assert finish(process).lines == ["n0", "n1", "n2", "n3"]
    waiting = [start("wait", "n0", env=names.environment) for _ in range(8)]
    time.sleep(0.3)
    assert_ok(names("kill", "-s", "TERM", "n0"))
    for process in waiting:
        assert finish(process).out == "143\n"

