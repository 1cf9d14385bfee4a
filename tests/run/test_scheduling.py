# SPDX-License-Identifier: MIT
"""Time slices: ctr-init asks for short ones, so that a busy machine does not delay a start; a command has its caller's."""
import subprocess

import pytest

from harness import assert_ok, ctr, finish, init_of, kill, need, payload, run, token

SHORTEST = 100000  # nanoseconds, of the kernel

pytestmark = pytest.mark.root_too
every_mode = pytest.mark.parametrize("mode", [[], ["--no-init"]], ids=["init", "no-init"])


@pytest.fixture
def slices(probe):
    """Reads the slice of a process of this machine, 0 for one's own."""
    def read(pid=0):
        return int(subprocess.check_output([probe("slices"), str(pid)]))
    need(read() != 0, "this kernel tells nobody's time slices (6.12 does)")
    return read


@every_mode
def test_command_has_the_slices_of_its_caller(box, probe, slices, mode):
    inside = box.add(probe("slices"))
    assert int(assert_ok(box(*mode, "--", inside)).out) == slices()
    assert int(assert_ok(box(*mode, "--", inside, prelude=f'set -- {probe("slices")} set 7000000 "$@"')).out) == 7000000


@every_mode
def test_ctr_init_takes_the_shortest_slices(box, slices, mode):
    mark = token()
    running = box.start(*mode, "--", "sleep", mark)
    command = payload(mark)
    assert slices(init_of(command).pid) == SHORTEST
    assert slices(command.pid) == slices()
    kill(command)
    finish(running)


def test_further_command_has_the_slices_of_the_first(box, probe, slices, tmp_path):
    inside = box.add(probe("slices"))
    state = ["--state-dir", tmp_path / "state"]
    assert_ok(run(*state, "-d", "--name", "sliced", "--rootfs", box.root, "--", "sleep", token()))
    try:
        assert int(assert_ok(ctr("exec", *state, "sliced", "--", inside)).out) == slices()
    finally:
        ctr("rm", *state, "-f", "sliced")
