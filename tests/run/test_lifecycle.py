# SPDX-License-Identifier: MIT
"""How containers end: deadlines, signals, the death of the host and of init; what the host's own habits do to them."""
import os
import resource
import signal
import subprocess
import time

import pytest

from harness import (SETUP_FAILED, TIMED_OUT, UNPARSABLE, assert_ok, assert_refused, ctr, finish, init_of, kill, need, parse_outcome,
                     payload, quick, token)
from watch import assert_all_gone, eventually, kill_leftovers, living, processes

pytestmark = pytest.mark.root_too
MODES = [[], ["--no-init"], ["--share", "pid", "--proc", "host"]]
NAMES = ["init", "no-init", "share-pid"]
every_mode = pytest.mark.parametrize("mode", MODES, ids=NAMES)


# ------------------------------------------------------------------------------------------------ timeout-tree

@every_mode
def test_timeout_tree_ends_with_grandchildren_that_hold_the_output(box, probe, mode):
    program = box.add(probe("stubborn"))

    def attempt():
        ended = box(*mode, "--timeout", "1", "--", program, "mark")
        assert (ended.code, ended.out) == (TIMED_OUT, "started\n"), str(ended)
        assert ended.seconds >= 0.99
        assert_all_gone(0.1)
        return ended
    quick(1.2, attempt)


@every_mode
def test_timeout_tree_of_a_shell_ends(box, mode):
    ended = box.sh("trap '' TERM HUP INT; (setsid sleep 999 &) ; sleep 999 | sleep 999", *mode, "--timeout", "500ms")
    assert ended.code == TIMED_OUT
    assert 0.49 <= ended.seconds < 5
    assert_all_gone(0.1)


def test_timeout_outcome_is_of_its_own_kind(box):
    ended = box.outcome("--timeout", "0.2", "--", "sleep", "100")
    assert (ended.code, ended.kind, ended.error) == (TIMED_OUT, "timed out", None)
    assert ended.result["wall_ns"] >= 190_000_000


def test_timeout_that_does_not_pass_changes_nothing(box):
    ended = box.outcome("--timeout", "10", "--", "sh", "-c", "exit 5")
    assert (ended.code, ended.kind) == (5, "exited")
    assert ended.ended.seconds < 5


def test_timeout_kills_at_once_without_a_grace(box):
    ended = box.sh("trap 'echo got; exit 3' TERM; sleep 100 & wait", "--timeout", "300ms")
    assert (ended.code, ended.out) == (TIMED_OUT, "")


@pytest.mark.parametrize("mode", MODES[:2], ids=NAMES[:2])
def test_timeout_with_a_grace_lets_the_payload_say_goodbye(box, mode):
    ended = box.sh("trap 'echo goodbye; exit 3' TERM; sleep 100 & wait", *mode, "--timeout", "300ms", "--kill-after", "5")
    assert (ended.code, ended.out) == (TIMED_OUT, "goodbye\n")
    assert ended.seconds < 4


def test_timeout_with_a_grace_that_passes_kills(box):
    ended = box.sh("trap 'echo got' TERM; while :; do sleep 0.05; done", "--timeout", "300ms", "--kill-after", "500ms")
    assert ended.code == TIMED_OUT
    assert "got" in ended.out
    assert 0.79 <= ended.seconds < 4


@pytest.mark.parametrize("given, least, most", [("1", 0.99, 3), ("0.5", 0.49, 3), ("500ms", 0.49, 3), ("1s", 0.99, 3), ("1.5", 1.49, 4)])
def test_timeout_durations_are_understood(box, given, least, most):
    ended = box("--timeout", given, "--", "sleep", "100")
    assert ended.code == TIMED_OUT
    assert least <= ended.seconds <= most


@pytest.mark.parametrize("given", ["3m", "1h", "2h", "100000s"])
def test_timeout_of_long_durations_is_understood(box, given):
    assert_ok(box("--timeout", given, "--", "true"))


@pytest.mark.parametrize("option", ["--timeout", "--kill-after"])
@pytest.mark.parametrize("given", ["-1", "", "x", "1x", "1 s", "1e9h", "99999999999999999999", "1.2.3", "ms", "nan", "inf", "0x10"])
def test_timeout_that_is_no_duration_is_refused(box, option, given):
    ended = box("--timeout", "5", option, given, "--", "true")
    assert ended.code in (SETUP_FAILED, UNPARSABLE), str(ended)
    assert option.lstrip("-") in ended.err


def test_timeout_while_the_program_is_stopped_still_holds(box):
    mark = token()
    running = box.start("--timeout", "1", "--", "sleep", mark)
    payload(mark)
    os.kill(running.pid, signal.SIGSTOP)
    eventually(lambda: not [process for process in living() if process.words()[1:2] == [mark]], 3,
               "the payload is ended although the program is stopped")
    os.kill(running.pid, signal.SIGCONT)
    assert finish(running, 5).code == TIMED_OUT


# ------------------------------------------------------------------------------------------------- what remains

@every_mode
def test_timeout_tree_is_not_needed_when_the_payload_leaves_children_behind(box, probe, mode):
    ended = box(*mode, "--", box.add(probe("stubborn")), "mark", "leave")
    assert (ended.code, ended.out) == (0, "started\n")
    assert ended.seconds < 5
    assert_all_gone(0.1)


def test_timeout_tree_of_background_children_ends_with_the_payload(box):
    ended = box.sh("for i in 1 2 3 4 5; do sleep 999 & done; exit 4")
    assert ended.code == 4
    assert_all_gone(0.1)


# --------------------------------------------------------------------------------------------- dies with host

@every_mode
def test_dies_with_host_that_is_killed(box, probe, mode):
    mark = token()
    running = box.start(*mode, "--", box.add(probe("stubborn")), mark)
    payload(mark)
    running.kill()
    running.communicate()
    assert_all_gone(1)


@every_mode
def test_dies_with_host_when_it_is_killed_early(box, mode):
    for delay in range(20):
        running = box.start(*mode, "--", "sleep", "999")
        time.sleep(delay / 1000)
        running.kill()
        running.communicate()
        assert_all_gone(1)


@pytest.mark.parametrize("mode", MODES[:2], ids=NAMES[:2])
def test_dies_with_host_only_if_it_should(box, mode):
    mark = token()
    running = box.start(*mode, "--no-die-with-host", "--", "sleep", mark, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    left = payload(mark)
    running.kill()
    running.wait()
    time.sleep(1.2)
    survived = left.is_alive()
    kill_leftovers()
    assert survived


def test_dies_with_host_and_not_with_the_thread_that_spawned(box, api_host):
    ended = ctr("thread-exit", box.root, token(), program=[api_host])
    assert ended.out == "alive\n", str(ended)


# ------------------------------------------------------------------------------------------------- init is killed

@every_mode
def test_dies_with_init_and_the_outcome_is_lost(box, mode):
    mark = token()
    running = box.start(*mode, "--json", "--", "sleep", mark)
    supervisor = init_of(payload(mark))
    time.sleep(0.5)  # until the start has been reported: before, it is the start that is lost
    kill(supervisor)
    ended = finish(running, 5)
    parsed, _ = parse_outcome(ended.out)
    assert parsed["result"] and parsed["result"]["kind"] == "lost", str(ended)
    assert ended.code == SETUP_FAILED
    assert_all_gone(1)


def test_dies_with_init_and_a_lost_outcome_is_told_to_people(box):
    mark = token()
    running = box.start("--", "sleep", mark)
    kill(init_of(payload(mark)))
    assert finish(running, 5).err.strip()


@pytest.mark.ordinary
def test_dies_with_init_never_by_a_signal_of_the_payload(box):
    ended = box.sh("kill -9 1; kill -STOP 1; kill -SEGV 1; kill -9 -1; sleep 0.1; echo still here; exit 6")
    assert (ended.code, ended.out) == (6, "still here\n")


# ------------------------------------------------------------------------------------------------------ zombies

@pytest.mark.parametrize("mode", [MODES[0], MODES[2]], ids=[NAMES[0], NAMES[2]])
def test_zombies_are_reaped_by_init(box, probe, mode):
    ended = assert_ok(box(*mode, "--", box.add(probe("orphans")), "100"))
    if not mode:
        assert ended.out == "0\n"
    assert_all_gone(0.1)


def test_zombies_of_a_storm_do_not_change_the_exit_code(box):
    assert box.sh("for i in $(seq 300); do (sleep 0 &); (exit 9 &); done; exit 12").code == 12


# -------------------------------------------------------------------------------------------------- stop-signal

FORWARDED = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2]


@every_mode
@pytest.mark.parametrize("number", FORWARDED)
def test_stop_signal_reaches_the_payload_and_its_status_counts(box, mode, number):
    script = f"trap 'echo got {int(number)}; exit 7' {int(number)}; echo ready; while :; do sleep 0.02; done"
    running = box.start(*mode, "--", "sh", "-c", script)
    assert running.stdout.readline() == b"ready\n"
    running.send_signal(number)
    ended = finish(running, 5)
    assert (ended.code, ended.out) == (7, f"got {int(number)}\n")


@pytest.mark.parametrize("number", FORWARDED)
def test_stop_signal_that_the_payload_does_not_handle_ends_it(box, number):
    mark = token()
    running = box.start("--", "sleep", mark)
    payload(mark)
    running.send_signal(number)
    assert finish(running, 5).code == 128 + number


def test_stop_signal_can_be_sent_again_and_again(box):
    script = "count=0; trap 'count=$((count+1)); echo $count' USR1; trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done"
    running = box.start("--", "sh", "-c", script)
    assert running.stdout.readline() == b"ready\n"
    for expected in range(1, 21):
        running.send_signal(signal.SIGUSR1)
        assert running.stdout.readline() == f"{expected}\n".encode()
    running.terminate()
    assert finish(running, 5).code == 0


@every_mode
def test_stop_signal_at_any_time_leaves_nothing(box, mode):
    for delay in range(15):
        running = box.start(*mode, "--", "sh", "-c", "trap 'exit 0' TERM; sleep 999 & wait")
        time.sleep(delay / 500)
        running.terminate()
        time.sleep(0.05)
        running.terminate()
        if mode == ["--no-init"]:  # a pid 1 without a handler does not hear it
            time.sleep(0.1)
            running.kill()
        finish(running, 5)
        assert_all_gone(1)


def test_stop_signal_outcome_is_the_payloads_end(box):
    mark = token()
    running = box.start("--json", "--", "sleep", mark)
    payload(mark)
    running.terminate()
    parsed, _ = parse_outcome(finish(running, 5).out)
    assert (parsed["result"]["kind"], parsed["result"]["signal"]) == ("signaled", int(signal.SIGTERM))


def test_stop_signal_of_the_whole_process_group_reaches_the_payload_once(box):
    script = "trap 'echo got' INT; trap 'exit 0' TERM; echo ready; while :; do sleep 0.02; done"
    running = box.start("--", "sh", "-c", script, start_new_session=True)
    assert running.stdout.readline() == b"ready\n"
    os.killpg(running.pid, signal.SIGINT)
    time.sleep(0.3)
    running.terminate()
    assert finish(running, 5).out == "got\n"


# ------------------------------------------------------------------------------------------------- host-reaper

def ignore_children():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)


def block_everything():
    signal.pthread_sigmask(signal.SIG_SETMASK, set(range(1, 65)) - {9, 19, 32, 33})


@every_mode
@pytest.mark.parametrize("habit", [ignore_children, block_everything])
def test_host_reaper_habits_do_not_change_the_status(box, mode, habit):
    for code in (0, 42):
        assert box.sh(f"exit {code}", *mode, preexec_fn=habit, restore_signals=False).code == code
    assert box.sh("kill -9 $$", "--share", "pid", "--proc", "host", preexec_fn=habit, restore_signals=False).code == 137


def test_host_reaper_with_children_of_another_program_is_not_confused(box):
    assert box.sh("sleep 0.2; exit 42", prelude="sleep 0.05 & sleep 0.1 & (exit 3) &").code == 42


def test_host_reaper_thread_does_not_steal_a_status(box, api_host):
    assert ctr("reaper", box.root, "50", program=[api_host], timeout=60).out == "ok\n"


def test_host_reaper_ignoring_its_children_gets_every_status(box, api_host):
    assert ctr("ignore", box.root, "50", program=[api_host], timeout=60).out == "ok\n"


# ----------------------------------------------------------------------------------------------- threads, big host

def test_threads_spawn_beside_others_without_a_leak(box, api_host):
    ended = ctr("threads", box.root, "8", "500", program=[api_host], timeout=120)
    assert ended.out == "ok\n", str(ended)
    assert_all_gone(1)


@pytest.mark.ordinary
def test_big_host_is_no_slower_than_a_small_one(box, api_host):
    with open("/proc/meminfo", encoding="ascii") as file:
        available = next(int(line.split()[1]) for line in file if line.startswith("MemAvailable"))
    need(available > 6 << 20, "less than 6 GiB of memory are available")

    def median(mebibytes):
        return int(assert_ok(ctr("cost", box.root, str(mebibytes), "60", program=[api_host], timeout=60)).out)
    ratios = []
    for _ in range(4):
        small = median(10)
        ratios.append(median(4096) / small)
        if ratios[-1] <= 1.25:
            return
    pytest.fail(f"a host of 4 GiB spawns slower than one of 10 MiB, by {ratios}")


# ------------------------------------------------------------------------------------------ many at the same time

def test_threads_of_programs_do_not_disturb_each_other(box):
    running = [box.start("--", "sh", "-c", f"sleep 0.1; exit {index}") for index in range(40)]
    assert [finish(process).code for process in running] == list(range(40))


def test_zombies_do_not_pile_up_in_the_program(box):
    mark = token()
    running = box.start("--", "sleep", mark)
    payload(mark)
    assert not [process for process in processes().values() if process.parent == running.pid and process.state == "Z"]
    running.terminate()
    finish(running, 5)


def is_the_callers(entry):
    try:
        return entry.isdigit() and os.stat(f"/proc/{entry}").st_uid == os.getuid()
    except FileNotFoundError:
        return False  # it has ended meanwhile


def test_threads_limit_of_the_caller_is_told(box):
    need(os.getuid() != 0, "limits on processes do not bind root")
    limit = sum(1 for entry in os.listdir("/proc") if is_the_callers(entry))
    need(resource.getrlimit(resource.RLIMIT_NPROC)[1] > limit, "the hard limit of processes is low")
    ended = box("--", "true", prelude='exec prlimit --nproc=1 -- "$@"')
    assert_refused(ended, ("limit", "resource", "processes"))


# ----------------------------------------------------------------------------------------------------- stopping

@every_mode
def test_stop_signal_that_only_pauses_the_payload_is_no_end(box, mode):
    mark = token()
    running = box.start(*mode, "--", "sh", "-c", 'sleep "$1"; exit 8', "sh", mark)
    paused = payload(mark)
    kill(paused, signal.SIGSTOP)
    eventually(lambda: processes()[paused.pid].state == "T", 2, "the payload is stopped")
    time.sleep(0.2)
    assert running.poll() is None
    kill(paused, signal.SIGCONT)
    kill(paused, signal.SIGTERM)
    assert finish(running, 5).code == 8


@every_mode
def test_timeout_tree_that_is_paused_ends_too(box, mode):
    ended = box.sh("sleep 999 & kill -STOP $!; kill -STOP $$; sleep 999", *mode, "--timeout", "500ms")
    if mode != ["--no-init"]:  # a pid 1 does not hear its own STOP
        assert ended.code == TIMED_OUT
    assert_all_gone(0.1)


def test_timeout_grace_without_a_timeout_is_refused(box):
    assert_refused(box("--kill-after", "5", "--", "true"), "kill-after")
