# SPDX-License-Identifier: MIT
"""What the payload inherits: standard streams, listed descriptors, clean signals, no terminal."""
import os
import pathlib
import pty
import shutil
import signal
import subprocess

import pytest

from harness import SETUP_FAILED, assert_ok, assert_refused, command, ctr, finish, need, start
from watch import eventually

pytestmark = pytest.mark.root_too


# ------------------------------------------------------------------------------------ standard streams

def test_stdin_passes_through(box):
    assert box("--", "cat", input="hi\n").out == "hi\n"


def test_stdin_passes_ten_binary_megabytes_unchanged(box):
    content = os.urandom(10 << 20)
    ended = box("--", "cat", input=content)
    assert ended.code == 0
    assert ended.raw == content


def test_stdin_ends_where_the_caller_closes_it(box):
    assert assert_ok(box("--", "wc", "-c", input="")).out.strip() == "0"


def test_stdin_from_null_is_empty_whatever_the_caller_sends(box):
    assert box("--stdin", "null", "--", "wc", "-c", input="much").out.strip() == "0"


def test_stdin_from_a_path_is_that_file(box, host):
    (host / "in").write_text("from a file\n")
    assert box("--stdin", host / "in", "--", "cat").out == "from a file\n"


def test_stdin_of_a_missing_path_is_refused(box, host):
    assert_refused(box("--stdin", host / "missing", "--", "cat"), "missing")


def test_stdout_and_stderr_stay_apart(box):
    ended = box.sh("echo one; echo two >&2")
    assert (ended.out, ended.err) == ("one\n", "two\n")


def test_stdout_and_stderr_go_to_files(box, host):
    ended = box.sh("echo one; echo two >&2", "--stdout", host / "out", "--stderr", host / "err")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert ((host / "out").read_text(), (host / "err").read_text()) == ("one\n", "two\n")


def test_stdout_to_a_relative_path_is_in_the_callers_directory(box, host):
    assert_ok(box.sh("echo here", "--stdout", "out", cwd=host))
    assert (host / "out").read_text() == "here\n"


def test_stdout_to_null_discards(box):
    ended = box.sh("echo one; echo two >&2; exit 3", "--stdout", "null", "--stderr", "null")
    assert (ended.code, ended.out, ended.err) == (3, "", "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_fds_closed_at_start_do_not_become_something_of_ours(box, probe, host, closed):
    program = box.add(probe("fds"))
    ended = box("-v", f"{host}:/data", "--", program, "/data/list", prelude=f"exec {closed}")
    assert ended.code == 0, str(ended)
    listed = dict(line.split(" ", 1) for line in (host / "list").read_text().splitlines())
    assert set(listed) <= {"0", "1", "2"}
    for number, sign in (("0", "<&-"), ("1", ">&-"), ("2", "2>&-")):
        if sign in closed.split():
            assert listed.get(number, "/dev/null") == "/dev/null"


def test_stdout_to_a_missing_directory_is_refused_by_option_and_path(box, host):
    ended = assert_refused(box("--stdout", host / "no/such", "--", "true"), "no/such", "stdout")
    assert "No such file" in ended.err


def test_stdout_to_a_fifo_that_nobody_reads_is_refused_at_once(box, host):
    os.mkfifo(host / "fifo")
    ended = assert_refused(box("--stdout", host / "fifo", "--", "true"), "fifo", "nobody reads")
    assert ended.seconds < 5


def test_stdin_of_a_fifo_that_nobody_writes_is_refused_at_once(box, host):
    os.mkfifo(host / "fifo")
    ended = assert_refused(box("--stdin", host / "fifo", "--", "cat"), "fifo", "nobody writes", "hint:")
    assert ended.seconds < 5


def test_stdin_of_a_fifo_whose_writer_waits_loses_nothing(box, host):
    os.mkfifo(host / "fifo")
    writer = subprocess.Popen(["sh", "-c", f"echo written > {host}/fifo"])
    eventually(lambda: ") S " in (pathlib.Path("/proc") / str(writer.pid) / "stat").read_text(), 5, "the writer")
    assert box("--stdin", host / "fifo", "--", "cat").out == "written\n"
    assert writer.wait(5) == 0


def test_stdin_of_a_pipe_without_a_name_may_be_at_its_end(box):
    for given in ("", "text"):
        assert assert_ok(box("--stdin", "/dev/stdin", "--", "cat", input=given)).out == given


def test_stdout_file_is_made_with_the_callers_umask(box, host):
    assert_ok(box("--stdout", host / "out", "--", "true", prelude="umask 077"))
    assert (host / "out").stat().st_mode & 0o777 == 0o600


def test_stdout_file_is_not_emptied_where_the_options_do_not_fit_together(box, host):
    (host / "out").write_text("kept\n")
    assert_refused(box("--stdout", host / "out", "--kill-after", "1s", "--", "true"), "kill-after")
    assert (host / "out").read_text() == "kept\n"


def test_stderr_merged_into_stdout_keeps_the_order(box, host):
    script = "echo one; echo two >&2; echo three"
    assert box.sh(script, "--stderr", "stdout").out == "one\ntwo\nthree\n"
    assert_ok(box.sh(script, "--stderr", "stdout", "--stdout", host / "out"))
    assert (host / "out").read_text() == "one\ntwo\nthree\n"


def test_explaining_a_redirection_touches_no_file(box, host):
    ended = ctr("explain", "--rootfs", box.root, "--stdout", host / "out", "--stdin", host / "in", "--", "true")
    assert str(host / "out") in assert_ok(ended).out
    assert not (host / "out").exists()


def test_stdout_that_nobody_reads_ends_the_payload_by_sigpipe(box):
    running = box.start("--", "yes")
    running.stdout.read(10)
    running.stdout.close()
    assert running.wait(5) == 128 + signal.SIGPIPE
    running.stderr.close()


# ---------------------------------------------------------------------------------------- descriptors

def fds(box, probe, *options, **caller):
    ended = assert_ok(box(*options, "--", box.add(probe("fds")), **caller))
    return dict(line.split(" ", 1) for line in ended.lines)


def test_fds_of_the_caller_do_not_enter(box):
    ended = box("--", "ls", "/proc/self/fd", prelude="exec 9</etc/passwd 7</etc/group 4</etc")
    assert sorted(ended.out.split()) == ["0", "1", "2", "3"]


def test_fds_are_exactly_three_for_a_payload_that_opens_none(box, probe):
    assert set(fds(box, probe, prelude="exec 9</etc/passwd")) == {"0", "1", "2"}
    assert set(fds(box, probe, "--no-init", prelude="exec 9</etc/passwd")) == {"0", "1", "2"}


def test_fds_that_are_listed_enter_under_the_number_asked_for(box, probe, host):
    (host / "nine").write_text("nine\n")
    listed = fds(box, probe, "--pass-fd", "9:5", prelude=f"exec 9<{host}/nine")
    assert set(listed) == {"0", "1", "2", "5"}
    assert box.sh("cat <&5", "--pass-fd", "9:5", prelude=f"exec 9<{host}/nine").out == "nine\n"


def test_fds_keep_their_number_when_none_is_given(box, probe, host):
    assert set(fds(box, probe, "--pass-fd", "9", prelude=f"exec 9<{host}")) == {"0", "1", "2", "9"}


def test_fds_can_swap_their_numbers(box, host):
    (host / "nine").write_text("nine\n")
    (host / "five").write_text("five\n")
    ended = box.sh("cat <&5; cat <&9", "--pass-fd", "9:5", "--pass-fd", "5:9",
                   prelude=f"exec 9<{host}/nine 5<{host}/five")
    assert ended.lines == ["nine", "five"]


def test_fds_can_rotate_and_multiply(box, host):
    for name in "three", "four", "five":
        (host / name).write_text(name + "\n")
    ended = box.sh("cat <&4; cat <&5; cat <&3; cat <&6", "--pass-fd", "3:4", "--pass-fd", "4:5", "--pass-fd", "5:3",
                   "--pass-fd", "4:6", prelude=f"exec 3<{host}/three 4<{host}/four 5<{host}/five")
    assert sorted(ended.lines) == ["five", "four", "three"]
    assert ended.lines[:3] == ["three", "four", "five"]


def test_fds_of_high_numbers_work(box, probe, host):
    assert "900" in fds(box, probe, "--pass-fd", "9:900", prelude=f"exec 9<{host}")


def test_fds_stay_open_across_the_payloads_exec(box, host):
    (host / "nine").write_text("nine\n")
    ended = box("--pass-fd", "9:5", "--", "sh", "-c", "exec cat /proc/self/fd/5", prelude=f"exec 9<{host}/nine")
    assert ended.out == "nine\n"


@pytest.mark.parametrize("given", ["77", "9:-1", "-1", "9:", ":5", "x", "9:5:6", "99999999999", "9:4294967301", ""])
def test_fds_that_cannot_be_passed_are_refused(box, given):
    ended = box("--pass-fd", given, "--", "true", prelude="exec 9</dev/null")
    assert ended.code in (2, SETUP_FAILED)
    assert "pass-fd" in ended.err


def test_fds_below_three_are_the_standard_streams(box, host):
    ended = box("--pass-fd", "9:1", "--", "echo", "into the file", prelude=f"exec 9>{host}/out")
    assert ended.code in (2, SETUP_FAILED) or (host / "out").read_text() == "into the file\n"


def test_fds_that_claim_one_number_twice_are_refused(box):
    ended = box("--pass-fd", "9:5", "--pass-fd", "8:5", "--", "true", prelude="exec 9</dev/null 8</dev/null")
    assert_refused(ended, "pass-fd", "5")


def test_fds_that_are_preserved_enter_and_are_announced(box, probe, host):
    (host / "three").write_text("three\n")
    prelude = f"exec 3<{host}/three 4</dev/null"
    assert set(fds(box, probe, "--preserve-fds", "2", prelude=prelude)) == {"0", "1", "2", "3", "4"}
    for mode in "--init", "--no-init":
        ended = box.sh("cat <&3; test $LISTEN_PID = $$ && echo $LISTEN_FDS", mode, "--preserve-fds", "2", prelude=prelude)
        assert assert_ok(ended).lines == ["three", "2"]


def test_fds_that_are_preserved_stand_beside_passed_ones(box, probe, host):
    prelude = f"exec 3<{host} 9</dev/null"
    assert set(fds(box, probe, "--preserve-fds=1", "--pass-fd", "9:4", prelude=prelude)) == {"0", "1", "2", "3", "4"}
    assert_refused(box("--preserve-fds=1", "--pass-fd", "9:3", "--", "true", prelude=prelude), "pass-fd", "3")


def test_fds_are_not_announced_where_none_is_preserved(box):
    assert box.sh("echo ${LISTEN_FDS-none}", "--preserve-fds", "0").out == "none\n"
    assert box.sh("echo ${LISTEN_FDS-none}", env={"LISTEN_FDS": "1"}).out == "none\n"


def test_fds_to_preserve_that_are_not_open_are_refused(box):
    assert_refused(box("--preserve-fds", "2", "--", "true", prelude="exec 3</dev/null 4<&-"), "preserve-fds", "descriptor 4")


@pytest.mark.parametrize("given", ["-1", "x", "", "241", "1.5"])
def test_fds_to_preserve_are_a_number(box, given):
    ended = box("--preserve-fds", given, "--", "true")
    assert ended.code == 2
    assert "preserve-fds" in ended.err


# ---------------------------------------------------------------------------------------------- signals

def disturb_signals():
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR1, signal.SIGRTMIN + 3})


@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_clean_signals_are_what_the_payload_starts_with(box, mode):
    ended = box(mode, "--", "grep", "Sig", "/proc/self/status", preexec_fn=disturb_signals, restore_signals=False)
    masks = dict(line.split() for line in assert_ok(ended).lines if line.split(":")[0] in ("SigIgn", "SigBlk", "SigPnd"))
    assert masks == {"SigPnd:": "0" * 16, "SigBlk:": "0" * 16, "SigIgn:": "0" * 16}


# -------------------------------------------------------------------------------------- terminal, session

def test_no_tty_needed(box):
    assert_ok(box("--", "true", start_new_session=True))


def test_no_tty_of_the_caller_controls_the_payload(box, probe):
    program = box.add(probe("terminal"))
    master, slave = pty.openpty()
    words = ["setsid", "--ctty", "--wait"]
    running = start("run", "--rootfs", box.root, "--", "sh", "-c", f"cut -d' ' -f1,6,7 /proc/self/stat; {program} control",
                    program=[*words, *command()], stdin=slave)
    ended = finish(running)
    os.close(slave)
    os.close(master)
    _, session, terminal = ended.lines[0].split()
    assert terminal == "0"
    assert session != "0"
    assert ended.lines[1].startswith("/dev/tty: ")


@pytest.mark.ordinary
def test_no_tty_of_the_caller_can_be_injected_into(box, probe):
    master, slave = pty.openpty()
    running = start("run", "--rootfs", box.root, "--", box.add(probe("terminal")), "inject",
                    program=["setsid", "--ctty", "--wait", *command()], stdin=slave)
    ended = finish(running)
    os.close(slave)
    os.close(master)
    assert ended.out.startswith("TIOCSTI: "), str(ended)


def test_no_tty_makes_stdin_of_a_terminal_unusable(box):
    need(shutil.which("script"), "no script (package bsdutils)")
    words = " ".join([*command(), "run", "--rootfs", str(box.root), "--", "sh", "-c", "'test -t 0 && test -t 1 && echo both'"])
    ended = subprocess.run(["script", "-qec", words, "/dev/null"], capture_output=True, text=True, timeout=20, check=False)
    assert "both" in ended.stdout


def test_fds_of_a_great_number_enter_or_are_refused(box, probe, host):
    opened = [os.open(host, os.O_RDONLY) for _ in range(300)]
    program = box.add(probe("fds"))
    for count in (150, 300):
        options = [word for number in opened[:count] for word in ("--pass-fd", f"{number}")]
        ended = box(*options, "--", program, pass_fds=opened)
        if count > 200:
            assert_refused(ended, "pass-fd")
        else:
            assert len(assert_ok(ended).lines) == count + 3
    for number in opened:
        os.close(number)
