# SPDX-License-Identifier: MIT
# The suites of what is written in Go; sourced, not run.

suite_go() { go_tests bindings; }

suite_go-demo() { go_tests demo; }

go_tests() {
    local compiler
    if ! compiler=$(PATH=$PATH:/usr/local/go/bin command -v go); then
        echo "SKIP go: there is no go here (package golang-go)"
        echo "0 passed, 0 failed, 1 skipped"
        return
    fi
    as_test_user env PATH="$(dirname "$(realpath "$compiler")"):/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" \
        ${CTR_JOBS:+CTR_JOBS="$CTR_JOBS"} bash "$(staged_root)/tools/dev.d/go_tests.sh" "$(staged_build)" "$1"
}
