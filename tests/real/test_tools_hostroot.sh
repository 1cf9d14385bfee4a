#!/bin/bash
# SPDX-License-Identifier: MIT
# The host's compilers and interpreters at work under the default profile, on the host's own root: each runs a suite of
# what its programs do with a system, and says what ran.
#
# usage: CTR_CMD=path/to/ctr test_tools_hostroot.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/tools.sh"

need_ctr || skip_rest "CTR_CMD is not set to a program" "the tools of the host"
PATH=$PATH:/usr/local/go/bin

work=$(mktemp -d)
trap 'remove_tree "$work"' EXIT
trap 'exit 1' INT TERM HUP
mkdir -p "$CTR_TEST_CACHE/go-build"

# in_box [OPTION... --] COMMAND...: a fresh container; /scratch survives it.
in_box() {
    ctr run -v "$here/tools:/tools:ro,create" -v "$work:/scratch:create" -v "$CTR_TEST_CACHE/go-build:/gocache:create" -w /scratch \
        -e "PATH=$PATH" -e HOME=/scratch "$@"
}

with_tool cc "a C program with threads is compiled and runs" c_threads
with_tool g++ "a C++ program with exceptions and threads is compiled and runs" cxx_threads
with_tool python3 "a suite of Python runs" python_suite
with_tool node "a suite of node runs" node_suite
with_tool cargo "a test suite of Rust is built and runs" rust_suite
with_tool go "test suites of Go's own packages are built and run" go_suite
with_tool go "go vet and a program of Go" go_program
check "nothing but the caller's files is left" only_own_files
finish
