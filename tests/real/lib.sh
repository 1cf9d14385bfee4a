# SPDX-License-Identifier: MIT
# Shared by the tests on real input; sourced, not run.

: "${CTR_TEST_CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/ctr-tests}"

passed=0
failed=0
skipped=0

ok() {
    passed=$((passed + 1))
    echo "ok $((passed + failed + skipped)) - $1"
}

not_ok() {
    failed=$((failed + 1))
    echo "not ok $((passed + failed + skipped)) - $1"
}

skip() { # NAME MISSING-FACT
    skipped=$((skipped + 1))
    echo "ok $((passed + failed + skipped)) - $1 # SKIP $2"
}

# check NAME COMMAND...: the test passes when the command does; when it does not, its output is shown.
check() {
    local name=$1 log
    shift
    log=$(mktemp)
    if "$@" >"$log" 2>&1; then
        ok "$name"
    else
        echo "# status $? of: $*"
        tail -n 60 "$log" | sed 's/^/# /'
        not_ok "$name"
    fi
    rm -f "$log"
    return 0
}

# Ends a script: the last line is what a harness reads.
finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
    exit
}

# skip_rest MISSING-FACT NAME...: skips what cannot be tested and ends the script.
skip_rest() {
    local fact=$1 name
    shift
    for name in "$@"; do
        skip "$name" "$fact"
    done
    finish
}

# Runs ctr. CTR_CMD may hold a program with arguments in front of `run`.
ctr() {
    # shellcheck disable=SC2086  # words on purpose
    $CTR_CMD "$@"
}

need_ctr() {
    # shellcheck disable=SC2086
    set -- ${CTR_CMD:-}
    [ $# -gt 0 ] && command -v "$1" >/dev/null
}

# What keeps this user from having more than one id inside; empty when nothing does.
missing_for_ranges() {
    [ "$(id -u)" -eq 0 ] && return 0
    local file name
    name=$(id -un)
    for file in /etc/subuid /etc/subgid; do
        if ! grep -Eqs "^($name|$(id -u)):" "$file"; then
            echo "no id range for $name in $file"
            return 0
        fi
    done
    for file in newuidmap newgidmap; do
        command -v "$file" >/dev/null || { echo "$file is not installed (package uidmap)"; return 0; }
    done
}

# The options that give a container all ids the caller has.
map_options() {
    if [ "$(id -u)" -eq 0 ]; then echo "--map auto"; else echo "--map subid"; fi
}

# in_ids DIRECTORY COMMAND...: runs a command as root over all ids of the caller, with DIRECTORY as /mnt.
# Files of a Debian tree belong to many users; only somebody who has those ids can make or remove them.
in_ids() {
    local directory=$1
    shift
    if [ "$(id -u)" -eq 0 ]; then
        ROOT_DIRECTORY=$directory sh -c 'cd "$ROOT_DIRECTORY" && exec "$@"' sh "$@"
    elif need_ctr; then
        ctr run --map subid -v "$directory:/mnt" -w /mnt -- "$@"
    else
        ROOT_DIRECTORY=$directory unshare --map-root-user --map-auto \
            sh -c 'cd "$ROOT_DIRECTORY" && exec "$@"' sh "$@"
    fi
}

# Removes a tree that may hold files of many ids.
remove_tree() {
    [ -e "$1" ] || return 0
    in_ids "$(dirname "$1")" rm -rf "./$(basename "$1")"
}
