# SPDX-License-Identifier: MIT
# The suites of what is written in Rust; sourced, not run.
#
# cargo is the caller's, and may be where only the caller can go; so the caller builds, in a copy of the sources that
# the test user can enter, and what is built runs as the test user.

suite_rust() {
    with_cargo || return 0
    rust_registry
    rust_check "format" cargo-fmt cargo fmt --all -- --check
    rust_check "clippy" cargo-clippy cargo clippy "${rust_config[@]}" "${rust_features[@]}" --all-targets -- -D warnings
    rust_check "documentation" cargo env RUSTDOCFLAGS="-D warnings" cargo doc "${rust_config[@]}" "${rust_features[@]}" --no-deps
    rust_check "documentation without the library" cargo rust_bare_documentation
    rust_oldest
    rust_tests "${rust_features[@]}"
    echo "$rust_passed passed, $rust_failed failed, $rust_skipped skipped"
    [ "$rust_failed" -eq 0 ]
}

# As a service does that builds the documentation of every crate, and has none of the libraries.
rust_bare_documentation() {
    env -u LIBCTR_LIB_DIR -u LIBCTR_INCLUDE_DIR DOCS_RS=1 PKG_CONFIG=/bin/false RUSTDOCFLAGS="-D warnings" \
        CARGO_TARGET_DIR="$CARGO_TARGET_DIR-docs" cargo doc "${rust_config[@]}" "${rust_features[@]}" --no-deps \
        --package libctr --package libctr-sys
}

# The oldest Rust that the crates promise is that of Debian 12, beside which a newer one may be installed. What tokio
# wants is for tokio to say.
rust_oldest() {
    local promised version
    promised=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' libctr/Cargo.toml)
    version=$(/usr/bin/rustc --version 2>/dev/null | cut -d' ' -f2)
    if [ "${version%.*}" != "$promised" ]; then
        rust_skip "Rust $promised: the system's rustc is ${version:-not there} (package rustc of Debian 12)"
        return
    fi
    rm -f Cargo.lock
    rust_check "Rust $promised" /usr/bin/cargo env RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc \
        CARGO_TARGET_DIR="$CARGO_TARGET_DIR-oldest" /usr/bin/cargo --config offline/config.toml check --all-targets
    rm -f Cargo.lock
}

# The behaviour suite, through the bindings. The library is linked statically, as the demo runs inside containers too.
suite_rust-demo() {
    with_cargo || return 0
    rust_registry
    LIBCTR_STATIC=1 cargo build "${rust_config[@]}" --package demo || return
    CTR_BUILD=$(staged_build) CTR_CMD=$CARGO_TARGET_DIR/debug/demo CTR_LACKS=$rust_copy/demo/lacks.txt \
        as_test_user pytest-3 -q -ra "$(staged_root)/tests/run"
}

# Makes the copy; where there is no cargo, says so and fails.
with_cargo() {
    if ! found cargo; then
        echo "SKIP rust: there is no cargo here (package cargo)"
        echo "0 passed, 0 failed, 1 skipped"
        return 1
    fi
    rust_copy=$(staged_build)/rust/source
    rust_passed=0
    rust_failed=0
    rust_skipped=0
    mkdir -p "$rust_copy"
    tar -C "$source_root/bindings/rust" --exclude=./target --exclude=./Cargo.lock -cf - . | tar -C "$rust_copy" -xf -
    cd "$rust_copy" || return
    export CARGO_TARGET_DIR=$(staged_build)/rust/target LIBCTR_INCLUDE_DIR=$(staged_root)/include
    export LIBCTR_LIB_DIR=$(main_build)/lib LD_LIBRARY_PATH=$(staged_build)/lib
    [ -z "${CTR_JOBS:-}" ] || export CARGO_BUILD_JOBS=$CTR_JOBS
    rust_runner
}

# Root's tests run as the test user.
rust_runner() {
    is_root || return 0
    local user host
    user=$(test_user)
    host=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
    export "CARGO_TARGET_${host}_RUNNER=setpriv --reuid=$user --regid=$user --init-groups --inh-caps=-all env HOME=/tmp"
}

# Without a registry an empty package stands in for tokio, and what needs it is not tested. A cargo that would fetch a whole
# index first is not asked.
rust_registry() {
    rust_config=()
    rust_features=(--all-features)
    local version
    version=$(cargo --version | cut -d' ' -f2 | cut -d. -f2)
    if [ "$version" -lt 70 ] || ! timeout 120 cargo fetch >"$(staged_build)/rust/fetch.log" 2>&1; then
        rm -f Cargo.lock
        rust_config=(--config offline/config.toml)
        rust_features=()
        rust_skip "the tests with tokio: it cannot be fetched from here"
    fi
}

rust_skip() {
    echo "SKIP rust: $1"
    rust_skipped=$((rust_skipped + 1))
}

# rust_check NAME PROGRAM COMMAND...: one test, where there is the program.
rust_check() {
    if ! found "$2"; then
        rust_skip "$1: there is no $2 here"
    elif "${@:3}"; then
        rust_passed=$((rust_passed + 1))
    else
        echo "FAILED $1"
        rust_failed=$((rust_failed + 1))
    fi
}

# The tests count for themselves; those that skip something print why.
rust_tests() {
    local log status=0
    log=$(staged_build)/rust/tests.log
    cargo test --no-fail-fast "${rust_config[@]}" "$@" -- --show-output >"$log" 2>&1 || status=$?
    grep -v '^ *Running\|^ *Compiling\|^$' "$log"
    rust_passed=$((rust_passed + $(sum_of passed "$log")))
    rust_skipped=$((rust_skipped + $(grep -c '^SKIP ' "$log" || true) + $(sum_of ignored "$log")))
    local failed
    failed=$(sum_of failed "$log")
    if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
    rust_failed=$((rust_failed + failed))
}

# sum_of WORD LOG: of the numbers before this word in what cargo's tests say at their ends.
sum_of() { sed -n "s/^test result:.* \([0-9][0-9]*\) $1.*/\1/p" "$2" | awk '{ sum += $1 } END { print sum + 0 }'; }
