#!/bin/bash
# SPDX-License-Identifier: MIT
# apt at work under the default profile, in a root file system of its own with the ids of the caller's ranges: it fetches
# lists and packages over the host's network, installs interpreters, and what they do is tried.
#
# usage: CTR_CMD=path/to/ctr test_tools_package.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/tools.sh"

tests=("a root file system is made" "apt-get update" "apt-get install of a small package" "the small package is removed again"
    "apt-get install of interpreters and their tests" "Python's own tests of processes, threads and sockets"
    "Perl's processes and sockets")

need_ctr || skip_rest "CTR_CMD is not set to a program" "${tests[@]}"
missing=$(missing_for_ranges)
[ -z "$missing" ] || skip_rest "$missing" "${tests[@]}"
command -v mmdebstrap >/dev/null || skip_rest "mmdebstrap is not installed" "${tests[@]}"

mkdir -p "$CTR_TEST_CACHE"
work=$(mktemp -d)
tree=$(mktemp -d "$CTR_TEST_CACHE/tools.XXXXXXXX")
trap 'remove_tree "$work"; remove_tree "$tree"' EXIT
trap 'exit 1' INT TERM HUP

# in_box [OPTION... --] COMMAND...: root over all ids, without network unless an option says otherwise.
in_box() {
    # shellcheck disable=SC2046  # two words
    ctr run $(map_options) --rootfs "$tree" -v "$here/tools:/tools:ro" -v "$work:/scratch" -w /scratch -e HOME=/scratch "$@"
}

# apt takes another user for what comes from the network, and asks nobody.
with_network() {
    in_box --net host -v /etc/resolv.conf:/etc/resolv.conf:ro -v /etc/hosts:/etc/hosts:ro -e DEBIAN_FRONTEND=noninteractive "$@"
}

# A copy of the tree that builds packages, as other tests want that as it is.
make_tree() {
    local made
    made=$("$here/make-rootfs.sh") || return
    (flock 9 && in_ids "$CTR_TEST_CACHE" cp -a "./$(basename "$made")/." "./$(basename "$tree")/") 9>"$made.lock"
}

update() { with_network -- apt-get -q update && [ -n "$(find "$tree/var/lib/apt/lists" -name '*_Packages*' -print -quit)" ]; }

install_small() {
    with_network -- apt-get -q install -y --no-install-recommends jq &&
        [ "$(in_box -- sh -c "echo '{\"a\": [1, 2]}' | jq '.a | add'")" = 3 ] && echo "ran: jq, which apt has installed"
}

remove_small() { with_network -- apt-get -q purge -y --auto-remove jq && [ ! -e "$tree/usr/bin/jq" ]; }

# The tests of Python are a package of their own, named after its version.
install_interpreters() {
    with_network -- sh -ec '
        apt-get -q install -y --no-install-recommends python3 nodejs
        version=$(python3 -c "import sys; print(\"%d.%d\" % sys.version_info[:2])")
        apt-get -q install -y --no-install-recommends "libpython$version-testsuite"
        dpkg --audit'
}

# What needs a network beyond loopback is no part of these, nor what gives files to users that are not mapped.
python_tests() {
    in_box -- python3 -B -m test -q -W -j2 --timeout 300 -i test_chown -i test_fchown -i test_lchown test_subprocess test_thread \
        test_threading test_posix test_os test_socketserver test_selectors test_mmap test_fcntl test_signal test_json test_pty
}

perl_tests() {
    in_box -- perl -e '
        use strict; use threads; use IO::Socket::INET;
        my $server = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die $!;
        if (!fork) {
            my $client = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $server->sockport) or die $!;
            print $client "words\n";
            exit 3;
        }
        my $client = $server->accept;
        my $said = <$client>;
        wait;
        my $status = $? >> 8;
        my $sum = threads->create(sub { 40 + 2 })->join;
        print "ran: perl heard $said";
        exit !($said eq "words\n" && $status == 3 && $sum == 42)'
}

check "${tests[0]}" make_tree
[ "$failed" -eq 0 ] || skip_rest "no root file system" "${tests[@]:1}"
check "${tests[1]}" update
[ "$failed" -eq 0 ] || skip_rest "no lists of packages" "${tests[@]:2}"
check "${tests[2]}" said_by install_small
check "${tests[3]}" remove_small
check "${tests[4]}" install_interpreters
[ "$failed" -eq 0 ] || skip_rest "no interpreters" "${tests[@]:5}"
check "${tests[5]}" said_by python_tests
check "${tests[6]}" said_by perl_tests
with_tool cc "a C program with threads is compiled and runs" c_threads
with_tool g++ "a C++ program with exceptions and threads is compiled and runs" cxx_threads
with_tool python3 "a suite of Python runs" python_suite
with_tool node "a suite of node runs" node_suite
check "nothing but the caller's files is left" only_own_files
finish
