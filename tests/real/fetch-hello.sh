#!/bin/bash
# SPDX-License-Identifier: MIT
# Fetches the source package `hello` as this machine's package sources have it, and prints the directory
# that holds its files. Needs no privileges: apt-get works on directories of our own.
#
# usage: fetch-hello.sh [CACHE]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

cache=${1:-$CTR_TEST_CACHE}
sources=$cache/hello-source
mkdir -p "$cache"
exec 8>"$sources.lock"
flock 8
if [ -d "$sources" ]; then
    echo "$sources"
    exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work" "$sources.part"' EXIT
chmod 755 "$work" # apt-get of a privileged caller downloads as another user
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/files"
python3 "$here/apt_sources.py" deb-src >"$work/machine.sources"

own_apt_get() {
    apt-get -q -o Dir::Etc::SourceList="$work/machine.sources" -o Dir::Etc::SourceParts=- \
        -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User= \
        -o APT::Update::Post-Invoke= "$@"
}
if ! { own_apt_get update && cd "$work/files" && own_apt_get source --download-only hello; } >"$work/log" 2>&1; then
    cat "$work/log" >&2
    exit 1
fi
rm -rf "$sources.part"
cp -r "$work/files" "$sources.part"
mv -T "$sources.part" "$sources"
echo "$sources"
