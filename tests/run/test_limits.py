# SPDX-License-Identifier: MIT
"""Limits that need no control group: processes, scores, nice values, processors."""
import pytest

from harness import SETUP_FAILED, UNPARSABLE, USER, assert_ok, assert_refused, outcome, run


def test_pids_limit_counts_what_the_container_has_and_not_ctr_init(box):
    script = "for i in 1 2 3; do sleep 5 & echo made; done; kill %1 %2; true"
    assert_ok(box.sh(script, "--map", "single", "--pids-limit", "4"))
    ended = box.sh(script, "--map", "single", "--pids-limit", "3")
    assert ended.out == "made\nmade\n", str(ended)
    assert "can't fork" in ended.err


def test_pids_limit_of_one_is_enough_for_one_command_every_time(box):
    for _ in range(20):
        assert_ok(box("--map", "single", "--pids-limit", "1", "--", "true"))


def test_pids_limit_does_not_count_what_else_the_caller_runs(box):
    assert_ok(box("--map", "single", "--pids-limit", "2", "--", "sh", "-c", "sleep 0 & wait",
                  prelude="for i in 1 2 3 4 5 6 7 8; do sleep 2 & done"))


def test_pids_limit_stops_a_fork_bomb(box):
    ended = box.sh("bomb() { bomb & bomb; }; bomb 2>/dev/null", "--map", "single", "--pids-limit", "20", "--timeout", "1", timeout=15)
    assert ended.code != 0


def test_pids_limit_cannot_be_raised_from_inside(box):
    assert box.sh("ulimit -u 100 2>/dev/null || echo refused", "--map", "single", "--pids-limit", "5", "--cap-add", "ALL").out == "refused\n"


def test_pids_limit_holds_per_user_where_the_command_may_change_it_and_says_so(box, subids):
    ended = assert_ok(box("--map", "subid", "--pids-limit", "5", "--", "true"))
    assert "each user id" in ended.err
    ended = assert_ok(box("--map", "subid", "--cap-drop", "SETUID", "--pids-limit", "5", "--", "true"))
    assert ended.err == ""


def test_pids_limit_in_the_report(box):
    limits = box.outcome("--map", "single", "--pids-limit", "5", "--nice", "3", "--", "true").report["limits"]
    assert limits == {"pids": {"limit": 5, "by": "rlimit", "counts": "the container"}, "nice": 3}


@pytest.mark.root_too
@pytest.mark.skipif(USER != 0, reason="speaks about the host's root")
def test_pids_limit_of_the_hosts_root_is_refused(box):
    assert_refused(box("--pids-limit", "5", "--", "true"), "pids-limit", "root")


def test_pids_limit_where_the_user_namespace_is_joined_is_refused(box):
    assert_refused(box("--join", "user=/proc/self/ns/user", "--pids-limit", "5", "--", "true"), ("pids-limit", "join"))


def test_pids_limit_beside_ulimit_nproc_is_refused(box):
    assert_refused(box("--pids-limit", "5", "--ulimit", "nproc=5", "--", "true"), "nproc", "ulimit")


@pytest.mark.parametrize("value", ["0", "-1"])
def test_pids_limit_of_nothing_is_none(box, value):
    assert "limits" in box.outcome("--pids-limit", value, "--", "true").report
    assert box.outcome("--pids-limit", value, "--", "true").report["limits"] == {}


def test_oom_score_is_that_of_every_process(box):
    ended = assert_ok(box.sh("cat /proc/self/oom_score_adj /proc/1/oom_score_adj", "--oom-score-adj", "700"))
    assert ended.out == "700\n700\n"


def test_oom_score_is_set_without_a_proc_inside(box):
    assert_ok(box("--proc", "none", "--oom-score-adj", "700", "--", "true"))


def test_oom_score_and_nice_below_the_callers_own_are_refused_with_advice(box):
    assert_refused(box("--oom-score-adj", "-1", "--", "true"), "oom-score-adj", "privileged")
    assert_refused(box("--nice", "-1", "--", "true"), "nice", "privileged")


@pytest.mark.root_too
@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_nice_is_that_of_the_command(box, mode):
    assert box.sh("cut -d' ' -f19 /proc/self/stat", mode, "--nice", "7").out == "7\n"


@pytest.mark.root_too
def test_processors_are_those_that_were_asked_for(box):
    assert box.sh("grep Cpus_allowed_list /proc/self/status", "--cpuset-cpus", "0").out.split()[1] == "0"


@pytest.mark.root_too
def test_processors_that_are_not_there_are_refused(box):
    assert_refused(box("--cpuset-cpus", "0,4000", "--", "true"), "cpuset-cpus", "4000")
    assert_refused(box("--cpuset-cpus", "0-", "--", "true"), "cpuset-cpus", "0-")


@pytest.mark.root_too
def test_core_scheduling_is_there_or_refused_with_the_reason(box):
    ended = box("--core-sched", "--", "true")
    if ended.code != 0:
        assert_refused(ended, "core-sched", ("sibling threads", "no core scheduling"))


@pytest.mark.root_too
@pytest.mark.parametrize("words", [["--pids-limit", "x"], ["--pids-limit", "-2"], ["--pids-limit", ""], ["--nice", "1.5"], ["--nice", ""],
                                   ["--oom-score-adj", "--"], ["--oom-score-adj", "99999999999"]])
def test_limits_that_are_no_numbers_are_refused(words):
    assert_refused(run(*words, "--", "true"), words[0][2:], code=UNPARSABLE)


@pytest.mark.root_too
@pytest.mark.parametrize("words", [["--pids-limit", "4194305"], ["--nice", "20"], ["--nice", "-21"], ["--oom-score-adj", "1001"]])
def test_limits_out_of_range_are_refused(words):
    assert_refused(run(*words, "--", "true"), words[0][2:], code=SETUP_FAILED)


@pytest.mark.root_too
def test_limits_are_not_of_a_container_that_asks_for_none():
    assert outcome("--", "true").report["limits"] == {}
