#!/bin/bash
# SPDX-License-Identifier: MIT
# Makes a root file system that can build packages, from the packages of the distribution this machine runs
# (Debian 12, where that is what it is), and prints its path.
#
# usage: make-rootfs.sh [--remove] [--bare] [CACHE]
#
# The tree belongs to the calling user: an ordinary one gets it with the ids of its /etc/subuid ranges, as
# `ctr run --map subid` sees them. It is made once and kept; whoever wants it again gets it at once.
# With --bare it has the essential packages and apt, as an image of the distribution has.
# CACHE defaults to $CTR_TEST_CACHE, or ctr-tests in the user's cache directory.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

# What dpkg-buildpackage needs for hello: the build dependencies of its source package, and fakeroot.
packages=build-essential,fakeroot,debhelper,help2man,texinfo

remove=
if [ "${1:-}" = --remove ]; then
    remove=1
    shift
fi
if [ "${1:-}" = --bare ]; then
    packages=
    shift
fi
cache=${1:-$CTR_TEST_CACHE}

complain() {
    echo "make-rootfs.sh: $*" >&2
    exit 1
}

. /etc/os-release
missing=$(missing_for_ranges)
[ -z "$missing" ] || complain "$missing"
tree=$cache/$ID-$VERSION_CODENAME-$(printf '%s' "$packages" | cksum | cut -d' ' -f1)-$(id -u)

mkdir -p "$cache"
exec 8>"$tree.lock"
flock 8

if [ -n "$remove" ]; then
    remove_tree "$tree"
    remove_tree "$tree.part"
    rm -f "$tree.lock"
    exit
fi
if [ -d "$tree" ]; then
    echo "$tree"
    exit
fi

command -v mmdebstrap >/dev/null || complain "mmdebstrap is not installed"
work=$(mktemp -d)
chmod 755 "$work" # mmdebstrap's own user namespace has other ids than the caller
remove_tree "$tree.part"
trap 'rm -rf "$work"; remove_tree "$tree.part"' EXIT
mkdir "$tree.part"

python3 "$here/apt_sources.py" deb >"$work/machine.sources"
# A proxy, or an archive whose dates have passed, is a fact of this machine that the new tree shares.
apt-config dump | grep -E '^Acquire::(.*Proxy|Check-Valid-Until|Check-Date|Retries)' >"$work/apt.conf" || true

# One pass: the archive is unpacked while it is written, by somebody with the ids of the container. Devices
# cannot be made there, nor are they needed. mmdebstrap hangs up on its whole process group when it fails;
# it gets one of its own, so that this does not end whoever waits for the result.
if ! TMPDIR=$work setsid --wait mmdebstrap --mode=unshare --variant=minbase --format=tar ${packages:+--include="$packages"} \
    --aptopt="$work/apt.conf" "$VERSION_CODENAME" - "$work/machine.sources" 2>"$work/log" |
    in_ids "$tree.part" tar -x --numeric-owner -p --exclude='./dev/*' -f -; then
    cat "$work/log" >&2
    complain "cannot make the root file system"
fi
mv -T "$tree.part" "$tree"
echo "$tree"
