# SPDX-License-Identifier: MIT
"""What the targets begin with, where no real file does."""
import struct

# As lib/registry/info.cc writes it.
INFO = "".join(field + "\0" for field in
               "ctr-info-1 1 1 1 1 1 0 4095 1 7 1024 4096 0 0 2 4 24 /root / 0 0 default 2 sh -c".split()).encode()

# As lib/plan/image.h has them: kind, then what each has.
REPORT = struct.pack("=Iiiiii", 4, -1, 0, 0, 2, 0)
FAILED = struct.pack("=Iiiiii", 4, 7, 2, 0, 0, 1)
STATUS = struct.pack("=IIiIQQQQ", 6, 0, 256, 0, 1000, 10, 10, 4096)
EVENT = struct.pack("=IIiI", 10, 2, 19, 0)
DESCRIPTOR = struct.pack("=II", 9, 1)
READY = struct.pack("=I", 2)


def packets(*given):
    """Each with a descriptor or without."""
    return b"".join(bytes([fds, len(packet)]) + packet for fds, packet in given)


PACKETS = [
    packets((0, READY), (1, DESCRIPTOR), (1, REPORT), (0, EVENT), (0, STATUS)),
    packets((2, FAILED), (0, STATUS)),
    packets((0, b""), (3, b"\1"), (0, REPORT[:7])),
    struct.pack("=QQQ", 5, 100, 65536 + 10) + b"words of a ring",  # which is a captured stream's header, too
    struct.pack("=QQQ", 5, 5, 0) + b"words",
]

def asked(kind, number=0):
    return struct.pack("=Ii", kind, number)


# A signal, and what is asked with a channel: look, pause, resume; and a join without an image.
PEER = [packets((0, asked(5, 18))), packets((1, asked(11)), (1, asked(12)), (1, asked(13))), packets((2, asked(8)), (3, asked(8))),
        packets((3, asked(11)), (0, b"\0" * 40)), packets((1, asked(99, -1)))]

# magic, state, when it ended, and the status.
RECORDS = [struct.pack("=IIQ", 0x31525452, state, 1) + STATUS for state in (1, 2, 4)]

IDS = [b"         0       1000          1\n         1     100000      65536\n", b"0 0 4294967295\n", b"a-name.of_9", b"4095", b"\xff\0\""]

VALUES = [b"4096", b"64k", b"1.5s", b"500ms", b"1h", b"-3.25", b"+9223372036854775806.999999999", b"0:100000:65536", b"unlimited",
          b"022", b"nofile", b"net", b"18446744073709551615", b"a,b,,c"]


def line(*words):
    return "\n".join(words).encode()


OPTIONS = [
    line("run", "-v", "/a:/b:ro,create,nofollow", "--volume=/c", "--", "sh", "-c", "x"),
    line("run", "--mount", "type=bind,source=/a,target=/b,ro,noexec", "--mount", "type=tmpfs,target=/t,size=1m,mode=700", "true"),
    line("run", "--mount", "type=overlay,target=/o,lowerdir=/l1:/l2,upperdir=/u,workdir=/w", "--tmpfs", "/t:size=5%,noexec", "true"),
    line("run", "--rootfs", "/root", "--read-only", "--device", "/dev/fuse:/dev/f", "--symlink", "/a=/b", "--dir", "/d:0750", "true"),
    line("run", "-e", "A=b", "-eC=d", "--clear-env", "-w", "/tmp", "--umask", "077", "--stdin", "null", "--stderr", "stdout", "true"),
    line("run", "--ulimit", "nofile=100:200", "--ulimit", "core=unlimited", "--pids-limit", "-1", "--nice", "-5", "true"),
    line("run", "--oom-score-adj", "500", "--cpuset-cpus", "0-3,8", "--core-sched", "--timeout", "1.5s", "--kill-after=200ms", "true"),
    line("run", "-u", "1000:100", "--group-add", "5", "--map", "0:1000:1,1:100000:65535", "--uidmap", "0:0:1", "--gidmap=0:0:1", "true"),
    line("run", "--map", "subid", "--newuidmap", "/usr/bin/newuidmap", "--net", "host", "-h", "box", "--unshare", "pid,ipc", "true"),
    line("run", "--share", "net,uts", "--time-offset", "boottime=-3.5", "--time-offset", "monotonic=86400", "true"),
    line("run", "--cap-add", "SYS_ADMIN", "--cap-drop=ALL", "--cap-profile", "contained", "--keyring", "inherit", "true"),
    line("run", "--landlock", "read=/usr", "--landlock", "connect=443", "--landlock", "scope=signals", "--landlock", "mode=preferred", "true"),
    line("run", "--security-opt", "unmask=ALL", "--security-opt", "proc-opts=hidepid=2", "--security-opt", "no-new-privileges", "true"),
    line("run", "-d", "--name", "box", "--rm", "--log-size", "64k", "--state-dir", "/s", "--no-init", "--proc", "host", "true"),
    line("run", "-it", "--pass-fd", "1:5", "--preserve-fds", "0", "--json", "-q", "--no-die-with-host", "true"),
    line("exec", "-e", "A=b", "--user", "1", "-t", "box", "--", "sh"),
    line("kill", "-s", "SIGTERM", "box"),
    line("stop", "--time=1m", "a", "b"),
    line("ps", "-aq", "--state-dir", "/s"),
]
