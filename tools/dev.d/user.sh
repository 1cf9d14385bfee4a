# SPDX-License-Identifier: MIT
# The ordinary user that the tests run as; sourced, not run.
#
# A caller who is not root is that user. For root it is a user of its own, and what it needs is copied to a
# directory that it can enter: the sources may be where only root can go.

test_user() { if is_root; then echo ctr-test; else id -un; fi; }

prepare_test_user() {
    local user
    user=$(test_user)
    if is_root && ! id "$user" >/dev/null 2>&1; then
        say "making the user $user"
        useradd --create-home --shell /bin/bash "$user"
    fi
    add_ids /etc/subuid --add-subuids
    add_ids /etc/subgid --add-subgids
}

# add_ids FILE OPTION: gives the test user a range of ids in this file where it has none.
add_ids() {
    local user first
    user=$(test_user)
    ! grep -Eqs "^($user|$(id -u "$user")):" "$1" || return 0
    if ! can_be_root; then
        say "$user has no range in $1: tests that need one are skipped"
        return 0
    fi
    first=$(first_free_id)
    say "giving $user the ids from $first on in $1"
    as_root usermod "$2" "$first-$((first + 65535))" "$user"
}

# Above every range of both files.
first_free_id() {
    cat /etc/subuid /etc/subgid 2>/dev/null |
        awk -F: 'BEGIN { top = 100000 } $2 + $3 > top { top = $2 + $3 } END { print top }'
}

# Where the tests of the test user live: the source tree, or the copy of it.
staged_root() { echo "${CTR_DEV_STAGE:-$source_root}"; }

staged_build() { if [ -n "${CTR_DEV_STAGE:-}" ]; then echo "$CTR_DEV_STAGE/build"; else main_build; fi; }

# Copies the sources, and of the build what tests run, for root's test user.
stage_for_test_user() {
    is_root || return 0
    CTR_DEV_STAGE=$(mktemp -d /var/tmp/ctr-dev.XXXXXXXXXX)
    export CTR_DEV_STAGE
    trap remove_stage EXIT
    mkdir "$CTR_DEV_STAGE/build"
    tar -C "$source_root" --exclude=./.git --exclude='./build*' --exclude=__pycache__ -cf - . |
        tar -C "$CTR_DEV_STAGE" -xf -
    tar -C "$(main_build)" --exclude='*.o' --exclude=./meson-private --exclude=./meson-logs --exclude='./.ninja*' \
        --exclude=./test-logs -cf - . | tar -C "$CTR_DEV_STAGE/build" -xf -
    chown -R ctr-test: "$CTR_DEV_STAGE"
    chmod 755 "$CTR_DEV_STAGE"
}

# Where the test user has another build directory: in the stage, once stage_build has put it there, or in its place.
staged_path() { if [ -n "${CTR_DEV_STAGE:-}" ]; then echo "$CTR_DEV_STAGE/$(basename "$1")"; else echo "$1"; fi; }

# stage_build DIRECTORY PARTS...: copies these parts of another build for root's test user.
stage_build() {
    [ -n "${CTR_DEV_STAGE:-}" ] || return 0
    local target
    target=$(staged_path "$1")
    mkdir "$target"
    tar -C "$1" --exclude='*.o' --exclude='*.a' -cf - "${@:2}" | tar -C "$target" -xf -
    chown -R ctr-test: "$target"
}

remove_stage() { rm -rf --one-file-system "$CTR_DEV_STAGE"; }

# as_test_user COMMAND...: in its own tree, with an environment that has nothing of root's.
as_test_user() {
    cd "$(staged_root)" || return
    if ! is_root; then
        "$@"
        return
    fi
    local user home name kept=()
    user=$(test_user)
    home=$(getent passwd "$user" | cut -d: -f6)
    for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY \
        CTR_CMD CTR_BUILD CTR_LACKS CTR_TEST_CACHE CTR_TEST_CROWDED CTR_DOCS_PROGRAMS; do
        [ -z "${!name:-}" ] || kept+=("$name=${!name}")
    done
    setpriv --reuid="$user" --regid="$user" --init-groups --inh-caps=-all \
        env -i HOME="$home" USER="$user" LOGNAME="$user" SHELL=/bin/bash TERM="${TERM:-dumb}" LANG=C.UTF-8 \
        PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin PYTHONDONTWRITEBYTECODE=1 "${kept[@]}" "$@"
}
