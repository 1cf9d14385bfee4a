# SPDX-License-Identifier: MIT
"""A terminal of the container's own (-t, -i), driven through a real one; and the caller's, which nothing inside commands."""
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import termios
import time

import pytest

from harness import SETUP_FAILED, TIMED_OUT, assert_ok, assert_refused, command, finish, init_of, kill, need, payload, start, token
from watch import eventually, kill_leftovers, living

PATIENCE = 20
SIZE = re.compile(r"rows \d+; columns \d+;")


def set_size(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Outer:
    """The caller's terminal, with the program under test in front of it."""

    def __init__(self, *args, rows=30, columns=90, program=None, **popen):
        self.master, self.slave = pty.openpty()
        set_size(self.slave, rows, columns)
        self.before = self.modes()
        self.raw, self.mark = "", 0
        streams = {"stdin": self.slave, "stdout": self.slave, "stderr": self.slave, **popen}
        self.process = subprocess.Popen([*(program or command()), *map(str, args)], preexec_fn=self._control, start_new_session=True, **streams)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
            kill_leftovers()
        os.close(self.slave)
        os.close(self.master)

    def _control(self):
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)

    @property
    def seen(self):
        """What was shown; without -i the caller's terminal makes one more \\r of the end of a line."""
        return re.sub(r"\r+\n", "\r\n", self.raw)

    def modes(self):
        said = subprocess.run(["stty", "-a"], stdin=self.slave, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
        return SIZE.sub("", said)

    def is_raw(self):
        return termios.tcgetattr(self.slave)[3] & (termios.ICANON | termios.ISIG | termios.ECHO) == 0

    def type(self, text):
        os.write(self.master, text.encode())

    def read(self, seconds=0.05):
        while select.select([self.master], [], [], seconds)[0]:
            self.raw += os.read(self.master, 65536).decode(errors="replace")
            seconds = 0

    def expect(self, pattern, seconds=PATIENCE):
        """Waits for this pattern in what was shown since the last one."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read()
            found = re.search(pattern, self.seen[self.mark:])
            if found:
                self.mark += found.end()
                return found
        pytest.fail(f"{pattern!r} was not shown; but {self.seen[self.mark:]!r} after {self.seen[:self.mark]!r}")
        return None

    def end(self, seconds=PATIENCE):
        """Waits for the program's end, reading along; returns its exit status. The terminal is as it was."""
        limit = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < limit, f"still running; shown: {self.seen!r}"
            self.read()
        self.read(0.1)
        assert self.modes() == self.before
        return self.process.returncode


def shell(box, *options, **outer):
    outer = Outer("run", "-it", "--rootfs", box.root, "-e", "PS1=ready> ", *options, "--", "sh", **outer)
    outer.expect("ready> ")
    return outer


# --------------------------------------------------------------------------------------- what it is inside

@pytest.mark.parametrize("options", [[], ["--no-init"], ["--user", "1000"], ["--map", "single"], ["--map", "single", "--user", "1000"],
                                     ["--share", "pid"], ["--read-only"], ["--proc", "none"]])
def test_terminal_is_the_containers_own_and_the_commands(box, options):
    with Outer("run", "-t", "-q", "--rootfs", box.root, *options, "--", "sh", "-c",
               "for n in 0 1 2; do test -t $n || echo no $n; done; tty 2>/dev/null; stty size; "
               "stat -c '%u %a' /dev/pts/0 | sed s/^$(id -u)/own/; echo reopened > /dev/tty; ls /dev/pts") as outer:
        outer.expect(r"/dev/pts/0\r\n" if "none" not in options else "")
        outer.expect(r"30 90\r\nown 620\r\nreopened\r\n0 +ptmx")
        assert outer.end() == 0


def test_terminal_belongs_to_a_user_that_ctr_init_is_not(box, subids):
    (users, count), (groups, _) = subids
    need(count > 100, "few subordinate ids")
    with Outer("run", "-t", "--rootfs", box.root, "--uidmap", f"0:{users}:100", "--gidmap", f"0:{groups}:100", "-u", "7", "--",
               "sh", "-c", "stat -c '%u %a' /dev/pts/0; echo reopened > /dev/pts/0") as outer:
        outer.expect(r"7 620\r\nreopened\r\n")
        assert outer.end() == 0


def test_terminal_on_the_hosts_own_root(box):
    with Outer("run", "-t", "--", "sh", "-c", "tty; stty size") as outer:
        outer.expect(r"/dev/pts/0\r\n30 90\r\n")
        assert outer.end() == 0


def test_terminal_controls_the_session_and_is_the_only_descriptor(box, probe):
    program = box.add(probe("fds"))
    with Outer("run", "-t", "--rootfs", box.root, "--", "sh", "-c", f"cut -d' ' -f5-8 /proc/$$/stat; {program}") as outer:
        group, session, terminal, foreground = outer.expect(r"(\d+) (\d+) (\d+) (\d+)\r\n").groups()
        assert group == session == foreground
        assert terminal != "0"
        assert outer.end() == 0
        assert outer.seen[outer.mark:].split() == ["0", "1", "2"] or "3" not in outer.seen[outer.mark:]


def test_terminal_without_one_outside_has_the_kernels_size_and_ends_its_input(box):
    ended = assert_ok(box("-t", "--", "sh", "-c", "test -t 1 && echo terminal; stty size 2>&1; cat; echo over"))
    assert ended.lines[0] == "terminal"
    assert ended.lines[-1] == "over"
    assert "30" not in ended.out


def test_terminal_takes_input_from_a_pipe_and_ends_with_it(box):
    for text in ("one\n", "one\nhalf", ""):
        ended = assert_ok(box("-it", "--", "sh", "-c", "stty -echo -onlcr; echo ready; cat", input=text))
        assert ended.out.replace("\r", "").endswith(text), str(ended)


@pytest.mark.parametrize("options, words", [(["--stdin", "null"], ["stdin"]), (["--stdout", "/dev/null"], ["stdout"]),
                                            (["--share", "mount"], ["mount namespace", "tty"]),
                                            (["--tmpfs", "/dev"], ["/dev", "tmpfs 1"]),
                                            (["--mount", "type=devpts,target=/dev/pts"], ["/dev/pts", "mount 1"])])
def test_terminal_refuses_what_does_not_go_with_it(box, options, words):
    root = [] if "--share" in options else ["--rootfs", str(box.root)]
    assert_refused(finish(start("run", "-t", *root, *options, "--", "true")), *words)


# ----------------------------------------------------------------------------------------- keys and jobs

def test_shell_shows_a_prompt_edits_lines_and_exits_with_its_status(box):
    with shell(box) as outer:
        outer.type("echo 4x\x7f2\r")
        outer.expect(r"\n42\r\n")
        outer.expect("ready> ")
        outer.type("exit 7\r")
        assert outer.end() == 7


def test_size_follows_the_callers(box):
    with Outer("run", "-it", "--rootfs", box.root, "--", "sh", "-c",
               "trap 'stty size; exit 6' WINCH; stty size; while :; do sleep 0.1; done") as outer:
        outer.expect(r"30 90\r\n")
        set_size(outer.master, 41, 123)
        outer.expect(r"41 123\r\n")
        assert outer.end() == 6


def test_ctrl_c_interrupts_the_foreground_job_only(box):
    behind, front = token(), token()
    with shell(box) as outer:
        outer.type(f"sleep {behind} &\r")
        outer.expect("ready> ")
        outer.type(f"sleep {front}\r")
        interrupted = payload(front)
        outer.type("\x03")
        outer.expect("ready> ")
        eventually(lambda: not interrupted.is_alive(), PATIENCE, "the end of the foreground job")
        assert payload(behind).is_alive()
        outer.type("echo st$?; exit\r")
        outer.expect("st130")
        assert outer.end() == 0


def test_ctrl_z_stops_a_job_and_fg_goes_on_with_it(box):
    marker = token()
    with shell(box) as outer:
        outer.type(f"sleep {marker}\r")
        job = payload(marker)
        outer.type("\x1a")
        outer.expect("Stopped")
        eventually(lambda: job.status("State").startswith("T"), PATIENCE, "the stop")
        outer.type("fg\r")
        outer.expect(f"sleep {marker}")
        eventually(lambda: job.status("State").startswith("S"), PATIENCE, "the continuation")
        outer.type("\x03")
        outer.expect("ready> ")
        outer.type("exit 3\r")
        assert outer.end() == 3


def test_ctrl_d_ends_the_shell(box):
    with shell(box) as outer:
        outer.type("false\r")
        outer.expect("ready> ")
        outer.type("\x04")
        assert outer.end() == 1


# -------------------------------------------------------------------------------- the caller's, afterwards

def test_terminal_is_restored_after_an_exit_and_was_raw_before(box):
    with shell(box) as outer:
        assert outer.is_raw()
        outer.type("exit\r")
        assert outer.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2])
def test_terminal_is_restored_after_a_signal_for_the_command(box, number):
    marker = token()
    with Outer("run", "-it", "--rootfs", box.root, "--", "sleep", marker) as outer:
        payload(marker)
        eventually(outer.is_raw, PATIENCE, "raw mode")
        outer.process.send_signal(number)
        assert outer.end() == 128 + number


@pytest.mark.parametrize("number", [signal.SIGALRM, signal.SIGXCPU, signal.SIGVTALRM, signal.SIGIO, signal.SIGPWR])
def test_terminal_is_restored_after_a_signal_that_ends_ctr(box, number):
    marker = token()
    with Outer("run", "-it", "--rootfs", box.root, "--", "sleep", marker) as outer:
        payload(marker)
        eventually(outer.is_raw, PATIENCE, "raw mode")
        outer.process.send_signal(number)
        assert outer.end() == -number
        eventually(lambda: not [one for one in living() if marker in one.words()], PATIENCE, "the end of the container")


def test_terminal_is_restored_after_a_kill_from_inside(box):
    with shell(box) as outer:
        assert outer.is_raw()
        outer.type("kill -9 $$\r")
        assert outer.end() == 137


def test_terminal_is_restored_after_a_kill_of_the_command_from_outside(box):
    marker = token()
    with Outer("run", "-it", "--rootfs", box.root, "--", "sleep", marker) as outer:
        command_inside = payload(marker)
        eventually(outer.is_raw, PATIENCE, "raw mode")
        os.kill(command_inside.pid, signal.SIGKILL)
        assert outer.end() == 137


def test_terminal_is_left_raw_by_a_kill_of_ctr_and_stty_sane_restores_it(box):
    """What nobody can catch nobody can clean up after; the help says what to do."""
    marker = token()
    with Outer("run", "-it", "--rootfs", box.root, "--", "sleep", marker) as outer:
        payload(marker)
        eventually(outer.is_raw, PATIENCE, "raw mode")
        outer.process.kill()
        outer.process.wait(PATIENCE)
        assert outer.is_raw()
        subprocess.run(["stty", "sane"], stdin=outer.slave, timeout=PATIENCE, check=True)
        assert not outer.is_raw()
        eventually(lambda: not [one for one in living() if marker in one.words()], PATIENCE, "the end of the container")


def test_terminal_is_restored_after_the_kill_of_ctr_init(box):
    marker = token()
    with Outer("run", "-it", "--rootfs", box.root, "--", "sleep", marker) as outer:
        init = init_of(payload(marker))
        eventually(outer.is_raw, PATIENCE, "raw mode")
        os.kill(init.pid, signal.SIGKILL)
        assert outer.end() != 0


def test_terminal_is_restored_after_the_timeout(box):
    with Outer("run", "-it", "--timeout", "0.7", "--rootfs", box.root, "--", "sleep", token()) as outer:
        eventually(outer.is_raw, PATIENCE, "raw mode")
        assert outer.end() == TIMED_OUT


@pytest.mark.parametrize("options, words, code", [(["-v", "/nowhere:/data"], ["true"], SETUP_FAILED), ([], ["nonsense"], 127)])
def test_terminal_is_untouched_after_a_set_up_error(box, options, words, code):
    with Outer("run", "-it", "--rootfs", box.root, *options, "--", *words) as outer:
        assert outer.end() == code
        assert "\r\r\n" not in outer.raw


def test_terminal_is_given_back_while_ctr_is_stopped(box):
    """Under a shell, because a process without one is not stopped by SIGTSTP."""
    need(shutil.which("bash"), "no bash")
    marker = token()
    with Outer("--norc", "--noediting", "-i", program=["bash"]) as outer:
        words = " ".join([*command(), "run", "-it", "--rootfs", str(box.root)])
        outer.type(f"{words} -- sh -c 'cat; exec sleep {marker}'\r")
        eventually(outer.is_raw, PATIENCE, "raw mode")
        [ctr] = [one for one in living() if one.parent == outer.process.pid]
        kill(ctr, signal.SIGTSTP)
        outer.expect("Stopped")
        assert not outer.is_raw()
        outer.type("fg\r")
        eventually(outer.is_raw, PATIENCE, "raw mode again")
        outer.type("alive\r")
        outer.expect("alive\r\nalive\r\n")
        outer.type("\x03")
        eventually(lambda: not outer.is_raw(), PATIENCE, "the modes of before")
        outer.type("exit $?\r")
        assert outer.end() == 130


# ---------------------------------------------------------------------------------------- output and its end

def test_output_before_the_end_is_complete(box):
    ended = assert_ok(box("-t", "--", "seq", "1", "30000"))
    assert ended.out.replace("\r", "").split() == [str(number) for number in range(1, 30001)]


def test_output_of_a_short_command_is_never_lost(box):
    for _ in range(40):
        assert assert_ok(box("-t", "--", "echo", "word")).out == "word\r\n"


def test_background_process_that_keeps_the_terminal_does_not_hold_the_end_up(box):
    for options in ([], ["--share", "pid"]):
        ended = box("-t", "-q", *options, "--", "sh", "-c", f"trap '' HUP; sleep {token()} & echo end", timeout=10)
        assert assert_ok(ended).out == "end\r\n"
        assert ended.seconds < 5


def test_command_that_closes_the_terminal_goes_on_without_it(box):
    ended = box("-t", "--", "sh", "-c", "exec </dev/null >/dev/null 2>&1; sleep 0.3; echo back > /dev/tty; sleep 0.2; exit 5")
    assert ended.code == 5
    assert ended.out == "back\r\n"


def test_reader_that_goes_away_ends_the_command(box):
    words = " ".join([*command(), "run", "-t", "--rootfs", str(box.root), "--", "yes"])
    ended = subprocess.run(["bash", "-c", f"{words} | head -1; exit ${{PIPESTATUS[0]}}"], stdin=subprocess.DEVNULL, capture_output=True,
                           text=True, timeout=PATIENCE, check=False)
    assert ended.stdout == "y\n" or ended.stdout == "y\r\n"
    assert ended.returncode == 128 + signal.SIGHUP


def test_signals_reach_the_command_while_nobody_reads(box):
    reader, writer = os.pipe()
    running = start("run", "-t", "--rootfs", str(box.root), "--", "yes", stdout=writer)
    os.close(writer)
    eventually(lambda: [one for one in living() if one.name == "yes"], PATIENCE, "the command")
    time.sleep(0.3)
    running.send_signal(signal.SIGTERM)
    running.send_signal(signal.SIGTERM)
    eventually(lambda: not [one for one in living() if one.name == "yes"], PATIENCE, "the end of the command")
    os.close(reader)
    assert finish(running).code == 128 + signal.SIGTERM


def test_outcome_is_told_on_a_terminal_that_is_as_it_was(box):
    with Outer("run", "-it", "--json", "--rootfs", box.root, "--", "sh", "-c", "exit 4") as outer:
        assert outer.end() == 4
        assert '"kind":"exited","code":4' in outer.seen


# ------------------------------------------------------------------------------------------ the caller's own

@pytest.mark.ordinary
@pytest.mark.parametrize("user", ["0", "1000"])
@pytest.mark.parametrize("act", ["inject", "paste"])
def test_inherited_terminal_takes_no_input_from_inside(box, probe, user, act):
    program = box.add(probe("terminal"))
    with Outer("run", "--rootfs", box.root, "--user", user, "--", program, act) as outer:
        outer.expect(r"TIOC\w+: ")
        assert outer.end() == 1
        assert "injected" not in outer.seen
        assert not select.select([outer.slave], [], [], 0.1)[0], "something was typed"


@pytest.mark.parametrize("user", ["0", "1000"])
def test_own_terminal_takes_input_only_for_itself(box, probe, user):
    """What the command pushes into its own terminal is its own to read; the caller's gets nothing."""
    program = box.add(probe("terminal"))
    with Outer("run", "-t", "--rootfs", box.root, "--user", user, "--", program, "inject") as outer:
        outer.end()
        assert not select.select([outer.slave], [], [], 0.1)[0], "something was typed"


def test_callers_terminal_cannot_be_reached_by_name(box):
    with Outer("run", "-it", "--rootfs", box.root, "--", "ls", "/dev/pts") as outer:
        assert outer.end() == 0
        assert outer.seen.split() == ["0", "ptmx"]


# ----------------------------------------------------------------------------------------------------- tmux

def test_shell_in_tmux(box, tmp_path):
    """A terminal emulator of another make: prompt, resize, Ctrl-C, Ctrl-Z, and modes before and after."""
    tmux = shutil.which("tmux")
    need(tmux, "no tmux")
    socket = tmp_path / "tmux"

    def tell(*words):
        done = subprocess.run([tmux, "-f", "/dev/null", "-S", str(socket), *words], capture_output=True, text=True, timeout=PATIENCE,
                              env={**os.environ, "TERM": "xterm", "LANG": "C.UTF-8"}, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def shows(pattern):
        eventually(lambda: re.search(pattern, tell("capture-pane", "-p", "-S", "-", "-t", "0")), PATIENCE, pattern)

    def keys(*words):
        tell("send-keys", "-t", "0", *words)

    server = subprocess.Popen([tmux, "-f", "/dev/null", "-S", str(socket), "-D"], env={**os.environ, "TERM": "xterm"},
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(socket.exists, PATIENCE, "the socket of tmux")
        tell("new-session", "-d", "-x", "100", "-y", "20", "env PS1='out> ' sh")
        shows(r"out> $|out>\s*\n")
        keys(f"stty -a > {tmp_path}/before; {' '.join(command())} run -it --rootfs {box.root} -e PS1='in> ' -- sh", "Enter")
        shows(r"\nin>")
        keys("stty size", "Enter")
        shows(r"\n20 100")
        tell("resize-window", "-t", "0", "-x", "77", "-y", "15")
        keys("stty size", "Enter")
        shows(r"\n15 77")
        marker = token()
        keys(f"sleep {marker}", "Enter")
        job = payload(marker)
        keys("C-z")
        shows("Stopped")
        keys("fg", "Enter")
        eventually(lambda: job.status("State").startswith("S"), PATIENCE, "the continuation")
        keys("C-c")
        eventually(lambda: not job.is_alive(), PATIENCE, "the end of the job")
        keys("exit 9", "Enter")
        shows(r"exit 9\s+out>")  # what is typed before is the command's
        keys(f"echo out=$?; stty -a > {tmp_path}/after; echo done", "Enter")
        shows(r"\nout=9")
        shows(r"\ndone")
        assert SIZE.sub("", (tmp_path / "before").read_text()) == SIZE.sub("", (tmp_path / "after").read_text())
        tell("kill-server")
        server.wait(PATIENCE)
    finally:
        if server.poll() is None:
            server.kill()
            server.wait(PATIENCE)
            kill_leftovers()
