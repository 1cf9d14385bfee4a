# SPDX-License-Identifier: MIT
"""Worlds around the program: outer namespaces that an ordinary user makes to change what the host looks like."""
import os
import shutil

from harness import GROUP, USER, command, ctr, need

_OUTER = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
_CAPLESS = 'exec setpriv --bounding-set=-all --inh-caps=-all -- "$@"'
_ORDINARY = f'exec unshare --user --map-user={USER} --map-group={GROUP} -- "$@"'
_AS_ROOT = 'exec "$@"'


def _inside(outer, script, last, args, **options):
    words = [*outer, "sh", "-ec", f"{script}\n{last}", "sh", *command()]
    return ctr(*args, program=words, **options)


def ordinary_in(script, *args, **options):
    """Runs the program as the same user without any capability, in outer user, mount and pid namespaces
    which this shell script (there uid 0) has prepared."""
    need(shutil.which("unshare"), "no unshare (package util-linux)")
    return _inside(_OUTER, script, _ORDINARY, args, **options)


def root_in(script, *args, **options):
    """As ordinary_in(), but the program is run as the uid 0 of the outer namespaces, with capabilities."""
    return _inside(_OUTER, script, _AS_ROOT, args, **options)


def capless_in(script, *args, **options):
    """As root_in(), with uid 0 but without any capability."""
    return _inside(_OUTER, script, _CAPLESS, args, **options)


_SUBID_WORLD = """
world=/mnt
mount -t tmpfs tmpfs $world
cp "$NEWUIDMAP" $world/newuidmap
cp "$NEWGIDMAP" $world/newgidmap
chmod 4755 $world/newuidmap $world/newgidmap
for name in subuid subgid passwd group; do
    eval "printf '%s' \\"\\$WORLD_$name\\"" > $world/$name
    mount --bind $world/$name /etc/$name
done
exec setpriv --reuid 1000 --regid 1000 --clear-groups -- "$@"
"""


def with_subid_files(users, groups, *args, **options):
    """Runs the program as uid 1000, named `caller`, of an outer user namespace whose /etc/subuid and
    /etc/subgid hold these texts. The helper programs of that world are /mnt/newuidmap and /mnt/newgidmap."""
    need(os.path.exists("/etc/subuid") and os.path.exists("/etc/subgid"), "no /etc/subuid and /etc/subgid to replace")
    texts = {"WORLD_subuid": users, "WORLD_subgid": groups,
             "WORLD_passwd": "root:x:0:0::/root:/bin/sh\ncaller:x:1000:1000::/:/bin/sh\n",
             "WORLD_group": "root:x:0:\ncaller:x:1000:\n",
             "NEWUIDMAP": shutil.which("newuidmap"), "NEWGIDMAP": shutil.which("newgidmap")}
    outer = [*_OUTER[:3], "--map-auto", *_OUTER[3:]]
    words = [*outer, "sh", "-ec", _SUBID_WORLD, "sh", *command()]
    return ctr(*args, program=words, env={**texts, **options.pop("env", {})}, **options)


def maskable_proc_file():
    """A file of /proc that an outer container could mask."""
    for path in ("/proc/kcore", "/proc/keys", "/proc/interrupts", "/proc/timer_list"):
        if os.path.exists(path):
            return path
    return None
