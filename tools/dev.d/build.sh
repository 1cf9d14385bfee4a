# SPDX-License-Identifier: MIT
# Configuring and building; sourced, not run.
#
# build           what `run` starts and `test` tests: GCC
# build-gcc       the same, and every warning is an error
# build-clang     likewise by clang
# build-aarch64   cross-compiled
# build-tsan      with the thread sanitizer: the library, and the tests of it that use threads
# build-asan      with the address and the undefined behaviour sanitizers: the library, and the tests of it that are not long
# build-lto       with link-time optimisation

build_timeout=1800

build_root() {
    if [ -n "${CTR_BUILD_ROOT:-}" ]; then
        echo "$CTR_BUILD_ROOT"
    elif [ -w "$source_root" ] && { [ ! -e "$source_root/build" ] || [ -w "$source_root/build" ]; }; then
        echo "$source_root"
    else
        echo "${XDG_CACHE_HOME:-$HOME/.cache}/libctr-$(printf '%s' "$source_root" | cksum | cut -d' ' -f1)"
    fi
}

main_build() { echo "$(build_root)/build"; }

# Whether a directory is configured, for these very sources: a tree that was moved or copied is not.
configured() {
    [ -f "$1/build.ninja" ] && grep -Fqs "\"source\": \"$source_root\"" "$1/meson-info/meson-info.json"
}

# configure DIRECTORY OPTIONS...: configures unless that was done with the same options.
configure() {
    local directory=$1 stamp="${CC:-} ${CXX:-} ${*:2}" how=()
    if configured "$directory"; then
        [ "$(cat "$directory/dev-options" 2>/dev/null)" != "$stamp" ] || return 0
        how=(--reconfigure)
    elif [ -f "$directory/meson-private/coredata.dat" ]; then
        how=(--wipe)
    fi
    mkdir -p "$(dirname "$directory")"
    # What apt installs comes first: another python3 may be one that the test user cannot execute.
    PATH=/usr/bin:/bin:$PATH quietly "$directory-setup.log" timeout 300 meson setup "${how[@]}" "${@:2}" "$directory" "$source_root" || return
    rm -f "$directory-setup.log"
    echo "$stamp" >"$directory/dev-options"
}

# build DIRECTORY TARGETS...: builds these targets, or everything.
build() {
    local directory=$1
    shift
    timeout --kill-after=10 "$build_timeout" ninja -C "$directory" ${CTR_JOBS:+-j "$CTR_JOBS"} "$@"
}

# The program alone. A directory that is configured already is taken as it is: it may be a developer's own.
build_for_run() {
    local directory
    directory=$(main_build)
    configured "$directory" || configure "$directory" -Dtests=false || exit 1
    quietly "$directory/dev-build.log" build "$directory" tools/ctr/ctr || exit 1
}

# Everything. The word makes a directory that was configured before the tests' needs were there configure again.
build_for_tests() {
    local directory
    directory=$(main_build)
    configure "$directory" -Dtests=true -Dpkgconfig.relocatable=true || return
    quietly "$directory/dev-build.log" build "$directory"
}

# build_strictly NAME OPTIONS...: a build of everything in which a warning is an error.
build_strictly() {
    local directory
    directory=$(build_root)/build-$1
    configure "$directory" -Dwerror=true "${@:2}" && build "$directory"
}

format_sources() {
    find "$source_root"/{include,lib,tools,tests,examples} -type f \
        \( -name '*.h' -o -name '*.c' -o -name '*.cc' \) -print0 | xargs -0 clang-format -i
    ! found cargo-fmt || (cd "$source_root/bindings/rust" && cargo fmt --all)
}

lint_sources() {
    install_missing "${run_needs[@]}" "${test_needs[@]}" || die "these are needed to lint"
    build_for_tests
    CC=clang CXX=clang++ configure "$(build_root)/build-clang" -Dtests=true -Dwerror=true
    meson_tests lint
    find "$source_root"/{lib,tools/ctr} -name '*.cc' -print0 |
        xargs -0 -n 4 -P "${CTR_JOBS:-$(nproc)}" clang-tidy --quiet -p "$(build_root)/build-clang"
}

remove_builds() {
    local name
    for name in build build-gcc build-clang build-aarch64 build-tsan build-asan build-lto; do
        rm -rf "$(build_root)/$name" "$(build_root)/$name-setup.log"
    done
}
