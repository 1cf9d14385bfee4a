# SPDX-License-Identifier: MIT
"""What a container has by default, asked from inside by system calls: the lines of docs/security.md that no other test shows."""
import pytest

from harness import assert_ok
from test_paths import facts
from watch import mounts_inside

pytestmark = pytest.mark.root_too
PROFILES = ["default", "build", "strict", "contained", "crabcan", "unconfined"]
WAYS = [[], ["--no-init"], ["--map", "single", "--user", "1000"], ["--cap-drop", "ALL"], ["--read-only"], ["--proc", "none"], ["--net", "host"],
        ["--share", "pid"], ["-t"]]


@pytest.mark.parametrize("options", WAYS, ids=" ".join)
def test_command_starts_with_what_was_promised(box, tool, options):
    seen = facts(assert_ok(box(*options, "--", box.add(tool("facts")), env={"SECRET": "x"}, prelude="exec 5</ 6</etc/passwd 7</")))
    assert (seen["nnp"].strip(), seen["seccomp"].strip(), seen["securebits"].strip()) == ("1", "2", "0")
    assert seen["descriptors"].strip() == "0" and seen["leader"].strip() == "1"
    assert seen["tty"].strip() == ("yes" if "-t" in options else "no")
    assert seen["cwd"].strip() == "/"


@pytest.mark.parametrize("profile", PROFILES)
def test_filter_and_refusal_of_privileges_hold_for_all_descendants_and_further_commands(names, profile):
    """Of the profile that was asked for, and of nothing else."""
    script = "grep -hE '^(NoNewPrivs|Seccomp):' /proc/self/status; (sh -c 'grep -hE \"^(NoNewPrivs|Seccomp):\" /proc/self/status')"
    wanted = ["NoNewPrivs:", "1", "Seccomp:", "0" if profile == "unconfined" else "2"] * 2
    options = ["--security-opt", f"seccomp={profile}"]
    assert assert_ok(names.box.sh(script, *options)).out.split() == wanted
    names.detached("one", "sleep", "100", options=options)
    assert assert_ok(names.exec("one", "sh", "-c", script)).out.split() == wanted


@pytest.mark.parametrize("options, wanted", [(["--allow-new-privs"], "0"), (["--security-opt", "no-new-privileges=false"], "0"),
                                             (["--security-opt", "no-new-privileges"], "1")], ids=str)
def test_twin_new_privileges_are_allowed_where_that_is_asked_for(box, tool, options, wanted):
    assert facts(assert_ok(box(*options, "--", box.add(tool("facts")))))["nnp"] == wanted


@pytest.mark.ordinary
@pytest.mark.parametrize("profile, made", [("default", False), ("strict", False), ("build", True), ("contained", False), ("crabcan", False)])
def test_further_user_namespaces_are_made_in_build_only(box, profile, made):
    ended = box("--security-opt", f"seccomp={profile}", "--", "unshare", "-U", "-r", "id", "-u")
    assert (ended.out == "0\n") == made and (ended.code == 0) == made, str(ended)


@pytest.mark.parametrize("options", [[], ["--read-only"], ["--no-init"], ["--tmpfs", "/mnt"], ["-t"]], ids=" ".join)
def test_every_mount_but_the_root_and_the_nodes_is_nosuid_and_nodev(box, source, options):
    ended = assert_ok(box(*options, "-v", f"{source}:/data", "--", "cat", "/proc/self/mountinfo")) if "-t" not in options else \
        assert_ok(box("-v", f"{source}:/data", "--user", "1000", "--map", "single", "--", "cat", "/proc/self/mountinfo"))
    seen = mounts_inside(ended)
    assert {"/data", "/proc", "/sys", "/dev", "/dev/pts", "/dev/shm", "/tmp"} <= {place for place, _, _ in seen}
    for place, flags, _ in seen:
        if place == "/":
            continue
        assert "nosuid" in flags, place
        node = place == "/dev" or place.startswith("/dev/") and place not in ("/dev/shm", "/dev/mqueue")
        assert "nodev" in flags or node, place
    assert not [place for place, flags, _ in seen if place.startswith("/proc") and not {"nosuid", "nodev", "noexec"} <= flags]


def test_nothing_is_propagated_to_or_from_the_container(box):
    for line in assert_ok(box("--", "cat", "/proc/self/mountinfo")).lines:
        tags = line.split(" - ")[0].split()[6:]
        assert not [tag for tag in tags if tag.startswith("shared:")], line


def test_environment_has_nothing_of_the_callers(box):
    ended = assert_ok(box("--", "env", env={"SECRET_TOKEN": "x", "LD_PRELOAD": None, "SSH_AUTH_SOCK": "/tmp/x"}))
    assert {line.partition("=")[0] for line in ended.lines} <= {"PATH", "HOME", "TERM"}
