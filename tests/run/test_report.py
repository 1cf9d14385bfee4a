# SPDX-License-Identifier: MIT
"""The report's two halves: what was asked for, and what the kernel had just before the command was executed."""
import os
import pathlib

import pytest

from harness import command, need, outcome

pytestmark = pytest.mark.root_too

FLAGS = {"ro", "nosuid", "nodev", "noexec", "noatime", "relatime"}
NAMES = {"mount": "mnt"}


class Seen:
    """What the probe saw inside: the same facts by other means."""

    def __init__(self, text):
        self.lines = [line.split(" ", 1) for line in text.splitlines()]

    def all(self, name):
        return [value for key, value in self.lines if key == name]

    def number(self, name):
        return int(self.all(name)[0])

    def status(self, name):
        return next(line.split(":", 1)[1].strip() for line in self.all("status") if line.startswith(name + ":"))

    def map(self, name):
        return "".join(" ".join(line.split()) + "\n" for line in self.all(name))

    def flags(self, target):
        """Of the topmost mount."""
        fields = [line.split() for line in self.all("mount")]
        return [set(line[5].split(",")) & FLAGS for line in fields if line[4] == target][-1]

    def namespaces(self):
        return dict(line.split(" ", 1) for line in self.all("namespace"))


@pytest.fixture
def looked(box, probe):
    """Runs the probe in a box; returns the report and what was seen."""
    inside = box.add(probe("box"))

    def look(*options, **popen):
        ended = box.outcome(*options, "--", inside, **popen)
        assert ended.code == 0, str(ended.ended)
        return ended.report, Seen(ended.out)
    return look


def assert_true(report, seen):
    """Each fact of the effective half is what the probe saw."""
    effective = report["effective"]
    assert (effective["uid"], effective["gid"]) == (seen.number("uid"), seen.number("gid"))
    assert effective["groups"] in (None, seen.number("groups"))
    assert effective["capabilities"] == {"bounding": seen.all("bounding")[0], "permitted": seen.status("CapPrm"),
                                         "inheritable": seen.status("CapInh")}
    assert effective["no_new_privs"] == bool(seen.number("no_new_privs"))
    assert effective["descriptors"] == [int(number) for number in seen.all("descriptor")]
    for name in ("uid_map", "gid_map"):
        assert effective[name] == seen.map(name)
    for mount in effective["mounts"]:
        assert set(mount["flags"]) == seen.flags(mount["target"]), mount
    for name, mode in effective["namespaces"].items():
        inside, outside = seen.namespaces()[NAMES.get(name, name)], os.readlink(f"/proc/self/ns/{NAMES.get(name, name)}")
        assert mode == ("shared" if inside == outside else "own"), name


def assert_granted(report):
    """Nothing is weaker than what was asked for; mounts may have more flags."""
    asked, effective = report["requested"], report["effective"]
    assert list(asked) == list(effective)
    same = set(asked) - {"mounts", "landlock", "groups"}
    assert {name: asked[name] for name in same} == {name: effective[name] for name in same}
    for wanted, had in zip(asked["mounts"], effective["mounts"], strict=True):
        assert wanted["target"] == had["target"] and set(wanted["flags"]) <= set(had["flags"])


@pytest.mark.parametrize("options", [
    [], ["--map", "single"], ["--map", "single", "--user", "1000:1000"], ["--no-init"], ["--share", "net,uts,ipc"], ["--share", "pid"],
    ["--cap-drop", "ALL", "--security-opt", "seccomp=strict"], ["--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined"],
    ["--read-only", "--tmpfs", "/data:noexec", "--hostname", "other"],
], ids=" ".join)
def test_the_effective_half_is_what_a_probe_sees(looked, options):
    report, seen = looked(*options)
    assert_true(report, seen)
    assert_granted(report)
    own = 0 if "seccomp=unconfined" in options else 1
    assert report["effective"]["seccomp"] == bool(own)
    assert int(seen.status("Seccomp_filters")) == own + (report["outer_filter"] != "none")


def test_the_flags_of_binds_are_those_of_the_kernel(looked, host):
    report, seen = looked("-v", f"{host}:/data:ro,noexec", "-v", f"{host}:/tmp:nosuid", "--mount", f"type=bind,source={host},target=/root,readonly")
    assert_true(report, seen)
    assert_granted(report)
    flags = {mount["target"]: set(mount["flags"]) for mount in report["effective"]["mounts"]}
    assert {"ro", "noexec"} <= flags["/data"] and "ro" in flags["/root"] and "ro" not in flags["/tmp"]


def test_the_descriptors_are_those_that_survive(looked):
    reading, writing = os.pipe()
    try:
        report, seen = looked("--pass-fd", f"{reading}:5", "--pass-fd", f"{writing}:70", pass_fds=(reading, writing))
    finally:
        os.close(reading)
        os.close(writing)
    assert report["effective"]["descriptors"] == [0, 1, 2, 5, 70]
    assert_true(report, seen)
    assert_granted(report)


def test_new_privileges_that_are_allowed_are_reported_as_the_kernel_has_them(looked):
    report, seen = looked("--allow-new-privs")
    assert report["requested"]["no_new_privs"] is False
    assert_true(report, seen)


def test_landlock_is_reported_by_its_rights(looked):
    report, seen = looked("--landlock", "exec=/bin", "--landlock", "write=/data", "--security-opt", "seccomp=unconfined")
    need(seen.number("rules") >= 3, f"Landlock 3 (Linux 6.2); this kernel has {seen.number('rules')}")
    asked, effective = report["requested"]["landlock"], report["effective"]["landlock"]
    assert effective["version"] == seen.number("rules")
    assert "version" not in asked and asked["required"]
    for kind in ("paths", "ports", "scope"):
        assert asked[kind] == effective[kind]
    assert {"execute", "write_file", "read_file", "truncate"} <= set(effective["paths"]) and not effective["ports"]


def test_what_is_not_asked_of_landlock_is_not_in_the_report(looked):
    report, _ = looked()
    assert report["requested"]["landlock"] is None and report["effective"]["landlock"] is None


def test_flags_that_must_not_be_read_are_not_made_up(deny, box):
    ended = box.outcome("--map", "single", "--", "true", program=[deny, "fstatfs=EPERM", "--", *command()])
    assert ended.code == 0, str(ended.ended)
    assert all(mount["flags"] is None for mount in ended.report["effective"]["mounts"]) and ended.report["effective"]["mounts"]


def test_the_host_root_is_reported_too():
    ended = outcome("--", "cat", "/proc/self/mountinfo")
    seen = Seen("".join(f"mount {line}\n" for line in ended.out.splitlines()))
    for mount in ended.report["effective"]["mounts"]:
        assert set(mount["flags"]) == seen.flags(mount["target"]), mount
    assert_granted(ended.report)


def test_a_filter_around_the_start_is_reported_and_the_namespaces_are_compared(deny, box, probe):
    inside = box.add(probe("box"))
    ended = box.outcome("--map", "single", "--", inside, program=[deny, "landlock_create_ruleset=ENOSYS", "--", *command()])
    assert ended.code == 0, str(ended.ended)
    seen = Seen(ended.out)
    assert ended.report["outer_filter"] == "compared"
    assert_true(ended.report, seen)
    assert_granted(ended.report)
    # The one of the caller, and the command's own: a listener that is asked for to see it is no second one.
    assert int(seen.status("Seccomp_filters")) == 2 + (pathlib.Path("/proc/self/status").read_text().count("Seccomp:\t2"))
