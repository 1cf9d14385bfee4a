# SPDX-License-Identifier: MIT
# The suites of what a distribution would look at, and of builds with other options; sourced, not run.

# What is installed of the main build is compared with a build by the test user, in another directory.
suite_hygiene() {
    local installed
    installed=$(staged_build)/hygiene-installed
    rm -rf "$installed"
    DESTDIR=$installed meson install -C "$(main_build)" --no-rebuild --quiet || return
    ! is_root || chown -R "$(test_user):" "$installed"
    as_test_user env CTR_JOBS="${CTR_JOBS:-}" python3 -B "$(staged_root)/tests/hygiene/hygiene.py" "$(staged_build)" "$installed"
}

suite_valgrind() { as_test_user python3 -B "$(staged_root)/tests/hygiene/memcheck.py" "$(staged_build)"; }

# The rooms by themselves, ctr-init, and a few hosts.
suite_lto() {
    local hosts=(api bad_input exec capture stdio)
    CC=gcc CXX=g++ configure_variant lto -Db_lto=true || return
    build_variant lto tests/unit/unit tests/plan/plan tests/plan/plan_strace tests/child/runner tests/child/payload tools/ctr/ctr \
        tests/host/payload "${hosts[@]/#/tests/host/}" || return
    run_variant lto "unit plan child host" --test={unit,plan,strace,child} "${hosts[@]/#/--test=}"
}

# An error ends the program: nothing is suppressed, and nothing is only printed. ctr-init is never sanitized. Left out of tests/host
# is what measures, and what bounds the memory that a sanitizer reserves. The library has no type information, so what it shares
# with a test that has some looks like another type to the check of vptr.
suite_asan() {
    local hosts=(shared threads reaper thread_exit state arguments api environment stdio capture budget exec bad_input init_outside events
        overrides again terminal name seccomp)
    CC=gcc CXX=g++ configure_variant asan -Db_sanitize=address,undefined -Ddebug=true -Dcli_static=disabled \
        "-Dcpp_args=-fno-sanitize-recover=all -fno-sanitize=vptr" -Dc_args=-fno-sanitize-recover=all || return
    build_variant asan tests/unit/unit tests/plan/plan tests/host/payload "${hosts[@]/#/tests/host/}" || return
    run_variant asan "unit plan host" --test={unit,plan} "${hosts[@]/#/--test=}"
}

configure_variant() { configure "$(build_root)/build-$1" -Dtests=true -Dwerror=true "${@:2}"; }

# build_variant NAME TARGETS...: also what the linker warns of is an error.
build_variant() {
    local directory log
    directory=$(build_root)/build-$1
    log=$directory/dev-build.log
    build "$directory" "${@:2}" >"$log" 2>&1 || { last_words "$log"; return 1; }
    ! grep 'warning: ' "$log"
}

# run_variant NAME SUITES TESTS...: runs these tests of these suites of another build as the test user.
run_variant() {
    local directory suites
    directory=$(build_root)/build-$1
    read -ra suites <<<"$2"
    stage_build "$directory" lib tests meson-info
    as_test_user python3 -B "$(staged_root)/tools/dev.d/meson_tests.py" "${@:3}" \
        --move "$directory=$(staged_path "$directory")" --move "$source_root=$(staged_root)" "$(staged_path "$directory")" "${suites[@]}"
}

renew_abi() {
    install_missing "${run_needs[@]}" "${test_needs[@]}" || die "these are needed to describe the library"
    build_for_tests || exit
    python3 -B "$source_root/tests/hygiene/hygiene.py" --renew "$(main_build)"
}
