#!/bin/bash
# SPDX-License-Identifier: MIT
# Builds and tests GNU hello on the host's own root: no image, no root file system, the host's compiler.
#
# usage: CTR_CMD=path/to/ctr test_hello_hostroot.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

tests=("the source is fetched" "it builds and its tests pass" "its tests ran" "the program greets"
    "what was built belongs to the caller" "the host's root is as it was")

need_ctr || skip_rest "CTR_CMD is not set to a program" "${tests[@]}"
for program in cc make apt-get; do
    command -v $program >/dev/null || skip_rest "$program is not installed" "${tests[@]}"
done
target=/ctr-hello-build
[ ! -e $target ] || skip_rest "$target exists on this host" "${tests[@]}"

work=$(mktemp -d)
trap 'remove_tree "$work"' EXIT
trap 'exit 1' INT TERM HUP

fetch() {
    local sources
    sources=$("$here/fetch-hello.sh") || return
    mkdir "$work/hello"
    tar -xf "$(find "$sources" -name 'hello_*.orig.tar.*' ! -name '*.asc')" -C "$work/hello" --strip-components=1
}

in_source() { ctr run -v "$work/hello:$target" -w $target -- "$@"; }

build() {
    in_source sh -c './configure && make -j2 && make check' >"$work/build.log" 2>&1
    local status=$?
    tail -n 60 "$work/build.log"
    return $status
}

tests_ran() {
    grep -E '^# (TOTAL|PASS|FAIL|ERROR):' "$work/build.log"
    grep -Eq '^# PASS: +[1-9]' "$work/build.log" && grep -Eq '^# FAIL: +0$' "$work/build.log"
}

greets() {
    local greeting
    greeting=$(in_source ./hello) || return
    echo "it said: $greeting"
    [ "$greeting" = "Hello, world!" ]
}

only_own_files() { [ -z "$(find "$work" ! -user "$(id -u)" -print | tee /dev/stderr)" ]; }
host_is_untouched() { [ ! -e $target ]; }

check "${tests[0]}" fetch
[ "$failed" -eq 0 ] || skip_rest "no source" "${tests[@]:1}"
check "${tests[1]}" build
check "${tests[2]}" tests_ran
check "${tests[3]}" greets
check "${tests[4]}" only_own_files
check "${tests[5]}" host_is_untouched
finish
