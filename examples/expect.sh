#!/bin/sh
# SPDX-License-Identifier: MIT
# expect.sh PROGRAM FILE: runs a program and compares what it prints on standard output with a file.
program=$1
expected=$2
output=$(mktemp) || exit 99
trap 'rm -f "$output"' EXIT

"$program" >"$output" </dev/null
status=$?
if [ $status -eq 125 ] && ! unshare --user --map-root-user true 2>/dev/null; then
    echo "SKIP $(basename "$program"): no user namespace can be made here"
    exit 77
fi
diff -u "$expected" "$output" || exit 1
exit $status
