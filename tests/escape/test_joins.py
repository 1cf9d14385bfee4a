# SPDX-License-Identifier: MIT
"""Descriptors, programs and processes near a container: who watches them while they come, who overwrites them, and what may be
taken for a container of ours."""
import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import struct
import subprocess
import time

import pytest

from harness import SETUP_FAILED, assert_ok, assert_refused, command, ctr, need, run
from hostile import ROUNDS, SECRET, inside_or_refused
from test_paths import facts
from watch import changes, eventually, tree

pytestmark = pytest.mark.root_too
EVERYTHING = ["--cap-add", "ALL", "--security-opt", "seccomp=unconfined", "--security-opt", "unmask=ALL"]
HELD = "exec 7<{0}/secret 8<{0} 9</"


@pytest.mark.ordinary
def test_nobody_inside_reaches_the_host_by_a_process_that_is_joining(names, victim, source, tool):
    """runc CVE-2016-9962; lxc CVE-2016-8649; bubblewrap CVE-2016-8659, CVE-2026-41163: the process that joins a container or
    sets it up can be traced, and has descriptors and memory of the host."""
    names.detached("one", names.box.add(tool("watcher")), SECRET, victim, "/data/end", options=[*EVERYTHING, "-v", f"{source}:/data"])
    for number in range(ROUNDS // 2):
        ended = names.exec("one", "true", cwd=victim, prelude=HELD.format(victim), env={"TOKEN": SECRET})
        assert ended.code == 0, f"{number}: {ended}"
    (source / "end").touch()
    assert_ok(names("wait", "one"))
    said = names("logs", "one").lines
    assert [line for line in said if line.startswith("leak")] == []
    assert int(said[-1].split()[1]) >= ROUNDS // 4, said


@pytest.mark.ordinary
@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_nobody_inside_reaches_the_host_by_the_process_that_set_it_up(box, victim, source, tool, mode):
    """bubblewrap CVE-2016-8659, CVE-2026-41163: the set-up process itself, and what it forks."""
    script = f"{box.add(tool('watcher'))} '{SECRET}' {victim} /data/end & for n in 1 2 3 4 5 6 7 8 9; do true & wait $!; done; touch /data/end; wait"
    ended = assert_ok(box(mode, *EVERYTHING, "-v", f"{source}:/data", "--", "sh", "-c", script, cwd=victim, prelude=HELD.format(victim),
                          env={"TOKEN": SECRET}))
    assert "leak" not in ended.out and "seen" in ended.out, str(ended)


@pytest.mark.ordinary
def test_twin_watcher_notices_a_descriptor_that_is_passed(box, victim, source, tool):
    script = f"{box.add(tool('watcher'))} '{SECRET}' {victim} /data/end & sleep 0.2; for n in 1 2 3 4; do sleep 0.05; done; touch /data/end; wait"
    ended = box(*EVERYTHING, "-v", f"{source}:/data", "--pass-fd", "8:8", "--", "sh", "-c", script, prelude=HELD.format(victim))
    assert "leak: /proc/" in assert_ok(ended).out


@pytest.fixture
def own_program(tmp_path):
    """A copy of the program that belongs to the user who runs it, as one in ~/bin does."""
    words = command()
    need(len(words) == 1, "the program under test is more than one word")
    copy = tmp_path / "ctr"
    shutil.copyfile(words[0], copy)
    copy.chmod(0o755)
    need(subprocess.run([copy, "version"], capture_output=True, check=False).returncode == 0, "the program does not run elsewhere")
    return copy


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


@pytest.mark.ordinary
def test_program_cannot_be_overwritten_from_inside(names, source, tool, own_program):
    """runc and lxc CVE-2019-5736, flatpak CVE-2019-8308: /proc/PID/exe of what enters is kept and written to when it has ended."""
    program = names.box.add(tool("overwrite"))
    (names.box.root / "bin/again").symlink_to("/proc/self/exe")
    names.box.write("bin/script", "#!/proc/self/exe\n", 0o755)
    before = digest(own_program)
    environment = dict(program=[own_program])
    names.detached("one", program, "/data/end", options=[*EVERYTHING, "-v", f"{source}:/data"], **environment)
    for number in range(ROUNDS // 3):
        word = ("true", "/proc/self/exe", "/bin/again", "/bin/script")[number % 4]
        names.exec("one", word, **environment, timeout=10)
    (source / "end").touch()
    assert_ok(names("wait", "one"))
    assert [line for line in names("logs", "one").lines if line.startswith("wrote")] == []
    assert digest(own_program) == before
    assert_ok(names.box("--", "true", program=[own_program]))


@pytest.mark.ordinary
def test_twin_overwriter_notices_a_program_that_can_be_written_to(names, busybox, source, tool):
    (source / "bin").mkdir()
    other = source / "bin/sleep"
    shutil.copyfile(busybox, other)
    other.chmod(0o755)
    before = digest(other)
    names.detached("one", names.box.add(tool("overwrite")), "/data/end", options=[*EVERYTHING, "-v", f"{source}:/data"])
    names.exec("one", "/data/bin/sleep", "0.3")
    eventually(lambda: digest(other) != before, 5, "a program that is overwritten")
    (source / "end").touch()
    assert_ok(names("wait", "one"))


@pytest.mark.ordinary
@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_program_as_the_command_is_not_to_be_had(box, own_program, mode):
    """runc CVE-2019-5736: the image's command is a link to /proc/self/exe, so that what is executed is the runtime."""
    (box.root / "bin/self").symlink_to("/proc/self/exe")
    before = digest(own_program)
    for word in ("/bin/self", "/proc/self/exe", "/proc/1/exe"):
        assert box(mode, "--", word, "version", program=[own_program], timeout=10).code != 0
    assert digest(own_program) == before


def test_directory_to_work_in_is_never_one_of_the_host(names, victim):
    """runc CVE-2024-21626: a descriptor of the host is left open, and named as the working directory of run and exec."""
    names.detached("one", "sleep", "100", cwd=victim, prelude=HELD.format(victim))
    script = f"cat secret ../secret .{victim}/secret victim/secret; pwd -P; true"
    for number in range(12):
        for path in (f"/proc/self/fd/{number}", f"/proc/self/fd/{number}/..", f"/proc/1/fd/{number}", f"/dev/fd/{number}"):
            for ended in (names.exec("one", "sh", "-c", script, options=["-w", path], cwd=victim, prelude=HELD.format(victim)),
                          names.box("-w", path, "--", "sh", "-c", script, cwd=victim, prelude=HELD.format(victim))):
                assert SECRET not in ended.out and "unreachable" not in ended.out, f"{path}\n{ended}"


@pytest.mark.parametrize("options", [[], ["--no-init"], ["--share", "pid"], ["--proc", "none"], ["--net", "host"], ["--user", "7", "--map", "single"]],
                         ids=" ".join)
def test_command_starts_inside_its_root(box, tool, victim, options):
    """boxsh, 2026: chdir("/") was missing after pivot_root, so the command started in a directory of the host."""
    seen = facts(assert_ok(box(*options, "--", box.add(tool("facts")), cwd=victim)))
    assert seen["cwd"] == "/"
    ended = box(*options, "--", "sh", "-c", f"cat secret ../secret .{victim}/secret; ls -A ..", cwd=victim)
    assert SECRET not in ended.out and set(ended.out.split()) <= set(os.listdir(box.root))


# ------------------------------------------------------------------------------------------- what is a container of ours

@contextlib.contextmanager
def sleeper():
    """A process of the host that nobody but this test may end."""
    process = subprocess.Popen(["sleep", "300"], stdin=subprocess.DEVNULL)
    try:
        yield process
        assert process.poll() is None and pathlib.Path(f"/proc/{process.pid}/stat").read_text().split()[2] in "SR"
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("held", [False, True], ids=["ended", "locked"])
def test_forged_container_is_not_joined_and_hits_no_process(names, held):
    """firejail CVE-2022-31214: what was joined was proved to be a sandbox by files that anybody could make."""
    names.detached("real", "sleep", "100")
    forged = names.state / "forged"
    forged.mkdir(mode=0o700)
    for name in ("info", "record"):
        shutil.copyfile(names.state / "real" / name, forged / name)
        (forged / name).chmod(0o600)
    with sleeper() as bystander, open(forged / "record", "r+b") as record:
        content = record.read()
        for pid in {int(entry) for entry in os.listdir("/proc") if entry.isdigit()} - {bystander.pid}:
            if pid > 1000:
                content = content.replace(struct.pack("=I", pid), struct.pack("=I", bystander.pid))
        record.seek(0)
        record.write(content)
        record.flush()
        if held:  # as a living ctr-init holds it
            fcntl.fcntl(record, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))  # F_OFD_SETLK
        assert names("exec", "forged", "--", "true", timeout=20).code != 0
        for words in (["kill", "forged"], ["stop", "forged"], ["pause", "forged"], ["rm", "-f", "forged"]):
            names(*words, timeout=20)  # whatever it says: the bystander tells
    assert_ok(names.exec("real", "true"))
    shutil.rmtree(forged, ignore_errors=True)


@pytest.mark.ordinary
def test_payload_that_reaches_the_state_directory_cannot_ask_its_own_container(names, tmp_path, own_program):
    """firejail CVE-2022-31214, from inside: the container's own socket is shown to the payload by a volume."""
    volume = tmp_path / "runtime"
    shutil.copyfile(own_program, volume / "ctr-copy")
    (volume / "ctr-copy").chmod(0o755)
    script = "/data/ctr-copy exec --state-dir /data/ctr one -- sh -c 'echo was asked'; echo $?"
    names.detached("one", "sleep", "100", options=["-v", f"{volume}:/data"])
    ended = names.exec("one", "sh", "-c", script)
    need("not found" not in ended.err, "the program is no static one, and does not run in this root")
    assert "was asked" not in ended.out and ended.lines[-1] != "0", str(ended)


def test_further_command_takes_no_policy_from_files_of_the_container(names, tool):
    """firejail, issue 2718: the filter of what joins was read from a file that the sandbox could write."""
    program = names.box.add(tool("facts"))
    script = ("for file in $(find / -xdev -type f ! -path '/proc/*' ! -path '/bin/*' 2>/dev/null) /run/ctr /run/seccomp /tmp/seccomp /etc/ctr.json; do "
              "echo '{\"defaultAction\":\"SCMP_ACT_ALLOW\"}' > $file; done 2>/dev/null; rm -rf /run/* /etc/*; touch /tmp/ready; sleep 100")
    names.detached("one", "sh", "-c", script)
    eventually(lambda: names.exec("one", "test", "-e", "/tmp/ready").code == 0, 10, "what the payload does to its files")
    seen = facts(assert_ok(names.exec("one", program)))
    assert (seen["seccomp"], seen["nnp"], seen["inheritable"], seen["ambient"]) == ("2", "1", "0" * 16, "0" * 16)
    assert int(seen["bounding"], 16) & 1 << 21 == 0  # CAP_SYS_ADMIN


# ------------------------------------------------------------------------------------------------- code of the image

@pytest.fixture
def marker(tmp_path):
    """A library that leaves a file on the host in whichever process of the host it is loaded; its path, and the file's."""
    need(shutil.which("cc"), "no C compiler")
    left, library = tmp_path / "left-behind", tmp_path / "evil.so"
    source = pathlib.Path(__file__).parent / "probe/marker.c"
    subprocess.run(["cc", "-shared", "-fPIC", f'-DMARKER="{left}"', "-o", library, source], check=True)
    yield library
    assert not left.exists(), "a process of the host loaded a library of the image"


@pytest.mark.parametrize("user", ["alice", "0", "1000"])
def test_nothing_of_the_image_is_loaded_by_a_process_of_the_host(box, marker, tmp_path, user):
    """moby CVE-2019-14271, CVE-2026-41567; podman CVE-2022-1227: a helper on the host's side looked names up in the image by
    NSS, and loaded the image's libraries; or executed the image's program."""
    need(shutil.which("strace"), "no strace")
    for place in ("lib", "lib64", "lib/x86_64-linux-gnu", "usr/lib", "usr/lib/x86_64-linux-gnu"):
        (box.root / place).mkdir(parents=True, exist_ok=True)
        for name in ("libnss_files.so.2", "libnss_evil.so.2", "libnss_compat.so.2", "libc.so.6", "libstdc++.so.6", "libseccomp.so.2"):
            shutil.copyfile(marker, box.root / place / name)
    box.write("etc/nsswitch.conf", "passwd: evil files\ngroup: evil files\n")
    box.write("etc/ld.so.preload", "/lib/libnss_evil.so.2\n")
    for name in ("newuidmap", "newgidmap", "unpigz", "conmon"):
        box.write(f"bin/{name}", f"#!/bin/sh\ntouch {tmp_path}/left-behind\n", 0o755)
    box("--user", user, "--group-add", "audio", "--", "true", cwd=box.root)
    log = tmp_path / "trace"
    words = [*command(), "run", "--rootfs", box.root, "--user", user, "--", "true"]
    subprocess.run(["strace", "-e", "trace=openat,open,execve,openat2", "-o", log, *words], cwd=box.root, capture_output=True, timeout=20, check=False)
    opened = [line for line in log.read_text().splitlines() if ".so" in line and str(tmp_path) in line]
    assert not opened, opened


def test_options_and_variables_for_the_command_never_reach_a_helper_of_the_host(box, marker, subids):
    """flatpak CVE-2021-21261: variables meant for the application were in the environment of a helper on the host."""
    for variable in ("LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "GCONV_PATH", "BASH_ENV"):
        value = marker.parent if "PATH" in variable else marker
        assert_ok(box("--map", "subid", "-e", f"{variable}={value}", "--", "sh", "-c", f"test \"${variable}\" = {value}"))


@pytest.mark.parametrize("words", [["--cap-add", "ALL"], ["--rootfs=/", "true"], ["-v", "/:/host"], ["--bind", "/", "/"], ["--"], ["--", "true"]], ids=" ".join)
def test_words_of_the_command_are_never_options(names, words):
    """flatpak CVE-2024-32462: a command that begins like an option was one, to the program that makes the sandbox."""
    names.detached("one", "sleep", "100")
    for ended in (names.box("--", *words), names.exec("one", *words)):
        assert ended.code in (127, 126), str(ended)
    for ended in (names.box("--", "echo", *words), names.exec("one", "echo", *words), names.box("echo", *words)):
        assert assert_ok(ended).out.split() == words or words[0] == "--"


@pytest.mark.ordinary
def test_nothing_of_ours_is_setuid_or_has_capabilities_of_a_file():
    """bubblewrap CVE-2020-5291: setuid in user namespaces that are allowed: there is no setuid program of ours."""
    build = os.environ.get("CTR_BUILD")
    need(build, "CTR_BUILD does not name a build directory")
    checked = 0
    for directory, _, files in os.walk(build):
        for name in files:
            path = os.path.join(directory, name)
            if os.path.islink(path) or not os.access(path, os.X_OK):
                continue
            checked += 1
            assert os.stat(path).st_mode & 0o6000 == 0, path
            assert "security.capability" not in os.listxattr(path), path
    assert checked > 3


def test_container_leaves_no_process_when_a_joiner_is_killed(names):
    """Joining processes that are killed at any moment leave nothing inside that outlives the container."""
    names.detached("one", "sleep", "100")
    for number in range(20):
        running = subprocess.Popen([*command(), "exec", "one", "--", "sleep", "200"], env={**os.environ, **names.environment},
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(number / 1000)
        running.kill()
        running.wait()
    assert_ok(names("rm", "-f", "one"))


def test_twin_further_commands_do_ordinary_work(names, source):
    names.detached("one", "sleep", "100", options=["-v", f"{source}:/data"])
    before = tree(source)
    assert assert_ok(names.exec("one", "sh", "-c", "cat mark; pwd", options=["-w", "/data"])).lines == ["of the volume", "/data"]
    assert not changes(before, tree(source))
    assert_refused(names.exec("one", "true", options=["-w", "/nowhere"]), "nowhere")
    inside_or_refused(run("--", "true"))
    assert ctr("version").code == 0 and SETUP_FAILED == 125
