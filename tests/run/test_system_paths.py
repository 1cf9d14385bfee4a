# SPDX-License-Identifier: MIT
"""/proc and /sys: what cannot be written through them, whatever the command may do; and what can be hidden."""
import os
import pathlib

import pytest

from harness import assert_ok, assert_refused, need

EVERYTHING = [[], ["--cap-add", "ALL"], ["--cap-profile", "contained"], ["--no-init"], ["--map", "single", "--user", "1000"]]

# What a careful attacker tries first: undo what covers a file, or mount another one.
OPEN_UP = """
for path in /proc/sys /proc/sysrq-trigger /proc/irq /proc/bus /proc/fs /sys /proc; do
    umount $path; umount -l $path; mount -o remount,rw $path; mount -o bind,remount,rw $path
done 2>/dev/null
mkdir -p /tmp/p /tmp/s; mount -t proc proc /tmp/p 2>/dev/null; mount -t sysfs sysfs /tmp/s 2>/dev/null
"""


def write_everywhere(value, *paths):
    """Shell that tries to write this value to each path, in /proc and /sys and in fresh ones, and prints what it wrote to."""
    places = []
    for path in paths:
        places += [path, path.replace("/proc/", "/tmp/p/", 1).replace("/sys/", "/tmp/s/", 1)]
    return OPEN_UP + "\n".join(f"[ -e {place} ] && (echo '{value}' > {place}) 2>/dev/null && echo wrote {place}" for place in places) + "\ntrue"


def contents(*paths):
    found = {}
    for path in paths:
        try:
            found[path] = pathlib.Path(path).read_text()
        except OSError:
            continue  # not there, or not for reading
    return found


@pytest.fixture(params=EVERYTHING, ids=lambda options: " ".join(options) or "default")
def options(request):
    return request.param


def test_sysrq_cannot_be_triggered(box, options):
    # The help text would be written to the kernel's log, and nothing else would happen.
    assert "wrote" not in assert_ok(box.sh(write_everywhere("h", "/proc/sysrq-trigger"), *options)).out


@pytest.mark.parametrize("name", ["core_pattern", "modprobe", "hotplug", "poweroff_cmd", "sysrq", "panic", "pid_max", "randomize_va_space",
                                  "kptr_restrict", "dmesg_restrict", "perf_event_paranoid", "unprivileged_bpf_disabled", "core_uses_pid",
                                  "yama/ptrace_scope", "keys/maxkeys", "ns_last_pid", "cap_last_cap"])
def test_kernel_settings_cannot_be_written(box, options, name):
    path = f"/proc/sys/kernel/{name}"
    before = contents(path) if name != "ns_last_pid" else {}
    ended = box.sh(write_everywhere("|/tmp/evil", path) + write_everywhere("1", path), *options)
    assert "wrote" not in assert_ok(ended).out
    assert not before or contents(path) == before


@pytest.mark.parametrize("path", ["/proc/sys/fs/file-max", "/proc/sys/fs/binfmt_misc/register", "/proc/sys/fs/suid_dumpable",
                                  "/proc/sys/vm/drop_caches", "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/mmap_min_addr",
                                  "/proc/sys/dev/tty/ldisc_autoload", "/proc/sys/user/max_user_namespaces", "/proc/irq/default_smp_affinity",
                                  "/proc/timer_list", "/proc/kcore", "/proc/mtrr", "/proc/1/oom_score_adj_nonexistent"])
def test_other_settings_of_the_host_cannot_be_written(box, options, path):
    before = contents(path) if "drop" not in path and "kcore" not in path else {}
    ended = assert_ok(box.sh(write_everywhere("-1", path), *options))
    # user.* are the namespace's own where everything can be undone; the host's is what is asked for here.
    assert "wrote" not in ended.out or "/sys/user/" in path
    assert not before or contents(path) == before


@pytest.mark.parametrize("path", ["/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/uevent_helper", "/sys/power/state",
                                  "/sys/kernel/mm/ksm/run", "/sys/module/kernel/parameters/panic", "/sys/kernel/profiling",
                                  "/sys/devices/system/cpu/cpu1/online", "/sys/block/loop0/queue/scheduler", "/sys/kernel/kexec_crash_size"])
def test_sys_cannot_be_written(box, options, path):
    before = contents(path)
    assert "wrote" not in assert_ok(box.sh(write_everywhere("0", path), *options)).out
    assert contents(path) == before


@pytest.mark.root_too
def test_sys_is_read_only_and_holds_no_writable_file_by_default(box):
    assert "Read-only file system" in box.sh("echo 0 > /sys/kernel/profiling; mkdir /sys/x; mkdir /sys/fs/cgroup/x").err
    mounts = assert_ok(box.sh("cat /proc/self/mountinfo")).lines
    on_sys = [line.split() for line in mounts if line.split()[4].startswith("/sys")]
    assert on_sys and all("ro" in words[5].split(",") for words in on_sys)


@pytest.mark.root_too
def test_settings_of_the_kernel_are_read_only_by_default(box):
    paths = ("/proc/sys/kernel/hostname", "/proc/sys/net/ipv4/ip_forward", "/proc/sysrq-trigger", "/proc/sys/kernel/shmmax")
    for path in filter(os.path.exists, paths):
        assert "Read-only file system" in box.sh(f"echo 1 > {path}").err, path


def test_settings_of_own_namespaces_can_be_written_where_that_is_asked_for(box):
    """The twin: with nothing protected the network namespace's own settings are the container's."""
    ended = box.sh("echo 1 > /proc/sys/net/ipv4/ip_forward && cat /proc/sys/net/ipv4/ip_forward", "--security-opt", "unmask=ALL",
                   "--cap-add", "NET_ADMIN")
    assert assert_ok(ended).out == "1\n"


# ------------------------------------------------------------------------------------------------------ proc options

def test_proc_options_hide_the_processes_of_others(box, subids):
    # Whether alice, and then root, see a process of root's.
    script = "sleep 100 & p=$!; su alice -s /bin/sh -c 'ls /proc' | grep -cx $p; ls /proc | grep -cx $p"
    assert assert_ok(box.sh(script)).lines == ["1", "1"]
    assert assert_ok(box.sh(script, "--security-opt", "proc-opts=hidepid=2")).lines == ["0", "1"]


@pytest.mark.root_too
@pytest.mark.parametrize("mode", ["--init", "--no-init"])
def test_proc_options_can_leave_nothing_but_processes(box, mode):
    ended = assert_ok(box.sh("ls /proc | grep -v '^[0-9]'; cat /proc/self/comm", mode, "--security-opt", "proc-opts=subset=pid"))
    need("uptime" not in ended.lines, "a kernel with subset=pid (5.8)")
    assert set(ended.lines) <= {"self", "thread-self", "mounts", "net", "cat"}
    assert ended.lines[-1] == "cat"


@pytest.mark.root_too
def test_proc_options_that_the_kernel_does_not_know_are_refused_by_name(box):
    assert_refused(box("--security-opt", "proc-opts=hidepid=77", "--", "true"), "hidepid=77", "proc")
    assert_refused(box("--security-opt", "proc-opts=nonsense", "--", "true"), "nonsense", "proc")
    assert_refused(box("--security-opt", "proc-opts=", "--", "true"), "security-opt")


@pytest.mark.root_too
@pytest.mark.parametrize("other", [["--proc", "host"], ["--proc", "none"], ["--tmpfs", "/proc"], ["--share", "pid"]], ids=" ".join)
def test_proc_options_without_a_fresh_proc_are_refused(box, other):
    assert_refused(box(*other, "--security-opt", "proc-opts=hidepid=2", "--", "true"), "proc", "fresh")
