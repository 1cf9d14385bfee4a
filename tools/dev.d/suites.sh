# SPDX-License-Identifier: MIT
# What `./tools/dev test` runs; sourced, not run.
#
# suite_NAME runs one suite in a process of its own and ends with a line `N passed, N failed, N skipped`
# (or pytest's). Suites of meson tests that have no function here run as the ordinary user.

own_suites=(run root escape escape-root gcc clang aarch64 tsan hygiene asan valgrind fuzz rust go real-hostroot real-package real-tools real-apt bench)
# A build with link-time optimisation, the behaviour suite once more, through programs in other languages, what a newcomer does,
# who downloads a lot, and other kernels in emulated machines: only where they are named.
long_suites=(lto rust-demo go-demo newcomer vm)

# The suites of meson's tests, of which the lints are caller's work: they read sources and objects.
meson_suites() { python3 -B "$parts/meson_tests.py" --list "$(main_build)"; }

known_suites() {
    local suites=""
    if configured "$(main_build)"; then suites=$(meson_suites | tr '\n' ' '); fi
    echo "${suites:-lint unit plan child host fault abi }${own_suites[*]}"
}

all_suites() { echo "$(known_suites) ${long_suites[*]}"; }

meson_tests() { python3 -B "$parts/meson_tests.py" "$(main_build)" "$1"; }

one_suite() {
    if declare -F "suite_$1" >/dev/null; then "suite_$1"; else suite_meson "$1"; fi
}

suite_lint() { meson_tests lint; }

# suite_meson NAME: the built tests of one suite, where the test user can run them.
suite_meson() {
    as_test_user python3 -B "$(staged_root)/tools/dev.d/meson_tests.py" \
        --move "$(main_build)=$(staged_build)" --move "$source_root=$(staged_root)" "$(staged_build)" "$1"
}

suite_run() {
    CTR_BUILD=$(staged_build) CTR_CMD=$(staged_build)/tools/ctr/ctr \
        as_test_user pytest-3 -q -ra "$(staged_root)/tests/run"
}

suite_root() { as_root_too root run; }

# What is known to have let containers out elsewhere; the races take the most of its time ($CTR_ESCAPE_ROUNDS starts each).
suite_escape() {
    CTR_BUILD=$(staged_build) CTR_CMD=$(staged_build)/tools/ctr/ctr \
        as_test_user pytest-3 -q -ra "$(staged_root)/tests/escape"
}

suite_escape-root() { as_root_too escape-root escape; }

# as_root_too SUITE DIRECTORY: the tests that are the same for root, and safe.
as_root_too() {
    if ! as_root_quietly true 2>/dev/null; then
        echo "SKIP $1: this user cannot be root without a password"
        echo "0 passed, 0 failed, 1 skipped"
        return
    fi
    as_root_quietly env PYTHONDONTWRITEBYTECODE=1 CTR_BUILD="$(main_build)" CTR_CMD="$(main_build)/tools/ctr/ctr" \
        pytest-3 -q -ra -m "root_too and not ordinary" "$source_root/tests/$2"
}

suite_gcc() { CC=gcc CXX=g++ build_strictly gcc -Dtests=true && one_passed; }

suite_clang() { CC=clang CXX=clang++ build_strictly clang -Dtests=true && one_passed; }

# Other processors' programs run under an emulator that executes no container; what is pure is tested.
suite_aarch64() {
    build_strictly aarch64 --cross-file "$parts/aarch64.ini" &&
        python3 -B "$parts/meson_tests.py" --emulator "qemu-aarch64-static -L /usr/aarch64-linux-gnu" \
            "$(build_root)/build-aarch64" unit plan child
}

# What threads do with the library, watched by the thread sanitizer. Only what that takes is built; ctr-init is never
# sanitized. Without randomised addresses where that is allowed: they fall where the sanitizer of GCC 12 wants none.
suite_tsan() {
    local programs=(threads shared again reaper events exec api crowd) directory steady=()
    directory=$(build_root)/build-tsan
    CC=gcc CXX=g++ configure "$directory" -Dtests=true -Dwerror=true -Ddebug=true -Db_sanitize=thread -Dcli_static=disabled ||
        return
    build "$directory" tests/host/payload "${programs[@]/#/tests/host/}" || return
    stage_build "$directory" lib tests/host meson-info
    if as_test_user setarch -R true 2>/dev/null; then steady=(setarch -R); fi
    as_test_user "${steady[@]}" python3 -B "$(staged_root)/tools/dev.d/meson_tests.py" "${programs[@]/#/--test=}" \
        --move "$directory=$(staged_path "$directory")" "$(staged_path "$directory")" host
}

# Every parser for some seconds; for longer: tests/fuzz/fuzz.py --seconds N --corpus DIR
suite_fuzz() {
    as_test_user python3 -B "$(staged_root)/tests/fuzz/fuzz.py" --library "$(staged_build)/lib/libctr.a" ${CTR_JOBS:+--jobs "$CTR_JOBS"}
}

# The toolchain of Rust may be where only the caller can go: the pages' programs in Rust are compiled before.
suite_docs() {
    if found cargo; then
        CTR_DOCS_PROGRAMS=$(staged_build)/docs-programs
        export CTR_DOCS_PROGRAMS
        python3 -B "$source_root/tests/docs/languages.py" "$source_root" "$source_root/include" \
            "$(main_build)/lib" "$CTR_DOCS_PROGRAMS" || return
        chmod -R a+rX "$CTR_DOCS_PROGRAMS"
    fi
    suite_meson docs
}

suite_newcomer() {
    CTR_CMD=$(staged_build)/tools/ctr/ctr as_test_user python3 -B "$(staged_root)/tests/newcomer/newcomer.py" "$(staged_root)"
}

# Kernels and machines that this one is not, one of them of another kind of processor.
suite_vm() {
    local directory
    install_missing "${vm_needs[@]}" || say "what needs these is skipped"
    directory=$(build_root)/build-aarch64
    configure "$directory" -Dwerror=true --cross-file "$parts/aarch64.ini" && build "$directory" tools/ctr/ctr || return
    stage_build "$directory" tools/ctr/ctr || return
    CTR_CMD=$(staged_build)/tools/ctr/ctr as_test_user python3 -B "$(staged_root)/tests/vm/vm.py" \
        --aarch64 "$(staged_path "$directory")/tools/ctr/ctr"
}

suite_real-hostroot() { real test_hello_hostroot.sh; }

suite_real-package() { real test_hello_package.sh; }

suite_real-tools() { real test_tools_hostroot.sh; }

suite_real-apt() { real test_tools_package.sh; }

real() { CTR_CMD=$(staged_build)/tools/ctr/ctr as_test_user bash "$(staged_root)/tests/real/$1"; }

suite_bench() {
    local log=$CTR_DEV_LOGS/bench.text
    bench_here --quick | tee "$log" || return
    sed -n 's/^\(.*[^ ]\)  *skipped: /SKIP \1: /p' "$log"
    echo "1 passed, 0 failed, $(grep -c ' skipped: ' "$log" || true) skipped"
}

bench_here() {
    CTR_CMD=$(staged_build)/tools/ctr/ctr \
        as_test_user python3 -B "$(staged_root)/tests/bench/bench.py" --build "$(staged_build)" "$@" || return
    if [ -n "${CTR_DEV_STAGE:-}" ]; then cp -R "$CTR_DEV_STAGE/build/bench" "$(main_build)/"; fi
}

one_passed() { echo "1 passed, 0 failed, 0 skipped"; }

# No suite may take longer than this.
suite_timeout() {
    case $1 in
    vm) echo 3600 ;;
    run | root | gcc | clang | aarch64 | tsan | hygiene | lto | asan | rust | rust-* | go | go-* | real-* | newcomer) echo 1800 ;;
    *) echo 900 ;;
    esac
}
