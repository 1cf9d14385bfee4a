# SPDX-License-Identifier: MIT
"""The memory of idle containers. Only root may see which pages ctr-init has for itself, so root runs the program of
tests/host that measures it once more, with the thousand; for others it is an upper bound, and few are enough here."""
import os
import pathlib

import pytest

from harness import finish, need, start


@pytest.mark.root_too
def test_crowd_of_idle_containers_is_small():
    build = pathlib.Path(os.environ.get("CTR_BUILD", "."), "tests/host").resolve()
    need(os.access(build / "crowd", os.X_OK), "CTR_BUILD does not name a build directory with the programs of tests/host")
    count = "1000" if os.getuid() == 0 else "100"
    ended = finish(start(build / "payload", count, program=[str(build / "crowd")]), timeout=120)
    print(ended.out)
    need(ended.code != 77, ended.out.strip())
    assert ended.code == 0, ended.out
    assert os.getuid() != 0 or ", private " in ended.out, "root could not see the private memory"
