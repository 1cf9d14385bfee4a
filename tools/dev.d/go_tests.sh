#!/bin/bash
# SPDX-License-Identifier: MIT
# go_tests.sh BUILD PART: tests what is written in Go against the library of a build directory, as whoever calls it.
#
# bindings   gofmt, go vet, the tests of package ctr under the race detector, the examples
# demo       the behaviour suite, through the demo program
#
# No network: there are no modules but our own.
set -euo pipefail

source_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
build=$1
work=$build/bindings/go
passed=0
failed=0
skipped=0

export GOPROXY=off GOTOOLCHAIN=local GOFLAGS="${CTR_JOBS:+-p=$CTR_JOBS}"
unset CGO_CFLAGS_ALLOW CGO_LDFLAGS_ALLOW # what is not in go's own list of flags may not be needed
export PKG_CONFIG_PATH=$work LD_LIBRARY_PATH=$build/lib

# The library's own file names the places where it was built, and this may be a copy.
write_pkg_config() {
    mkdir -p "$work"
    sed -e "s|^prefix=.*|prefix=$build|" -e "s|^srcdir=.*|srcdir=$source_root|" \
        "$build/meson-uninstalled/libctr-uninstalled.pc" >"$work/libctr.pc"
}

# check NAME COMMAND...: one test, which says why it failed.
check() {
    if "${@:2}"; then
        passed=$((passed + 1))
    else
        echo "FAILED $1"
        failed=$((failed + 1))
    fi
}

is_formatted() {
    local unformatted
    unformatted=$(gofmt -l "$source_root/bindings/go" "$source_root/examples/go")
    [ -z "$unformatted" ] || { echo "gofmt would change: $unformatted" && false; }
}

vet() { (cd "$1" && go vet ./...); }

# The tests say themselves what they skip.
run_tests() {
    local log=$work/test.log status=0
    (cd "$source_root/bindings/go" && go test -race -count=1 -v ./...) >"$log" 2>&1 || status=$?
    passed=$((passed + $(grep -c '^--- PASS' "$log" || true)))
    failed=$((failed + $(grep -c '^--- FAIL' "$log" || true)))
    skipped=$((skipped + $(grep -c '^--- SKIP\|^SKIP ' "$log" || true)))
    awk '/^    .*\.go:[0-9]+: / { sub(/^ *[^ ]* /, ""); reason = $0 } /^--- SKIP/ { print "SKIP " $3 ": " reason } /^SKIP /' "$log"
    if [ "$status" -ne 0 ]; then
        grep -v '^=== ' "$log"
        grep -q '^--- FAIL' "$log" || failed=$((failed + 1))
    fi
}

run_example() {
    local program=$work/example-$1 status=0
    (cd "$source_root/examples/go" && go build -o "$program" "./$1") || return
    sh "$source_root/examples/expect.sh" "$program" "$source_root/examples/go/$1.expected" || status=$?
    [ "$status" -eq 77 ] || return "$status"
    skipped=$((skipped + 1))
    passed=$((passed - 1))
}

test_bindings() {
    check gofmt is_formatted
    check "vet of the package" vet "$source_root/bindings/go"
    check "vet of the examples" vet "$source_root/examples/go"
    run_tests
    local expected
    for expected in "$source_root"/examples/go/*.expected; do
        check "$(basename "$expected" .expected)" run_example "$(basename "$expected" .expected)"
    done
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}

test_demo() {
    (cd "$source_root/bindings/go" && go build -ldflags "-r $build/lib" -o "$work/demo" ./demo)
    unset LD_LIBRARY_PATH
    CTR_BUILD=$build CTR_CMD=$work/demo CTR_LACKS=$source_root/bindings/go/demo/lacks.txt \
        exec pytest-3 -q -ra "$source_root/tests/run"
}

write_pkg_config
"test_$2"
