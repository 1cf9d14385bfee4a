#!/bin/bash
# SPDX-License-Identifier: MIT
# Builds and tests the Debian package `hello` in a container on a root file system of its own, without
# network and without privileges, installs it there and runs it.
#
# usage: CTR_CMD=path/to/ctr test_hello_package.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

tests=("a root file system is made" "the source package is fetched" "the package builds and its tests pass"
    "the package's own tests ran" "dpkg-deb reads the package" "the package installs"
    "the installed program greets in a fresh container" "the package is removed again"
    "nothing but the caller's files is left")

need_ctr || skip_rest "CTR_CMD is not set to a program" "${tests[@]}"
missing=$(missing_for_ranges)
[ -z "$missing" ] || skip_rest "$missing" "${tests[@]}"
command -v mmdebstrap >/dev/null || skip_rest "mmdebstrap is not installed" "${tests[@]}"

work=$(mktemp -d)
tree=
clean_up() {
    [ -z "$tree" ] || in_tree dpkg --purge hello >"$work/purge.log" 2>&1
    remove_tree "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# in_tree [OPTION... --] COMMAND...: a fresh container on the tree; COMMAND is root over all ids.
in_tree() {
    # shellcheck disable=SC2046  # two words
    ctr run $(map_options) --net none --rootfs "$tree" "$@"
}

make_tree() { "$here/make-rootfs.sh" >"$work/tree.path"; }
fetch() { "$here/fetch-hello.sh" >"$work/sources.path"; }

# The source is bound read-only, the build lives on a tmpfs, and only what came out reaches the caller.
build() {
    mkdir -p "$work/out"
    in_tree -v "$sources:/sources:ro" -v "$work/out:/out" --tmpfs /build -w /build -- sh -ec '
        dpkg-source -x /sources/hello_*.dsc hello
        cd hello
        dpkg-buildpackage -b -us -uc
        cp ../*.deb ../*.changes ../*.buildinfo /out' >"$work/build.log" 2>&1
    local status=$?
    tail -n 60 "$work/build.log"
    [ "$status" -eq 0 ] && [ -s "$(package)" ]
}

package() { find "$work/out" -name 'hello_*.deb'; }

tests_ran() {
    grep -E '^# (TOTAL|PASS|FAIL|ERROR):' "$work/build.log"
    grep -Eq '^# PASS: +[1-9]' "$work/build.log" && grep -Eq '^# FAIL: +0$' "$work/build.log"
}

package_is_readable() {
    in_tree -v "$work/out:/out:ro" -- sh -ec 'dpkg-deb -I /out/hello_*.deb; dpkg-deb -c /out/hello_*.deb' \
        >"$work/package.log" 2>&1
    cat "$work/package.log"
    grep -q 'Package: hello' "$work/package.log" && grep -q './usr/bin/hello' "$work/package.log"
}

install_package() { in_tree -v "$work/out:/out:ro" -- sh -ec 'dpkg -i /out/hello_*.deb'; }

greets() {
    local greeting
    greeting=$(in_tree --read-only -- hello) || return
    echo "it said: $greeting"
    [ "$greeting" = "Hello, world!" ]
}

purge() { in_tree dpkg --purge hello && [ ! -e "$tree/usr/bin/hello" ]; }

# Everything that came out belongs to the caller: root inside is the caller outside.
only_own_files() { [ -z "$(find "$work" ! -user "$(id -u)" -print | tee /dev/stderr)" ]; }

check "${tests[0]}" make_tree
check "${tests[1]}" fetch
[ "$failed" -eq 0 ] || skip_rest "no root file system or no source" "${tests[@]:2}"
tree=$(cat "$work/tree.path")
sources=$(cat "$work/sources.path")
exec 9>"$tree.lock" # one install at a time on one tree
flock 9

check "${tests[2]}" build
[ "$failed" -eq 0 ] || skip_rest "the package was not built" "${tests[@]:3}"
check "${tests[3]}" tests_ran
check "${tests[4]}" package_is_readable
check "${tests[5]}" install_package
check "${tests[6]}" greets
check "${tests[7]}" purge
check "${tests[8]}" only_own_files
finish
