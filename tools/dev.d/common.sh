# SPDX-License-Identifier: MIT
# Small things that every part of tools/dev uses; sourced, not run.

# Messages go to standard error: standard output belongs to what is run.
say() { echo "dev: $*" >&2; }

die() {
    say "$*"
    exit 1
}

is_root() { [ "$(id -u)" -eq 0 ]; }

# Programs of the system are found whether or not an ordinary user's PATH has them.
found() { PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/go/bin command -v "$1" >/dev/null; }

can_be_root() { is_root || found sudo; }

as_root() {
    if is_root; then "$@"; else sudo "$@"; fi
}

# Root without a question asked: for what runs unattended.
as_root_quietly() {
    if is_root; then "$@"; else sudo -n "$@"; fi
}

# The end of a log, ninja's progress left out.
last_words() { sed '/^\[[0-9]*\/[0-9]*\] [CLG]/d' "$1" | tail -n 150; }

# quietly LOG COMMAND...: shows the output of a command only when it fails.
quietly() {
    local log=$1 status=0
    shift
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if [ "$status" -ne 0 ]; then
        last_words "$log" >&2
        say "status $status of: $* (all of it: $log)"
    fi
    return "$status"
}
