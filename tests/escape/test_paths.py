# SPDX-License-Identifier: MIT
"""Names of a root that nobody trusts: links, races and staging places, as they led other programs out of it. Each test
asserts on the host: the victim's fixture compares a directory that no attack may change. A twin shows that the ordinary
use of the same thing works; the fixes for these have broken it elsewhere."""
import os
import pathlib
import random
import resource
import shutil
import subprocess
import time

import pytest

from harness import GROUP, SETUP_FAILED, USER, Box, assert_ok, assert_refused, need, rootfs, run
from hostile import KINDS, ROUNDS, SECRET, climbing, inside_or_refused
from watch import changes, eventually, tree

pytestmark = pytest.mark.root_too
PROC_MAGIC, SYS_MAGIC = "9fa0", "62656572"


def facts(ended):
    """What probe/facts.c said, by name."""
    return dict(line.partition(" ")[::2] for line in ended.lines)


# ------------------------------------------------------------------------------------------------ links as targets

@pytest.mark.parametrize("kind", KINDS)
def test_target_that_is_a_link_stays_in_the_root(box, source, victim, kind):
    """lxc CVE-2015-1335: the mount point of an entry is a symbolic link."""
    for name, where in (("absolute", victim), ("climbing", climbing(victim)), ("file", victim / "secret"), ("new", victim / "new")):
        (box.root / name).symlink_to(where)
    for target in ("/absolute", "/absolute/made", "/absolute/x/y", "/absolute/secret", "/climbing", "/climbing/deep", "/file", "/file/x", "/new"):
        inside_or_refused(box(*KINDS[kind](source, target), "--", "sh", "-c", f"cat {target} {target}/secret 2>/dev/null; true"))


@pytest.mark.parametrize("exists", [False, True], ids=["nowhere", "somewhere"])
def test_target_behind_links_that_lead_nowhere_first_stays_in_the_root(box, source, victim, exists):
    """crun CVE-2019-18837: the walk did not notice that a component which it had just made up was a link."""
    (box.root / "a").symlink_to("b/../c")
    (box.root / "c").symlink_to(f"nowhere/../..{victim}")
    (box.root / "d").symlink_to(f"/nowhere/..{victim}/deep")
    if exists:
        (box.root / "nowhere").mkdir()
        (box.root / "b").mkdir()
    (box.root / "e").symlink_to("d/..")
    for kind in KINDS.values():
        for target in ("/a", "/a/x", "/c/x", "/d", "/d/x", "/e/x", "/e/secret"):
            inside_or_refused(box(*kind(source, target), "--", "true"))


def test_twin_links_that_stay_inside_are_followed(box, source):
    """The fix of bubblewrap CVE-2026-87766 answered ELOOP to /var/run."""
    (box.root / "run").mkdir()
    (box.root / "var").mkdir()
    (box.root / "var/run").symlink_to("/run")
    (box.root / "var/lock").symlink_to("../run/lock")
    (box.root / "run/lock").mkdir()
    (box.root / "final").symlink_to("data")
    ended = box("-v", f"{source}:/var/run/app", "-v", f"{source}/mark:/var/lock/mark", "-v", f"{source}:/final", "--dir", "/var/run/made",
                "--", "cat", "/run/app/mark", "/run/lock/mark", "/data/mark")
    assert assert_ok(ended).lines == ["of the volume"] * 3
    assert (box.root / "run/made").is_dir()
    assert (box.root / "final").is_symlink() and (box.root / "var/run").is_symlink()


@pytest.mark.parametrize("mode", [0o711, 0o311, 0o100])
def test_twin_parents_that_cannot_be_listed_are_passed_through(box, source, tmp_path, mode):
    """The fix of bubblewrap CVE-2026-87766 opened directories for reading, and answered EACCES."""
    closed = tmp_path / "closed"
    shutil.copytree(source, closed / "volume")
    (box.root / "gate/below").mkdir(parents=True)
    for directory in (closed, box.root / "gate"):
        directory.chmod(mode)
    ended = box("-v", f"{closed}/volume:/gate/below", "--", "cat", "/gate/below/mark")
    for directory in (closed, box.root / "gate"):
        directory.chmod(0o755)
    assert assert_ok(ended).out == "of the volume\n"


@pytest.mark.parametrize("seed", range(4))
def test_roots_of_random_links_never_lead_outside(box, source, victim, seed):
    """lxc CVE-2015-1335 and what came after it, by chance: links to links, up and down, to the host and to nothing."""
    chance = random.Random(seed)
    names = ["a", "b", "c", "d", "data/e", "data/f", "etc/g", "data/h"]  # only these are made, in directories that stay
    places = [str(victim), climbing(victim), "..", "/", ".", "/proc/self/cwd", "/proc/self/root", str(victim / "new"), "nowhere", "/data/../a"]
    started = 0
    for _ in range(ROUNDS // 4):
        for name in chance.sample(names, 6):
            place = box.root / name
            if place.is_symlink():
                place.unlink()
            elif place.is_dir():
                shutil.rmtree(place)
            elif place.exists():
                place.unlink()
            if chance.random() < 0.7:
                place.symlink_to("/".join(chance.choices([*names, *places, "..", "."], k=chance.randint(1, 3))))
            else:
                place.mkdir()
        options = []
        for target in {"/" + "/".join(chance.choices([*names, "x", "y", "secret"], k=chance.randint(1, 3))) for _ in range(3)}:
            options += KINDS[chance.choice(list(KINDS))](source, target)
        started += inside_or_refused(box(*options, "--", "sh", "-c", "cat /*/secret /*/*/secret 2>/dev/null; true", cwd=victim)).code == 0
    assert started > 0, "no start succeeded, so nothing was tried"


# ----------------------------------------------------------------------------------------------- a proc that is none

def make_fake(directory):
    """What a program that writes to a proc by its name would write to."""
    for name in ("self/attr", "self/fd", "1", "sys/kernel", "sys/net", "kernel", "fs/cgroup", "thread-self/attr"):
        (directory / name).mkdir(parents=True)
    for name in ("self/attr/exec", "thread-self/attr/exec", "self/oom_score_adj", "self/uid_map", "self/setgroups", "self/timens_offsets",
                 "1/oom_score_adj", "sys/kernel/hostname", "sys/kernel/core_pattern", "uptime", "keys", "interrupts", "timer_list"):
        (directory / name).write_text("of the image\n")
    return directory


@pytest.mark.ordinary
@pytest.mark.parametrize("link", ["fake", "/fake", "/data/../fake", "./fake/"])
@pytest.mark.parametrize("place", ["proc", "sys"])
def test_proc_and_sys_that_are_links_are_refused_or_real(box, tool, place, link):
    """runc CVE-2019-19921, CVE-2023-27561, CVE-2023-28642; youki CVE-2025-54867: /proc of the image is a link."""
    fake = make_fake(box.root / "fake")
    before = tree(fake)
    (box.root / place).rmdir()
    (box.root / place).symlink_to(link)
    ended = inside_or_refused(box("--oom-score-adj", "500", "--", box.add(tool("facts"))))
    assert not changes(before, tree(fake))
    if ended.code == 0:
        seen = facts(ended)
        assert (seen["/proc"], seen["/sys"], seen["nnp"], seen["seccomp"]) == (PROC_MAGIC, SYS_MAGIC, "1", "2")
        assert "of the image" not in box("--", "cat", "/proc/keys", "/proc/uptime", "/proc/sys/kernel/core_pattern").out
        assert box("--", "sh", "-c", "echo x > /proc/sys/kernel/core_pattern").code != 0


def test_proc_that_is_replaced_by_a_volume_weakens_nothing(box, tool, tmp_path):
    """runc CVE-2019-19921, CVE-2023-28642: a volume in the place of /proc swallowed what was to be set there."""
    fake = make_fake(tmp_path / "fake")
    before = tree(fake)
    program = box.add(tool("facts"))
    wanted = facts(assert_ok(box("--", program)))
    seen = facts(assert_ok(box("-v", f"{fake}:/proc", "-v", f"{fake}:/sys", "--oom-score-adj", "500", "--hostname", "other", "--time-offset",
                               "boottime=100", "--", program)))
    assert not changes(before, tree(fake))
    assert {name: seen[name] for name in wanted if name not in ("/proc", "/sys")} == {
        name: value for name, value in wanted.items() if name not in ("/proc", "/sys")}
    assert seen["nnp"] == "1" and seen["seccomp"] == "2"


# -------------------------------------------------------------------------------------------------------------- races

@pytest.mark.parametrize("link", ["absolute", "climbing", "magic"])
def test_target_swapped_while_a_container_starts_never_leads_outside(box, source, victim, swapping, tmp_path, link):
    """runc CVE-2021-30465; moby CVE-2018-15664, CVE-2026-41568, CVE-2026-42306: a neighbour with the same volume
    exchanges the mount point for a link between the check and the mount."""
    shared = tmp_path / "shared"
    (shared / "place/deep").mkdir(parents=True)
    (shared / "spare").symlink_to({"absolute": victim, "climbing": climbing(victim), "magic": "/proc/self/cwd"}[link])
    script = ("cat /shared/*/secret /shared/*/deep/secret; cat /shared/place/deep/mark /shared/spare/deep/mark; "
              "cut -d' ' -f4 /proc/self/mountinfo | grep victim; true")
    mounted = 0
    with swapping(shared / "place", shared / "spare"):
        for _ in range(ROUNDS):
            ended = inside_or_refused(box("-v", f"{shared}:/shared", "-v", f"{source}:/shared/place/deep", "--", "sh", "-c", script, cwd=victim))
            assert "victim" not in ended.out
            mounted += "of the volume" in ended.out
    assert mounted > 0, "no start succeeded, so nothing was tried"


@pytest.mark.parametrize("link", ["absolute", "climbing"])
def test_mount_points_made_while_a_parent_is_swapped_are_made_in_the_root(box, source, victim, swapping, link):
    """runc CVE-2024-45310: making the parents of a mount point followed a link that was swapped in."""
    (box.root / "grow").mkdir()
    (box.root / "spare").symlink_to(victim if link == "absolute" else climbing(victim))
    kinds = list(KINDS.values())
    made = 0
    with swapping(box.root / "grow", box.root / "spare"):
        for turn in range(ROUNDS):
            target = f"/grow/made-{turn}/below/x"
            made += inside_or_refused(box(*kinds[turn % len(kinds)](source, target), "--", "true", cwd=victim)).code == 0
    assert made > 0, "no start succeeded, so nothing was tried"


def test_mount_points_made_in_a_volume_while_it_is_swapped_are_made_there(box, source, victim, swapping, tmp_path):
    """runc CVE-2024-45310, where the mount point is to be made inside a volume that a neighbour changes."""
    shared = tmp_path / "shared"
    (shared / "grow").mkdir(parents=True)
    (shared / "spare").symlink_to(victim)
    with swapping(shared / "grow", shared / "spare"):
        for turn in range(ROUNDS):
            inside_or_refused(box("-v", f"{shared}:/shared", "-v", f"{source}:/shared/grow/made-{turn}/x:create", "--", "true", cwd=victim))


# ---------------------------------------------------------------------------------------------------------------- /dev

@pytest.mark.parametrize("options", [[], ["-t"], ["--no-init"], ["--read-only"], ["--device", "/dev/null:/dev/mine"], ["--symlink", "/dev/new=/x"],
                                     ["--tmpfs", "/dev/shm"], ["--stdin", "null", "--stdout", "null"], ["--proc", "none"]], ids=" ".join)
@pytest.mark.parametrize("link", ["absolute", "climbing", "cwd"])
def test_dev_that_is_a_link_is_never_filled_outside(box, victim, options, link):
    """runc CVE-2026-41579, crun CVE-2026-47766: with /dev a link, ptmx was deleted and nodes were made on the host."""
    (box.root / "dev").rmdir()
    (box.root / "dev").symlink_to({"absolute": victim, "climbing": climbing(victim), "cwd": "/proc/self/cwd"}[link])
    inside_or_refused(box(*options, "--", "true", cwd=victim))


@pytest.mark.parametrize("options", [[], ["-t"]], ids=["pipe", "terminal"])
@pytest.mark.parametrize("name", ["console", "ptmx", "tty", "null", "pts/0", "pts/ptmx", "fd", "stdin", "core"])
def test_nodes_of_a_dev_of_ones_own_are_not_followed(box, victim, tmp_path, name, options):
    """crun CVE-2026-88264: /dev/console is a link, /dev is the image's, and a terminal is wanted: a file appears outside."""
    own = tmp_path / "dev"
    (own / "pts").mkdir(parents=True)
    for place in (own, box.root / "dev"):
        (place / "pts").mkdir(exist_ok=True)
        (place / name).symlink_to(victim / "created")
    for dev in ([], ["-v", f"{own}:/dev"], ["-v", f"{own}:/dev", "--read-only"]):
        inside_or_refused(box(*dev, *options, "--", "true"))
    assert sorted(os.listdir(own)) == sorted({"pts", name.split("/")[0]})


def test_null_of_the_root_is_not_what_null_means(box, tool, victim, tmp_path):
    """crun CVE-2026-88265: /dev/null was opened again inside, through a link, and what was found there given to the payload's user."""
    own = tmp_path / "dev"
    own.mkdir()
    program = box.add(tool("facts"))
    for target in (victim / "secret", None):
        (own / "null").unlink(missing_ok=True)
        if target:
            (own / "null").symlink_to(target)
        else:
            (own / "null").write_text("of the image")
        before = tree(own)
        ended = assert_ok(box("-v", f"{own}:/dev", "--user", "1000", "--stdin", "null", "--stderr", "null", "--", program))
        assert (facts(ended)["stdio0"], facts(ended)["stdio2"]) == ("103", "103")
        assert not changes(before, tree(own))


# ------------------------------------------------------------------------------------------------------ staging places

STAGING = ["/oldroot", "/newroot", "/.oldroot", "/.old_root", "/.pivot_root", "/.put_old", "/old", "/..", "/../..", "/proc/1/root", "/proc/self/root",
           "/proc/self/cwd/../../../../../../../..", "/proc/thread-self/root", "/proc/self/fd/0", "/proc/self/fd/3", "/proc/self/fd/4", "/dev/fd/5"]


@pytest.mark.parametrize("kind", KINDS)
def test_links_to_a_staging_place_lead_nowhere(box, source, victim, kind):
    """bubblewrap CVE-2026-87766: a parent is a link to where the host's root is put while the new one is made."""
    for number, staging in enumerate(STAGING):
        (box.root / f"gate{number}").symlink_to(f"{staging}{victim}")
        inside_or_refused(box(*KINDS[kind](source, f"/gate{number}/new"), "--", "true", cwd=victim))
        inside_or_refused(box(*KINDS[kind](source, f"/gate{number}/secret"), "--", "true", cwd=victim))


@pytest.mark.parametrize("kind", KINDS)
def test_targets_with_dots_or_a_link_at_the_end_stay_inside(box, source, victim, kind):
    """nsjail, changes 298 and 325: ".." in a target, and a last component that is a link, were taken as they stood."""
    (box.root / "last").symlink_to(victim / "new")
    (box.root / "up").symlink_to("../../../../..")
    for target in (f"/..{victim}/new", f"/data/../../../..{victim}/new", f"/up{victim}/new", f"/up/..{victim}/secret", "/last", "/last/",
                   f"/data/./..//..{victim}/x"):
        inside_or_refused(box(*KINDS[kind](source, target), "--", "true", cwd=victim))


# ------------------------------------------------------------------------------------------------------------- sources

def test_source_that_may_not_be_a_link_is_refused_when_it_is_one(box, victim, source, tmp_path):
    """flatpak CVE-2024-42472, CVE-2026-34078; podman CVE-2024-1753, CVE-2024-9407, CVE-2024-9341, CVE-2025-9566; containerd
    CVE-2022-23648: what was checked to be a directory of the image's is a link to the host when it is bound."""
    link = tmp_path / "link"
    link.symlink_to(victim)
    assert_refused(box("-v", f"{link}:/data:nofollow", "--", "cat", "/data/secret"), str(link))
    assert assert_ok(box("-v", f"{source}:/data:nofollow", "--", "cat", "/data/mark")).out == "of the volume\n"


def test_source_that_is_swapped_for_a_link_is_never_shown(box, victim, source, swapping, tmp_path):
    """flatpak CVE-2024-42472, podman CVE-2025-9566: the same, swapped while the container starts."""
    link = tmp_path / "link"
    link.symlink_to(victim)
    shown = 0
    with swapping(source, link):
        for _ in range(ROUNDS):
            ended = inside_or_refused(box("-v", f"{source}:/data:nofollow", "--", "sh", "-c", "cat /data/secret /data/mark; true"))
            shown += "of the volume" in ended.out
    assert shown > 0, "no start succeeded, so nothing was tried"


@pytest.mark.ordinary
def test_source_by_descriptor_is_what_was_opened_or_nothing(box, victim, source, with_library):
    """flatpak CVE-2026-34078: a name that was checked is swapped before it is bound; a descriptor is not."""
    program = with_library("sourcefd")
    words = [program, box.root, source]
    done = subprocess.run([*words, source], capture_output=True, text=True, timeout=20, check=False)
    assert done.stdout == "of the volume\n", done.stderr
    done = subprocess.run([*words, victim], capture_output=True, text=True, timeout=20, check=False)
    assert SECRET not in done.stdout and done.stdout in ("of the volume\n", "refused\n"), done.stderr


# ----------------------------------------------------------------------------------------------- files of the identity

@pytest.mark.parametrize("name", ["passwd", "group"])
def test_accounts_that_are_a_fifo_or_without_end_hold_nobody_up(box, name):
    """containers/storage CVE-2024-9676, containerd CVE-2026-47262: /etc/passwd is a FIFO, a link, or endless."""
    place = box.root / "etc" / name
    for kind in ("fifo", "sparse", "device"):
        place.unlink()
        if kind == "fifo":
            os.mkfifo(place)
        elif kind == "sparse":
            place.touch()
            os.truncate(place, 1 << 40)
        else:
            place.symlink_to("/dev/zero")
        for words in (["--user", "alice"], ["--user", "0", "--group-add", "audio"], ["--user", "0"]):
            begun = time.monotonic()
            ended = box(*words, "--", "true", timeout=10, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)))
            assert ended.code in (0, SETUP_FAILED), str(ended)
            assert time.monotonic() - begun < 5


@pytest.mark.parametrize("made", ["mkfifo $file", "ln -s /dev/zero $file", "ln -s /dev/ptmx $file", "ln -s /proc/self/fd/0 $file", "mkdir $file",
                                  "ln -s $file $file", "truncate -s 1000000000000 $file", "ln -s /proc/self/root/etc/passwd $file"])
def test_accounts_that_the_payload_replaces_hold_no_further_command_up(names, made):
    """containers/storage CVE-2024-9676, of a further command: the payload has had the time to make of /etc/passwd what it likes."""
    script = f"for file in /etc/passwd /etc/group; do rm -f $file; {made}; done; touch /tmp/ready; sleep 100"
    names.detached("one", "sh", "-c", script)
    eventually(lambda: names.exec("one", "test", "-e", "/tmp/ready").code == 0, 5, "accounts of the payload's")
    for words in (["--user", "alice"], ["--user", "alice:audio"], ["--user", "0", "--group-add", "audio"]):
        ended = names.exec("one", "touch", "/tmp/ran", options=words, timeout=8)
        assert ended.code == SETUP_FAILED and ended.seconds < 5, str(ended)
    assert assert_ok(names.exec("one", "echo", "ran", timeout=8)).out == "ran\n"
    assert names.exec("one", "test", "-e", "/tmp/ran").code == 1


def test_accounts_that_are_a_link_to_the_host_are_not_read(box, victim, tmp_path):
    """containers/storage CVE-2024-9676: /etc/passwd of the image is a link to a file of the host."""
    accounts = tmp_path / "accounts"
    accounts.write_text(f"hostonly:x:{USER}:{GROUP}::/:/bin/sh\n")
    for link in (accounts, climbing(accounts), f"/proc/self/cwd/{accounts.name}", f"/proc/self/root{accounts}"):
        (box.root / "etc/passwd").unlink()
        (box.root / "etc/passwd").symlink_to(link)
        assert_refused(box("--user", "hostonly", "--", "true", cwd=tmp_path), "hostonly")


def test_twin_accounts_that_are_a_link_inside_the_root_are_read(box, subids):
    shutil.move(box.root / "etc/passwd", box.root / "data/accounts")
    (box.root / "etc/passwd").symlink_to("/data/accounts")
    assert assert_ok(box("--map", "subid", "--user", "alice", "--", "id", "-u")).out == "1000\n"


# ----------------------------------------------------------------------------------------------------- trailing slashes

@pytest.mark.parametrize("ending", ["/", "//", "/.", "/./"])
def test_slash_at_the_end_of_a_link_does_not_make_it_a_directory(box, victim, source, tmp_path, ending):
    """Go CVE-2026-39822: a slash at the end defeats O_NOFOLLOW."""
    (tmp_path / "link").symlink_to(victim)
    assert_refused(box("-v", f"{tmp_path}/link{ending}:/data:nofollow", "--", "cat", "/data/secret"), "link")
    (box.root / "gate").symlink_to(victim)
    (box.root / "gate2").symlink_to(climbing(victim) + "/deep")
    for kind in KINDS.values():
        for target in (f"/gate{ending}", f"/gate2{ending}", f"/gate/new{ending}"):
            inside_or_refused(box(*kind(source, target), "--", "true"))


@pytest.mark.parametrize("ending", ["/", "//"])
def test_twin_slashes_at_the_end_of_directories_mean_nothing(box, source, ending):
    ended = box("-v", f"{source}{ending}:/data{ending}", "-v", f"{source}/deep{ending}:/data/deep{ending}:ro,nofollow", "--tmpfs", f"/mnt{ending}",
                "--", "cat", "/data/mark", "/data/deep/mark")
    assert assert_ok(ended).lines == ["of the volume"] * 2


def test_root_is_not_looked_for_beside_itself(box, victim):
    """The root itself is named by the caller and may be a link; what it holds may not lead back through it."""
    (box.root / "gate").symlink_to(f"/../{victim.name}")
    link = pathlib.Path(box.root).parent / "by-link"
    link.symlink_to(box.root)
    inside_or_refused(run("--rootfs", link, "--tmpfs", "/gate/x", "--", "sh", "-c", "cat /gate/secret; true"))
    need(os.path.isdir(box.root / "data"), "a root")


@pytest.mark.parametrize("name", ["a,suid,dev", "a:b:c", "a,lowerdir=b:c", "a\\,b\\:c", "a=b,upperdir=c", "#a %s", "a,userxattr,metacopy=on"])
def test_names_with_commas_and_colons_are_no_options_of_a_mount(tmp_path, busybox, source, name):
    """Options of mounts: a path with a comma or a colon in it was cut there, and the rest was further options or layers."""
    odd = Box(rootfs(tmp_path / name, busybox))
    for below in ("data", "tmp", "home/alice", "home"):
        (odd.root / below).rmdir()
    before = tree(odd.root)
    volume = tmp_path / "volume,suid,rw"
    shutil.copytree(source, volume)
    odd.root.chmod(0o555)
    ended = odd("--read-only", "-v", f"{volume}:/made/{name.replace(':', '.')}:ro", "--tmpfs", "/t:size=1m,mode=700", "--", "sh", "-c",
                "cat /made/*/mark; cat /proc/self/mountinfo; ls /bin/busybox; echo x > /x; cd /made/*; echo x > mark")
    odd.root.chmod(0o755)
    assert "of the volume" in ended.out and "/bin/busybox" in ended.out and ended.err.count("Read-only") == 2, str(ended)
    for _, flags, _ in [one for one in mounts_inside_lines(ended) if one[0].startswith(("/made", "/t"))]:
        assert {"nosuid", "nodev"} <= flags
    assert not changes(before, tree(odd.root)) and (volume / "mark").read_text() == "of the volume\n"


def mounts_inside_lines(ended):
    """What of the output is mountinfo, taken apart."""
    lines = [line for line in ended.lines if " - " in line]
    return [(line.split()[4], set(line.split()[5].split(",")), line.split(" - ")[1].split()[0]) for line in lines]
